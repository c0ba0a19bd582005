import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.mixing import NUMBERS, mix, project

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


@given(st.integers(0, 20), SIZES, SIZES, SEEDS)
def test_mixing_is_a_matrix_product(rows: int, sources: int, channels: int, seed: int) -> None:
    """x Mᵀ."""
    x, matrix = normals(seed, rows, sources), normals(seed + 1, channels, sources)
    mixed = mix(x, matrix)
    assert mixed.shape == (rows, channels)
    np.testing.assert_allclose(mixed, x @ matrix.T, rtol=0, atol=1e-13)


@given(st.integers(0, 20), SIZES, SEEDS)
def test_a_projection_is_a_product_with_a_vector(rows: int, sources: int, seed: int) -> None:
    """x w."""
    x, weights = normals(seed, rows, sources), normals(seed + 1, sources)
    projected = project(x, weights)
    assert projected.shape == (rows,)
    np.testing.assert_allclose(projected, x @ weights, rtol=0, atol=1e-13)


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


def test_the_order_matters_where_terms_cancel() -> None:
    """(1e16 + 1) - 1e16 = 0 but (1e16 - 1e16) + 1 = 1 in float64."""
    ones = np.ones(3)
    assert project(np.array([1e16, 1.0, -1e16]), ones) == 0
    assert project(np.array([1e16, -1e16, 1.0]), ones) == 1


@pytest.mark.parametrize(
    "rows", [1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 2 * BLOCK + 1], ids="{} rows".format
)
def test_every_row_is_mixed_as_if_alone(rows: int) -> None:
    x, matrix = normals(0, rows, 9), normals(1, 5, 9)
    alone = np.stack([mix(row, matrix) for row in x])
    np.testing.assert_array_equal(mix(x, matrix), alone)
    np.testing.assert_array_equal(project(x, matrix[0]), alone[:, 0])


@given(st.lists(st.integers(0, 1200), max_size=3), SEEDS)
def test_any_chunking_gives_the_same_bits(cuts: list[int], seed: int) -> None:
    x, matrix = normals(seed, 1200, 3), normals(seed + 1, 4, 3)
    edges = [0, *sorted(cuts), len(x)]
    parts = [mix(x[start:stop], matrix) for start, stop in itertools.pairwise(edges)]
    np.testing.assert_array_equal(np.concatenate(parts), mix(x, matrix))


@pytest.mark.parametrize("leading", [(), (1,), (4,), (2, 3), (2, 0), (3, 2, BLOCK)], ids=str)
def test_leading_axes_are_kept(leading: tuple[int, ...]) -> None:
    x, matrix = normals(0, *leading, 4), normals(1, 2, 4)
    flat = x.reshape(-1, 4)
    np.testing.assert_array_equal(mix(x, matrix), mix(flat, matrix).reshape(*leading, 2))
    np.testing.assert_array_equal(project(x, matrix[0]), mix(x, matrix)[..., 0])


def test_how_an_array_lies_in_memory_does_not_matter() -> None:
    x, matrix = normals(0, BLOCK + 8, 6), normals(1, 5, 6)
    mixed = mix(x, matrix)
    np.testing.assert_array_equal(mix(np.asfortranarray(x), matrix), mixed)
    np.testing.assert_array_equal(mix(x, np.asfortranarray(matrix)), mixed)
    np.testing.assert_array_equal(mix(x[::-2], matrix), mixed[::-2])


def test_what_is_given_is_left_as_it_is() -> None:
    x, matrix = normals(0, 3, 2), normals(1, 2, 2)
    mix(x, matrix)
    np.testing.assert_array_equal(x, normals(0, 3, 2))
    np.testing.assert_array_equal(matrix, normals(1, 2, 2))


def test_few_enough_numbers_are_mixed_at_once() -> None:
    assert NUMBERS == 2**15


def test_a_row_of_more_channels_than_that_is_mixed_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    x, matrix = normals(0, 3, 4), normals(1, 6, 4)
    mixed = mix(x, matrix)
    monkeypatch.setattr("synth.mixing.NUMBERS", 5)
    np.testing.assert_array_equal(mix(x, matrix), mixed)
