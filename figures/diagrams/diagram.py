"""The Venn diagram, areas true to the numbers."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Polygon

from figures.diagrams.circles import Circles
from figures.diagrams.legend import HIDDEN_STYLE, REGION_STYLE, legend_of
from figures.style.canvas import canvas, sized
from figures.style.theme import HIDDEN, INK, SLIDE, STUDENT, TEACHER, Style, known_style, styled
from venn import VennDiagram


@dataclass(frozen=True)
class Layout:
    """How a drawing lies on its page when it stands alone.

    Parameters
    ----------
    size : (width, height)
        Inches of the page.
    place : (left, bottom, width, height)
        Of the axes, in shares of the page.
    legend : mapping
        Where the legend is, beside the axes.
    line : float
        Points that a line of the legend has room for.
    """

    size: tuple[float, float]
    place: tuple[float, float, float, float]
    legend: Mapping[str, Any]
    line: float


LAYOUTS: dict[Style, Layout] = {
    "paper": Layout(
        (4.8, 5.0),
        (0.05, 0.34, 0.9, 0.63),
        {"loc": "upper center", "bbox_to_anchor": (0.5, -0.02)},
        math.inf,
    ),
    "talk": Layout(
        SLIDE,
        (0.07, 0.04, 0.43, 0.9),
        {"loc": "center left", "bbox_to_anchor": (1.1, 0.5), "labelspacing": 0.8},
        350,
    ),
}

Extent = tuple[float, float, float]
"""Half the width of a drawing, its height above the circles' axis and its depth below."""


def venn_diagram(
    diagram: VennDiagram,
    *,
    ax: Axes | None = None,
    legend: bool = True,
    extent: Extent | None = None,
    style: Style | None = None,
) -> Axes:
    """Draw a diagram of two modalities; one decisive feature is one unit of area.

    The left circle is what the teacher's modality sees, the right one what the student's sees;
    hidden features are a dashed circle below.  Each region is labelled with its count.

    Parameters
    ----------
    diagram : VennDiagram
        Two modalities.
    ax : Axes, optional
        Where to draw; a new figure without one.
    legend : bool
        Whether to write shares and channels below the axes, for a talk on their right.
    extent : (half_width, height, depth), optional
        Room for the drawing, so that several have one scale; by default what it needs.
    style : {"paper", "talk"}, optional
        Sizes of text, lines and marks; by default matplotlib's settings as they are.

    Returns
    -------
    Axes
        With equal aspect and no frame.

    Raises
    ------
    ArgumentError
        If the diagram has more than two modalities, or the style is unknown.
    """
    circles = Circles.of(diagram)
    layout = LAYOUTS[known_style(style)]
    half_width, height, depth = needed(diagram) if extent is None else extent
    left, right = circles.ends
    middle = (left + right) / 2

    def new() -> Axes:
        return plt.figure(figsize=layout.size).add_axes(layout.place)

    with canvas(ax, style, new) as panel:
        panel.set(xlim=(middle - half_width, middle + half_width), ylim=(-depth, height))
        panel.set_aspect("equal")
        panel.axis("off")
        panel.apply_aspect()  # So that the size of a label can be compared with its region.
        _fill(panel, circles)
        for share, region in diagram.share_regions.items():
            if diagram.regions[region]:
                _label(panel, circles, share, str(diagram.regions[region]))
        if diagram.hidden:
            radius = _hidden_radius(diagram)
            centre = (middle, -(circles.largest + _hidden_gap(circles) + radius))
            panel.add_patch(Circle(centre, radius, **sized(**HIDDEN_STYLE)))
            panel.text(*centre, str(diagram.hidden), ha="center", va="center", color=HIDDEN)
        if legend:
            panel.legend(handles=legend_of(diagram, layout.line), **layout.legend)
    return panel


