"""The picture of `mfh-saliency`: the saliency of each feature, and what the feature is."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import SubFigure

from analysis.claims.mfh.ranking import mixed
from analysis.claims.mfh.saliency import (
    ALGORITHM,
    ALONE,
    DIAGRAMS,
    NAMES,
    OTHERS,
    SPECIFIC,
    recovered,
)
from analysis.verdicts import Finding
from figures.claims.mean_bars import mean_bars
from figures.style.theme import GENERAL, SILVER, TEACHER

POINT = 1
"""The diagram that is drawn: that of most general features."""

TITLES = {ALGORITHM: "Algorithm 1", ALONE: "importance in the teacher alone"}

ROLE_STYLE: Mapping[str, dict[str, Any]] = {
    "general": {"color": GENERAL, "marker": "o"},
    "teacher-specific": {"color": TEACHER, "marker": "^"},
    "noise": {"color": SILVER, "marker": "x"},
}
BARS: dict[str, Any] = {"linestyle": "none", "markersize": 4, "elinewidth": 0.9}


def picture(canvas: SubFigure, finding: Finding) -> None:
    """Draw mean saliencies of Algorithm 1 above those of one network, with 95 % intervals.

    Channels stand in their order and look as their roles.  Hidden units stand at their share of
    general energy: those of each seed in the order of it, each place averaged over seeds.

    Parameters
    ----------
    canvas : matplotlib.figure.SubFigure
        What to draw on.
    finding : Finding
        Of the claim, in one world.
    """
    units = mixed(finding.protocol, DIAGRAMS[POINT])
    rows = finding.rows[finding.rows["point"] == POINT]
    areas = recovered(rows).groupby("way")[[OTHERS, SPECIFIC]].mean()
    axes = canvas.subplots(len(TITLES), 1, sharex=True)
    for ax, (way, title) in zip(axes, TITLES.items(), strict=True):
        own = rows[rows["way"] == way]
        if units:
            _units(ax, own)
        else:
            _channels(ax, own)
        others, specific = areas.loc[way]
        ax.set_title(title, loc="left", fontsize=8)
        said = f"AUC: {others:.2f} {OTHERS}, {specific:.2f} {SPECIFIC}"
        ax.set_title(said, loc="right", fontsize=7.5)
        ax.set_ylabel("saliency", fontsize=8)
    what = "general share of a hidden unit" if units else "channel of the teacher"
    axes[-1].set_xlabel(f"{what}, at {NAMES[POINT]}", fontsize=8)
    handles, labels = axes[0].get_legend_handles_labels()
    canvas.legend(handles, labels, loc="outside lower center", ncols=len(labels), fontsize=7.5)


def _channels(ax: Axes, rows: pd.DataFrame) -> None:
    first = rows.groupby("feature")[["general", "specific"]].first()
    saliency = rows.pivot(index="seed", columns="feature", values="saliency")
    role = np.select([first["general"] > 0, first["specific"] > 0], [*ROLE_STYLE][:2], "noise")
    for name, style in ROLE_STYLE.items():
        own = saliency.loc[:, role == name]
        mean_bars(
            ax, own.columns.to_numpy(dtype=float), own.to_numpy(), label=name, **BARS, **style
        )


def _units(ax: Axes, rows: pd.DataFrame) -> None:
    place = rows.groupby("seed")["general"].rank(method="first")
    share, saliency = (
        rows.assign(place=place).pivot(index="seed", columns="place", values=name)
        for name in ("general", "saliency")
    )
    x, style = share.mean().to_numpy(), ROLE_STYLE["general"]
    mean_bars(ax, x, saliency.to_numpy(), label="hidden units", **BARS, **style)
