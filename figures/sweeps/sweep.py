"""A picture of a sweep alone, as a figure for a page."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures.style.theme import SLIDE, Style, known_style, settle, styled
from figures.sweeps.heat_map import heat_map
from figures.sweeps.simplex import simplex_map
from figures.sweeps.sweep_curves import sweep_curves
from venn import ArgumentError
from venn.checks import one_of

OURS = ("frame", "style", "ax")
"""What is given to every way to draw, and asked for by none."""


@dataclass(frozen=True)
class Picture:
    """One way to draw a sweep.

    Parameters
    ----------
    draw : callable
        Draws a frame on axes.
    size : (width, height)
        Inches of a figure that shows it alone on a page.
    """

    draw: Callable[..., Axes]
    size: tuple[float, float]

    @property
    def options(self) -> Mapping[str, inspect.Parameter]:
        """What can be asked of it, by name."""
        asked = dict(inspect.signature(self.draw).parameters)
        return {name: each for name, each in asked.items() if name not in OURS}


PICTURES: Mapping[str, Picture] = {
    "curves": Picture(sweep_curves, (7.2, 3.8)),
    "heat map": Picture(heat_map, (7.2, 3.8)),
    "simplex": Picture(simplex_map, (6.2, 4.9)),
}
"""Every way to draw a sweep, by its name."""


def sweep_figure(
    frame: pd.DataFrame,
    kind: str = "curves",
    *,
    title: str = "",
    style: Style = "paper",
    **options: Any,
) -> Figure:
    """Draw a sweep in the house style, at the width of a page or of a slide.

    Parameters
    ----------
    frame : DataFrame
        A sweep, as ``store.frame()`` returns it.
    kind : {"curves", "heat map", "simplex"}
        How: with `sweep_curves`, `heat_map` or `simplex_map`.
    title : str
        Written above.
    style : {"paper", "talk"}
        For a page or for a slide.
    **options
        Passed on, such as ``x="gamma", y="gain", hue="arm"`` for curves.

    Returns
    -------
    matplotlib.figure.Figure
        Write it with `figures.save`.

    Raises
    ------
    ArgumentError
        If the kind, the style or an option is unknown, one is missing, or the drawing refuses one.

    Examples
    --------
    >>> PICTURES["heat map"].size
    (7.2, 3.8)
    """
    picture = PICTURES[one_of("kind", kind, PICTURES)]
    known = picture.options
    for name, value in options.items():
        if name not in known:
            allowed = f"is not for {kind}, which take{'' if kind == 'curves' else 's'}"
            raise ArgumentError(name, value, f"{allowed} {', '.join(known)}")
    for name, each in known.items():
        if each.default is inspect.Parameter.empty and name not in options:
            raise ArgumentError(name, None, f"must be given for {kind}: a setting of the sweep")
    size = {"paper": picture.size, "talk": SLIDE}[known_style(style)]
    with styled(style):
        figure = Figure(figsize=size, layout="constrained")
        picture.draw(frame, style=style, ax=figure.add_subplot(), **options)
        if title:
            figure.suptitle(title.replace("$", r"\$"))
        settle(figure)
    return figure
