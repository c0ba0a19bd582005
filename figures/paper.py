"""The hypothesis plots: diagrams along a path, accuracies, and the gain."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from figures.curves import Axis, accuracy_curves, gain_curve
from figures.diagram import HIDDEN_STYLE, REGION_STYLE, SYMBOL, needed, venn_path
from figures.theme import styled
from venn import ArgumentError, VennDiagram

WIDTH, MARGIN, EDGE, TALLEST = 7.2, 0.7, 0.2, 1.9
"""Inches: the page's text width, room for an axis, room at the edge, tallest row of diagrams."""

ZOOM_BELOW = 0.1
"""Share of the accuracy axis under which the students' curves get an inset."""


def paper_figure(
    summary: pd.DataFrame,
    path: Sequence[VennDiagram],
    x: Axis,
    *,
    published: pd.DataFrame | None = None,
    title: str = "",
) -> Figure:
    """Draw a hypothesis plot: the diagrams of a path above the accuracies above the gain.

    Parameters
    ----------
    summary : DataFrame
        From `analysis.summarise`, one row a diagram.
    path : sequence of VennDiagram
        The diagrams.
    x : {"alpha", "gamma"}
        The share that grows along the path.
    published : DataFrame, optional
        Published values, drawn as hollow marks.
    title : str
        Written above.

    Returns
    -------
    matplotlib.figure.Figure
        Write it with `figures.save`.

    Raises
    ------
    ArgumentError
        If there are not as many diagrams as points.
    """
    if len(path) != len(summary):
        allowed = f"must hold one diagram for each of the summary's {len(summary)} points"
        raise ArgumentError("path", f"{len(path)} diagrams", allowed)
    panel = (WIDTH - 2 * EDGE) / len(path)
    half_width, above, below = map(max, zip(*map(needed, path), strict=True))
    venn = min(TALLEST, panel * (above + below) / (2 * half_width))
    heights = (0.62, venn, 0.75, 2.4, 0.45, 1.9, 0.5)
    total = sum(heights)

    def place(row: int, left: float, width: float) -> tuple[float, float, float, float]:
        bottom = total - sum(heights[: row + 1])
        return left / WIDTH, bottom / total, width / WIDTH, heights[row] / total

    with styled():
        figure = Figure(figsize=(WIDTH, total))
        figure.suptitle(title, y=1 - 0.12 / total, va="top", fontsize=10.5)
        figure.legend(
            handles=_region_handles(path),
            loc="upper center",
            bbox_to_anchor=(0.5, 1 - 0.32 / total),
            ncols=4,
            columnspacing=1.4,
        )
        panels = [figure.add_axes(place(1, EDGE + i * panel, panel)) for i in range(len(path))]
        with styled(font_size=7.5):
            venn_path(path, panels)
        for diagram, ax in zip(path, panels, strict=True):
            text = f"{SYMBOL[x]} = {getattr(diagram, x):.2f}"
            ax.text(0.5, -0.05, text, transform=ax.transAxes, ha="center", va="top", fontsize=8)
        upper = figure.add_axes(place(3, MARGIN, WIDTH - 2 * MARGIN))
        lower = figure.add_axes(place(5, MARGIN, WIDTH - 2 * MARGIN), sharex=upper)
        accuracy_curves(summary, x, published=published, ax=upper)
        gain_curve(summary, x, published=published, ax=lower)
        upper.set_xlabel("")
        upper.tick_params(labelbottom=False)
        if np.ptp(summary[["kd", "no_kd"]].to_numpy()) < ZOOM_BELOW * np.ptp(upper.get_ylim()):
            _zoom_on_students(upper, summary, x, published)
    return figure


def _zoom_on_students(
    ax: Axes, summary: pd.DataFrame, x: Axis, published: pd.DataFrame | None
) -> None:
    """Draw the students once more on a scale of their own, above where the teacher is low."""
    inset = ax.inset_axes((0.085, 0.42, 0.48, 0.5))
    accuracy_curves(summary, x, arms=("kd", "no_kd"), published=published, ax=inset)
    legend = inset.get_legend()
    if legend is not None:
        legend.remove()
    inset.margins(y=0.15)
    inset.set(xlabel="", ylabel="")
    inset.set_title("the students alone", fontsize="small", loc="left", pad=3)
    inset.tick_params(labelsize=7, labelbottom=False)


def _region_handles(path: Sequence[VennDiagram]) -> list[Patch]:
    """Return a legend entry for each kind of feature that occurs along the path."""
    labels = {"alpha": "α: teacher only", "gamma": "γ: both (general)", "beta": "β: student only"}
    handles = [
        Patch(**REGION_STYLE[share], label=label)
        for share, label in labels.items()
        if any(getattr(diagram, share) for diagram in path)
    ]
    if any(diagram.hidden for diagram in path):
        handles.append(Patch(**HIDDEN_STYLE, label="hidden from both"))
    return handles
