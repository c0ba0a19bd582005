import numpy as np
import pytest

from analysis.verdicts import PAPER, Finding, Part, Verification
from figures.report import words
from figures.report.outcomes import Effect, Outcome, outcomes
from tests.analysis.verdicts.toy import claim, rows_of
from tests.figures.claims.made import mixed, named

PART = Part("slope", "it rises", "above", 0.25, "points per unit", 1.5)

ROWS = rows_of(claim(), [0, 1])


def effect(mean: float, half: float, part: Part = PART, seeds: int = 60) -> Effect:
    return Effect(part, mean, mean - half, mean + half, 1.0, seeds)


def outcome(verdict: str, *effects: Effect, p: float = 0.25) -> Outcome:
    failure = None if effects else "MemoryError: too much"
    parts = tuple(each.part for each in effects) or (PART,)
    finding = Finding(claim(parts=parts), PAPER, ROWS, 7, 1.0, failure)
    return Outcome(finding, verdict, 1.0, 1.0, p, p, effects)


NUMBERS = {
    "plain": (1.234, 0.5, "+1.23", "[+0.73, +1.73]"),
    "negative": (-1.234, 0.5, "−1.23", "[−1.73, −0.73]"),
    "wide": (32.48, 21.6, "+32.48", "[+10.88, +54.08]"),
    "narrow": (0.01234, 0.00051, "+0.01234", "[+0.01183, +0.01285]"),
    "nothing": (0.0, 0.5, "0.00", "[−0.50, +0.50]"),
    "no spread": (2.0, 0.0, "+2.00", "[+2.00, +2.00]"),
    "no bounds": (2.0, np.inf, "+2.00", "[−∞, +∞]"),
}


@pytest.mark.parametrize(("mean", "half", "shown", "interval"), NUMBERS.values(), ids=NUMBERS)
def test_numbers(mean: float, half: float, shown: str, interval: str) -> None:
    each = effect(mean, half)
    assert words.mean(each) == shown
    assert words.interval(each.low, each.high) == interval
    assert words.amount(each) == f"{shown} points per unit {interval}"


def test_what_the_paper_has_and_where_the_margin_lies() -> None:
    assert words.published(PART) == "+1.50"
    assert words.published(Part("x", "x")) == "—"
    assert words.bound(PART) == "above 0.25"
    assert words.bound(Part("x", "x", "below", -1.5)) == "below −1.5"
    assert words.sentence("so it is") == "So it is."


def test_a_headline_says_effect_and_published_value() -> None:
    start = "In linear, hyperplane, as it is, “slope” is +1.00 points per unit"
    assert words.headline(outcome("supported", effect(1.0, 0.6))) == (
        f"{start} [+0.40, +1.60]; the paper has +1.50, inside that interval."
    )
    assert words.headline(outcome("supported", effect(1.0, 0.4))).endswith("outside that interval.")
    assert words.headline(outcome("inconclusive", effect(1.0, np.inf))) == (
        f"{start} [−∞, +∞]; the paper has +1.50."
    )
    unpublished = effect(1.0, 0.4, Part("slope", "it rises", unit="points per unit"))
    assert words.headline(outcome("supported", unpublished)) == f"{start} [+0.60, +1.40]."
    assert "did not run to its end" in words.headline(outcome("failed"))


OTHER = Part("lead", "it leads", "below", 0.0, "points")
REFUTED = "“lead” is +1.00 points [+0.50, +1.50] and should be below 0"
OPEN = "“slope” is +0.50 points per unit [−0.50, +1.50] and should be above 0.25"
WHY = {
    "refuted": (
        outcome("refuted", effect(0.5, 1.0), effect(1.0, 0.5, OTHER)),
        f"refuted: {REFUTED}",
    ),
    "open": (
        outcome("inconclusive", effect(0.5, 1.0), effect(-1.0, 0.5, OTHER)),
        f"inconclusive: {OPEN}",
    ),
    "contrary alone": (
        outcome("inconclusive", effect(0.5, 1.0), effect(1.0, 0.5, OTHER)),
        f"inconclusive: {REFUTED}; alone this contradicts the claim, but p = 0.25 after Holm's "
        "correction",
    ),
    "all as stated": (
        outcome("inconclusive", effect(1.0, 0.5), effect(-1.0, 0.5, OTHER)),
        "inconclusive: every part lies where it should, but p = 0.25 after Holm's correction",
    ),
    "too few": (
        outcome("inconclusive", effect(1.0, np.inf, seeds=3)),
        "inconclusive: a verdict takes 30 seeds",
    ),
    "too few, though the interval excludes the margin": (
        outcome("inconclusive", effect(1.0, 0.5, seeds=29)),
        "inconclusive: a verdict takes 30 seeds",
    ),
    "failed": (outcome("failed"), "did not run (MemoryError: too much)"),
}


@pytest.mark.parametrize(("found", "why"), WHY.values(), ids=WHY)
def test_why_a_claim_is_not_supported(found: Outcome, why: str) -> None:
    assert words.exception(found) == why


def test_tallies(found: Verification) -> None:
    here = outcomes(found, named(found, "failing"))
    assert words.tally(here) == "supported in 1 of 2 worlds (linear); did not run in 1 (MLP)"
    assert words.holds_in(here) == "1 of 2"


def test_worlds_of_which_the_same_is_true_are_named_together() -> None:
    here = outcomes(mixed(3), named(mixed(3), "neither"))
    assert words.exceptions(here) == {"both worlds": "inconclusive: a verdict takes 30 seeds"}


def test_exceptions_are_the_worlds_that_are_not_supported(found: Verification) -> None:
    assert words.exceptions(outcomes(found, named(found, "true"))) == {}
    here = outcomes(found, named(found, "failing"))
    assert words.exceptions(here) == {"MLP": f"did not run ({here[1].finding.failure})"}
    assert "60 trainings failed (<& stopped>, seed 0: " in str(here[1].finding.failure)
    refuted = outcomes(found, named(found, "false"))
    assert words.exceptions(refuted) == {
        each.finding.world.split(",")[0]: words.exception(each) for each in refuted
    }
