"""The picture of `mfh-alpha`: a teacher that improves above a gain that falls."""

from matplotlib.figure import SubFigure

from analysis.reproductions.figure3 import FIGURE3
from analysis.verdicts import Finding
from figures.claims.gains import gains, teacher


def picture(canvas: SubFigure, finding: Finding) -> None:
    """Draw the teacher's mean accuracy over α above mean gains, with 95 % intervals.

    Published values are drawn in the paper's world.

    Parameters
    ----------
    canvas : matplotlib.figure.SubFigure
        What to draw on.
    finding : Finding
        Of the claim, in one world.
    """
    upper, lower = canvas.subplots(2, 1, sharex=True, height_ratios=(1, 1.6))
    teacher(finding, FIGURE3, upper)
    gains(finding, FIGURE3, lower)
    upper.set_xlabel("")
    lower.set_title("", loc="left")  # seeds and bars are said once, above
