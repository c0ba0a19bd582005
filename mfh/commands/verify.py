"""``mfh verify``: verdicts on the claims of the literature."""

import contextlib
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from pathlib import Path
from typing import Any

import click

from mfh.bar import bar
from mfh.options import NUMBER, WORKERS
from mfh.outside import USE, Outside
from mfh.tables import TEXTS, write_table
from mfh.typed import Command
from venn.checks import ArgumentError, one_of, whole

TABLES = tuple(f"verdicts{suffix}" for suffix in TEXTS)
"""The verdicts, a row a claim, world and part."""

OF_A_WORLD = ("world", "verdict", "support", "refute", "p_holm", "trainings", "constant")
"""Their columns that are the same for all parts of a claim in a world."""

BELOW = 10**6
"""Seeds from here on are those of pilots, searches and calibrations, and judge nothing."""


@click.command(cls=Command)
@click.argument("names", metavar="[CLAIM]…", nargs=-1)
@click.option(
    "--budget",
    default="paper",
    show_default=True,
    metavar="quick|paper|large",
    help="30, 300 or 1000 seeds.",
)
@click.option("--seeds", type=NUMBER, metavar="N", help="Another number of seeds, at least 2.")
@click.option(
    "--seed", type=NUMBER, metavar="S", default=0, show_default=True, help="The first seed."
)
@click.option(
    "--store",
    metavar="FILE",
    help="Keep what is trained here: a run that is stopped, or asked for more seeds, goes on.",
)
@WORKERS
@USE
@click.option("--json", "file", metavar="FILE", help="Write the verdicts here as well.")
@click.option("--out", default="out", show_default=True, metavar="DIR", help="Where files go.")
def verify(
    names: tuple[str, ...],
    budget: str,
    seeds: Any,
    seed: Any,
    store: str | None,
    workers: Any,
    files: tuple[str, ...],
    file: str | None,
    out: str,
) -> None:
    """Verify claims of the literature, by default all, each in every world where it is tested.

    Trains networks on synthetic data whose truth is known, prints a verdict a claim, and writes
    report.html, a page for people, verdicts.json, the same for programs, and its table (.csv, .md,
    .tex).  Exit status 0 whatever the verdicts, 1 if something did not run.  mfh claims lists the
    claims.
    """
    from analysis import Store, Workers
    from analysis.claims import CLAIMS
    from analysis.verdicts import BUDGETS
    from analysis.verdicts import verify as verify_claims

    known = _known(files)
    chosen = [known[one_of("claim", name, known)] for name in names] or CLAIMS.values()
    claims = list({claim.name: claim for claim in chosen}.values())
    planned = BUDGETS[one_of("budget", budget, BUDGETS)]
    count = planned if seeds is None else whole("seeds", seeds, at_least=2, at_most=BELOW)
    executor = None if workers is None else Workers(workers)
    first = whole("seed", seed)
    if first + count > BELOW:
        allowed = (
            f"must leave all seeds below {BELOW:,}: pilots, searches and calibrations have those"
        )
        raise ArgumentError("seed", first, f"{allowed} from there on")

    from figures.report.page import write
    from figures.report.record import as_text
    from figures.report.table import table
    from venn import staged

    with contextlib.ExitStack() as stack:
        _check_free(out)
        folder = stack.enter_context(staged(out))
        beside = None if file is None else _staged_file(stack, file)
        kept = stack.enter_context(Store(store))
        with bar("verify"):
            try:
                found = verify_claims(claims, range(first, first + count), kept, executor)
            except KeyboardInterrupt:
                raise click.Abort(_kept(store)) from None
            except BrokenExecutor as error:
                raise click.ClickException(f"{error}; {_kept(store)}") from None
        written = [*write(found, folder), *TABLES]
        for name in TABLES:
            write_table(_rows(found), folder / name)
        if beside is not None:
            beside.write_text(as_text(found), encoding="utf-8")
    click.echo(table(found))
    click.echo(f"\nseeds {first} to {first + count - 1}; in {Path(out)}: {' '.join(written)}")
    for line in _notes(found):
        click.echo(line)
    if found.failed:
        raise click.exceptions.Exit(1)


def _known(files: tuple[str, ...]) -> dict[str, Any]:
    """Return claims by their names, ours and those of files."""
    from analysis.claims import CLAIMS
    from analysis.verdicts import Claim

    known = dict(CLAIMS)
    for own in Outside(files).values():
        if isinstance(own, Claim) and known.setdefault(own.name, own) != own:
            raise ArgumentError("use", own.name, "names another claim too; give yours another name")
    return known


def _notes(found: Any) -> Iterator[str]:
    """Yield what was stored before, and what did not run."""
    if found.stored:
        yield f"{found.stored:,} of {found.models:,} models were stored already"
    for finding in found.failed:
        yield f"did not run: {finding.claim.name} in {finding.world}: {finding.failure}"


def _kept(store: str | None) -> str:
    """Say what is left of a run that stopped."""
    goes_on = f"{store} goes on where it was"
    if store is None:
        goes_on = "--store FILE would have kept what was trained"
    return f"nothing is half-written, and {goes_on}"


def _check_free(out: str) -> None:
    """Refuse a folder where a file is to be written before anything is trained."""
    from figures.report.page import FILES

    for path in (Path(out) / name for name in (*FILES, *TABLES)):
        if path.is_dir():
            raise ArgumentError("out", str(path), "is a folder where a file is to be written")


def _staged_file(stack: contextlib.ExitStack, file: str) -> Path:
    """Return where to write what appears as `file` when the stack ends well."""
    from venn import staged

    path = Path(file)
    if not path.name or path.is_dir():
        raise ArgumentError("json", file, "must name a file")
    return stack.enter_context(staged(path.parent, shown=file, argument="json")) / path.name


def _rows(found: Any) -> Any:
    """Return a row a claim, world and part, of what the record has of them."""
    import pandas as pd

    from figures.report.record import record

    return pd.DataFrame(
        {
            "claim": claim["name"],
            **{name: world[name] for name in OF_A_WORLD},
            **{"part" if name == "name" else name: value for name, value in part.items()},
        }
        for claim in record(found)["claims"]
        for world in claim["worlds"]
        for part in world["parts"] or [{}]
    )
