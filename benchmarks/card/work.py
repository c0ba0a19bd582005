"""What is trained, and how its time is taken."""

import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from analysis import MLP, Parameters
from benchmarks.peers.problem import Shape

NO_PROGRAMS = "not measured: programs need a card, or TRITON_INTERPRET=1"

SIZES = (Shape(200, 32), Shape(1000, 64))


@dataclass(frozen=True)
class Extent:
    """How much is done.

    Parameters
    ----------
    device : {"cuda", "cpu"}
        Where.
    shapes : tuple of Shape
        At which rates are measured.
    models : int
        Networks trained at once at the first of these; at the others as many as have as many rows.
    steps : int
        Of a training whose rate is measured.
    repeats : int
        How often.
    square : int
        Rows of the matrices that show the peak.
    sweep : int
        Networks of the sweep.
    target_steps : int
        Of the trainings that are to be a million a minute.
    seconds : float
        For which these are trained.
    """

    device: str
    shapes: tuple[Shape, ...]
    models: int
    steps: int
    repeats: int
    square: int
    sweep: int
    target_steps: int
    seconds: float

    @property
    def card(self) -> bool:
        """Whether it is a card."""
        return self.device == "cuda"

    @property
    def programs(self) -> bool:
        """Whether Triton's programs run: on a card, or as its interpreter runs them."""
        return self.card or os.environ.get("TRITON_INTERPRET") == "1"

    def count(self, shape: Shape) -> int:
        """Return how many networks of a shape are trained at once."""
        return max(2, self.models * self.shapes[0].rows // shape.rows)


FULL = Extent("cuda", SIZES, 16896, 200, 3, 8192, 100_000, 1000, 8.0)
"""128 networks for each of 132 multiprocessors."""
TINY = Extent("cpu", (Shape(20, 4, 6), Shape(30, 8, 6)), 2, 3, 1, 64, 26, 4, 0.01)


class Problem(NamedTuple):
    """Networks, partners, and what the two see and are taught."""

    first: Parameters
    second: Parameters
    x: Tensor
    other: Tensor
    y: Tensor
    teacher: Tensor

    def of(self, change: Callable[[Tensor], Tensor]) -> "Problem":
        """Return all of it changed."""
        first, second = (tuple(map(change, network)) for network in self[:2])
        return Problem(first, second, *map(change, self[2:]))

    def double(self) -> "Problem":
        """Return it in float64."""
        return self.of(lambda part: part.double() if part.is_floating_point() else part)


def problem(
    shape: Shape, models: int, classes: int = 2, depth: int = 1, device: str = "cpu", seed: int = 1
) -> Problem:
    """Draw networks, rows, labels that some channels tell, and a teacher's logits, on a device.

    A `shape` without hidden units is one of linear networks.
    """
    chance = torch.Generator(device).manual_seed(seed)
    width = shape.hidden
    first = _start(MLP(shape.channels, width, classes, depth), models, device, chance)
    second = _start(MLP(shape.channels, width, classes, depth), models, device, chance)
    size = (models, shape.rows, shape.channels)
    x, other = (torch.randn(size, generator=chance, device=device) for _ in range(2))
    told = x[..., :3].sum(-1) + torch.randn(size[:2], generator=chance, device=device)
    y = (told > 0).long() + (classes - 2) * (other[..., 0] > 0)
    teacher = torch.randn((*size[:2], classes), generator=chance, device=device)
    return Problem(first, second, x, other, y, teacher)


def _start(network: MLP, models: int, device: str, chance: torch.Generator) -> Parameters:
    """Draw where networks start, all in one go; `MLP.initial` draws one at a time."""
    drawn = []
    for fan_in, fan_out in network.layers:
        for size in ((models, fan_out, fan_in), (models, fan_out, 1)):
            uniform = torch.rand(size, generator=chance, device=device)
            drawn.append((2 * uniform - 1) / math.sqrt(fan_in))
    return tuple(drawn)


def seconds(work: Callable[[], object], extent: Extent) -> list[float]:
    """Return how long something takes, each time, after a first time that is not counted."""
    work()
    return [once(work, extent) for _ in range(extent.repeats)]


def once(work: Callable[[], object], extent: Extent) -> float:
    """Return how long something takes once, to the end of what the card does."""
    if extent.card:
        torch.cuda.synchronize()
    started = time.perf_counter()
    work()
    if extent.card:
        torch.cuda.synchronize()
    return time.perf_counter() - started
