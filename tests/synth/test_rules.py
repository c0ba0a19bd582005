from typing import Any

import numpy as np
import pytest

from synth import Hyperplane, Population
from venn import ArgumentError, VennDiagram


def test_ones_is_the_sign_of_the_sum() -> None:
    z = np.random.default_rng(0).standard_normal((100, 7))
    np.testing.assert_array_equal(Hyperplane().label(z), z.sum(1) > 0)


def test_weights_are_one_per_feature() -> None:
    z = np.array([[1.0, -3.0], [1.0, -1.0]])
    np.testing.assert_array_equal(Hyperplane((2.0, 1.0)).label(z), [0, 1])
    np.testing.assert_array_equal(Hyperplane([-2, -1]).label(z), [1, 0])


BAD: dict[str, tuple[Any, str]] = {
    "unknown name": ("twos", "weights = 'twos': must be 'ones' or finite numbers"),
    "not numbers": (["x"], "weights[0] = 'x': must be a finite number"),
    "numbers as text": ([1.0, "2"], "weights[1] = '2': must be a finite number"),
    "booleans": ([True], "weights[0] = True: must be a finite number"),
    "a number": (3.0, "weights = 3.0: must be 'ones' or finite numbers"),
    "infinite": ([1.0, float("inf")], "weights[1] = inf: must be a finite number"),
    "nan": ([1.0, float("nan")], "weights[1] = nan: must be a finite number"),
    "all zero": ([0.0, 0.0], "weights = (0.0, 0.0): must not all be zero"),
    "empty": ([], "weights = (): must not all be zero"),
}


@pytest.mark.parametrize(("weights", "message"), BAD.values(), ids=BAD)
def test_bad_weights(weights: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        Hyperplane(weights)
    assert message in str(error.value)


def test_weights_must_fit_the_diagram_hidden_features_included() -> None:
    diagram = VennDiagram({"a&b": 2}, hidden=1)
    Population(diagram, Hyperplane((1.0, 2.0, 3.0)))
    with pytest.raises(ArgumentError, match=r"one weight per decisive feature, .* included: 3"):
        Population(diagram, Hyperplane((1.0, 2.0)))
