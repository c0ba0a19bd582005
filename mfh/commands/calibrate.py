"""``mfh calibrate``: how often the judge of claims errs, and what it finds."""

from typing import Any

import click

from mfh.options import NUMBER
from mfh.tables import write_table
from mfh.typed import Command

TABLES = ("calibration.csv", "calibration.tex")
"""Every case; calibration.md shows them too."""


@click.command(cls=Command)
@click.argument("names", metavar="[CLAIM ...]", nargs=-1)
@click.option(
    "--seeds", type=NUMBER, default=300, show_default=True, metavar="N", help="Of a verdict."
)
@click.option(
    "--repeats",
    type=NUMBER,
    default=1000,
    show_default=True,
    metavar="N",
    help="Worlds of each case.",
)
@click.option(
    "--pool", type=NUMBER, default=400, show_default=True, metavar="N", help="Seeds to train."
)
@click.option("--out", default="out", show_default=True, metavar="DIR", help="Where files go.")
def calibrate(names: tuple[str, ...], seeds: Any, repeats: Any, pool: Any, out: str) -> None:
    """Judge the judge: apply each claim's rule to worlds of known truth.

    Worlds without the effect show how often a claim is wrongly supported, worlds with the published
    effect how often it is found.  Writes calibration.md, .json, .csv and .tex; all claims take
    about ten minutes on two cores.
    """
    from analysis.claims import CLAIMS
    from analysis.verdicts import calibrate as calibrate_claims
    from analysis.verdicts.calibration import cases
    from venn import staged
    from venn.checks import one_of

    chosen = [CLAIMS[one_of("claim", name, CLAIMS)] for name in dict.fromkeys(names)]
    chosen = chosen or list(CLAIMS.values())

    from tqdm import tqdm

    from figures.report.calibration import NAMES, write

    given = {"--seeds": (seeds, 300), "--repeats": (repeats, 1000), "--pool": (pool, 400)}
    options = [f"{flag} {value}" for flag, (value, usual) in given.items() if value != usual]
    command = " ".join(["mfh calibrate", *names, *options, f"--out {out}"])
    with staged(out) as folder:
        with tqdm(desc="cases", total=cases(chosen), unit="case", disable=None) as bar:
            found = calibrate_claims(
                chosen, seeds=seeds, repeats=repeats, pool=pool, progress=bar.update
            )
        write(found, folder, command)
        for name in TABLES:
            write_table(found.table, folder / name)
    click.echo(f"In {out}: {' '.join((*NAMES, *TABLES))}")
