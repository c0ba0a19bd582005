from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.mixing import mix, project

SIZES = st.integers(1, 6)
SEEDS = st.integers(0, 2**32 - 1)
BLOCK = 64
"""Rows of five channels that are mixed at once, few here, so that arrays end anywhere in a block."""


@pytest.fixture(autouse=True, scope="module")
def blocks() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("synth.mixing.NUMBERS", 5 * BLOCK)
        yield


def normals(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


@given(st.integers(1, 20), SIZES, SIZES, SEEDS)
def test_terms_are_added_one_by_one_in_the_order_of_the_sources(
    rows: int, sources: int, channels: int, seed: int
) -> None:
    x, matrix = normals(seed, rows, sources), normals(seed + 1, channels, sources)
    one_by_one = [
        [sum(float(a) * float(b) for a, b in zip(row, weights, strict=True)) for weights in matrix]
        for row in x
    ]
    np.testing.assert_array_equal(mix(x, matrix), one_by_one)


@pytest.mark.parametrize(
    "rows", [1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 2 * BLOCK + 1], ids="{} rows".format
)
def test_every_row_is_mixed_as_if_alone(rows: int) -> None:
    x, matrix = normals(0, rows, 9), normals(1, 5, 9)
    alone = np.stack([mix(row, matrix) for row in x])
    np.testing.assert_array_equal(mix(x, matrix), alone)
    np.testing.assert_array_equal(project(x, matrix[0]), alone[:, 0])


@pytest.mark.parametrize("leading", [(), (1,), (4,), (2, 3), (2, 0), (3, 2, BLOCK)], ids=str)
def test_leading_axes_are_kept(leading: tuple[int, ...]) -> None:
    x, matrix = normals(0, *leading, 4), normals(1, 2, 4)
    flat = x.reshape(-1, 4)
    np.testing.assert_array_equal(mix(x, matrix), mix(flat, matrix).reshape(*leading, 2))
    np.testing.assert_array_equal(project(x, matrix[0]), mix(x, matrix)[..., 0])
