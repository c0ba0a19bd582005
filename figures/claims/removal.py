"""The picture of `mfh-removal`: what is left of a teacher, and what its student makes of it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import SubFigure

from analysis.claims.mfh.ranking import mixed
from analysis.claims.mfh.removal import DIAGRAM, GENERAL_LEFT, LEAST, MOST, ORDERS, RANDOM, SHUFFLED
from analysis.verdicts import Finding
from figures.claims.mean_bars import mean_bars
from figures.style.theme import BASELINE, GENERAL, INK, ORANGE, SWEEP_STYLE

ORDER_STYLE: Mapping[str, dict[str, Any]] = {
    LEAST: {"color": GENERAL, "marker": "D", "linestyle": "-"},
    RANDOM: {"color": INK, "marker": "P", "linestyle": (0, (4, 1.5, 1, 1.5))},
    MOST: {"color": ORANGE, "marker": "v", "linestyle": (0, (6, 1))},
    SHUFFLED: SWEEP_STYLE["kd_shuffled"],
}
"""Lines by their order; the shuffled one looks as its arm does everywhere."""

APART = 0.006
"""How far one line stands beside the next, so that no bar hides another."""


def picture(canvas: SubFigure, finding: Finding) -> None:
    """Draw teachers' accuracies and their students' gains over the share removed.

    A line is an order of removal: means over seeds, with 95 % intervals.  Gains are over the student
    of the same seed without a teacher.  A dotted line stands where as many channels are left as are
    general.

    Parameters
    ----------
    canvas : matplotlib.figure.SubFigure
        What to draw on.
    finding : Finding
        Of the claim, in one world.
    """
    left, right = canvas.subplots(1, 2)
    units = mixed(finding.protocol, DIAGRAM)
    rows = finding.rows.assign(gain=finding.rows["kd"] - finding.rows["no_kd"])
    _lines(left, rows, "teacher", ORDERS)
    _lines(right, rows, "gain", (*ORDERS, SHUFFLED))
    right.axhline(0, color=INK, linewidth=1.0, zorder=1.5)
    for ax, what in (
        (left, "accuracy of the teacher (%)"),
        (right, "gain of its student (points)"),
    ):
        ax.axvline(GENERAL_LEFT, color=BASELINE, linewidth=0.8, linestyle=(0, (1, 1.5)), zorder=1.5)
        ax.set_xlabel(f"{'hidden units' if units else 'channels'} removed")
        ax.set_xticks(np.arange(6) / 5, [f"{20 * i} %" for i in range(6)])
        ax.set_title(what, loc="left", fontsize=8.5)
    handles, labels = right.get_legend_handles_labels()
    canvas.legend(handles, labels, loc="outside lower center", ncols=2, fontsize=7.5)


def _lines(ax: Axes, rows: pd.DataFrame, what: str, orders: Sequence[str]) -> None:
    """Draw means over seeds along the share removed, in percent or points, a line an order."""
    for i, order in enumerate(orders):
        own = rows[rows["order"] == order]
        percent = 100 * own.pivot(index="seed", columns="removed", values=what)
        x, style = percent.columns.to_numpy() + APART * i, ORDER_STYLE[order]
        mean_bars(ax, x, percent.to_numpy(), label=order, elinewidth=0.9, **style)
