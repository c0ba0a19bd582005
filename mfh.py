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


class Real(click.ParamType[Any]):
    """A number; anything else is passed on for the library to refuse in its own words."""

    name = "number"

    def convert(self, value: str | float, *_: object) -> str | float:
        """Return a float where the text is one."""
        try:
            return float(value)
        except ValueError:
            return value


class Entry(click.ParamType[Any]):
    """A name and its number, ``NAME=NUMBER``."""

    name = "NAME=COUNT"

    def __init__(self, number: Count | Real) -> None:
        self._number = number

    def convert(self, value: str, *_: object) -> tuple[str, str | float]:
        """Split at the equals sign."""
        name, equals, number = value.partition("=")
        if not equals:
            self.fail(f"{value!r} must be NAME=NUMBER, such as a=10")
        return name, self._number.convert(number)


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


REGION = click.option(
    "--region", "regions", type=Entry(Count()), multiple=True, help="a=10, b=10 or 'a&b=5'."
)
HIDDEN = click.option(
    "--hidden", type=Count(), metavar="N", default=0, help="Decisive features nobody sees."
)
NOISE = click.option(
    "--noise", type=Entry(Count()), multiple=True, help="Noise channels, such as a=15."
)
MODALITIES = click.option(
    "--modalities",
    nargs=2,
    default=("a", "b"),
    show_default=True,
    metavar="TEACHER STUDENT",
    help="The modalities' names.",
)


@cli.command()
@REGION
@HIDDEN
@NOISE
@MODALITIES
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


@cli.command()
@REGION
@HIDDEN
@NOISE
@MODALITIES
@click.option(
    "--rule",
    default="hyperplane",
    show_default=True,
    metavar="hyperplane|quadratic|parity|network",
    help="How decisive features make the label; parity is that of the two specific regions.",
)
@click.option("--classes", type=Count(), metavar="K", default=2, help="Classes.  [default: 2]")
@click.option("--flip", type=Real(), metavar="P", default=0.0, help="Share of labels flipped.")
@click.option("--temperature", type=Real(), metavar="T", default=0.0, help="Logistic label noise.")
@click.option(
    "--observation-noise",
    type=Entry(Real()),
    multiple=True,
    metavar="NAME=SD",
    help="Noise in what a modality sees, such as a=0.5.",
)
@click.option("--seed", type=Count(), metavar="N", default=0, help="Of Monte Carlo and network.")
@click.option("--out", metavar="FILE", help="Ends in .json: the numbers and what made them.")
def truth(
    regions: tuple[tuple[str, Any], ...],
    hidden: Any,
    noise: tuple[tuple[str, Any], ...],
    modalities: tuple[str, str],
    rule: str,
    classes: Any,
    flip: Any,
    temperature: Any,
    observation_noise: tuple[tuple[str, Any], ...],
    seed: Any,
    out: str | None,
) -> None:
    """Print how well anyone can know the label: Bayes accuracy and information, exactly.

    For example:

    mfh truth --region a=10 --region b=10 --region 'a&b'=5 --hidden 5
    """
    from synth import Population
    from venn import VennDiagram, staged
    from venn.checks import whole

    described = VennDiagram(
        _mapping("regions", regions), hidden, _mapping("noise", noise), modalities
    )
    law = _rule(rule, classes, flip, temperature, seed, described.modalities)
    shown = _observation_noise(observation_noise, described.modalities)
    population = Population(described, law, shown)
    whole("seed", seed, at_most=None)
    if out is None:
        _print_truth(population, seed)
        return
    path = Path(out)
    if path.suffix != ".json":
        raise ArgumentError("out", out, "must end in .json")
    with staged(path.parent, shown=out) as folder:
        text = json.dumps(_print_truth(population, seed), indent=2, ensure_ascii=False)
        (folder / path.name).write_text(text + "\n", encoding="utf-8")


