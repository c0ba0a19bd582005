"""What was found of a claim, in plain words: numbers, and sentences on where it stops holding."""

import math
from collections.abc import Sequence

from analysis.verdicts import Part
from analysis.verdicts.judge import FEWEST
from figures.report.outcomes import Effect, Outcome, of_the_paper
from figures.report.places import places
from figures.sweeps.words import signed

VERDICTS = {
    "supported": "supported",
    "refuted": "refuted",
    "inconclusive": "inconclusive",
    "failed": "did not run",
}
"""What is said of each verdict, in the order in which it is said."""


def digits(low: float, high: float) -> int:
    """Return how many decimals show two digits of an interval's half-width; at least two."""
    half = (high - low) / 2
    return 2 if half == 0 or not math.isfinite(half) else max(2, 1 - math.floor(math.log10(half)))


def value(number: float, decimals: int = 2) -> str:
    """Write a number with its sign; what has no bound is ∞."""
    if math.isinf(number):
        return "−∞" if number < 0 else "+∞"
    return signed(number, decimals)


def interval(low: float, high: float) -> str:
    """Write an interval, such as [+0.31, +1.48]."""
    decimals = digits(low, high)
    return f"[{value(low, decimals)}, {value(high, decimals)}]"


def mean(effect: Effect) -> str:
    """Write a mean with as many decimals as its interval."""
    return value(effect.mean, digits(effect.low, effect.high))


def amount(effect: Effect) -> str:
    """Write a mean with its unit and interval."""
    return f"{mean(effect)} {effect.part.unit} {interval(effect.low, effect.high)}"


def published(part: Part) -> str:
    """Write what the paper has for a part, or a dash."""
    return "—" if part.published is None else value(part.published)


def sentence(text: str) -> str:
    """Begin with a capital and end with a full stop."""
    return f"{text[0].upper()}{text[1:]}."


def tally(found: Sequence[Outcome]) -> str:
    """Say in which worlds a claim is supported, refuted, inconclusive, or did not run.

    Such as ``"supported in 6 of 8 worlds (MLP; linear, rotated); refuted in 2 (linear, as it is)"``.
    """
    among = [outcome.finding.world for outcome in found]
    said: list[str] = []
    for verdict, words in VERDICTS.items():
        here = [outcome.finding.world for outcome in found if outcome.verdict == verdict]
        if len(here) == len(among):
            return f"{words} in {places(here, among)}"
        if here:
            count = f"{len(here)} of {len(among)} worlds" if not said else str(len(here))
            said.append(f"{words} in {count} ({places(here, among)})")
    return "; ".join(said)


def holds_in(found: Sequence[Outcome]) -> str:
    """Say in how many of its worlds a claim is supported, such as ``"6 of 8"``."""
    return f"{sum(outcome.verdict == 'supported' for outcome in found)} of {len(found)}"


def first_world(found: Sequence[Outcome]) -> str:
    """Call the world that a claim is shown in, which is the paper's only if it has that."""
    return "the paper's world" if of_the_paper(found[0].finding) else "its first world"


def headline(outcome: Outcome) -> str:
    """Say what the first part of a claim came to in a world, beside what the paper has."""
    if not outcome.effects:
        return f"In {outcome.finding.world}, the plan did not run to its end."
    effect = outcome.effects[0]
    beside = ""
    if effect.part.published is not None:
        beside = f"; the paper has {published(effect.part)}"
        if math.isfinite(effect.low):
            inside = effect.low <= effect.part.published <= effect.high
            beside += f", {'inside' if inside else 'outside'} that interval"
    return f"In {outcome.finding.world}, “{effect.part.name}” is {amount(effect)}{beside}."


def exception(outcome: Outcome) -> str:
    """Say why a claim is not supported in a world: which parts, and by how much.

    A part alone contradicts the claim where its 95 % interval lies beyond the margin; whether
    that refutes the claim is decided with all rows of the report.
    """
    if not outcome.effects:
        return f"{VERDICTS[outcome.verdict]} ({outcome.finding.failure})"
    said = VERDICTS[outcome.verdict]
    if outcome.effects[0].seeds < FEWEST:
        return f"{said}: a verdict takes {FEWEST} seeds"
    contrary = [effect for effect in outcome.effects if effect.state == "contradicted"]
    undecided = [effect for effect in outcome.effects if effect.state == "open"]
    parts = "; ".join(map(needed, contrary or undecided))
    holm = f"p = {outcome.p_holm:.2g} after Holm's correction"
    if outcome.verdict == "refuted" or (undecided and not contrary):
        return f"{said}: {parts}"
    if contrary:
        return f"{said}: {parts}; alone this contradicts the claim, but {holm}"
    return f"{said}: every part lies where it should, but {holm}"


def needed(effect: Effect) -> str:
    """Say what a part came to, and where the claim needs it."""
    part = effect.part
    return f"“{part.name}” is {amount(effect)} and should be {bound(part)}"


def bound(part: Part) -> str:
    """Write the side and the margin of a part, such as ``"below 0.25"``."""
    return f"{part.side} {part.margin:g}".replace("-", "−")


def exceptions(found: Sequence[Outcome]) -> dict[str, str]:
    """Say why a claim is not supported: worlds of which the same is true, and what."""
    among = [outcome.finding.world for outcome in found]
    worlds: dict[str, list[str]] = {}
    for outcome in found:
        if outcome.verdict != "supported":
            worlds.setdefault(exception(outcome), []).append(outcome.finding.world)
    return {places(here, among): why for why, here in worlds.items()}


def described(found: Sequence[Outcome]) -> str:
    """Say what a claim's figure shows to a person who cannot see it."""
    effects = [
        f"{outcome.finding.world}: "
        + (f"{amount(outcome.effects[0])}, " if outcome.effects else "")
        + VERDICTS[outcome.verdict]
        for outcome in found
    ]
    claim = found[0].finding.claim
    return (
        f"{claim.title}. Left: what was measured in {first_world(found)}. "
        f"Right: {claim.parts[0].name} in every world. {'; '.join(effects)}."
    )


def one_class(found: Sequence[Outcome]) -> str:
    """Say how many networks of a claim answer one class to every row; nothing if none does."""
    number = sum(outcome.finding.constant for outcome in found)
    of = sum(outcome.finding.trainings for outcome in found)
    return f"{number:,} of {of:,} networks answer one class to every test row" if number else ""
