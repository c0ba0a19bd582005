"""The Venn diagram, areas true to the numbers."""

import math
from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Patch, Polygon

from figures.circles import Circles
from figures.theme import GENERAL, HIDDEN, INK, STUDENT, TEACHER, styled
from venn import VennDiagram

REGION_STYLE: dict[str, dict[str, Any]] = {
    "alpha": {"facecolor": TEACHER, "alpha": 0.28, "linewidth": 0},
    "gamma": {"facecolor": GENERAL, "alpha": 0.45, "linewidth": 0},
    "beta": {"facecolor": STUDENT, "alpha": 0.28, "linewidth": 0},
}
HIDDEN_STYLE: dict[str, Any] = {
    "fill": False,
    "edgecolor": HIDDEN,
    "linewidth": 1.0,
    "linestyle": (0, (3, 2)),
}
SIZE, PLACE = (4.8, 5.0), (0.05, 0.34, 0.9, 0.63)
"""Inches of a drawing that stands alone, and the place of its axes: the legend goes below."""

SYMBOL = {"alpha": "α", "gamma": "γ", "beta": "β"}

Extent = tuple[float, float, float]
"""Half the width of a drawing, its height above the circles' axis and its depth below."""


def venn_diagram(
    diagram: VennDiagram,
    *,
    ax: Axes | None = None,
    legend: bool = True,
    extent: Extent | None = None,
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
        Whether to write shares and channels below the axes.
    extent : (half_width, height, depth), optional
        Room for the drawing, so that several have one scale; by default what it needs.

    Returns
    -------
    Axes
        With equal aspect and no frame.

    Raises
    ------
    ArgumentError
        If the diagram has more than two modalities.
    """
    circles = Circles.of(diagram)
    if ax is None:
        ax = plt.figure(figsize=SIZE).add_axes(PLACE)
    half_width, height, depth = needed(diagram) if extent is None else extent
    left, right = circles.ends
    middle = (left + right) / 2
    ax.set(xlim=(middle - half_width, middle + half_width), ylim=(-depth, height), aspect="equal")
    ax.axis("off")
    ax.apply_aspect()  # So that the size of a label can be compared with its region.
    _fill(ax, circles)
    for share, region in diagram.share_regions.items():
        if diagram.regions[region]:
            _label(ax, circles, share, str(diagram.regions[region]))
    if diagram.hidden:
        radius = _hidden_radius(diagram)
        centre = (middle, -(circles.largest + _hidden_gap(circles) + radius))
        ax.add_patch(Circle(centre, radius, **HIDDEN_STYLE))
        ax.text(*centre, str(diagram.hidden), ha="center", va="center", color=HIDDEN)
    if legend:
        ax.legend(handles=_legend(diagram), loc="upper center", bbox_to_anchor=(0.5, -0.02))
    return ax


def venn_figure(diagram: VennDiagram) -> Figure:
    """Draw a diagram alone, with its legend, as a figure for `figures.save`."""
    with styled():
        figure = Figure(figsize=SIZE)
        venn_diagram(diagram, ax=figure.add_axes(PLACE))
    return figure


def venn_path(diagrams: Sequence[VennDiagram], axes: Sequence[Axes]) -> None:
    """Draw diagrams side by side at one scale.

    Parameters
    ----------
    diagrams : sequence of VennDiagram
        Two modalities each.
    axes : sequence of Axes
        One a diagram, all of one size.
    """
    half_width, height, depth = map(max, zip(*map(needed, diagrams), strict=True))
    for diagram, ax in zip(diagrams, axes, strict=True):
        venn_diagram(diagram, ax=ax, legend=False, extent=(half_width, height, depth))


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
    outline = circles.lens_outline()
    if len(outline):
        ax.add_patch(Polygon(outline, facecolor="white", linewidth=0))
        ax.add_patch(Polygon(outline, **REGION_STYLE["gamma"]))
    for _, centre, radius, colour in discs:
        ax.add_patch(Circle((centre, 0), radius, fill=False, edgecolor=colour, linewidth=1.3))


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
        arrowprops={"arrowstyle": "-", "color": INK, "linewidth": 0.6, "shrinkA": 0, "shrinkB": 0},
        annotation_clip=False,
    )


def _legend(diagram: VennDiagram) -> list[Patch]:
    """Return one entry per share, for hidden features, and for each modality's channels."""
    teacher, student = diagram.modalities
    seen_by = {
        "alpha": f"by {teacher} alone",
        "gamma": f"by both {teacher} and {student}",
        "beta": f"by {student} alone",
    }
    entries = [
        Patch(
            **REGION_STYLE[share],
            label=f"{SYMBOL[share]} = {getattr(diagram, share):.2f}: "
            f"{diagram.regions[region]} seen {seen_by[share]}",
        )
        for share, region in diagram.share_regions.items()
    ]
    if diagram.hidden:
        entries.append(Patch(**HIDDEN_STYLE, label=f"hidden: {diagram.hidden} seen by neither"))
    roles = ((teacher, "teacher", TEACHER), (student, "student", STUDENT))
    for modality, role, colour in roles:
        decisive, noise = diagram.dim(modality) - diagram.noise[modality], diagram.noise[modality]
        text = f"{modality} ({role}): {decisive} decisive + {noise} noise channels"
        entries.append(Patch(fill=False, edgecolor=colour, linewidth=1.3, label=text))
    for entry in entries:  # a dollar sign in a name is no mathematics
        entry.set_label(str(entry.get_label()).replace("$", r"\$"))
    return entries
