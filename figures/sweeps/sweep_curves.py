"""Gain or accuracy of a sweep along one setting, one line an arm or a value of another setting."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation

from figures.style.canvas import canvas, in_column, points, room, sized, wrap, wrap_labels
from figures.style.theme import (
    BASELINE,
    INK,
    PART_STYLE,
    RC,
    SHARE_LABEL,
    Style,
    arm_label,
    arm_styles,
)
from figures.sweeps.frame import Sweep
from figures.sweeps.measured import COLLAPSED, measured, measured_parts
from figures.sweeps.words import in_measure, in_order, in_words, is_numeric, label
from venn import ArgumentError, FrozenMapping

APART, WIDEST = 2.4, 18
"""Printer's points between the bars of neighbouring lines at one number, and of all at most."""
NAME_WIDTH = 0.6
"""Share of the room of a name that its lines take."""
MOST = 8
"""Lines that can be told apart where they are no arms."""
NOTE: dict[str, Any] = {"fontsize": "small", "color": BASELINE}
MARKERS, DASHES = "osD^vPX*", ("-", (0, (5, 1.5)), (0, (3, 1.2, 1, 1.2)), (0, (1, 1)))
NAMED = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", INK, "#8F4E8B")


def sweep_curves(
    frame: pd.DataFrame,
    x: str,
    y: str = "gain",
    hue: str = "arm",
    *,
    arms: Sequence[str] | None = None,
    measure: str = "accuracy",
    labels: Mapping[str, str] = FrozenMapping({}),
    colours: Mapping[str, str] = FrozenMapping({}),
    style: Style | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the mean over seeds along a setting, with its 95 % interval as a bar.

    Numbers lie at their true distances, on a logarithmic axis where that spaces them more evenly;
    names stand side by side and are not joined.  Lines are moved sideways by a few printer's
    points, so that the bars of one do not hide another's.

    Parameters
    ----------
    frame : DataFrame
        A sweep, as ``store.frame()`` returns it.
    x : str
        The setting on the horizontal axis.
    y : str
        ``"gain"`` over the No-KD student of the same point and seed, in points of accuracy; or a
        measure, an accuracy in percent.
    hue : str
        What tells lines apart: ``"arm"``, a setting, or ``"part"``: the gain of an arm, those of
        its controls, shrinkage and step size, and its knowledge, as `analysis.statistics.decompose`
        defines them.
    arms : sequence of str, optional
        Arms to draw; by default all that have a `y`, and ``kd`` alone where `hue` is no arm.
    measure : str
        What a gain is measured by.
    labels, colours : mapping of str to str
        What arms are called and which colour they have, where that is not as usual.  An arm of your
        own has its name, and the next colour, unless told otherwise.
    style : {"paper", "talk"}, optional
        Sizes of text, lines and marks; by default matplotlib's settings as they are.
    ax : Axes, optional
        Where to draw; a new figure without one.

    Returns
    -------
    Axes
        With a legend on its right, in the order in which the lines end there; above it where the
        figure is as narrow as a column of a page.

    Raises
    ------
    ArgumentError
        If a name is unknown, or another setting varies: nothing but seeds is averaged over.
    """
    sweep = Sweep(frame)
    sweep.setting("x", x)
    if y != "gain":
        sweep.having("y", y)
    if hue != "part":
        sweep.setting("hue", hue, "arm")
    elif y != "gain":
        raise ArgumentError("hue", hue, "is what a gain consists of; give y='gain'")
    if x == hue:
        raise ArgumentError("hue", hue, "is on the horizontal axis already")
    arms = _checked(arms, hue)
    if hue == "part" and arms is not None:
        found = measured_parts(sweep, x, arms[0], measure=measure)
    else:
        found = measured(sweep, y, (x, hue), arms=arms, measure=measure, line_each=hue == "arm")
    table = found.table
    styles = _styles(table[hue], hue, colours)
    names = {name: arm_label(name, labels) if hue == "arm" else in_words(name) for name in styles}
    values = in_order(table[x])
    numeric = is_numeric(table[x])
    places = dict(zip(values, values if numeric else range(len(values)), strict=True))
    with canvas(ax, style) as panel:
        joined = {} if numeric else {"linestyle": "none"}
        lines: list[tuple[float, Line2D]] = []
        for order, (name, look) in enumerate(styles.items()):
            line = table[table[hue] == name]
            line = line.assign(place=line[x].map(places)).sort_values("place")
            aside = (order + 0.5) / len(styles) - 0.5
            bars = panel.errorbar(
                line["place"] + (0 if numeric else aside * NAME_WIDTH),
                line["mean"],
                yerr=(line["mean"] - line["low"], line["high"] - line["mean"]),
                **sized(elinewidth=0.9, **{"zorder": 3 - order / len(styles), **look, **joined}),
            )
            bars[0].set_label(names[name])
            drawn = [*bars.get_children(), *_ringed(panel, bars[0], line["constant"] >= COLLAPSED)]
            if numeric:
                _move(panel, drawn, aside * points(min(APART * len(styles), WIDEST)))
            ends = line["mean"].dropna()
            lines.append((ends.iloc[-1] if len(ends) else -np.inf, bars[0]))
        _scale(panel, x, places, numeric=numeric)
        what, unit = in_measure(y, measure)
        over = " over the No-KD student" if what == "gain" else ""
        whose = over if arms is None or hue == "arm" else f", {arm_label(arms[0], labels)}"
        panel.set(xlabel=label(x), ylabel=f"{what}{whose}{unit}")
        panel.margins(y=0.08)
        narrow = in_column(panel)
        if y == "gain":
            sides = _sides(hue, table["arm"] if hue == "arm" else arms or (), measure)
            _zero(panel, ("", "") if narrow else sides)
        note = found.caption("bars: 95 % interval", "ringed")
        legend = {
            "handles": [line for _, line in sorted(lines, key=lambda line: -line[0])],
            "title": None if hue in {"arm", "part"} else label(hue).partition(",")[0],
            "alignment": "left",
        }
        (_above if narrow else _aside)(panel, legend, note)
    return panel


def _aside(ax: Axes, legend: dict[str, Any], note: str) -> None:
    """Write a legend on the right of axes, and a note above them."""
    ax.legend(
        **legend,
        labelspacing=0.7,
        handlelength=2.6,
        loc="center left",
        bbox_to_anchor=(1, 0.5),
        borderaxespad=3,  # right of the words at the zero line
    )
    ax.set_title(note, loc="left", **NOTE)


def _above(ax: Axes, legend: dict[str, Any], note: str) -> None:
    """Write a legend above axes, in as few lines as there is room for, and a note above that."""
    (width, _), size = room(ax), points(RC["legend.fontsize"])
    for columns in range(len(legend["handles"]), 0, -1):
        drawn = ax.legend(
            **legend,
            ncols=columns,
            fontsize=size,
            labelspacing=0.2,
            columnspacing=1,
            handlelength=2,
            handletextpad=0.5,
            borderpad=0,
            loc="lower left",
            bbox_to_anchor=(0, 1),
            borderaxespad=0.6,
        )
        box = drawn.get_window_extent()
        wide, high = (each * 72 / ax.figure.dpi for each in (box.width, box.height))
        if wide < width - size:
            break
    if wide > 0.75 * width:  # above the words at the left, too
        drawn.set_loc("lower right")
        drawn.set_bbox_to_anchor((1, 1), ax.transAxes)
    wrap(ax.set_title(note, loc="left", pad=high + 1.2 * size, **NOTE), 0.8 * width)
    wrap_labels(ax)


def _checked(arms: Sequence[str] | None, hue: str) -> Sequence[str] | None:
    if arms is None:
        return None if hue == "arm" else ("kd",)
    if isinstance(arms, str) or len(arms) == 0:
        raise ArgumentError("arms", arms, "must be a sequence of arms, such as ('kd',)")
    if hue != "arm" and len(arms) > 1:
        allowed = f"must hold one arm where lines are told apart by {hue}"
        raise ArgumentError("arms", arms, allowed)
    return arms


def _styles(
    values: "pd.Series[Any]", hue: str, colours: Mapping[str, str]
) -> dict[Any, dict[str, Any]]:
    """Return the style of each line, those to be drawn on top first."""
    if hue == "arm":
        return arm_styles(values, colours)
    if colours:
        raise ArgumentError(
            "colours", dict(colours), f"are of arms, and lines are told apart by {hue}"
        )
    if hue == "part":
        present = set(values)
        return {name: style for name, style in PART_STYLE.items() if name in present}
    names = in_order(values)
    if len(names) > MOST:
        allowed = f"has {len(names)} values; at most {MOST} lines can be told apart (--where)"
        raise ArgumentError("hue", hue, allowed)
    shades = mpl.colormaps["viridis"](np.linspace(0, 0.85, len(names)))
    tints = shades if is_numeric(values) else NAMED
    return {
        name: {"color": colour, "marker": marker, "linestyle": dash}
        for name, colour, marker, dash in zip(names, tints, MARKERS, cycle(DASHES), strict=False)
    }


def _move(ax: Axes, artists: Iterable[Artist], points: float) -> None:
    """Shift artists sideways on the page; their data stay what they are."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    shift = ScaledTranslation(points / 72, 0, figure.dpi_scale_trans)
    for artist in artists:
        artist.set_transform(ax.transData + shift)


def _ringed(ax: Axes, line: Line2D, where: "pd.Series[bool]") -> list[Line2D]:
    """Put rings around means of networks that answer one class to every row."""
    x, y = (np.asarray(each, dtype=float)[where.to_numpy()] for each in line.get_data())
    if len(x) == 0:
        return []
    size, colour = 2.2 * line.get_markersize(), line.get_color()
    return ax.plot(x, y, "o", color=colour, markersize=size, markerfacecolor="none", zorder=3.1)


def _scale(ax: Axes, x: str, places: dict[Any, Any], *, numeric: bool) -> None:
    """Space numbers on a linear or logarithmic axis, and give names a place each."""
    values = list(places)
    if not numeric:
        ax.set_xticks(range(len(values)), [in_words(value) for value in values])
        ax.set_xlim(-0.5, len(values) - 0.5)
        ax.grid(visible=False, axis="x")
    elif x not in SHARE_LABEL and min(values) > 0 and _uneven(np.log(values)) < _uneven(values):
        ax.set_xscale("log")
        ax.set_xticks(values, [in_words(value) for value in values])
        ax.set_xticks([], minor=True)


def _uneven(values: Any) -> float:
    """Return how much the gaps between sorted values vary, relative to their mean."""
    gaps = np.diff(values)
    return float(np.std(gaps) / np.mean(gaps)) if len(gaps) > 1 else 0.0


def _sides(hue: str, arms: Iterable[str], measure: str) -> tuple[str, str]:
    """Return what is true of all lines above zero, and below."""
    # Here, because they bring torch with them.
    from analysis.methods.arms import ARMS  # noqa: PLC0415
    from analysis.methods.distilled import Distilled  # noqa: PLC0415
    from analysis.statistics.tidy import ACCURACIES  # noqa: PLC0415

    if measure not in ACCURACIES:  # of which more may be worse
        return "above No-KD", "below No-KD"
    if hue == "part":  # each compares an arm with another, and not always with the No-KD student
        return "better", "worse"
    methods = [ARMS.get(arm) for arm in arms]
    if all(isinstance(each, Distilled) and not each.shuffled for each in methods):
        return "KD helps", "KD hurts"
    return "above No-KD", "below No-KD"


def _zero(ax: Axes, sides: tuple[str, str]) -> None:
    """Draw the line of no difference, and say which side is which."""
    ax.axhline(0, color=INK, linewidth=points(1.0), zorder=1.5)
    for sign, words, side in ((1, sides[0], "bottom"), (-1, sides[1], "top")):
        ax.annotate(
            words,
            xy=(1, 0),
            xycoords=("axes fraction", "data"),
            xytext=(points(5), points(4) * sign),
            textcoords="offset points",
            va=side,
            rotation=90,
            color=BASELINE,
            fontsize="small",
        )
