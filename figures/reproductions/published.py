"""How published values look: hollow, larger than ours, so that both show where they agree."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from figures.style.canvas import sized
from figures.style.theme import INK

HOLLOW: dict[str, Any] = {
    "linestyle": "none",
    "markerfacecolor": "none",
    "markersize": 8.5,
    "markeredgewidth": 1.1,
}


def published(
    ax: Axes,
    x: "Sequence[float] | pd.Series[float]",
    y: "pd.Series[float]",
    look: Mapping[str, Any],
) -> Line2D:
    """Draw published values of something that has a look of its own, as a colour and a marker."""
    marks = {"marker": look["marker"], "markeredgecolor": look["color"]}
    (drawn,) = ax.plot(x, y, clip_on=False, **sized(**HOLLOW, **marks))
    return drawn


def entry() -> Line2D:
    """Return what a legend says of published values."""
    return Line2D([], [], marker="o", markeredgecolor=INK, label="published", **sized(**HOLLOW))
