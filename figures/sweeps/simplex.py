"""The gain of a sweep over all shares of decisive features: a ternary map."""

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from matplotlib.tri import Triangulation

from figures.style.canvas import canvas, in_column, points, room, wrap
from figures.style.theme import BASELINE, GENERAL, INK, STUDENT, TEACHER, Style, known_style
from figures.sweeps.frame import Sweep
from figures.sweeps.measured import COLLAPSED, measured
from figures.sweeps.scales import GAIN, colour_bar
from venn import ArgumentError

SHARES = ("alpha", "beta", "gamma")
CORNERS = np.array([[0, 0], [1, 0], [0.5, math.sqrt(3) / 2]])
"""Where alpha, beta and gamma are the whole.  As in a diagram, the teacher's own is on the left,
the student's on the right, and what both see between them."""
SYMBOLS = ("α", "β", "γ")
SHARE_COLOURS = (TEACHER, STUDENT, GENERAL)
TICKS = (0.2, 0.4, 0.6, 0.8)

BESIDE = 0.34
"""Share of a figure's width that is free beside the top of the triangle."""


@dataclass(frozen=True)
class Layout:
    """Where the triangle is in its place, and the words around it, in shares of its side.

    Parameters
    ----------
    anchor : {"C", "E"}
        In the middle, or on the right.
    away : float
        How much farther from it words are than on paper.
    aside : float
        How far the words at its lower corners begin outside of them.
    note : (x, y)
        Where it is said what is drawn, in shares of the axes.
    words : (str, str)
        What is at its lower corners.
    """

    anchor: Literal["C", "E"]
    away: float
    aside: float
    note: tuple[float, float]
    words: tuple[str, str] = ("all the teacher's own", "all the student's own")


LAYOUTS: dict[Style, Layout] = {
    "paper": Layout(anchor="C", away=1.0, aside=0.1, note=(-0.05, 1.03)),
    "talk": Layout(anchor="E", away=1.45, aside=0.27, note=(-0.54, 1.03)),
}
IN_COLUMN = Layout("C", 2.6, 0.2, (-0.3, 1.2), ("teacher's", "student's"))


