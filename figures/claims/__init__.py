"""A claim's picture in the paper's world, beside its effect in every world."""

from collections.abc import Callable, Mapping

from matplotlib.figure import Figure, SubFigure

from _modality_venn.packages import check

check("analysis")

from analysis.verdicts import Claim, Finding, Verification
from figures.claims import (
    accuracy_misleads,
    alpha,
    failure,
    gamma,
    general_teacher,
    linear,
    removal,
    saliency,
    spread,
)
from figures.claims.forest import forest
from figures.claims.outcomes import outcomes
from figures.theme import BASELINE, settle, styled

Picture = Callable[[SubFigure, Finding], None]
"""Draws what a claim's experiment measured in one world on about 5.2 by 3.2 inches."""

PICTURES: Mapping[str, Picture] = {
    "mfh-gamma": gamma.picture,
    "mfh-alpha": alpha.picture,
    "mfh-accuracy-misleads": accuracy_misleads.picture,
    "mfh-general-teacher": general_teacher.picture,
    "mfh-failure": failure.picture,
    "mfh-linear": linear.picture,
    "mfh-removal": removal.picture,
    "mfh-saliency": saliency.picture,
}
"""Pictures by the names of their claims; `spread.picture` shows the others."""

SIZE, SHARES = (9.2, 3.4), (5.2, 4.0)
"""Inches of a figure, and of its two sides."""


def claim_figure(verification: Verification, claim: Claim) -> Figure:
    """Draw a claim: what was measured in the paper's world, and its effect in every world.

    Parameters
    ----------
    verification : Verification
        From `analysis.verdicts.verify`.
    claim : Claim
        One of those that were verified.

    Returns
    -------
    matplotlib.figure.Figure
        Write it with `figures.save`.

    Raises
    ------
    ArgumentError
        If the claim was not verified.
    """
    found = outcomes(verification, claim)
    first = found[0].finding
    with styled():
        figure = Figure(figsize=SIZE, layout="constrained")
        left, right = figure.subfigures(1, 2, squeeze=False, width_ratios=SHARES)[0]
        left.suptitle(f"in the paper's world: {first.world}", fontsize="small", x=0.02, ha="left")
        if first.failure is None:
            PICTURES.get(claim.name, spread.picture)(left, first)
        else:
            left.text(0.5, 0.5, "did not run", ha="center", va="center", color=BASELINE)
        forest(right, found)
        settle(figure)
    return figure


__all__ = ["PICTURES", "Picture", "claim_figure"]
