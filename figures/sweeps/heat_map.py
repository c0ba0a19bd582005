"""Gain or accuracy of one arm of a sweep over two settings."""

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from figures.style.canvas import canvas, in_column, points, room, wrap, wrap_labels
from figures.style.theme import BASELINE, INK, Style
from figures.sweeps.frame import Sweep
from figures.sweeps.measured import COLLAPSED, measured
from figures.sweeps.scales import GAIN, LEVEL, colour_bar, ink_on, scale
from figures.sweeps.words import in_order, in_words, label, signed
from venn import ArgumentError

UNMEASURED = "#EFEFEF"


def heat_map(
    frame: pd.DataFrame,
    x: str,
    y: str,
    *,
    arm: str = "kd",
    value: str = "gain",
    measure: str = "accuracy",
    style: Style | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the mean over seeds at each combination of two settings, as colour and as a number.

    Cells have one size whatever the distance of the values.  A gain whose 95 % interval excludes
    zero is printed in bold; a combination without a value has a dash on grey, and one of networks
    that answer one class to every row, 5 % or more, a star.

    Parameters
    ----------
    frame : DataFrame
        A sweep, as ``store.frame()`` returns it.
    x, y : str
        The settings on the axes.
    arm : str
        Whose.
    value : str
        ``"gain"`` over the No-KD student of the same point and seed, in points of accuracy; or a
        measure, an accuracy in percent.
    measure : str
        What a gain is measured by.
    style : {"paper", "talk"}, optional
        Sizes of text, lines and marks; by default matplotlib's settings as they are.
    ax : Axes, optional
        Where to draw; a new figure without one.

    Returns
    -------
    Axes
        With a colour bar beside it; colours of a gain are symmetric about a white zero.

    Raises
    ------
    ArgumentError
        If a name is unknown, or another setting varies: nothing but seeds is averaged over.
    """
    sweep = Sweep(frame)
    if sweep.setting("x", x) == sweep.setting("y", y):
        raise ArgumentError("y", y, "is on the horizontal axis already")
    if value != "gain":
        sweep.having("value", value)
    found = measured(sweep, value, (x, y), arms=(arm,), measure=measure, argument="arm")
    table = found.table.set_index([y, x])
    rows, columns = in_order(found.table[y]), in_order(found.table[x])

    def grid(name: str) -> np.ndarray:
        return table[name].unstack().reindex(index=rows, columns=columns).to_numpy(dtype=float)

    means = grid("mean")
    marked = grid("constant") >= COLLAPSED
    decided = (grid("low") > 0) | (grid("high") < 0)
    gain = value == "gain"
    with canvas(ax, style) as panel:
        narrow = in_column(panel)
        panel.set_facecolor(UNMEASURED)
        mesh = panel.pcolormesh(
            np.ma.masked_invalid(means),
            cmap=GAIN if value == "gain" else LEVEL,
            norm=scale(means, value),
            edgecolors="white",
            linewidth=points(1.5),
        )
        for (row, column), mean in np.ndenumerate(means):
            panel.text(
                column + 0.5,
                row + 0.5,
                ("–" if np.isnan(mean) else signed(mean, 2) if gain else f"{mean:.1f}")
                + "*" * int(marked[row, column]),
                ha="center",
                va="center",
                fontsize=mpl.rcParams["axes.labelsize"],
                color=INK if np.isnan(mean) else ink_on(np.array(mesh.to_rgba(mean))),
                fontweight="bold" if gain and decided[row, column] else "normal",
            )
        panel.set_xticks(np.arange(len(columns)) + 0.5, [in_words(each) for each in columns])
        panel.set_yticks(np.arange(len(rows)) + 0.5, [in_words(each) for each in rows])
        panel.tick_params(length=0)
        panel.grid(visible=False)
        panel.spines[:].set_visible(False)
        panel.set(xlabel=label(x), ylabel=label(y))
        colour_bar(panel, mesh, arm, value, measure)
        note = found.caption("bold: 95 % interval excludes 0" if gain else "", "*")
        title = panel.set_title(note, loc="left", fontsize="small", color=BASELINE)
        if narrow:
            wrap(title, 0.75 * room(panel)[0])
            wrap_labels(panel)
    return panel
