"""Gain and accuracy along the path of a figure of the paper, in one world of a claim."""

from matplotlib.axes import Axes

from analysis.reproductions.paper import PaperResult
from analysis.verdicts import PAPER, Finding
from figures.reproductions.published import published
from figures.style.theme import BASELINE, SWEEP_STYLE
from figures.sweeps.sweep_curves import sweep_curves

STUDENTS = ("kd", "um_kd", "hard_label", "kd_shuffled")


def gains(finding: Finding, figure: PaperResult, ax: Axes) -> None:
    """Draw the mean gain of the KD student and of its controls, with 95 % intervals."""
    sweep_curves(finding.rows, figure.axis, arms=STUDENTS, ax=ax)
    _published(finding, figure, "gain", "kd", ax)
    ax.set_ylabel("gain over No-KD (points)")


def teacher(finding: Finding, figure: PaperResult, ax: Axes) -> None:
    """Draw the mean accuracy of the teacher, with its 95 % interval."""
    sweep_curves(finding.rows, figure.axis, "accuracy", arms=("teacher",), ax=ax)
    _published(finding, figure, "teacher", "teacher", ax)
    ax.set_ylabel("teacher (%)", fontsize="small")


def _published(finding: Finding, figure: PaperResult, column: str, arm: str, ax: Axes) -> None:
    """Add the published values where they belong: in the paper's world."""
    if finding.world == PAPER:
        share = [getattr(diagram, figure.axis) for diagram in figure.path]
        shown = figure.published[column] * (1 if column in figure.gains else 100)
        published(ax, share, shown, SWEEP_STYLE[arm])
        note = f"{ax.get_title('left')}; large, hollow: published"
        ax.set_title(note, loc="left", fontsize="small", color=BASELINE)
