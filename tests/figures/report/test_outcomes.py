import numpy as np
import pytest

from analysis.claims import CLAIMS
from analysis.verdicts import Part, Verification
from figures.report.outcomes import Effect, outcomes
from tests.analysis.verdicts.toy import claim
from venn import ArgumentError

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
