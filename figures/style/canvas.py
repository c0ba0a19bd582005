"""Axes to draw on in a style, and lengths in it."""

import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.axis import Axis, XAxis
from matplotlib.text import Text

from figures.style.theme import RC, Style, styled

LENGTHS = {"linewidth", "elinewidth", "markersize", "markeredgewidth", "capsize"}
"""What is given in printer's points, among what says how an artist looks."""


COLUMN = 34
"""Widths of a capital letter: a figure of fewer is a column of a page, and its words are wrapped."""
LETTER = 0.55
"""Width of a letter in its size, about."""


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


def in_column(ax: Axes) -> bool:
    """Return whether axes are on a figure as narrow as a column of a page, for the text in force.

    Such a figure is laid out, if nobody has said how: nothing else would have room.
    """
    narrow = bool(room(ax)[0] < COLUMN * mpl.rcParams["font.size"])
    figure = ax.get_figure(root=True)
    assert figure is not None
    if narrow and figure.get_layout_engine() is None:
        figure.set_layout_engine("constrained")
    return narrow


def room(ax: Axes) -> tuple[float, float]:
    """Return the width and height of the figure that axes are on, in points."""
    box, inch = ax.figure.bbox, ax.figure.dpi
    return 72 * box.width / inch, 72 * box.height / inch


def wrap_labels(ax: Axes) -> None:
    """Cut the labels of axes into lines for which a narrow figure has room."""
    width, height = room(ax)
    wrap(ax.xaxis.label, 0.8 * width)
    wrap(ax.yaxis.label, 0.65 * height)


def wrap(text: Text, length: float) -> None:
    """Cut a text between words into lines that are no longer than some points, about."""
    letters = max(1, int(length / (LETTER * float(text.get_fontsize()))))
    cut = textwrap.TextWrapper(letters, break_long_words=False, break_on_hyphens=False)
    text.set_text("\n".join(map(cut.fill, text.get_text().splitlines())))


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
