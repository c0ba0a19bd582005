"""``mfh reproduce``: the figures of the paper."""

import time
from pathlib import Path
from typing import Any

import click

from commands.options import Count


@click.command()
@click.argument("figures", metavar="[figure2] [figure3]", nargs=-1)
@click.option(
    "--protocol",
    default="native",
    show_default=True,
    metavar="released|published|native",
    help="released: the random streams of the paper's script, replayed exactly. published: the "
    "same with all label weights 1, as in the published curves. native: our generator, small MLPs.",
)
@click.option(
    "--seeds", type=Count(), metavar="N", help="Seeds 0 to N-1.  [default: 100; released: 10]"
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
    figures: tuple[str, ...],
    protocol: str,
    seeds: Any,
    width: Any,
    device: str,
    out: str,
) -> None:
    """Reproduce the paper's Figure 2, Figure 3 or, without a name, both.

    Trains teacher, No-KD student and KD student at every point and seed, prints a table beside
    the published values, and writes for each figure its numbers (.csv, -runs.csv), pictures
    (.png, .svg, .pdf) and configuration (.json).
    """
    from analysis import FIGURES, experiment, resolve_device
    from analysis import reproduce as reproduce_figure

    names = list(dict.fromkeys(figures)) or list(FIGURES)
    experiments = [experiment(name, protocol, seeds, width) for name in names]
    chosen = resolve_device(device)

    from tqdm import tqdm

    from figures.report import table, write
    from venn import staged

    for each in experiments:
        started = time.perf_counter()
        name, total = each.figure.name, each.plan.cells
        with staged(out) as folder:
            with tqdm(desc=name, total=total, unit="net", disable=None) as bar:
                result = reproduce_figure(each, device=chosen, progress=bar.update)
            files = write(result, folder)
        seconds = time.perf_counter() - started
        click.echo(table(result))
        click.echo(f"{total} networks on {chosen} in {seconds:.1f} s; in {Path(out)}:")
        click.echo(f"  {' '.join(files)}\n")
