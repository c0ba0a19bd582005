"""Normals by machine code are numpy's, number for number."""

from collections.abc import Iterator

import numpy as np
import pytest
from scipy.stats import norm

from synth import normals as drawn
from synth.normals import FEW, STEPS, STRIPS, filler, normals, strips
from synth.streams import stream
from venn.compiled import CannotCompileError, compiled


@pytest.fixture
def unknown() -> Iterator[None]:
    """Nothing is known of machine code."""
    filler.cache_clear()
    yield
    filler.cache_clear()


def twice(seed: int) -> tuple[np.random.Generator, np.random.Generator]:
    """Return a stream, and one that is to be the same."""
    return stream(seed, "normals"), stream(seed, "normals")


def same(seed: int, *shapes: tuple[int, ...]) -> bool:
    """Return whether draws of these shapes, and where they leave the stream, are numpy's."""
    ours, numpys = twice(seed)
    for shape in shapes:
        if normals(ours, shape).tobytes() != numpys.standard_normal(shape).tobytes():
            return False
    return ours.bit_generator.state == numpys.bit_generator.state


@pytest.mark.parametrize("numbers", [10**6, pytest.param(10**8, marks=pytest.mark.slow)])
def test_they_are_numpys_to_the_last_bit(numbers: int) -> None:
    """A million numbers hold 12,000 at the edges of strips and 270 of the tail."""
    assert filler() is not None or not _compiles()
    assert all(same(seed, (10**6,)) for seed in range(numbers // 10**6))


def test_of_any_shape_and_one_after_another() -> None:
    assert same(2**63, (FEW // 4, 4), (3,), (FEW - 1,), (FEW, 2, 3), (0, FEW), (), (FEW + 1,))


def test_half_a_word_that_is_left_stays() -> None:
    """Numbers of 32 bits take half a word and leave the other."""
    ours, numpys = twice(1)
    for each, draw in ((ours, normals), (numpys, np.random.Generator.standard_normal)):
        each.integers(5, dtype=np.int32)
        draw(each, (FEW,))
    assert ours.integers(2**31, dtype=np.int32) == numpys.integers(2**31, dtype=np.int32)
    assert ours.bit_generator.state == numpys.bit_generator.state


def test_strips_are_of_one_area_beneath_the_density() -> None:
    """The first is a rectangle with the tail, whose width is what one of that height would have."""
    widths, _, heights = strips()
    edges = widths * STEPS
    tail = edges[-1]
    area = tail * heights[-1] + np.sqrt(2 * np.pi) * norm.sf(tail)
    layers = np.append(heights[:-1] - heights[1:], heights[-1])
    assert len(edges) == STRIPS
    np.testing.assert_allclose(edges[1:] * layers[:-1], area, rtol=1e-11)
    np.testing.assert_allclose(edges[0] * heights[-1], area, rtol=1e-11)
    np.testing.assert_allclose(heights[1:], np.exp(-(edges[1:] ** 2) / 2), rtol=1e-15)


def test_numpy_takes_one_word_for_the_steps_inside_a_strip_and_more_for_the_next() -> None:
    """So a table of steps is numpy's to the last one."""
    bits = np.random.PCG64(7)
    chance, back = (
        np.random.Generator(bits),
        pow(47026247687942121848144207491837523525, -1, 2**128),
    )

    def words(strip: int, step: int) -> bool:
        """Return whether numpy takes more than the word that names a step of a strip."""
        place = bits.state
        word = strip + 512 * step
        place["state"]["state"] = (word - place["state"]["inc"]) * back % 2**128
        bits.state = place
        chance.standard_normal()
        return bool(bits.state["state"]["state"] != word)

    _, inside, _ = strips()
    assert inside[1] == 0
    assert not any(words(strip, int(end) - 1) for strip, end in enumerate(inside) if end)
    assert all(words(strip, int(end)) for strip, end in enumerate(inside))


def _compiles() -> bool:
    try:
        return bool(compiled(drawn.SOURCES))
    except CannotCompileError:
        return False


@pytest.mark.usefixtures("unknown")
@pytest.mark.parametrize("why", ["no compiler", "another ziggurat", "another generator"])
def test_where_it_cannot_be_had_numpy_draws(monkeypatch: pytest.MonkeyPatch, why: str) -> None:
    if why == "no compiler":
        monkeypatch.setenv("CXX", "/nowhere/c++")
    elif why == "another ziggurat":
        widths, inside, heights = strips()
        monkeypatch.setattr(drawn, "strips", lambda: (widths * (1 + 2**-52), inside, heights))
    else:
        ours, numpys = (np.random.Generator(np.random.Philox(3)) for _ in range(2))
        np.testing.assert_array_equal(normals(ours, (FEW,)), numpys.standard_normal(FEW))
        return
    assert filler() is None
    assert same(0, (FEW,))
