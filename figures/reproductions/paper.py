"""The hypothesis plots: diagrams along a path, accuracies, and the gain."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from figures.diagrams.diagram import needed, venn_path
from figures.diagrams.legend import SYMBOL, legend_of_path
from figures.reproductions.published import entry, published
from figures.style.theme import (
    ARM_LABEL,
    ARM_STYLE,
    SHARE_LABEL,
    SLIDE,
    Style,
    known_style,
    settle,
    styled,
)
from figures.sweeps.frame import Sweep
from figures.sweeps.sweep_curves import sweep_curves
from venn import ArgumentError, VennDiagram
from venn.checks import one_of

AXES = ("alpha", "gamma")
PAGE = 7.2
"""Inches of a page's width."""
ROW = 1.95
"""Inches of a row of curves on a page."""
LINES: Mapping[Style, float] = {"paper": 6.5, "talk": 5}
"""Lines of text above the diagrams and between them and the curves."""
LEGEND: Mapping[Style, dict[str, Any]] = {
    "paper": {"loc": "outside upper center", "ncols": 4},
    "talk": {"loc": "outside right center"},
}
"""Where legends are: a page has less room at its sides, a slide above."""
ALONE_BELOW = 0.1
"""Of the range of all accuracies: students that lie closer have a row of their own on a page."""


def paper_figure(
    runs: pd.DataFrame,
    path: Sequence[VennDiagram],
    x: str,
    *,
    reference: pd.DataFrame | None = None,
    title: str = "",
    style: Style = "paper",
) -> Figure:
    """Draw a hypothesis plot: the diagrams of a path above accuracies and gain, with 95 % intervals.

    Parameters
    ----------
    runs : DataFrame
        A sweep along the path, as ``store.frame()`` returns it, of ``teacher``, ``no_kd``, ``kd``.
    path : sequence of VennDiagram
        The diagrams, one a point.
    x : {"alpha", "gamma"}
        The share that grows along the path.
    reference : DataFrame, optional
        Published values, one row a point: ``teacher``, ``no_kd`` and ``kd``, fractions, and
        ``gain``, points.  They are drawn as hollow marks around where ours are.
    title : str
        Written above.
    style : {"paper", "talk"}
        For a page, the curves below each other, or for a slide, side by side.

    Returns
    -------
    matplotlib.figure.Figure
        Write it with `figures.save`.

    Raises
    ------
    ArgumentError
        If there are not as many diagrams as points, an arm is missing, or a name is unknown.
    """
    one_of("x", x, AXES)
    on_page = known_style(style) == "paper"
    sweep = Sweep(runs)
    for arm in ARM_STYLE:
        one_of("arms", arm, sweep.arms)
    points = runs["point"].nunique()
    if len(path) != points:
        allowed = f"must hold one diagram for each of the {points} points of the runs"
        raise ArgumentError("path", f"{len(path)} diagrams", allowed)
    rows = _rows(runs, alone=on_page)
    with styled(style):
        small = mpl.rcParams["legend.fontsize"]
        lines = LINES[known_style(style)] * mpl.rcParams["font.size"] / 72
        head = lines + (_height(path, PAGE) if on_page else SLIDE[1] / 5)
        size = (PAGE, head + len(rows) * ROW) if on_page else SLIDE
        legend: dict[str, Any] = LEGEND[known_style(style)]
        figure = Figure(figsize=size, layout="constrained")
        figure.suptitle(title)
        ratios = (head, size[1] - head)
        upper, lower = figure.subfigures(2, 1, squeeze=False, height_ratios=ratios)[:, 0]
        upper.legend(handles=legend_of_path(path), **legend)
        panels = list(upper.subplots(1, len(path), squeeze=False).flat)
        for diagram, ax in zip(path, panels, strict=True):
            share = f"{SYMBOL[x]} = {getattr(diagram, x):.2f}"
            ax.set_title(share, fontsize="medium", pad=2 * small)  # above a count beside its region
            ax.axis("off")
        shape = (len(rows), 1) if on_page else (1, len(rows))
        axes = list(lower.subplots(*shape, sharex=True, squeeze=False).flat)
        shares = [getattr(diagram, x) for diagram in path]
        for ax, (value, arms) in zip(axes, rows, strict=True):
            sweep_curves(runs, x, value, arms=arms, style=style, ax=ax)
            if reference is not None:
                _published(ax, shares, reference, value, arms)
            _as_one_of_several(ax, axes[0])
        lower.supxlabel(SHARE_LABEL[x], fontsize=mpl.rcParams["axes.labelsize"])
        handles = [*_lines(axes[0]).values(), *([] if reference is None else [entry()])]
        lower.legend(handles=handles, **legend)
        settle(figure)
        with styled(style, font_size=small):
            venn_path(path, panels)  # last: a label is placed by the room that its region has
    return figure


def _height(path: Sequence[VennDiagram], width: float) -> float:
    """Return the height of a path of diagrams that fill a width."""
    half_width, above, below = (max(each) for each in zip(*map(needed, path), strict=True))
    height: float = width / len(path) / (2 * half_width) * (above + below)
    return height


def _rows(runs: pd.DataFrame, *, alone: bool) -> list[tuple[str, tuple[str, ...]]]:
    """Return gain or accuracy and the arms of each row, students that lie close once more alone."""
    means = runs.groupby(["arm", "point"])["accuracy"].mean()
    close = np.ptp(means[["kd", "no_kd"]]) < ALONE_BELOW * np.ptp(means)
    students: list[tuple[str, tuple[str, ...]]] = [("accuracy", ("kd", "no_kd"))]
    return [("accuracy", tuple(ARM_STYLE)), *students * bool(alone and close), ("gain", ("kd",))]


def _lines(ax: Axes) -> dict[str, Line2D]:
    """Return the lines of arms by their names, in the order of the theme."""
    drawn = {str(bars[0].get_label()): bars[0] for bars in ax.containers}
    return {name: drawn[name] for name in ARM_LABEL.values() if name in drawn}


def _published(
    ax: Axes, shares: Sequence[float], reference: pd.DataFrame, value: str, arms: Sequence[str]
) -> None:
    """Draw published values around ours, which are moved aside for each other."""
    for arm in arms:
        shown = reference["gain"] if value == "gain" else 100 * reference[arm]
        marks = published(ax, shares, shown, ARM_STYLE[arm])
        marks.set_transform(_lines(ax)[ARM_LABEL[arm]].get_transform())


def _as_one_of_several(ax: Axes, first: Axes) -> None:
    """Leave to the figure what it says once: legend, axis, and a note that is that of the first."""
    legend = ax.get_legend()
    assert legend is not None
    legend.remove()
    ax.set_xlabel("")
    if ax.get_ylabel().startswith("gain"):
        ax.set_ylabel("gain (points)")
    if ax is not first:
        note = ax.get_title("left").removeprefix(first.get_title("left"))
        ax.set_title(note, loc="left", fontsize="small")
