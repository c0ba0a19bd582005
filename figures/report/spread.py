"""A picture for any claim: each of its parts beside its margin, in units of its own spread."""

import math
from textwrap import fill

from matplotlib.axes import Axes
from matplotlib.figure import SubFigure

from analysis.verdicts import Finding
from analysis.verdicts.judge import describe_parts
from analysis.verdicts.reading import values_of
from figures.report.forest import STATED
from figures.report.outcomes import Effect, effects
from figures.report.words import amount, bound
from figures.style.theme import BASELINE, INK, STUDENT

WIDE = 48
"""Characters of a line beside a row."""


def picture(canvas: SubFigure, finding: Finding) -> None:
    r"""Draw how far each part of a claim lies beyond its margin, with always-valid 95 % intervals.

    .. math:: \pm (\bar v - m) / s

    with the mean, the margin and the standard deviation over seeds, and with the sign that makes
    the stated side of every part the right one.  Numbers in their units stand beside each row.  A
    part without spread has no mark, and an interval without bounds is a dotted line.

    Parameters
    ----------
    canvas : matplotlib.figure.SubFigure
        What to draw on.
    finding : Finding
        Of any claim, in one world.
    """
    claim = finding.claim
    found = effects(claim.parts, describe_parts(claim.parts, values_of(claim, finding.rows)))
    ax = canvas.add_subplot()
    ax.axvline(0, color=INK, linewidth=1.0, zorder=1.5)
    for row, effect in enumerate(found):
        if effect.sd > 0:
            _draw(ax, row, effect)
    names = [_name(effect) for effect in found]
    ax.set(
        ylim=(len(found) - 0.4, -0.6), xlabel="beyond the margin,\nin standard deviations of seeds"
    )
    ax.set_yticks(range(len(found)), names, fontsize=7)
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=False, axis="y")
    low, high = ax.get_xlim()
    ax.set_xlim(min(low, -0.1), max(high, 0.1))
    ax.axvspan(0, ax.get_xlim()[1], color=STATED, linewidth=0, zorder=0)
    ax.set_title("as stated →", loc="right", fontsize="small", color=BASELINE)


def _draw(ax: Axes, row: int, effect: Effect) -> None:
    sign = 1 if effect.part.side == "above" else -1
    mean, *limits = (
        sign * (number - effect.part.margin) / effect.sd
        for number in (effect.mean, effect.low, effect.high)
    )
    if math.isinf(limits[0]):
        ax.axhline(row, linewidth=1.0, linestyle=(0, (1, 2)), color=STUDENT)
    else:
        ax.plot(limits, [row, row], color=STUDENT)
    ax.plot(mean, row, marker="o", color=STUDENT, zorder=3)


def _name(effect: Effect) -> str:
    """Write a part, its numbers and where the claim needs it."""
    lines = (f"{effect.part.name} ({bound(effect.part)})", amount(effect))
    return "\n".join(fill(line, WIDE) for line in lines)
