"""A claim's effect in every world where it is tested, with its verdicts."""

import math
from collections.abc import Sequence
from textwrap import fill
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import SubFigure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis.verdicts import Part
from figures.report.outcomes import Effect, Outcome
from figures.report.words import bound
from figures.style.theme import BASELINE, INK
from figures.style.verdicts import VERDICT_STYLE

STATED = "#E9F2EE"
"""The side of the margin that the claim states."""
PUBLISHED: dict[str, Any] = {
    "marker": "D",
    "markersize": 9,
    "markerfacecolor": "none",
    "markeredgecolor": INK,
    "markeredgewidth": 1.1,
    "linestyle": "none",
}
"""Hollow and larger than a verdict's mark, so that both show where they agree."""
WIDE, NARROW = 64, 30
"""Characters of a line above the axes, and below."""


def forest(canvas: SubFigure, found: Sequence[Outcome]) -> None:
    """Draw the first part of a claim in each world, a row each, with its always-valid interval.

    A mark shows the verdict on all parts.  The published value is a diamond in the paper's row.  An
    interval without bounds is a dotted line.

    Parameters
    ----------
    canvas : matplotlib.figure.SubFigure
        What to draw on.
    found : sequence of Outcome
        Of one claim, the paper's world first.
    """
    claim = found[0].finding.claim
    part = claim.parts[0]
    ax = canvas.add_subplot()
    low, high = _limits(part, [outcome.effects[0] for outcome in found if outcome.effects])
    stated = (part.margin, high) if part.side == "above" else (low, part.margin)
    ax.axvspan(*stated, color=STATED, linewidth=0, zorder=0)
    ax.axvline(part.margin, color=INK, linewidth=1.0, zorder=1.5)
    for row, outcome in enumerate(found):
        if outcome.effects:
            _interval(ax, row, outcome.effects[0], VERDICT_STYLE[outcome.verdict])
        else:
            middle = ax.get_yaxis_transform()
            ax.text(
                0.5, row, "did not run", color=BASELINE, ha="center", va="center", transform=middle
            )
    if part.published is not None:
        ax.plot(part.published, 0, zorder=4, **PUBLISHED)
    ax.set(xlim=(low, high), ylim=(len(found) - 0.4, -0.6))
    ax.set_xlabel(fill(f"{part.name} ({part.unit})", NARROW))
    worlds = [outcome.finding.world for outcome in found]
    ax.set_yticks(range(len(found)), worlds, fontsize="small")
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=False, axis="y")
    parts = f"{len(claim.parts)} parts" if len(claim.parts) > 1 else "its one part"
    note = f"bars: always-valid 95 % interval; marks: verdict on {parts}"
    lines = [fill(line, WIDE) for line in (f"in every world: {part.statement}", note)]
    canvas.suptitle("\n".join(lines), fontsize="small", x=0.02, ha="left")
    canvas.legend(handles=_handles(part, found), loc="outside lower center", ncols=3)


def _interval(ax: Axes, row: int, effect: Effect, style: dict[str, Any]) -> None:
    """Draw a mean with its interval; one that excludes nothing spans the axes."""
    if math.isinf(effect.low):
        ax.axhline(row, color=style["color"], linewidth=1.0, linestyle=(0, (1, 2)))
    else:
        ax.plot([effect.low, effect.high], [row, row], color=style["color"], linewidth=1.6)
    ax.plot(effect.mean, row, zorder=3, markersize=6.5, linestyle="none", **style)


def _limits(part: Part, effects: Sequence[Effect]) -> tuple[float, float]:
    """Return a range that shows the margin and all that is finite."""
    shown = [part.margin, *([] if part.published is None else [part.published])]
    for effect in effects:
        shown += [limit for limit in (effect.low, effect.mean, effect.high) if math.isfinite(limit)]
    room = 0.08 * (max(shown) - min(shown)) or 1.0
    return min(shown) - room, max(shown) + room


def _handles(part: Part, found: Sequence[Outcome]) -> list[Artist]:
    """Return a legend entry for each verdict that occurs, the stated side and the paper."""
    occurring = {outcome.verdict for outcome in found}
    marks: list[Artist] = [
        Line2D([], [], linestyle="none", markersize=6.5, label=verdict, **style)
        for verdict, style in VERDICT_STYLE.items()
        if verdict in occurring
    ]
    marks.append(Patch(color=STATED, label=f"as stated: {bound(part)}"))
    if part.published is not None:
        marks.append(Line2D([], [], label="published", **{**PUBLISHED, "markersize": 7}))
    return marks
