"""Normals as numpy draws them, number for number, by machine code where there is a compiler."""

import ctypes
import functools
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from venn.compiled import CannotCompileError, compiled

SOURCES = (Path(__file__).with_name("normals.cpp"),)

FEW = 1000
"""Fewer numbers are numpy's own: to ask where a stream is, and to say so, takes as long."""

STRIPS, STEPS = 256, 2**52
"""Of numpy's ziggurat: its strips, and the places in each."""

BACK = pow(0x2360ED051FC65DA44385DF649FCCF645, -1, 2**128)
"""The inverse of what PCG64 multiplies its state by."""

Fill = Callable[[np.random.PCG64, np.ndarray], None]


def normals(chance: np.random.Generator, shape: tuple[int, ...]) -> Float[np.ndarray, "..."]:
    """Return what ``chance.standard_normal(shape)`` would, to the last bit, and leave it as that would."""
    bits = chance.bit_generator
    if math.prod(shape) >= FEW and isinstance(bits, np.random.PCG64) and (fill := filler()):
        drawn = np.empty(shape)
        fill(bits, drawn)
        return drawn
    return chance.standard_normal(shape)


@functools.cache
def filler() -> Fill | None:
    """Return what fills an array with normals; None where it cannot be compiled, or is not numpy's.

    Numpy's ziggurat may be another one day: 65,536 numbers are compared.
    """
    try:
        draw = compiled(SOURCES, "-ffp-contract=off").normals
    except CannotCompileError:
        return None
    draw.restype = None
    tables = [table.ctypes.data_as(ctypes.c_void_p) for table in strips()]  # which hold the arrays

    def fill(bits: np.random.PCG64, drawn: np.ndarray) -> None:
        with bits.lock:
            whole: Any = bits.state
            where = whole["state"]
            words = [each >> by & 2**64 - 1 for each in where.values() for by in (64, 0)]
            place = (ctypes.c_uint64 * 4)(*words)
            draw(place, *tables, ctypes.c_void_p(drawn.ctypes.data), ctypes.c_longlong(drawn.size))
            where["state"] = place[0] << 64 | place[1]
            bits.state = whole

    own, numpys = (np.random.PCG64(0) for _ in range(2))
    fill(own, drawn := np.empty(2**16))
    same = np.array_equal(drawn, np.random.Generator(numpys).standard_normal(drawn.size))
    return fill if same and own.state == numpys.state else None


def strips() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return of each strip the width of a step, how many steps lie inside, and its height.

    Numpy's own: a table worked out from the definition differs in last digits.  Widths and steps are
    what it makes of words that are chosen.
    """
    bits = np.random.PCG64(0)
    generator, whole = np.random.Generator(bits), bits.state

    def drawn(strip: int, steps: int) -> tuple[float, bool]:
        """Return the normal that numpy makes of a word, and whether it needs no other."""
        word = steps << 9 | strip  # a state of this number says this number
        whole["state"]["state"] = (word - whole["state"]["inc"]) * BACK % 2**128
        bits.state = whole
        return generator.standard_normal(), bits.state["state"]["state"] == word

    widths = [drawn(strip, 1)[0] for strip in range(STRIPS)]
    inner = [
        widths[-1],
        0.0,
        *widths[1:-1],
    ]  # where the next strip ends; the first one is the tail's
    inside = []
    for strip, (own, other) in enumerate(zip(widths, inner, strict=True)):
        steps = int(other / own * STEPS)
        inside.append(steps + drawn(strip, steps)[1])  # or one more
    edges = [0.0, *(width * STEPS for width in widths[1:])]
    heights = [math.exp(-0.5 * edge * edge) for edge in edges]
    return np.array(widths), np.array(inside, np.uint64), np.array(heights)