def _print_truth(population: Any, seed: int) -> dict[str, Any]:
    """Print a row as soon as it is found, and return the numbers and what made them."""
    import dataclasses
    from importlib.metadata import version

    from synth import Evidence
    from venn import canonical

    diagram = population.diagram
    teacher, student = diagram.modalities
    general = diagram.share_regions["gamma"]
    noisy = any(shown.noise for shown in population.shown.values())
    clear = ", without noise" if noisy else ""
    asked: dict[str, tuple[Any, int]] = {
        teacher: (teacher, len(diagram.sees(teacher))),
        student: (student, len(diagram.sees(student))),
        f"{teacher} ∪ {student}": ((teacher, student), diagram.visible),
        f"general ({general}){clear}": (Evidence(regions=(general,)), diagram.regions[general]),
    }
    width = max(map(len, asked))
    click.echo(f"{'seen':{width}}  features  Bayes accuracy, %  information, bits")
    found = {}
    for name, (seen, features) in asked.items():
        each = found[name] = population.truth(seen, seed=seed)
        accuracy = _with_error(100 * each.score, 100 * each.score_error, 2)
        information = _with_error(each.information, each.information_error, 4)
        share = f"{features:>2} of {diagram.decisive:<2}"
        click.echo(f"{name:{width}}  {share}  {accuracy:>17}  {information:>17}")
    parts = population.information_diagram(seed=seed)
    click.echo(
        f"\nOf the label's {parts.entropy:.4f} bits both know {parts.total:.4f}: "
        f"general {parts.general:.4f}, {teacher} alone {parts.teacher_specific:.4f}, "
        f"{student} alone {parts.student_specific:.4f}, synergy {parts.synergy:.4f}"
        + (f" (each ± {parts.error:.4f})" if parts.error else "")
    )
    return {
        "population": canonical(population),
        "seed": seed,
        "version": version("modality-venn"),
        "truth": {name: dataclasses.asdict(each) for name, each in found.items()},
        "information diagram": dataclasses.asdict(parts),
    }


def _observation_noise(
    entries: tuple[tuple[str, Any], ...], modalities: tuple[str, ...]
) -> dict[str, Any]:
    from synth import ObservationNoise

    shown = {}
    for name, sd in _mapping("observation-noise", entries).items():
        argument = f"observation-noise[{name!r}]"
        if name not in modalities:
            known = f"known modalities: {', '.join(modalities)}"
            raise ArgumentError(argument, sd, f"names the unknown modality {name!r}; {known}")
        try:
            shown[name] = ObservationNoise(sd)
        except ArgumentError as error:
            raise ArgumentError(argument, sd, error.allowed) from None
    return shown


def _with_error(value: float, error: float, digits: int) -> str:
    rounded = round(value, digits) + 0.0  # no minus before a zero
    return f"{rounded:.{digits}f}" + (f" ± {error:.{digits}f}" if error else "")


def _rule(
    name: str, classes: Any, flip: Any, temperature: Any, seed: Any, modalities: tuple[str, ...]
) -> Any:
    from synth import RULES, Parity
    from venn.checks import one_of

    known = [each for each in RULES if each != "linear"]  # whose label has no classes
    kind: Any = RULES[one_of("rule", name, known)]
    settings = {"classes": classes, "flip": flip}
    if kind is Parity:
        if temperature:
            raise ArgumentError("temperature", temperature, "is not for parity; use --flip")
        return kind(regions=modalities, **settings)
    if name == "network":
        settings["seed"] = seed
    return kind(temperature=temperature, **settings)


def _mapping(argument: str, entries: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    mapping = dict(entries)
    if len(mapping) < len(entries):
        repeated = next(name for name, _ in entries if [n for n, _ in entries].count(name) > 1)
        raise ArgumentError(f"{argument}[{repeated!r}]", mapping[repeated], "is given twice")
    return mapping


def _in_options(error: ArgumentError) -> str:
    """Write an argument and its value as they stand on the command line."""
    flags = {"regions": "--region", "figure": "FIGURE"}
    if error.argument == "regions" and isinstance(error.value, tuple):
        return "--rule parity"  # whose regions are the modalities' own
    entry = re.fullmatch(r"([\w-]+)\[(.*)\]", error.argument)
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
    except MemoryError as error:
        _exit(1, f"out of memory ({error}); use fewer features, channels or seeds")
    except click.Abort:
        _exit(130, "interrupted; nothing is half-written, and finished figures are kept")


def _exit(status: int, line: str) -> NoReturn:
    click.echo(f"mfh: {' '.join(line.split())}", err=True)
    sys.exit(status)
