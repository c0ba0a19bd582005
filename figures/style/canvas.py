"""Axes to draw on in a style, and lengths in it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.axis import Axis, XAxis

from figures.style.theme import RC, Style, styled

LENGTHS = {"linewidth", "elinewidth", "markersize", "markeredgewidth", "capsize"}
"""What is given in printer's points, among what says how an artist looks."""


@contextmanager
def canvas(
    ax: Axes | None, style: Style | None, new: Callable[[], Axes] | None = None
) -> Iterator[Axes]:
    """Yield axes to draw on in a style; without one, in matplotlib's settings as they are.

    Parameters
    ----------
    ax : Axes, optional
        Take on the style; those of a new figure without any.
    style : {"paper", "talk"}, optional
        In force until the drawing is done.
    new : callable, optional
        Makes the axes where none are given, in that style; by default those of a figure alone.

    Raises
    ------
    ArgumentError
        If the style is unknown.
    """
    with nullcontext() if style is None else styled(style):
        if ax is None:
            layout = None if style is None else "constrained"
            ax = plt.figure(layout=layout).add_subplot() if new is None else new()
        if style is not None:
            _dress(ax)
        yield ax


def points(length: float) -> float:
    """Return what a length in points of the paper's style is in the style in force.

    Lengths for which matplotlib has no setting grow with the line around axes.
    """
    larger: float = mpl.rcParams["axes.linewidth"] / RC["axes.linewidth"]
    return length * larger


def sized(**look: Any) -> dict[str, Any]:
    """Return how an artist looks, its lengths as `points` gives them."""
    return {key: points(value) if key in LENGTHS else value for key, value in look.items()}


def _dress(ax: Axes) -> None:
    """Give axes the style in force, whatever they were made in."""
    rc: Any = mpl.rcParams
    for axis in (ax.xaxis, ax.yaxis):
        _dress_axis(axis)
    for side, spine in ax.spines.items():
        spine.set(visible=rc[f"axes.spines.{side}"], linewidth=rc["axes.linewidth"])
        spine.set_edgecolor(rc["axes.edgecolor"])
    for place in ("left", "center", "right"):
        ax.set_title(ax.get_title(place), loc=place, fontsize=rc["axes.titlesize"])
    ax.set_axisbelow(rc["axes.axisbelow"])


def _dress_axis(axis: Axis) -> None:
    rc: Any = mpl.rcParams
    ticks = "xtick" if isinstance(axis, XAxis) else "ytick"
    axis.label.set(fontsize=rc["axes.labelsize"], color=rc["axes.labelcolor"])
    axis.labelpad = rc["axes.labelpad"]
    axis.offsetText.set_fontsize(rc[f"{ticks}.labelsize"])
    axis.set_tick_params(
        labelsize=rc[f"{ticks}.labelsize"],
        length=rc[f"{ticks}.major.size"],
        width=rc[f"{ticks}.major.width"],
        pad=rc[f"{ticks}.major.pad"],
    )
    axis.grid(rc["axes.grid"], color=rc["grid.color"], linewidth=rc["grid.linewidth"])
