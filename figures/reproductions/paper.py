"""The hypothesis plots: diagrams along a path, accuracies, and the gain."""

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures.diagrams.diagram import needed, venn_path
from figures.diagrams.legend import SYMBOL, legend_of_path
from figures.reproductions.curves import COLUMNS, Axis, accuracy_curves, gain_curve
from figures.style.canvas import points
from figures.style.theme import Style, known_style, styled
from venn import ArgumentError, VennDiagram

EDGE = 0.2
"""Inches left and right of the row of diagrams."""

Place = tuple[int, float, float]
"""Where curves are: their row, and in inches their left end and their width."""


@dataclass(frozen=True)
class Layout:
    """How a hypothesis plot lies on its page, in inches; sizes of text are in points.

    Parameters
    ----------
    width : float
        Of the page.
    rows : tuple of float
        Heights from top to bottom, without that of the second row: the diagrams.
    diagrams : (least, most)
        Height of the diagrams.
    title, legend : float
        How far below the top the title and the legend of the regions are.
    accuracy, gain : Place
        Where the curves are.
    inset : (left, bottom, width, height)
        Where the students are drawn alone, in shares of the axes of accuracies.
    margin : float
        Room above and below the students there, as a share of their range.
    counts, ticks : float
        Size of the text in the diagrams, and beside the inset.
    """

    width: float
    rows: tuple[float, ...]
    diagrams: tuple[float, float]
    title: float
    legend: float
    accuracy: Place
    gain: Place
    inset: tuple[float, float, float, float]
    margin: float
    counts: float
    ticks: float

    @property
    def stacked(self) -> bool:
        """Whether the gain is drawn below the accuracies, on the same horizontal axis."""
        return self.gain[0] > self.accuracy[0]


LAYOUTS: dict[Style, Layout] = {
    "paper": Layout(
        width=7.2,
        rows=(0.62, 0.75, 2.4, 0.45, 1.9, 0.5),
        diagrams=(0.0, 1.9),
        title=0.12,
        legend=0.32,
        accuracy=(3, 0.7, 7.2 - 2 * 0.7),
        gain=(5, 0.7, 7.2 - 2 * 0.7),
        inset=(0.085, 0.42, 0.48, 0.5),
        margin=0.15,
        counts=7.5,
        ticks=7,
    ),
    "talk": Layout(
        width=12.8,
        rows=(1.22, 1.22, 2.38, 0.88),
        diagrams=(1.5, 1.5),
        title=0.08,
        legend=0.34,
        accuracy=(3, 1.25, 4.5),
        gain=(3, 7.15, 4.25),
        inset=(0.18, 0.42, 0.39, 0.41),
        margin=0.25,
        counts=18,
        ticks=18,
    ),
}

ZOOM_BELOW = 0.1
"""Share of the accuracy axis under which the students' curves get an inset."""


def paper_figure(
    summary: pd.DataFrame,
    path: Sequence[VennDiagram],
    x: Axis,
    *,
    published: pd.DataFrame | None = None,
    title: str = "",
    style: Style = "paper",
) -> Figure:
    """Draw a hypothesis plot: the diagrams of a path above the accuracies and the gain.

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
    style : {"paper", "talk"}
        For a page, the gain below the accuracies, or for a slide, side by side.

    Returns
    -------
    matplotlib.figure.Figure
        Write it with `figures.save`.

    Raises
    ------
    ArgumentError
        If there are not as many diagrams as points, or the style is unknown.
    """
    if len(path) != len(summary):
        allowed = f"must hold one diagram for each of the summary's {len(summary)} points"
        raise ArgumentError("path", f"{len(path)} diagrams", allowed)
    layout = LAYOUTS[known_style(style)]
    panel = (layout.width - 2 * EDGE) / len(path)
    half_width, above, below = map(max, zip(*map(needed, path), strict=True))
    least, most = layout.diagrams
    venn = min(most, max(least, panel * (above + below) / (2 * half_width)))
    heights = (layout.rows[0], venn, *layout.rows[1:])
    total = sum(heights)

    def place(row: int, left: float, width: float) -> tuple[float, float, float, float]:
        bottom = total - sum(heights[: row + 1])
        return left / layout.width, bottom / total, width / layout.width, heights[row] / total

    with styled(style):
        figure = Figure(figsize=(layout.width, total))
        figure.suptitle(title, y=1 - layout.title / total, va="top")
        figure.legend(
            handles=legend_of_path(path),
            loc="upper center",
            bbox_to_anchor=(0.5, 1 - layout.legend / total),
            ncols=4,
            columnspacing=1.4,
        )
        panels = [figure.add_axes(place(1, EDGE + i * panel, panel)) for i in range(len(path))]
        with styled(style, font_size=layout.counts):
            venn_path(path, panels)
        for diagram, ax in zip(path, panels, strict=True):
            text = f"{SYMBOL[x]} = {getattr(diagram, x):.2f}"
            below = {"transform": ax.transAxes, "ha": "center", "va": "top"}
            ax.text(0.5, -0.05, text, fontsize=mpl.rcParams["xtick.labelsize"], **below)
        upper = figure.add_axes(place(*layout.accuracy))
        lower = figure.add_axes(place(*layout.gain), sharex=upper)
        accuracy_curves(summary, x, published=published, style=style, ax=upper)
        gain_curve(summary, x, published=published, style=style, ax=lower)
        if layout.stacked:
            upper.set_xlabel("")
            upper.tick_params(labelbottom=False)
        else:
            _share_legend(figure, upper, lower)
        if np.ptp(summary[["kd", "no_kd"]].to_numpy()) < ZOOM_BELOW * np.ptp(upper.get_ylim()):
            _zoom_on_students(upper, summary, x, published, layout)
    return figure


def _share_legend(figure: Figure, *axes: Axes) -> None:
    """Put the legends of axes that lie side by side into one, above both."""
    entries: dict[str, Artist] = {}
    for ax in axes:
        handles, labels = ax.get_legend_handles_labels()
        entries |= dict(zip(labels, handles, strict=True))
        ax.legend().remove()
    figure.legend(
        entries.values(),
        entries,
        loc="lower center",
        bbox_to_anchor=(0.5, axes[0].get_position().y1),
        borderaxespad=0,
        ncols=COLUMNS["talk"],
    )


def _zoom_on_students(
    ax: Axes, summary: pd.DataFrame, x: Axis, published: pd.DataFrame | None, layout: Layout
) -> None:
    """Draw the students once more on a scale of their own, above where the teacher is low."""
    inset = ax.inset_axes(layout.inset)
    accuracy_curves(summary, x, arms=("kd", "no_kd"), published=published, ax=inset)
    legend = inset.get_legend()
    if legend is not None:
        legend.remove()
    inset.margins(y=layout.margin)
    inset.set(xlabel="", ylabel="")
    inset.set_title("the students alone", fontsize="small", loc="left", pad=points(3))
    inset.tick_params(labelsize=layout.ticks, labelbottom=False)
