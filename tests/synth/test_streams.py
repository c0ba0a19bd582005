from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth import stream
from venn import ArgumentError

GOLDEN: dict[str, tuple[tuple[Any, ...], list[int]]] = {
    "no purpose": ((0,), [3438278230, 2275926360, 1481712757]),
    "latents": ((0, "latents"), [2092765679, 432469331, 3064806786]),
    "another seed": ((1, "latents"), [3852323978, 3177220713, 3537250181]),
    "a large seed": ((2**64, "latents"), [1477435889, 3594629453, 762089965]),
    "a word and a number": ((0, "noise", 1), [3836713249, 3336636269, 628890246]),
    "unpaired": ((7, "unpaired", 1, "observation", 0), [1389713534, 2698786043, 1604677429]),
}


@pytest.mark.parametrize(("key", "drawn"), GOLDEN.values(), ids=GOLDEN)
def test_streams_are_the_same_for_ever(key: tuple[Any, ...], drawn: list[int]) -> None:
    np.testing.assert_array_equal(stream(*key).integers(2**32, size=3), drawn)


@given(st.integers(0, 2**64), st.text(max_size=5), st.integers(0, 9))
def test_equal_keys_give_equal_streams(seed: int, purpose: str, position: int) -> None:
    one, other = (stream(seed, purpose, position).random(4) for _ in range(2))
    np.testing.assert_array_equal(one, other)


def test_different_keys_give_different_streams() -> None:
    keys: list[tuple[Any, ...]] = [
        (0,),
        (0, "x"),
        (1, "x"),
        (0, "y"),
        (0, "x", 0),
        (0, "x", 1),
        (0, "x", "0"),
        (0, "x0"),
        (0, "x", 0, "x"),
    ]
    draws = {tuple(stream(*key).random(2)) for key in keys}
    assert len(draws) == len(keys)


def test_a_seed_of_any_kind_of_whole_number_is_the_same() -> None:
    assert stream(3, "x").random() == stream(np.int64(3), "x").random()  # type: ignore[arg-type]  # as users do


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


@pytest.mark.parametrize("seed", [-1, 0.5, "0", None, True])
def test_bad_seeds(seed: Any) -> None:
    with pytest.raises(ArgumentError) as error:
        stream(seed, "latents")
    assert str(error.value) == f"seed = {seed!r}: must be a whole number of at least 0"
