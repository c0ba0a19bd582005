"""The picture of `mfh-linear`: the error that no student can undo, and what predicts the gain."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import SubFigure

from analysis.verdicts import Finding
from figures.claims.mean_bars import mean_bars
from figures.style.theme import BASELINE, GENERAL, INK, SWEEP_STYLE

GAINS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "gain": ("kd", "no_kd", SWEEP_STYLE["kd"]),
    "gain, equal confidence": (
        "kd_scaled",
        "no_kd",
        {"color": GENERAL, "marker": "D", "linestyle": (0, (6, 1))},
    ),
    "lead over shuffled": (
        "kd",
        "kd_shuffled",
        {**SWEEP_STYLE["kd_shuffled"], "color": BASELINE},
    ),
}
"""What is drawn over γ preserved: an arm, and the one that it is held against."""


def picture(canvas: SubFigure, finding: Finding) -> None:
    """Draw the measured over the predicted error of each teacher, and gains over γ preserved.

    Pale dots are the teachers of single seeds; marks are means over seeds of the teachers of one
    agreement, bars their 95 % intervals.

    Parameters
    ----------
    canvas : matplotlib.figure.SubFigure
        What to draw on.
    finding : Finding
        Of the claim, in one world.
    """
    left, right = canvas.subplots(1, 2)
    _errors(left, finding.rows)
    _gains(right, finding.rows)
    canvas.legend(loc="outside lower center", ncols=len(GAINS), fontsize=7.5)


def _errors(ax: Axes, rows: pd.DataFrame) -> None:
    predicted = 1 - rows["preserved"]
    ax.plot([0, 1], [0, 1], transform=ax.transAxes, color=INK, linewidth=1.0, zorder=1.5)
    ax.plot(predicted, rows["error"], ".", color=GENERAL, alpha=0.25, markeredgewidth=0, zorder=2)
    means = rows.assign(predicted=predicted).groupby("agreement")[["predicted", "error"]].mean()
    ax.plot(
        means["predicted"], means["error"], "o", color=GENERAL, markeredgecolor="white", zorder=3
    )
    most = 1.05 * max(predicted.max(), rows["error"].max())
    ax.set(xlim=(-0.03, most), ylim=(-0.03, most), aspect="equal")
    ax.set_xlabel("1 − γ preserved", fontsize=8)
    ax.set_ylabel("error of the best match", fontsize=8)


def _gains(ax: Axes, rows: pd.DataFrame) -> None:
    ax.axhline(0, color=INK, linewidth=1.0, zorder=1.5)
    place = rows.groupby("agreement")["preserved"].mean().to_numpy()
    for label, (arm, other, style) in GAINS.items():
        points = rows.assign(gain=100 * (rows[arm] - rows[other]))
        gain = points.pivot(index="seed", columns="agreement", values="gain").to_numpy()
        mean_bars(ax, place, gain, label=label, elinewidth=1, **style)
    ax.set_xlabel("γ preserved in the teacher", fontsize=8)
    ax.set_ylabel("points", fontsize=8)
