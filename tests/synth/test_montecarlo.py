"""Monte Carlo against closed forms it does not know, within its own error."""

import dataclasses
from typing import Any

import numpy as np
import pytest

from synth import Hyperplane, ObservationNoise, Population, Quadratic
from synth.montecarlo import estimate
from venn import VennDiagram
from venn.truth import Truth

DIAGRAM = VennDiagram({"a": 2, "b": 2, "a&b": 1}, hidden=1)


@dataclasses.dataclass(frozen=True, repr=False)
class Blind(Hyperplane):
    """A hyperplane that pretends to have no exact form, so that every posterior is estimated."""

    def posterior(self, *_: object) -> None:  # type: ignore[override]  # whatever is asked
        return None


UNKNOWN = {
    "half": np.diag([0.0, 0, 0, 1, 1, 1]),
    "noisy": np.diag([0.5, 0.1, 0.9, 0.5, 0.5, 1]),
    "correlated": np.eye(6) - 0.15,
    "all known": np.zeros((6, 6)),
    "nothing known": np.eye(6),
}
RULES: dict[str, dict[str, Any]] = {
    "two classes": {},
    "unequal classes": {"classes": (0.8, 0.2)},
    "three noisy classes": {"classes": 3, "temperature": 0.3, "flip": 0.1},
}


@pytest.mark.parametrize("settings", RULES.values(), ids=RULES)
@pytest.mark.parametrize("unknown", UNKNOWN.values(), ids=UNKNOWN)
@pytest.mark.parametrize("kind", [Hyperplane, Blind])
def test_it_agrees_with_the_closed_form(
    kind: type[Hyperplane], unknown: np.ndarray, settings: dict[str, Any]
) -> None:
    """Within 4 of its standard errors, whether posteriors are exact or themselves estimated."""
    rule = kind(**settings)
    exact = rule.truth(DIAGRAM, unknown)
    found = estimate(rule, DIAGRAM, unknown, draws=2000, seed=1)
    assert found.method == "monte carlo"
    assert abs(found.score - exact.score) <= 4 * found.score_error + 1e-9
    assert abs(found.information - exact.information) <= 4 * found.information_error + 1e-9
    assert found.score_error < 0.02
    assert found.information_error < 0.03


@pytest.mark.parametrize("kind", [Hyperplane, Blind])
def test_its_error_covers_the_truth_as_often_as_it_says(kind: type[Hyperplane]) -> None:
    """|value - truth| <= 2 errors in at least 36 of 40 repetitions; 38 would be exact."""
    rule, unknown = kind(), UNKNOWN["half"]
    exact = rule.truth(DIAGRAM, unknown)
    draws = 400
    found = [estimate(rule, DIAGRAM, unknown, draws, seed) for seed in range(40)]
    scores = [abs(each.score - exact.score) <= 2 * each.score_error for each in found]
    bits = [abs(f.information - exact.information) <= 2 * f.information_error for f in found]
    assert sum(scores) >= 36
    assert sum(bits) >= 36


def test_the_error_of_exact_posteriors_is_that_of_a_mean() -> None:
    """sd / sqrt(draws): four times the draws, half the error."""
    few, many = (estimate(Hyperplane(), DIAGRAM, UNKNOWN["half"], n, 0) for n in (1000, 4000))
    assert few.score_error / many.score_error == pytest.approx(2, rel=0.1)
    assert few.information_error / many.information_error == pytest.approx(2, rel=0.1)


def test_draws_and_seed_are_asked_of_the_population() -> None:
    population = Population(DIAGRAM, Quadratic(), {"a": ObservationNoise(0.5)})
    few = population.truth("a", draws=50, seed=3)
    assert isinstance(few, Truth)
    assert few == population.truth("a", draws=50, seed=3)
    assert few != population.truth("a", draws=50, seed=4)
    assert few.score_error > population.truth("a", draws=2000).score_error
