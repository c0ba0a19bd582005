"""``mfh store``: what sweeps have found."""

import contextlib
import json
from typing import Any

import click

from mfh.tables import TEXTS, check_suffix, write_table
from mfh.typed import Command, as_typed
from venn.checks import ArgumentError

STORE = click.argument("path", metavar="STORE")


@click.group()
def store() -> None:
    """Look into the stores of sweeps, export, merge and verify them."""


@store.command(cls=Command)
@STORE
def info(path: str) -> None:
    """Say what a store holds: points, arms, seeds, what is missing, and how it was made."""
    from analysis.statistics.tidy import settings_of

    with opened(path) as found:
        held = found.holdings()
        frame = found.frame()
        runs = found.runs()
    click.echo(f"{path}: {held.size / 2**20:.1f} MiB, {held.results:,} networks")
    click.echo(
        f"{held.rows:,} rows asked for, {held.rows - held.missing:,} of them found, "
        f"{held.missing:,} missing, {int(frame['reason'].notna().sum()):,} failed"
    )
    if held.constant:
        click.echo(f"{held.constant:,} networks answer one class to every test row")
    for name in [*settings_of(frame.drop(columns="diagram", errors="ignore")), "arm", "seed"]:
        values = list(frame[name].dropna().drop_duplicates())
        if len(values) > 1 or name in {"arm", "seed"}:
            click.echo(f"  {name}: {_values(values)}")
    for made in runs:
        environment = made["environment"]
        versions = environment["versions"]
        click.echo(
            f"  run of {made['started']}: mfh {versions['modality-venn']}, "
            f"torch {versions['torch']} on {environment['device']}, {environment['platform']}"
        )


@store.command(cls=Command)
@STORE
@click.option("--out", required=True, metavar="FILE", help="Ends in .csv, .md, .tex or .parquet.")
def export(path: str, out: str) -> None:
    """Write a store's table, a row a point, arm and seed, and beside it how it was made (.json)."""
    from venn import staged

    target = check_suffix(out, (*TEXTS, ".parquet"))
    with opened(path) as found, staged(target.parent, shown=out) as folder:
        frame = found.frame()
        try:
            write_table(frame, folder / target.name)
        except ImportError:
            fix = "needs pyarrow: pip install 'modality-venn[parquet]'"
            raise ArgumentError("out", out, fix) from None
        text = json.dumps({"runs": found.runs()}, indent=2, ensure_ascii=False)
        (folder / f"{target.name}.json").write_text(text + "\n", encoding="utf-8")
    click.echo(f"{len(frame):,} rows in {out}; how they were made in {target.name}.json")


@store.command(cls=Command)
@click.argument("target", metavar="INTO")
@click.argument("sources", metavar="FROM…", nargs=-1, required=True)
def merge(target: str, sources: tuple[str, ...]) -> None:
    """Add to a store, made if it is missing, all that others hold, such as the parts of a job."""
    from analysis import Store

    differing = 0
    with contextlib.ExitStack() as stack:
        with as_typed({"store": "FROM "}):
            parts = [stack.enter_context(opened(source)) for source in sources]
        with as_typed({"store": "INTO "}):
            into = stack.enter_context(Store(target))
        before = into.holdings().results
        for part in parts:
            differing += into.merge(part)
        into.check_place()
        held = into.holdings()
    click.echo(
        f"{held.results - before:,} networks added to {target}: {held.results:,} in all, "
        f"{held.missing:,} of {held.rows:,} rows missing"
    )
    if differing:
        click.echo(
            f"{differing:,} were there with another accuracy, as other hardware may give; "
            "the first ones are kept"
        )


@store.command(cls=Command)
@STORE
def verify(path: str) -> None:
    """Check every page, reference and identity of a store; exit status 1 if something is wrong."""
    with opened(path) as found:
        problems = found.problems()
        held = None if problems else found.holdings()
    for problem in problems:
        click.echo(problem)
    if held is None:
        raise click.exceptions.Exit(1)
    click.echo(f"{path}: {held.results:,} networks, no problem found")


def opened(path: str) -> Any:
    """Open a store that is there; a command that reads makes none."""
    from analysis import Store

    return Store(path, make=False)


def shown(value: Any) -> str:
    """Return a value as tables of settings show it."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _values(values: list[Any]) -> str:
    """Return values as a person lists them: neighbours as a range, many in part."""
    if all(isinstance(value, int) for value in values):
        values = sorted(values)
        if len(values) > 2 and values[-1] - values[0] == len(values) - 1:
            return f"{values[0]} to {values[-1]}"
    words = list(map(shown, values))
    return ", ".join(words if len(words) <= 12 else [*words[:6], "…", words[-1]])
