from typing import Any

import numpy as np
import pytest

from synth import stream
from tests.refusals import refusal

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


def test_different_keys_give_different_streams() -> None:
    keys: list[tuple[Any, ...]] = [
        *((0,), (0, "x"), (1, "x"), (0, "y"), (0, "x", 0), (0, "x", 1), (0, "x", "0")),
        *((0, "x0"), (0, "x", 0, "x")),
    ]
    draws = {tuple(stream(*key).random(2)) for key in keys}
    assert len(draws) == len(keys)


@pytest.mark.parametrize("seed", [-1, 0.5, "0", None, True])
def test_bad_seeds(seed: Any) -> None:
    said = refusal(stream, seed, "latents")
    assert said == f"seed = {seed!r}: must be a whole number of at least 0"
