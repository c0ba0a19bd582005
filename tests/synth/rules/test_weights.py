import math
from typing import Any

import numpy as np
import pytest

from synth import Hyperplane, Linear, Population, balanced, stream
from venn import ArgumentError, VennDiagram

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


BAD: dict[str, tuple[tuple[Any, ...], str]] = {
    "unknown name": (("twos",), "weights = 'twos': must be 'ones', 'normal' or finite numbers"),
    "infinite": (([1.0, math.inf],), "weights[1] = inf: must be a finite number"),
    "all zero": (
        ([0.0, 0.0],),
        "weights = (0.0, 0.0): must have an energy (sum of squares) between 1e-200 and 1e+200",
    ),
    "too small": (
        ([1e-101],),
        "weights = (1e-101,): must have an energy (sum of squares) between 1e-200 and 1e+200",
    ),
    "too large": (
        ([1e300, 1.0],),
        "weights = (1e+300, 1.0): must have an energy (sum of squares) between 1e-200 and 1e+200",
    ),
    "normal without a seed": (
        ("normal",),
        "seed = None: must be a whole number of at least 0",
    ),
    "ones with a seed": (("ones", 3), "seed = 3: is for weights='normal' only"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD.values(), ids=BAD)
@pytest.mark.parametrize("kind", [Hyperplane, Linear])
def test_bad_weights(kind: Any, arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        kind(*arguments)
    assert str(error.value) == message


@pytest.mark.parametrize("kind", [Hyperplane, Linear])
def test_weights_must_fit_the_diagram_hidden_features_included(kind: Any) -> None:
    rule = kind((1.0, 2.0))
    message = (
        "weights = (1.0, 2.0): must be one weight per decisive feature, hidden ones included: 6"
    )
    for call in (lambda: Population(DIAGRAM, rule), lambda: rule.weights_for(DIAGRAM)):
        with pytest.raises(ArgumentError) as error:
            call()
        assert str(error.value) == message


BAD_SHARES: dict[str, tuple[Any, str]] = {
    "no mapping": (
        [0.5, 0.5],
        "shares = [0.5, 0.5]: must be of kind Mapping, such as {'a': 0.3, 'b': 0.3, 'a&b': 0.4}",
    ),
    "off 1": ({"a": 0.5, "b": 0.25}, "shares['a'] + shares['b'] = 0.75: must be 1"),
    "one region by two names": (
        {"a&b": 0.5, "b&a": 0.5},
        "shares = {'a&b': 0.5, 'b&a': 0.5}: names one region twice",
    ),
}


@pytest.mark.parametrize(("shares", "message"), BAD_SHARES.values(), ids=BAD_SHARES)
def test_bad_shares(shares: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        balanced(DIAGRAM, shares)
    assert str(error.value) == message


def test_an_empty_region_can_have_no_share() -> None:
    with pytest.raises(ArgumentError) as error:
        balanced(VennDiagram({"a": 1, "b": 1}), {"a": 0.5, "a&b": 0.5})
    assert str(error.value) == "shares['a&b'] = 0.5: must be 0: the region has no feature"
