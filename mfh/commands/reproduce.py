"""``mfh reproduce``: the figures of the paper, and its Table 2."""

import time
from pathlib import Path
from typing import Any

import click

from mfh.bar import bar
from mfh.options import NUMBER
from mfh.typed import Command


@click.command(cls=Command)
@click.argument("names", metavar="[NAME]…", nargs=-1)
@click.option(
    "--protocol",
    default="synthetic",
    show_default=True,
    metavar="released|published|corrected|synthetic",
    help="released: the random streams of the paper's scripts, replayed exactly. published: the "
    "same with all label weights 1, as in the published curves; figures only. corrected: the same "
    "without the swapped modalities of the script's KD student; table2 only. synthetic: our "
    "generator, small MLPs.",
)
@click.option(
    "--seeds",
    type=NUMBER,
    metavar="N",
    help="Seeds 0 to N-1, those of table2's script from 42 on.  "
    "[default: 100; released, corrected: 10]",
)
@click.option(
    "--width",
    type=NUMBER,
    metavar="N",
    help="Hidden units, synthetic only; 0: linear.  [default: 64]",
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
    """Reproduce figure2, figure3 and table2 of the paper; without a name, both figures.

    Trains teacher, No-KD student and KD student at every point and seed, for Table 2 also general
    teachers and their students. Prints a table beside the published values, and writes for each
    name its numbers (.csv, -runs.csv), tables (.md, .tex), pictures (.png, .svg, .pdf) and
    configuration (.json).
    """
    from analysis import experiment, resolve_device
    from analysis import reproduce as reproduce_result

    asked = list(dict.fromkeys(names)) or ["figure2", "figure3"]
    experiments = [experiment(name, protocol, seeds, width) for name in asked]
    chosen = resolve_device(device)

    from figures.reproductions.report import table, write
    from venn import staged

    for each in experiments:
        started, cells = time.perf_counter(), each.plan.cells
        with staged(out) as folder:
            with bar(each.result.name):
                found = reproduce_result(each, device=chosen)
            files = write(found, folder)
        seconds = time.perf_counter() - started
        click.echo(table(found))
        click.echo(f"{cells} networks on {chosen} in {seconds:.1f} s; in {Path(out)}:")
        click.echo(f"  {' '.join(files)}\n")
