import numpy as np
import pytest

from analysis.claims import CLAIMS
from analysis.statistics import always_valid_interval
from analysis.verdicts import Part, Verification
from figures.report.outcomes import Effect, outcomes, verified
from tests.analysis.verdicts.toy import claim
from tests.figures.claims.made import mixed, named
from venn import ArgumentError


@pytest.fixture(scope="module")
def found() -> Verification:
    return mixed()


def test_outcomes_are_the_rows_of_the_verification(found: Verification) -> None:
    rows = {(row["claim"], row["world"]): row for row in found.verdicts.to_dict("records")}
    assert [each.name for each in verified(found)] == ["true", "false", "neither", "failing"]
    for each in verified(found):
        here = outcomes(found, each)
        assert [outcome.finding.world for outcome in here] == list(each.worlds)
        for outcome in here:
            row = rows[each.name, str(outcome.finding.world)]
            assert outcome.verdict == row["verdict"]
            for name in ("support", "refute", "p", "p_holm"):
                np.testing.assert_equal(getattr(outcome, name), row[name])


def test_effects_are_those_of_the_seeds(found: Verification) -> None:
    for outcome in outcomes(found, named(found, "true")):
        rows = outcome.finding.rows
        assert [effect.part for effect in outcome.effects] == list(outcome.finding.claim.parts)
        for effect in outcome.effects:
            values = rows.loc[rows["part"] == effect.part.name, "value"].to_numpy()
            low, high = always_valid_interval(values)
            expected = np.array([values.mean(), low, high, values.std(ddof=1), 60])
            measured = np.array([effect.mean, effect.low, effect.high, effect.sd, effect.seeds])
            np.testing.assert_allclose(measured, expected)


def test_what_failed_has_no_effects(found: Verification) -> None:
    fine, failed = outcomes(found, named(found, "failing"))
    assert (fine.verdict, failed.verdict) == ("supported", "failed")
    assert (len(fine.effects), failed.effects) == (2, ())
    assert np.isnan(failed.p_holm)


STATES = {
    "above": ("above", 0.5, 1.5, 1.0, "open"),
    "all above": ("above", 0.5, 1.5, 0.4, "holds"),
    "all below": ("above", 0.5, 1.5, 1.6, "contradicted"),
    "below": ("below", 0.5, 1.5, 1.6, "holds"),
    "not below": ("below", 0.5, 1.5, 0.4, "contradicted"),
    "at the edge": ("below", 0.5, 1.5, 0.5, "open"),
    "unbounded": ("below", -np.inf, np.inf, 0.4, "open"),
    "no spread, at the margin": ("above", 1.0, 1.0, 1.0, "open"),
    "no spread, beyond": ("above", 1.0, 1.0, 0.9, "holds"),
}


@pytest.mark.parametrize(("side", "low", "high", "margin", "state"), STATES.values(), ids=STATES)
def test_states(side: str, low: float, high: float, margin: float, state: str) -> None:
    part = Part("x", "x", side, margin)  # type: ignore[arg-type]  # both sides are among them
    assert Effect(part, 1.0, low, high, 1.0, 60).state == state


def test_bad_calls_are_refused(found: Verification) -> None:
    with pytest.raises(ArgumentError, match="claim = 'toy': is unknown; known: true, false"):
        outcomes(found, claim())
    with pytest.raises(ArgumentError, match="claim = 'true': must be of kind Claim"):
        outcomes(found, "true")  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="verification = None: must be of kind Verification"):
        outcomes(None, CLAIMS["mfh-gamma"])  # type: ignore[arg-type]
