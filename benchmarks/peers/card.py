"""The engine on a graphics card, beside the card's own product of matrices."""

from collections.abc import Callable
from dataclasses import replace

import torch

from analysis import Parameters, accuracy
from benchmarks.peers.ours import engine, tensors
from benchmarks.peers.problem import LABELS, STEPS, Networks, Shape, Task, networks

SIZE, TIMES = 8192, 20
HELD_OUT = 1000
"""Rows on which the trained networks are compared."""


class Card:
    """Trains on the card, with TensorFloat-32 or without."""

    def __init__(self) -> None:
        self._train: Callable[[], Parameters] = tuple
        self._test: Networks | None = None
        self._trained: Parameters = ()
        self._factors: tuple[torch.Tensor, torch.Tensor] | None = None

    def name(self) -> str | None:
        """Return the card's name, or None where there is no card."""
        return torch.cuda.get_device_name() if torch.cuda.is_available() else None

    def prepare(self, shape: dict[str, int], count: int, device: str) -> dict[str, float]:
        """Make a training ready on a device."""
        training, self._test = split(Shape(**shape), count)
        initial, data = tensors(training)
        self._train = lambda: engine(initial, data, STEPS, device)
        return {"flops": float(Shape(**shape).flops * STEPS * count)}

    def precision(self, tf32: bool) -> None:
        """Round the factors of products to TensorFloat-32, or do not."""
        torch.set_float32_matmul_precision("high" if tf32 else "highest")

    def run(self) -> None:
        """Train all networks; they come back to the host."""
        self._trained = self._train()

    def accuracy(self) -> float:
        """Return the mean accuracy, a fraction, on rows that were held out."""
        if self._test is None:
            return float("nan")
        _, (x, y) = tensors(self._test)
        return float(accuracy(self._trained, x, y).mean())

    def multiply(self) -> float:
        """Multiply large matrices on the card; return the operations."""
        if self._factors is None:
            left, right = (torch.rand(SIZE, SIZE, device="cuda") for _ in range(2))
            self._factors = left, right
        for _ in range(TIMES):
            torch.matmul(*self._factors)
        torch.cuda.synchronize()
        return 2.0 * SIZE**3 * TIMES


def split(shape: Shape, count: int) -> tuple[Networks, Networks]:
    """Return networks with their training rows, and the same with rows that are held out."""
    both = networks(Task(LABELS, replace(shape, rows=shape.rows + HELD_OUT)), count)

    def rows(part: slice) -> Networks:
        return replace(both, data=tuple(each[:, part].copy() for each in both.data))

    return rows(slice(shape.rows)), rows(slice(shape.rows, None))


def serve() -> Card:
    """Return what the process of the card serves."""
    return Card()
