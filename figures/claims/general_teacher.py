"""The picture of `mfh-general-teacher`: worse teachers, and better students."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import SubFigure

from analysis.verdicts import Finding
from analysis.verdicts.experiments import leads
from figures.claims.mean_bars import mean_bars
from figures.reproductions.table2 import WAY_LABEL, WAY_STYLE
from figures.style.theme import INK

REGULAR = {"general_teacher": "teacher", "kd_general": "kd"}
"""The arm that a general one is held against."""

TITLES = {
    "general_teacher": "general teacher − teacher",
    "kd_general": "its student − KD student",
}

APART = {"gt": -0.008, "alg1": 0.0, "random": 0.008}
"""How far the ways stand beside their gamma, so that each is seen."""

LEGEND: dict[str, Any] = {"loc": "outside lower center", "ncols": 3, "fontsize": 7}


def picture(canvas: SubFigure, finding: Finding) -> None:
    """Draw how far general teachers, and their students, are ahead of regular ones, over γ.

    Parameters
    ----------
    canvas : matplotlib.figure.SubFigure
        What to draw on.
    finding : Finding
        Of the claim, in one world.
    """
    axes: Mapping[str, Axes] = dict(zip(REGULAR, canvas.subplots(1, 2), strict=True))
    for general, ax in axes.items():
        ax.axhline(0, color=INK, linewidth=1.0, zorder=1.5)
        for way, style in WAY_STYLE.items():
            _leads(ax, finding.rows, general, way, style)
        ax.set_xlabel("γ, share of general features", fontsize=8)
        ax.set_ylabel("points, 95 % interval", fontsize=8)
        ax.set_title(TITLES[general], fontsize=8.5)
    canvas.legend(*axes["kd_general"].get_legend_handles_labels(), **LEGEND)


def _leads(ax: Axes, rows: pd.DataFrame, general: str, way: str, style: Mapping[str, Any]) -> None:
    """Draw the mean lead of a general arm over the regular one at each γ, with its interval."""
    lead = leads(rows, "gamma", f"{general} {way}", REGULAR[general])  # (seed, gamma)
    x = lead.columns.to_numpy(dtype=float) + APART[way]
    mean_bars(ax, x, lead.to_numpy(), capsize=3, label=WAY_LABEL[way], **style)
