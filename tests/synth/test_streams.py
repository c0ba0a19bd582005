from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth import stream
from venn import ArgumentError


@given(st.integers(0, 2**64), st.text(max_size=5), st.integers(0, 9))
def test_equal_keys_give_equal_streams(seed: int, purpose: str, position: int) -> None:
    one, other = (stream(seed, purpose, position).random(4) for _ in range(2))
    np.testing.assert_array_equal(one, other)


def test_different_keys_give_different_streams() -> None:
    keys: list[tuple[Any, ...]] = [
        (0, "x"),
        (1, "x"),
        (0, "y"),
        (0, "x", 0),
        (0, "x", 1),
        (0, "x0"),
    ]
    draws = {tuple(stream(*key).random(2)) for key in keys}
    assert len(draws) == len(keys)


def test_streams_of_one_seed_are_uncorrelated() -> None:
    a, b = stream(0, "noise", 0), stream(0, "noise", 1)
    n = 100_000
    correlation = np.corrcoef(a.standard_normal(n), b.standard_normal(n))[0, 1]
    assert abs(correlation) < 4 / np.sqrt(n)


def test_no_global_generator_is_touched() -> None:
    np.random.seed(0)
    stream(3, "latents").random(10)
    drawn = np.random.random()
    np.random.seed(0)
    assert drawn == np.random.random()


@pytest.mark.parametrize("seed", [-1, 0.5, "0", None])
def test_bad_seeds(seed: Any) -> None:
    with pytest.raises(ArgumentError, match=r"seed = .*: must be a whole number of at least 0"):
        stream(seed, "latents")
