"""Gain and accuracy along the path of a figure of the paper, in one world of a claim."""

from matplotlib.axes import Axes

from analysis.reproductions.figures import PaperFigure
from analysis.verdicts import PAPER, Finding
from figures.reproductions.curves import PUBLISHED
from figures.style.theme import BASELINE, SWEEP_STYLE
from figures.sweeps.sweep_curves import sweep_curves

STUDENTS = ("kd", "um_kd", "hard_label", "kd_shuffled")


def gains(finding: Finding, figure: PaperFigure, ax: Axes) -> None:
    """Draw the mean gain of the KD student and of its controls, with 95 % intervals."""
    sweep_curves(finding.rows, figure.axis, arms=STUDENTS, ax=ax)
    _published(finding, figure, "gain", "kd", ax)
    ax.set_ylabel("gain over No-KD (points)")


def teacher(finding: Finding, figure: PaperFigure, ax: Axes) -> None:
    """Draw the mean accuracy of the teacher, with its 95 % interval."""
    sweep_curves(finding.rows, figure.axis, "accuracy", arms=("teacher",), ax=ax)
    _published(finding, figure, "teacher", "teacher", ax)
    ax.set_ylabel("teacher (%)", fontsize="small")


def _published(finding: Finding, figure: PaperFigure, column: str, arm: str, ax: Axes) -> None:
    """Add the published values where they belong: in the paper's world."""
    if finding.world == PAPER:
        style = SWEEP_STYLE[arm]
        marks = {"marker": style["marker"], "markeredgecolor": style["color"]}
        share = [getattr(diagram, figure.axis) for diagram in figure.path]
        ax.plot(share, figure.published[column], **{**PUBLISHED, **marks})
        note = f"{ax.get_title('left')}; large, hollow: published"
        ax.set_title(note, loc="left", fontsize="small", color=BASELINE)