def simplex_map(
    frame: pd.DataFrame,
    *,
    arm: str = "kd",
    measure: str = "accuracy",
    style: Style | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the gain over all shares of teacher-specific, student-specific and general features.

    Between the measured points, drawn as dots, the gain is interpolated linearly on the triangles
    of a Delaunay triangulation.  The thick line is where it is zero;
    those where it is negative are dashed.

    Parameters
    ----------
    frame : DataFrame
        A sweep, as ``store.frame()`` returns it, over ``alpha``, ``beta`` and ``gamma``.
    arm : str
        Whose gain over the No-KD student of the same point and seed.
    measure : str
        What the gain is measured by.
    style : {"paper", "talk"}, optional
        Sizes of text, lines and marks; by default matplotlib's settings as they are.
    ax : Axes, optional
        Where to draw; a new figure without one.

    Returns
    -------
    Axes
        A triangle of side 1, all alpha at the lower left, all beta at the lower right, all gamma
        at the top.  A share is read off the side that bears its symbol, along the thin line that
        continues the tick.

    Raises
    ------
    ArgumentError
        If the arm is unknown, another setting varies, or the points lie on one line.
    """
    sweep = Sweep(frame, SHARES)
    found = measured(sweep, "gain", SHARES, arms=(arm,), measure=measure, argument="arm")
    places = ternary(found.table[list(SHARES)].to_numpy(dtype=float))
    means = found.table["mean"].to_numpy(dtype=float)
    known = ~np.isnan(means)
    _check_area(places[known])
    layout = LAYOUTS[known_style(style)]
    with canvas(ax, style) as panel:
        if narrow := in_column(panel):
            layout = IN_COLUMN
        panel.set(aspect="equal", anchor=layout.anchor)
        panel.axis("off")
        surface, gains = Triangulation(*places[known].T), means[known]
        largest = np.abs(gains).max() or 1.0
        levels = MaxNLocator(nbins=12, symmetric=True).tick_values(-largest, largest)
        filled = panel.tricontourf(surface, gains, levels, cmap=GAIN, zorder=1)
        crossed = levels[(levels > gains.min()) & (levels < gains.max())]
        thick = np.where(np.isclose(crossed, 0), points(2.4), points(0.5))
        if len(crossed):
            panel.tricontour(surface, gains, crossed, colors=INK, linewidths=thick, zorder=3)
        panel.plot(
            *places[known].T, ".", color=INK, markersize=points(3.5), zorder=4, label="measured"
        )
        panel.fill(*CORNERS.T, fill=False, edgecolor=INK, linewidth=points(1), zorder=2.5)
        _sides(panel, layout)
        _corners(panel, layout)
        dots = "dots: measured"
        if not known.all():
            panel.plot(
                *places[~known].T, "x", color=INK, markersize=points(5), zorder=4, label="failed"
            )
            dots += "; ×: all runs failed"
        marked = places[found.table["constant"].to_numpy() >= COLLAPSED]
        if len(marked):
            ring: dict[str, Any] = {"markersize": points(8), "markerfacecolor": "none"}
            panel.plot(*marked.T, "o", color=INK, zorder=4, **ring)
        seeds = found.caption(mark="ringed").replace("; ", "\n")
        text = f"{seeds}\nthick line: gain 0; dashed: below\n{dots}"
        note = panel.text(
            *layout.note,
            text.replace("\n", "; ") if narrow else text,
            transform=panel.transAxes,
            va="bottom" if narrow else "top",
            fontsize="small",
            color=BASELINE,
            in_layout=layout.anchor == "C",  # else it has the place on the left
        )
        if narrow or found.constant:
            wrap(note, (0.7 if narrow else BESIDE) * room(panel)[0])
        colour_bar(panel, filled, arm, "gain", measure)
    return panel


def ternary(shares: Float[np.ndarray, "point 3"]) -> Float[np.ndarray, "point 2"]:
    """Return where shares alpha, beta, gamma lie in the triangle: the mean of its corners."""
    return np.asarray(shares @ CORNERS)


def _check_area(places: Float[np.ndarray, "point 2"]) -> None:
    if len(places) < 3 or np.linalg.matrix_rank(places - places[0], tol=1e-6) < 2:
        allowed = "have their shares on one line, a path and no map; draw a curve (--x gamma)"
        raise ArgumentError("frame", f"{len(places)} points with a gain", allowed)


def _sides(ax: Axes, layout: Layout) -> None:
    """Draw where each share is constant; number and name it on one side of the triangle.

    That is the side from its corner to the one before, in the order alpha, beta, gamma, alpha.
    """
    for share, (symbol, colour) in enumerate(zip(SYMBOLS, SHARE_COLOURS, strict=True)):
        following, before = (share + 1) % 3, (share + 2) % 3
        out = CORNERS[before] - CORNERS[following]
        for tick in TICKS:
            start = tick * CORNERS[share] + (1 - tick) * CORNERS[before]
            end = tick * CORNERS[share] + (1 - tick) * CORNERS[following]
            ax.plot(*zip(start, end, strict=True), color="white", linewidth=points(0.6), zorder=2)
            mark = np.array([start, start + 0.02 * out])
            ax.plot(*mark.T, color=colour, linewidth=points(1), zorder=2)
            _write(ax, start + 0.05 * layout.away * out, f"{tick:g}", colour, fontsize="small")
        middle = (CORNERS[share] + CORNERS[before]) / 2
        _write(ax, middle + 0.11 * layout.away * out, symbol, colour, fontsize="large")


def _corners(ax: Axes, layout: Layout) -> None:
    """Name the corners, below and above the triangle."""
    (left, right, top), below = CORNERS, -0.07 * layout.away
    own: dict[str, Any] = {"va": "top", "multialignment": "center"}
    at_left, at_right = (left[0] - layout.aside, below), (right[0] + layout.aside, below)
    ax.text(*at_left, f"α = 1\n{layout.words[0]}", color=TEACHER, ha="left", **own)
    ax.text(*at_right, f"β = 1\n{layout.words[1]}", color=STUDENT, ha="right", **own)
    above = (top[0], top[1] + 0.025 * layout.away)
    ax.text(*above, "γ = 1, all general", color=GENERAL, ha="center", va="bottom")


def _write(ax: Axes, place: np.ndarray, text: str, colour: str, *, fontsize: str) -> None:
    ax.text(place[0], place[1], text, color=colour, fontsize=fontsize, ha="center", va="center")
