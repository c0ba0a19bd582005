"""The command line: parses, calls, prints.  Heavy modules are imported where they are used."""

import ast
import json
import re
import signal
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

import click

from venn.checks import ArgumentError


class Count(click.ParamType[Any]):
    """A whole number; anything else is passed on for the library to refuse in its own words."""

    name = "integer"

    def convert(self, value: str | int, *_: object) -> str | int:
        """Return an int where the text is one."""
        try:
            return int(value)
        except ValueError:
            return value


class Entry(click.ParamType[Any]):
    """A name and its count, ``NAME=COUNT``."""

    name = "NAME=COUNT"

    def convert(self, value: str, *_: object) -> tuple[str, str | int]:
        """Split at the equals sign."""
        name, equals, count = value.partition("=")
        if not equals:
            self.fail(f"{value!r} must be NAME=COUNT, such as a=10")
        return name, Count().convert(count)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="modality-venn", prog_name="mfh")
def cli() -> None:
    """Verify the modality focusing hypothesis on synthetic data whose truth is known exactly."""


@cli.command()
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
        name, total = each.figure.name, each.trainings
        with staged(out) as folder:
            with tqdm(desc=name, total=total, unit="net", disable=None) as bar:
                result = reproduce_figure(each, device=chosen, progress=bar.update)
            files = write(result, folder)
        seconds = time.perf_counter() - started
        click.echo(table(result))
        click.echo(f"{total} networks on {chosen} in {seconds:.1f} s; in {Path(out)}:")
        click.echo(f"  {' '.join(files)}\n")


@cli.command()
@click.option("--region", "regions", type=Entry(), multiple=True, help="a=10, b=10 or 'a&b=5'.")
@click.option(
    "--hidden", type=Count(), metavar="N", default=0, help="Decisive features nobody sees."
)
@click.option("--noise", type=Entry(), multiple=True, help="Noise channels, such as a=15.")
@click.option(
    "--modalities",
    nargs=2,
    default=("a", "b"),
    show_default=True,
    metavar="TEACHER STUDENT",
    help="The modalities' names.",
)
@click.option("--out", required=True, metavar="FILE", help="Ends in .svg, .png or .pdf.")
def diagram(
    regions: tuple[tuple[str, Any], ...],
    hidden: Any,
    noise: tuple[tuple[str, Any], ...],
    modalities: tuple[str, str],
    out: str,
) -> None:
    """Draw a modality Venn diagram, areas true to the counts.

    For example:

    mfh diagram --region a=10 --region b=10 --region 'a&b'=5 --out x.svg
    """
    from venn import VennDiagram, canonical

    described = VennDiagram(
        _mapping("regions", regions), hidden, _mapping("noise", noise), modalities
    )

    from figures import save, venn_figure
    from figures.theme import check_format

    check_format(out)
    save(venn_figure(described), out, description=json.dumps(canonical(described)))
    click.echo(out)


def _mapping(argument: str, entries: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    mapping = dict(entries)
    if len(mapping) < len(entries):
        repeated = next(name for name, _ in entries if [n for n, _ in entries].count(name) > 1)
        raise ArgumentError(f"{argument}[{repeated!r}]", mapping[repeated], "is given twice")
    return mapping


def _in_options(error: ArgumentError) -> str:
    """Write an argument and its value as they stand on the command line."""
    flags = {"regions": "--region", "figure": "FIGURE"}
    entry = re.fullmatch(r"(\w+)\[(.*)\]", error.argument)
    name = entry[1] if entry else error.argument
    flag = flags.get(name, f"--{name}")
    if entry:
        return f"{flag} {ast.literal_eval(entry[2])}={error.value}"
    if isinstance(error.value, dict):
        return " ".join(f"{flag} {key}={value}" for key, value in error.value.items()) or flag
    if isinstance(error.value, tuple):
        return f"{flag} {' '.join(map(str, error.value))}"
    return f"{flag} {error.value}"


def main() -> None:
    """Run the command line; a bad call gets one line and exit status 2."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a batch system's Ctrl-C
    try:
        cli.main(standalone_mode=False)
    except ArgumentError as error:
        _exit(2, f"{_in_options(error)}: {error.allowed}")
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        _exit(2, error.format_message())
    except OSError as error:
        _exit(1, f"{error}; nothing is half-written, and finished figures are kept")
    except click.Abort:
        _exit(130, "interrupted; nothing is half-written, and finished figures are kept")


def _exit(status: int, line: str) -> NoReturn:
    click.echo(f"mfh: {' '.join(line.split())}", err=True)
    sys.exit(status)
