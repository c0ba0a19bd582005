"""The hypothesis plots: diagrams along a path, accuracies, and the gain."""

from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures.diagrams.diagram import needed, venn_path
from figures.diagrams.legend import SYMBOL, legend_of_path
from figures.reproductions.published import entry, published
from figures.style.theme import ARM_LABEL, ARM_STYLE, SLIDE, Style, known_style, settle, styled
from figures.sweeps.sweep_curves import sweep_curves
from venn import ArgumentError, VennDiagram
from venn.checks import one_of

AXES = ("alpha", "gamma")
WIDTH, ROW = 7.2, 2.4
"""Inches of a page, and of a row of curves on it."""
HEAD, LEAST = 0.75, 0.9
"""Inches above the diagrams on a page, for title and legend, and of these at least."""
ALONE_BELOW = 0.1
"""Of the range of all accuracies: students that lie closer have a row of their own."""


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
        ``gain``, points.  They are drawn as hollow marks.
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
        If there are not as many diagrams as points, or a name is unknown.
    """
    one_of("x", x, AXES)
    points = runs["point"].nunique()
    if len(path) != points:
        allowed = f"must hold one diagram for each of the {points} points of the runs"
        raise ArgumentError("path", f"{len(path)} diagrams", allowed)
    means = runs.groupby(["arm", "point"])["accuracy"].mean()
    students = np.ptp(means[["kd", "no_kd"]]) < ALONE_BELOW * np.ptp(means)
    rows: list[tuple[str, tuple[str, ...]]] = [("accuracy", tuple(ARM_STYLE)), ("gain", ("kd",))]
    if students and style == "paper":
        rows.insert(1, ("accuracy", ("kd", "no_kd")))
    half_width, above, below = map(max, zip(*map(needed, path), strict=True))
    venn = max(LEAST, WIDTH / len(path) * (above + below) / (2 * half_width)) + HEAD
    tall = len(rows) * ROW if known_style(style) == "paper" else SLIDE[1] - venn
    size = (WIDTH, venn + tall) if style == "paper" else SLIDE
    with styled(style):
        figure = Figure(figsize=size, layout="constrained")
        figure.suptitle(title)
        upper, lower = figure.subfigures(2, 1, height_ratios=(venn, tall), squeeze=False)[:, 0]
        panels = upper.subplots(1, len(path), squeeze=False)[0]
        upper.legend(handles=legend_of_path(path), loc="outside upper center", ncols=4)
        for diagram, ax in zip(path, panels, strict=True):
            text = f"{SYMBOL[x]} = {getattr(diagram, x):.2f}"
            ax.set_title(text, y=-0.12, va="top", fontsize=mpl.rcParams["xtick.labelsize"])
            ax.axis("off")
        shape = (len(rows), 1) if style == "paper" else (1, len(rows))
        axes = list(lower.subplots(*shape, sharex=True, squeeze=False).flat)
        for ax, (value, arms) in zip(axes, rows, strict=True):
            _curves(ax, runs, path, x, value, arms, reference, style)
            if ax is not axes[-1] and style == "paper":
                ax.set_xlabel("")
        settle(figure)
        venn_path(path, list(panels))  # last: a label is placed by the room that its region has
    return figure


def _curves(
    ax: Axes,
    runs: pd.DataFrame,
    path: Sequence[VennDiagram],
    x: str,
    value: str,
    arms: tuple[str, ...],
    reference: pd.DataFrame | None,
    style: Style,
) -> None:
    sweep_curves(runs, x, value, arms=arms, style=style, ax=ax)  # type: ignore[arg-type]  # a value
    if value == "gain":
        ax.set_ylabel("gain by KD (points)")
    if reference is None:
        return
    shares = [getattr(diagram, x) for diagram in path]
    for arm in arms:
        shown = reference["gain"] if value == "gain" else 100 * reference[arm]
        published(ax, shares, shown, ARM_STYLE[arm])
    entry(ax, "published")
    handles, labels = ax.get_legend_handles_labels()
    ordered = sorted(zip(labels, handles, strict=True), key=lambda each: each[0] == "published")
    names = [ARM_LABEL.get(label, label) for label, _ in ordered]
    ax.legend([handle for _, handle in ordered], names, **LEGEND)


LEGEND: dict[str, Any] = {
    "loc": "center left",
    "bbox_to_anchor": (1, 0.5),
    "borderaxespad": 3,
    "labelspacing": 0.7,
}
"""On the right of the words at the zero line, as in `sweep_curves`."""
