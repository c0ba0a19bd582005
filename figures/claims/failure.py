"""The picture of `mfh-failure`: over all shares, where the better teacher has no better student."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import SubFigure

from analysis.claims.mfh.failure import where_it_holds
from analysis.verdicts import Finding
from figures.style.theme import INK
from figures.style.verdicts import VERDICT_STYLE
from figures.sweeps.simplex import SHARES, simplex_map, ternary
from figures.sweeps.words import signed

TAUGHT = {"um_teacher": "no_kd", "multimodal_teacher": "multimodal_teacher"}
"""The two teachers by the names that a map of gains has for what it holds against each other."""
RING: dict[str, Any] = {
    "marker": "o",
    "markersize": 12,
    "markerfacecolor": "none",
    "markeredgecolor": INK,
    "markeredgewidth": 1.4,
}
WORDS = {"supported": "it holds", "refuted": "it fails", "inconclusive": "open"}


def picture(canvas: SubFigure, finding: Finding) -> None:
    """Map the multimodal teacher's lead over all shares, and write its student's lead at each diagram.

    Marks show where the claim holds, corrected for the number of diagrams, and a ring the diagram of
    the search.

    Parameters
    ----------
    canvas : matplotlib.figure.SubFigure
        What to draw on.
    finding : Finding
        Of the claim, in one world.
    """
    rows = finding.rows[finding.rows["arm"].isin(TAUGHT)]
    ax = canvas.add_subplot()
    simplex_map(rows.assign(arm=rows["arm"].map(TAUGHT)), arm="multimodal_teacher", ax=ax)
    *_, bar = canvas.axes
    bar.set_ylabel("teacher’s lead (points)")
    for text in ax.texts:
        text.set_visible("dots: measured" not in text.get_text())  # the legend says what marks are
    _marks(ax, where_it_holds(finding.rows))


def _marks(ax: Axes, grid: pd.DataFrame) -> None:
    places = ternary(grid[list(SHARES)].to_numpy(dtype=float))
    above: dict[str, Any] = {"linestyle": "none", "clip_on": False, "zorder": 5}
    handles = []
    for word, said in WORDS.items():
        own = places[(grid["verdict"] == word).to_numpy()]
        label = f"{said} ({len(own)})"
        handles += ax.plot(*own.T, label=label, markersize=6, **VERDICT_STYLE[word], **above)
    found = places[grid["found"].to_numpy()]
    handles += ax.plot(*found.T, label="found by the search", **RING, **above)
    for place, row in zip(places, grid.to_dict("records"), strict=True):
        ax.annotate(
            signed(row["student's lead"], 2),
            place,
            xytext=_beside(row["alpha"], row["beta"], row["gamma"]),
            textcoords="offset points",
            ha="center",
            fontsize=7,
            zorder=6,
            bbox={"facecolor": "white", "alpha": 0.8, "linewidth": 0, "pad": 0.8},
        )
    ax.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(-0.62, 1.05),
        fontsize=7.5,
        title="numbers: the student’s\nlead (points)\nthick line: the teacher’s is 0",
        title_fontsize=7.5,
        alignment="left",
    )


def _beside(alpha: float, beta: float, gamma: float) -> tuple[float, float]:
    """Return where a number stands, in points from its mark: not on the names of shares."""
    if gamma == 1:
        return 18, -3
    inward = (beta == 0) - (alpha == 0)
    return (7 * inward, -14) if inward and gamma else (0, 7)
