"""``mfh plot``: pictures of a sweep."""

import math
from numbers import Real
from pathlib import Path
from typing import Any

import click

from mfh.commands.store import opened, shown
from mfh.options import STYLE
from mfh.typed import Command, as_typed
from venn.checks import ArgumentError, one_of


@click.command(cls=Command)
@click.argument("path", metavar="STORE")
@click.option("--x", metavar="SETTING", help="Horizontal axis.  [default: gamma]")
@click.option(
    "--y",
    metavar="gain|MEASURE|SETTING",
    help="Vertical axis; a setting makes a heat map of the gain.  [default: gain]",
)
@click.option(
    "--hue",
    metavar="arm|part|SETTING",
    help="What tells curves apart; part: knowledge, shrinkage and step size.  [default: arm]",
)
@click.option("--arms", metavar="ARM,…", help="Which arms.  [default: all, or kd]")
@click.option(
    "--measure",
    metavar="MEASURE",
    help="What a gain is measured by.  [default: accuracy, or r_squared of a real target]",
)
@click.option("--simplex", is_flag=True, help="A map of the gain over all shares α, β, γ.")
@click.option("--where", multiple=True, metavar="SETTING=VALUE,…", help="Draw these rows alone.")
@click.option("--title", default="", help="Written above.")
@STYLE
@click.option("--out", required=True, metavar="FILE", help="Ends in .svg, .png or .pdf.")
def plot(
    path: str,
    x: str | None,
    y: str | None,
    hue: str | None,
    arms: str | None,
    measure: str | None,
    simplex: bool,
    where: tuple[str, ...],
    title: str,
    style: Any,
    out: str,
) -> None:
    """Draw the gain, or what was measured, of a sweep: curves, a heat map, or a map of the simplex.

    Means over seeds with 95 % intervals; nothing but seeds is averaged over.  For example:

    mfh plot sweep.db --x gamma --y gain --hue arm --out gain.svg

    mfh plot sweep.db --hue part --out knowledge.svg

    mfh plot sweep.db --x n_train --y temperature --arms kd --where gamma=1 --out heat.svg

    mfh plot simplex.db --simplex --arms kd --out simplex.svg
    """
    from figures.style.theme import check_format

    check_format(out)

    with opened(path) as store:
        frame = store.frame()
        made = store.runs()
    if frame.empty:
        raise ArgumentError("store", path, "holds no result yet; mfh sweep trains them")
    for condition in where:
        frame = matching(frame, condition)

    from analysis.statistics.tidy import settings_of
    from figures import save, sweep_figure

    chosen = None if arms is None else [arm.strip() for arm in arms.split(",")]
    options: dict[str, Any] = {"x": x or "gamma", "y": y or "gain"}
    kind = "simplex" if simplex else "heat map" if y in settings_of(frame) else "curves"
    if kind == "simplex":
        _refuse(kind, x=x, y=y, hue=hue)
        options = {"arm": _one(chosen)}
    elif kind == "heat map":
        _refuse(kind, hue=hue)
        options["arm"] = _one(chosen)
    else:
        options |= {"hue": hue or "arm", "arms": chosen}
    gain = kind != "curves" or y in {None, "gain"}
    if gain and not (frame["arm"] == "no_kd").any():
        allowed = "has no arm no_kd, from which gains are measured; add it to the sweep's --arms"
        raise ArgumentError("store", path, allowed)
    if gain and measure is None:
        measure = "accuracy" if "accuracy" in frame else "r_squared"
    if measure is not None:
        options["measure"] = measure
    with as_typed({"frame": f"STORE {path}: ", "arm": "--arms "}):
        figure = sweep_figure(frame, kind, title=title, style=style, **options)
    versions = sorted({run["environment"]["versions"]["modality-venn"] for run in made})
    source = f"{len(frame)} rows of {Path(path).name}"
    save(figure, out, description=f"{source}, made by mfh {', '.join(versions)}")
    if "constant" in frame and (constant := int(frame["constant"].sum())):
        click.echo(
            f"{constant:,} of {len(frame):,} rows are of networks that answer one class to every "
            "test row; a gain of theirs, or over them, is no knowledge"
        )
    click.echo(out)


def _refuse(kind: str, **options: str | None) -> None:
    for name, value in options.items():
        if value is not None:
            raise ArgumentError(name, value, f"is for curves; this is a {kind}")


def _one(arms: list[str] | None) -> str:
    """Return the one arm of a map; the KD student unless told otherwise."""
    if arms is not None and len(arms) > 1:
        raise ArgumentError("arms", ",".join(arms), "must be one arm: a map shows one")
    return "kd" if arms is None else arms[0]


def matching(frame: Any, condition: str) -> Any:
    """Return the rows whose setting has one of the values of a condition."""
    from analysis.statistics.tidy import settings_of
    from analysis.sweeps.sweepfile import parse_key

    name, equals, text = condition.partition("=")
    if not equals:
        raise ArgumentError("where", condition, "must be SETTING=VALUE, such as n_train=100")
    one_of("where", name, [*settings_of(frame), "arm", "seed"])  # what was measured chooses no rows
    values = parse_key("arms" if name == "arm" else name, text)
    known = list(frame[name].dropna().unique())
    chosen = []
    for value in values if isinstance(values, list) else [values]:
        same = [each for each in known if each == value or _close(each, value)]
        same = same or [each for each in known if shown(each) == shown(value)]
        if not same:
            allowed = f"leaves no row; known: {', '.join(map(shown, known))}"
            raise ArgumentError("where", f"{name}={value}", allowed)
        chosen += same
    return frame[frame[name].isin(chosen)]


def _close(one: Any, two: Any) -> bool:
    """Return whether two numbers are the same but for rounding."""
    numbers = isinstance(one, Real) and isinstance(two, Real)
    return numbers and math.isclose(one, two, rel_tol=1e-12)
