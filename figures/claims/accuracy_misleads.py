"""The picture of `mfh-accuracy-misleads`: the gain over γ, and over the teacher's accuracy."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import SubFigure

from analysis.claims.mfh.accuracy_misleads import WHERE, Grid, grid_of
from analysis.statistics.rank_correlation import rank_correlation
from analysis.verdicts import Finding
from figures.claims.mean_bars import mean_bars
from figures.style.theme import BASELINE, GENERAL, GREEN, INK, STUDENT, TEACHER
from figures.sweeps.words import signed

LEVELS: tuple[dict[str, Any], ...] = (
    {"color": TEACHER, "marker": "^"},
    {"color": GENERAL, "marker": "D"},
    {"color": STUDENT, "marker": "o"},
    {"color": GREEN, "marker": "s"},
)
"""The levels of β, the smallest first."""


def picture(canvas: SubFigure, finding: Finding) -> None:
    """Draw each diagram's mean gain over its γ and over its teacher's mean accuracy.

    One row a grid of diagrams; bars are 95 % intervals for means over seeds.  Each panel has the rank
    correlation of what it shows.

    Parameters
    ----------
    canvas : matplotlib.figure.SubFigure
        What to draw on.
    finding : Finding
        Of the claim, in one world.
    """
    panels = canvas.subplots(len(WHERE), 2, sharey="row", sharex="col", squeeze=False)
    for row, (hidden, where) in zip(panels, WHERE.items(), strict=True):
        grid = grid_of(finding.rows, hidden)
        _panel(row[0], grid.gamma, grid)
        _panel(row[1], grid.teacher.mean(axis=0), grid)
        row[0].set_ylabel("gain (points)", fontsize=8)
        row[0].set_title(where, loc="left", fontsize=8, color=BASELINE)
    panels[-1, 0].set_xlabel("γ", fontsize=8)
    panels[-1, 1].set_xlabel("accuracy of the teacher (%)", fontsize=8)
    handles, labels = panels[0, 0].get_legend_handles_labels()
    canvas.legend(
        handles,
        labels,
        loc="outside lower center",
        ncols=len(LEVELS),
        fontsize=7.5,
        handletextpad=0,
    )


def _panel(ax: Axes, x: np.ndarray, grid: Grid) -> None:
    ax.axhline(0, color=INK, linewidth=1.0, zorder=1.5)
    for beta, style in zip(np.unique(grid.beta), LEVELS, strict=True):
        own = grid.beta == beta
        label = f"β = {beta:.2g}"
        mean_bars(
            ax, x[own], grid.gain[:, own], linestyle="none", label=label, elinewidth=1, **style
        )
    rho = float(rank_correlation(x, grid.gain.mean(axis=0)))
    ax.set_title(f"ρ = {signed(rho, 2)}", loc="right", fontsize=8)
