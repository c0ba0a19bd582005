"""Verdicts as a table for the terminal."""

from collections.abc import Sequence

from analysis.verdicts import Verification
from figures.report.outcomes import Outcome, outcomes, verified
from figures.report.words import VERDICTS, holds_in, interval, mean, one_class, published, tally

HEAD = (
    *("claim", "verdict", "effect", "95 % interval", "unit", "published", "holds in"),
    *("trainings", "seconds"),
)
LEFT = {"claim", "verdict", "unit"}


def table(verification: Verification) -> str:
    """Return a row a claim, and below them where the claims stop holding, as text.

    Verdict, effect and published value are those of the paper's world, and the effect is that of
    the claim's first part.  Trainings and seconds are those of all worlds.

    Parameters
    ----------
    verification : Verification
        From `analysis.verdicts.verify`.

    Returns
    -------
    str
        Aligned for letters of one width.
    """
    found = [outcomes(verification, claim) for claim in verified(verification)]
    rows = [HEAD, *map(_row, found)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if name in LEFT else cell.rjust(width)
            for name, cell, width in zip(HEAD, row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]
    elsewhere = [
        f"{each[0].finding.claim.name}: {tally(each)}"
        for each in found
        if any(outcome.verdict != "supported" for outcome in each)
    ]
    elsewhere += [
        f"{each[0].finding.claim.name}: {said}" for each in found if (said := one_class(each))
    ]
    return "\n".join([*lines, *([""] if elsewhere else []), *elsewhere])


def _row(found: Sequence[Outcome]) -> tuple[str, ...]:
    first = found[0]
    part = first.finding.claim.parts[0]
    effect = first.effects[0] if first.effects else None
    return (
        first.finding.claim.name,
        VERDICTS[first.verdict],
        "—" if effect is None else mean(effect),
        "—" if effect is None else interval(effect.low, effect.high),
        part.unit,
        published(part),
        holds_in(found),
        f"{sum(outcome.finding.trainings for outcome in found):,}",
        f"{sum(outcome.finding.seconds for outcome in found):.1f}",
    )
