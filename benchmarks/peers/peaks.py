"""What the machine can do: large products of matrices, and multiply-adds in registers alone."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.racing.machine import cores

SIZES = ("1024", "2048", "3072")
SECONDS = 0.4
"""About how long a timing takes."""

SOURCE = Path(__file__).with_name("multiply_add.cpp")
FLAGS = (("-march=native",), ("-mcpu=native",), ())
"""How compilers are told to use all that this processor has; the first that works is taken."""

Multiply = Callable[[int], Callable[[], Any]]
"""``multiply(size)``: returns what multiplies two square float32 matrices, finished on return."""


class Peak:
    """Does the same work over and over.

    Parameters
    ----------
    once : callable
        ``once(variant)`` returns a piece of work, and its floating-point operations.
    """

    def __init__(self, once: Callable[[str], tuple[Callable[[], Any], float]]) -> None:
        self._once = once
        self._ready: dict[str, tuple[Callable[[], Any], float, int]] = {}
        self._variant = ""

    def prepare(self, variant: str, **_: Any) -> dict[str, float]:
        """Make a variant ready; how many networks there are does not matter here."""
        if variant not in self._ready:
            work, flops = self._once(variant)
            work()
            started = time.perf_counter()
            work()
            times = max(1, round(SECONDS / (time.perf_counter() - started)))
            self._ready[variant] = work, flops, times
        self._variant = variant
        flops, times = self._ready[variant][1:]
        return {"flops": flops * times, "compile_s": 0.0}

    def run(self) -> None:
        """Do the work."""
        work, _, times = self._ready[self._variant]
        for _ in range(times):
            work()


def _products(multiply: Multiply) -> Peak:
    return Peak(lambda variant: (multiply(int(variant)), 2.0 * int(variant) ** 3))


def _matrices(size: int) -> tuple[np.ndarray, np.ndarray]:
    stream = np.random.default_rng(size)
    left, right = (stream.standard_normal((size, size), dtype=np.float32) for _ in range(2))
    return left, right


def _with_torch(size: int) -> Callable[[], Any]:
    import torch  # noqa: PLC0415  # each process has one of the three

    left, right = map(torch.from_numpy, _matrices(size))
    out = torch.empty_like(left)
    return lambda: torch.matmul(left, right, out=out)


def _with_numpy(size: int) -> Callable[[], Any]:
    left, right = _matrices(size)
    out = np.empty_like(left)
    return lambda: np.matmul(left, right, out=out)


def _with_jax(size: int) -> Callable[[], Any]:
    import jax  # noqa: PLC0415  # as torch above

    left, right = map(jax.device_put, _matrices(size))
    product = jax.jit(lambda a, b: a @ b).lower(left, right).compile()
    return lambda: jax.block_until_ready(product(left, right))


def serve_torch() -> Peak:
    """Return products by torch."""
    return _products(_with_torch)


def serve_numpy() -> Peak:
    """Return products by numpy."""
    return _products(_with_numpy)


def serve_jax() -> Peak:
    """Return products by JAX."""
    return _products(_with_jax)


def compiler() -> str | None:
    """Return the system's C++ compiler, or None."""
    return shutil.which(os.environ.get("CXX") or "c++")


class Registers:
    """Multiply-adds in registers alone, by a small program that it compiles.

    Raises
    ------
    RuntimeError
        If the compiler fails.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()  # is removed with this object
        self._program = str(Path(self._folder.name) / "multiply_add")
        for flags in FLAGS:
            command = [compiler() or "c++", "-O3", "-ffp-contract=fast", "-pthread", *flags]
            command += [str(SOURCE), "-o", self._program]
            done = subprocess.run(command, capture_output=True, check=False, text=True)
            if done.returncode == 0:
                return
        raise RuntimeError(f"{SOURCE.name} cannot be compiled: {done.stderr}")

    def work(self, rounds: int) -> float:
        """Run so many rounds on as many threads as there are cores; return their operations."""
        command = [self._program, str(len(cores())), str(rounds)]
        printed = subprocess.run(command, capture_output=True, check=True, text=True).stdout
        return float(printed)

    def once(self, _: str) -> tuple[Callable[[], Any], float]:
        """Return a piece of work that is long beside the start of the program."""
        rounds = 2**24
        started = time.perf_counter()
        self.work(rounds)
        rounds = max(1, round(rounds * SECONDS / (time.perf_counter() - started)))
        return lambda: self.work(rounds), self.work(rounds)


def serve_hardware() -> Peak:
    """Return multiply-adds in registers, on all cores."""
    return Peak(Registers().once)
