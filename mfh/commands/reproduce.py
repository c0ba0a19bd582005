"""``mfh reproduce``: the figures of the paper, and its Table 2."""

import time
from pathlib import Path
from typing import Any

import click

from mfh.options import Count
from venn.checks import ArgumentError, one_of

TABLE = "table2"


@click.command()
@click.argument("names", metavar="[figure2] [figure3] [table2]", nargs=-1)
@click.option(
    "--protocol",
    default="native",
    show_default=True,
    metavar="released|published|corrected|native",
    help="released: the random streams of the paper's scripts, replayed exactly. published: the "
    "same with all label weights 1, as in the published curves; figures only. corrected: the same "
    "without the swapped modalities of the script's KD student; table2 only. native: our "
    "generator, small MLPs.",
)
@click.option(
    "--seeds",
    type=Count(),
    metavar="N",
    help="Seeds 0 to N-1, those of table2's script from 42 on.  "
    "[default: 100; released, corrected: 10]",
)
@click.option(
    "--width",
    type=Count(),
    metavar="N",
    help="Hidden units, native only; 0: linear.  [default: 64]",
)
@click.option("--device", default="auto", show_default=True, metavar="auto|cpu|cuda")
@click.option("--out", default="out", show_default=True, metavar="DIR", help="Where files go.")
def reproduce(
    names: tuple[str, ...],
    protocol: str,
    seeds: Any,
    width: Any,
    device: str,
    out: str,
) -> None:
    """Reproduce the paper's Figure 2, Figure 3 and Table 2; without a name, both figures.

    Trains teacher, No-KD student and KD student at every point and seed, for Table 2 also general
    teachers and their students. Prints a table beside the published values, and writes for each
    name its numbers (.csv, -runs.csv), pictures (.png, .svg, .pdf) and configuration (.json), for
    Table 2 also the table (.md, .tex).
    """
    from analysis import FIGURES, experiment, resolve_device
    from analysis import reproduce as reproduce_figure
    from analysis.reproductions.table2 import reproduce_table2, table2

    asked = list(dict.fromkeys(names)) or list(FIGURES)
    experiments: dict[str, Any] = {}
    for name in asked:
        if one_of("figure", name, [*FIGURES, TABLE]) == TABLE:
            experiments[name] = table2(protocol, seeds, width)
        elif protocol == "corrected":
            allowed = f"is for {TABLE}; {name} has native, published, released"
            raise ArgumentError("protocol", protocol, allowed)
        else:
            experiments[name] = experiment(name, protocol, seeds, width)
    chosen = resolve_device(device)

    from tqdm import tqdm

    from figures.reproductions import report, table2_report
    from venn import staged

    for name, each in experiments.items():
        started = time.perf_counter()
        run, shown, total = (
            (reproduce_table2, table2_report, each.networks)
            if name == TABLE
            else (reproduce_figure, report, each.plan.cells)
        )
        with staged(out) as folder:
            with tqdm(desc=name, total=total, unit="net", disable=None) as bar:
                result: Any = run(each, device=chosen, progress=bar.update)
            files = shown.write(result, folder)
        seconds = time.perf_counter() - started
        click.echo(shown.table(result))
        click.echo(f"{total} networks on {chosen} in {seconds:.1f} s; in {Path(out)}:")
        click.echo(f"  {' '.join(files)}\n")