def venn_figure(diagram: VennDiagram, *, style: Style = "paper") -> Figure:
    """Draw a diagram alone, with its legend, as a figure for `figures.save`.

    Parameters
    ----------
    diagram : VennDiagram
        Two modalities.
    style : {"paper", "talk"}
        For a page, with the legend below, or for a slide, with the legend on the right.

    Returns
    -------
    matplotlib.figure.Figure
        Write it with `figures.save`.

    Raises
    ------
    ArgumentError
        If the diagram has more than two modalities, or the style is unknown.
    """
    layout = LAYOUTS[known_style(style)]
    with styled(style):
        figure = Figure(figsize=layout.size)
        venn_diagram(diagram, ax=figure.add_axes(layout.place), style=style)
    return figure


def venn_path(
    diagrams: Sequence[VennDiagram], axes: Sequence[Axes], *, style: Style | None = None
) -> None:
    """Draw diagrams side by side at one scale.

    Parameters
    ----------
    diagrams : sequence of VennDiagram
        Two modalities each.
    axes : sequence of Axes
        One a diagram, all of one size.
    style : {"paper", "talk"}, optional
        Sizes of text, lines and marks; by default matplotlib's settings as they are.

    Raises
    ------
    ArgumentError
        If a diagram has more than two modalities, or the style is unknown.
    """
    half_width, height, depth = map(max, zip(*map(needed, diagrams), strict=True))
    for diagram, ax in zip(diagrams, axes, strict=True):
        venn_diagram(diagram, ax=ax, legend=False, extent=(half_width, height, depth), style=style)


def needed(diagram: VennDiagram) -> Extent:
    """Return the room that the drawing of a diagram needs."""
    circles = Circles.of(diagram)
    left, right = circles.ends
    hidden = _hidden_radius(diagram)
    below = 2 * hidden + _hidden_gap(circles) if diagram.hidden else 0.0
    half_width = max((right - left) / 2, hidden)
    margin = 0.06 * circles.largest
    return half_width + margin, circles.largest + margin, circles.largest + below + margin


def _hidden_radius(diagram: VennDiagram) -> float:
    return math.sqrt(diagram.hidden / math.pi)


def _hidden_gap(circles: Circles) -> float:
    return 0.2 * circles.largest


def _fill(ax: Axes, circles: Circles) -> None:
    discs = [
        ("alpha", 0.0, circles.teacher, TEACHER),
        ("beta", circles.distance, circles.student, STUDENT),
    ]
    for share, centre, radius, _ in discs:
        ax.add_patch(Circle((centre, 0), radius, **REGION_STYLE[share]))
    lens = circles.lens_outline()
    if len(lens):
        ax.add_patch(Polygon(lens, facecolor="white", linewidth=0))
        ax.add_patch(Polygon(lens, **REGION_STYLE["gamma"]))
    for _, centre, radius, colour in discs:
        outline = sized(edgecolor=colour, linewidth=1.3)
        ax.add_patch(Circle((centre, 0), radius, fill=False, **outline))


def _label(ax: Axes, circles: Circles, share: str, text: str) -> None:
    """Write into a region, or beside the circles with a line to it where it does not fit."""
    left, right = circles.spans[share]
    inside = ((left + right) / 2, 0.0)
    label = ax.text(*inside, text, ha="center", va="center", color=INK)
    box = label.get_window_extent().transformed(ax.transData.inverted())
    if box.width < 0.7 * (right - left):
        return
    label.remove()
    first, last = circles.ends
    away = 0.6 * box.height
    outside, horizontal, vertical = {
        "alpha": ((first - away, 0.0), "right", "center"),
        "beta": ((last + away, 0.0), "left", "center"),
        "gamma": ((inside[0], circles.largest + away), "center", "bottom"),
    }[share]
    ax.annotate(
        text,
        xy=inside,
        xytext=outside,
        ha=horizontal,
        va=vertical,
        color=INK,
        arrowprops=sized(arrowstyle="-", color=INK, linewidth=0.6, shrinkA=0, shrinkB=0),
        annotation_clip=False,
    )
