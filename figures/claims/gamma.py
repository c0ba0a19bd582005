"""The picture of `mfh-gamma`: what the KD student and its controls gain as overlap grows."""

from matplotlib.figure import SubFigure

from analysis.reproductions.figure2 import FIGURE2
from analysis.verdicts import Finding
from figures.claims.gains import gains


def picture(canvas: SubFigure, finding: Finding) -> None:
    """Draw mean gains over γ, with 95 % intervals and, in the paper's world, published gains.

    Parameters
    ----------
    canvas : matplotlib.figure.SubFigure
        What to draw on.
    finding : Finding
        Of the claim, in one world.
    """
    gains(finding, FIGURE2, canvas.add_subplot())
