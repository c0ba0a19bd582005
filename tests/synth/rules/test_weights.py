import math
from typing import Any

import numpy as np
import pytest

from synth import Hyperplane, Linear, Population, balanced, stream
from tests.refusals import refusal
from venn import VennDiagram

DIAGRAM = VennDiagram({"a": 2, "b": 1, "a&b": 1}, hidden=2)  # features b, a&b, a, a, hidden, hidden


def test_balanced_weights_share_the_energy() -> None:
    """w_j² = v s_r / n_r, and 1 for hidden features: the energy is the number of features."""
    weights = balanced(DIAGRAM, {"a": 0.5, "b": 0.3, "b&a": 0.2})
    np.testing.assert_allclose(np.square(weights), [1.2, 0.8, 1, 1, 1, 1])
    assert DIAGRAM.overlap("a", "b", weights=weights) == pytest.approx((0.5, 0.3, 0.2))


def test_regions_left_out_have_no_weight() -> None:
    np.testing.assert_allclose(balanced(DIAGRAM, {"a&b": 1}), [0, 2, 0, 0, 1, 1])
    empty = VennDiagram({"a": 1, "b": 1})
    np.testing.assert_allclose(balanced(empty, {"a": 1, "a&b": 0}), [0, math.sqrt(2)])


def test_normal_weights_come_from_their_seed() -> None:
    """A longer vector begins with the shorter one, and the stream is of its own."""
    weights = Hyperplane("normal", 3).weights_for(DIAGRAM)
    np.testing.assert_array_equal(weights, stream(3, "weights").standard_normal(6))
    fewer = VennDiagram({"a": 2, "b": 1, "a&b": 1})
    np.testing.assert_array_equal(Linear("normal", 3).weights_for(fewer), weights[:4])
    assert (Hyperplane("normal", 4).weights_for(DIAGRAM) != weights).all()


def test_ones_and_given_weights() -> None:
    np.testing.assert_array_equal(Hyperplane().weights_for(DIAGRAM), np.ones(6))
    given = Hyperplane(np.arange(6)).weights_for(DIAGRAM)  # type: ignore[arg-type]  # as users do
    np.testing.assert_array_equal(given, np.arange(6))


@pytest.mark.parametrize("scale", [1e-90, 1.0, 1e90])
def test_a_hyperplane_has_no_scale(scale: float) -> None:
    weights = np.array([3.0, 1, 2, -1, 1, 1])
    one = Population(DIAGRAM, Hyperplane(weights))  # type: ignore[arg-type]  # as users do
    other = Population(DIAGRAM, Hyperplane(weights * scale))  # type: ignore[arg-type]  # as users do
    assert one.bayes_accuracy("a") == pytest.approx(other.bayes_accuracy("a"))
    np.testing.assert_array_equal(one.sample(50, 0).y, other.sample(50, 0).y)


ENERGY = "must have an energy (sum of squares) between 1e-200 and 1e+200"
BAD: dict[str, tuple[Any, ...]] = {
    "weights = 'twos': must be 'ones', 'normal' or finite numbers": ("twos",),
    "weights[1] = inf: must be a finite number": ([1.0, math.inf],),
    f"weights = (0.0, 0.0): {ENERGY}": ([0.0, 0.0],),
    f"weights = (1e-101,): {ENERGY}": ([1e-101],),
    f"weights = (1e+300, 1.0): {ENERGY}": ([1e300, 1.0],),
    "seed = None: must be a whole number of at least 0": ("normal",),
    "seed = 3: is for weights='normal' only": ("ones", 3),
}


@pytest.mark.parametrize(("message", "arguments"), BAD.items(), ids=BAD)
@pytest.mark.parametrize("kind", [Hyperplane, Linear])
def test_bad_weights(kind: Any, arguments: tuple[Any, ...], message: str) -> None:
    assert refusal(kind, *arguments) == message


@pytest.mark.parametrize("kind", [Hyperplane, Linear])
def test_weights_must_fit_the_diagram_hidden_features_included(kind: Any) -> None:
    rule = kind((1.0, 2.0))
    message = (
        "weights = (1.0, 2.0): must be one weight per decisive feature, hidden ones included: 6"
    )
    assert refusal(Population, DIAGRAM, rule) == message
    assert refusal(rule.weights_for, DIAGRAM) == message


KIND = "must be of kind Mapping, such as {'a': 0.3, 'b': 0.3, 'a&b': 0.4}"
BAD_SHARES: dict[str, Any] = {
    f"shares = [0.5, 0.5]: {KIND}": [0.5, 0.5],
    "shares['a'] + shares['b'] = 0.75: must be 1": {"a": 0.5, "b": 0.25},
    "shares = {'a&b': 0.5, 'b&a': 0.5}: names one region twice": {"a&b": 0.5, "b&a": 0.5},
    "shares['a&b'] = 0.5: must be 0: the region has no feature": {"a": 0.5, "a&b": 0.5},
}


@pytest.mark.parametrize(("message", "shares"), BAD_SHARES.items(), ids=BAD_SHARES)
def test_bad_shares(message: str, shares: Any) -> None:
    assert refusal(balanced, VennDiagram({"a": 1, "b": 1}), shares) == message
