"""``mfh truth``: how well anyone can know the label."""

import json
from typing import Any

import click

from mfh.options import HIDDEN, MODALITIES, NOISE, NUMBER, REGION, Entry, Known, mapping
from mfh.tables import TEXTS, check_suffix, write_table
from mfh.typed import Command, as_typed
from venn.checks import ArgumentError


@click.command(cls=Command)
@REGION
@HIDDEN
@NOISE
@MODALITIES
@click.option(
    "--rule",
    cls=Known,
    known="synth:CLASSIFICATIONS",
    default="hyperplane",
    show_default=True,
    help="How decisive features make the label; parity is that of the two specific regions.",
)
@click.option("--classes", type=NUMBER, metavar="K", default=2, help="Classes.  [default: 2]")
@click.option("--flip", type=NUMBER, metavar="P", default=0.0, help="Share of labels flipped.")
@click.option("--temperature", type=NUMBER, metavar="T", default=0.0, help="Logistic label noise.")
@click.option(
    "--observation-noise",
    type=Entry(),
    multiple=True,
    metavar="NAME=SD",
    help="Noise in what a modality sees, such as a=0.5.",
)
@click.option("--seed", type=NUMBER, metavar="N", default=0, help="Of Monte Carlo and network.")
@click.option(
    "--out",
    metavar="FILE",
    help="The numbers and what made them (.json), or the table alone (.csv, .md, .tex).",
)
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
        mapping("regions", regions), hidden, mapping("noise", noise), modalities
    )
    made = _rule(rule, classes, flip, temperature, seed, described.modalities)
    shown = _observation_noise(observation_noise, described.modalities)
    with as_typed({"regions": f"--rule {rule} of "}):
        population = Population(described, made, shown)
    whole("seed", seed, at_most=None)
    if out is None:
        _print_truth(population, seed)
        return
    path = check_suffix(out, (".json", *TEXTS))
    with staged(path.parent, shown=out) as folder:
        found = _print_truth(population, seed)
        if path.suffix == ".json":
            text = json.dumps(found, indent=2, ensure_ascii=False)
            (folder / path.name).write_text(text + "\n", encoding="utf-8")
        else:
            import pandas as pd

            table = pd.DataFrame.from_dict(found["truth"], orient="index")
            write_table(table.rename_axis("seen").reset_index(), folder / path.name)


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
    for name, sd in mapping("observation_noise", entries).items():
        if name not in modalities:
            allowed = f"names the unknown modality {name!r}; known modalities: "
            argument = f"observation_noise[{name!r}]"
            raise ArgumentError(argument, sd, allowed + ", ".join(modalities))
        with as_typed({"sd": f"--observation-noise {name}="}):
            shown[name] = ObservationNoise(sd)
    return shown


def _with_error(value: float, error: float, digits: int) -> str:
    rounded = round(value, digits) + 0.0  # no minus before a zero
    return f"{rounded:.{digits}f}" + (f" ± {error:.{digits}f}" if error else "")


def _rule(
    name: str, classes: Any, flip: Any, temperature: Any, seed: Any, modalities: tuple[str, ...]
) -> Any:
    from synth import CLASSIFICATIONS, Parity
    from venn.checks import one_of

    kind: Any = CLASSIFICATIONS[one_of("rule", name, CLASSIFICATIONS)]
    settings = {"classes": classes, "flip": flip}
    if kind is Parity:
        if temperature:
            raise ArgumentError("temperature", temperature, "is not for parity; use --flip")
        return kind(regions=modalities, **settings)
    if name == "network":
        settings["seed"] = seed
    return kind(temperature=temperature, **settings)
