"""A claim's picture in the paper's world, beside its effect in every world."""

from matplotlib.figure import Figure

from analysis.verdicts import Claim, Verification
from figures.claims import PICTURES
from figures.report import spread
from figures.report.forest import forest
from figures.report.outcomes import outcomes
from figures.report.words import first_world
from figures.style.theme import BASELINE, settle, styled

SIZE, SHARES = (9.2, 3.4), (5.2, 4.0)
"""Inches of a figure, and of its two sides."""


def claim_figure(verification: Verification, claim: Claim) -> Figure:
    """Draw a claim: what was measured in the first of its worlds, the paper's, and its effect in every world.

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
        title = f"in {first_world(found)}: {first.world}"
        left.suptitle(title, fontsize="small", x=0.02, ha="left")
        if first.failure is None:
            PICTURES.get(claim.name, spread.picture)(left, first)
        else:
            left.text(0.5, 0.5, "did not run", ha="center", va="center", color=BASELINE)
        forest(right, found)
        settle(figure)
    return figure
