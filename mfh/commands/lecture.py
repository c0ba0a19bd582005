"""``mfh lecture``: the lecture, one page."""

import contextlib
import time
from pathlib import Path
from typing import Any

import click

from mfh.bar import bar
from mfh.typed import Command
from venn.checks import ArgumentError

KEPT = "lecture.db"
"""Where the networks behind the shipped gains are kept, in the working folder."""


@click.command(cls=Command)
@click.option("--out", metavar="FILE", help="Where the page goes; ends in .html.")
@click.option("--store", metavar="FILE", help="A sweep, whose gains the page then shows first.")
@click.option(
    "--rebuild-data",
    is_flag=True,
    help="Measure anew the gains that come with mfh, and put them in the place of the old ones: "
    f"about ten minutes on two cores.  Networks are kept in {KEPT}: the same command goes on.",
)
def lecture(out: str | None, store: str | None, rebuild_data: bool) -> None:
    """Write the lecture: a page in which the Venn diagram is alive and networks train.

    One file, which needs no network and nothing beside it: any browser opens it.  Beside what is
    trained in the browser it shows gains that were measured over many seeds, and first those of a
    sweep over diagrams of your own.  For example:

    mfh lecture --out lecture.html

    mfh sweep --path simplex --arms no_kd,kd,kd_general --store mine.db

    mfh lecture --store mine.db --out lecture.html
    """
    if out is not None:
        _check_page(out)
    elif store is not None:
        raise click.UsageError(f"--store {store}: is shown in a page; give --out FILE.html too")
    elif not rebuild_data:
        raise click.UsageError("give --out FILE.html for the page, or --rebuild-data for its gains")

    from figures.lecture.measured import shipped
    from venn import staged

    with contextlib.ExitStack() as stack:
        folder = None if out is None else stack.enter_context(staged(Path(out).parent, shown=out))
        own = [] if store is None else [_family(store)]
        measured = _rebuilt() if rebuild_data else shipped()
        if out is None or folder is None:
            return
        from figures.lecture.page import page

        try:
            text = page(measured, own)
        except ArgumentError as error:
            raise click.UsageError(f"the page {error.allowed}") from None
        (folder / Path(out).name).write_text(text, encoding="utf-8")
    click.echo(f"{out}: {Path(out).stat().st_size / 1000:.0f} kB")


def _check_page(out: str) -> None:
    """Refuse, before anything is trained, a name that a page cannot have."""
    if Path(out).suffix != ".html":
        raise ArgumentError("out", out, "must end in .html")
    if Path(out).is_dir():
        raise ArgumentError("out", out, "is a folder where a file is to be written; move it away")


def _family(path: str) -> dict[str, Any]:
    """Return the gains of a sweep, as the page shows them."""
    from figures.lecture.family import family
    from mfh.commands.store import opened

    try:
        with opened(path) as found:
            frame = found.frame()
        if frame.empty:
            raise ArgumentError("store", path, "holds no result yet; mfh sweep trains them")
        return family(frame, Path(path).name)
    except ArgumentError as error:
        what = "" if error.argument == "store" else f"{error.value}: "
        raise click.UsageError(f"--store {path}: {what}{error.allowed}") from None


def _rebuilt() -> dict[str, Any]:
    """Measure the gains that are shipped, write them in their place, and return them."""
    from analysis import Store, run
    from analysis.reproductions.lecture import SEEDS, plans
    from analysis.sweeps.runs import pending
    from figures.lecture.measured import FILE, as_text, gains
    from venn import staged

    planned = list(plans(SEEDS).values())

    def missing() -> int:
        shards = [shard for plan in planned for shard in pending(plan, kept, retry=True)]
        return sum(len(shard.cells) for shard in shards)

    with contextlib.ExitStack() as stack:
        try:
            folder = stack.enter_context(staged(FILE.parent, shown=FILE))
            kept = stack.enter_context(Store(KEPT))
        except ArgumentError as error:
            raise click.UsageError(f"--rebuild-data: {error.value} {error.allowed}") from None
        todo, started = missing(), time.perf_counter()
        try:
            with bar(KEPT, todo):
                for plan in planned:
                    run(plan, kept, device="cpu", retry=True)
            found = gains(kept.frame(), SEEDS)
        except KeyboardInterrupt:
            done = f"{todo - missing():,} of {todo:,} networks are stored in {KEPT}"
            raise click.Abort(f"{done}; the same command goes on from there") from None
        except FloatingPointError as error:
            raise click.ClickException(f"{error}; the same command trains them again") from None
        (folder / FILE.name).write_text(as_text(found), encoding="utf-8")
    seconds = time.perf_counter() - started
    click.echo(f"{FILE}: {FILE.stat().st_size / 1000:.0f} kB")
    click.echo(f"{todo:,} networks trained in {seconds:.0f} s, and kept in {KEPT}")
    return found
