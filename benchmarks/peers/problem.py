"""The training that all share: networks with data and initial parameters of their own."""

import itertools
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np

STEPS = 200
LEARNING_RATE, MOMENTUM_RATE = 0.0001, 0.001
"""Of Adam, and of gradient descent with momentum.  A larger one would leave nothing of the final
losses but rounding, by which they could not be compared."""
BATCH = 50
"""Rows of a step of the minibatches."""

LABELS, ONE_LOGIT = "labels", "labels, one logit"
DECOUPLED, HINT, RELATIONAL = "decoupled", "hint, projected", "relational"
FEATURES = "features and logits, minibatches"
ENCODERS = "two encoders"

Arrays = tuple[np.ndarray, ...]
"""Weight (model, fan_out, fan_in), bias (model, fan_out), weight, bias, …"""


@dataclass(frozen=True)
class Shape:
    """Rows and sizes of a network.

    Parameters
    ----------
    rows : int
        Training rows, n.
    hidden : int
        Hidden units a layer, h.
    channels : int
        Input channels, d.
    classes : int
        Logits, k.
    depth : int
        Hidden layers, L.
    """

    rows: int
    hidden: int
    channels: int = 50
    classes: int = 2
    depth: int = 1

    @property
    def layers(self) -> tuple[tuple[int, int], ...]:
        """The ``(fan_in, fan_out)`` of each layer."""
        sizes = (self.channels, *(self.hidden,) * self.depth, self.classes)
        return tuple(itertools.pairwise(sizes))

    @property
    def flops(self) -> int:
        """Useful operations of a step on all rows, n (4 d h + 6 (L - 1) h² + 6 (k - 1) h).

        Forwards and backwards, two products of n d h multiply-adds in the first layer and three of
        n h² or n k h in each other; logits act through their differences alone.
        """
        inner, last = (self.depth - 1) * self.hidden, self.classes - 1
        return self.rows * self.hidden * (4 * self.channels + 6 * (inner + last))

    def __str__(self) -> str:
        """Return it as the report writes it."""
        channels = "" if self.channels == Shape.channels else f", d={self.channels}"
        depth = "" if self.depth == 1 else f", {self.depth} hidden layers"
        return f"n={self.rows}, h={self.hidden}{channels}{depth}"


SHAPES = (Shape(200, 32), Shape(200, 64), Shape(1000, 64))
DEEP = tuple(Shape(rows, 64, depth=depth) for depth in (2, 3) for rows in (200, 1000))
FOUR_CLASSES = tuple(Shape(each.rows, each.hidden, classes=4) for each in SHAPES)
OWN = (DECOUPLED, HINT, RELATIONAL, FEATURES)
"""Losses of what a student says and of its hidden layers, beside a teacher's."""


@dataclass(frozen=True)
class Task:
    """What is raced: networks of a shape, trained on a loss.

    Parameters
    ----------
    loss : str
        Which: the cross-entropy of labels, also as JAX has it with one logit for two classes; one
        of `OWN`; or that of two encoders with one head.
    shape : Shape
        Of the networks.
    """

    loss: str
    shape: Shape

    @property
    def layers(self) -> tuple[tuple[int, int], ...]:
        """The ``(fan_in, fan_out)`` of all that is trained: layers, and a map of the hint."""
        first, *others = self.shape.layers
        if self.loss == ENCODERS:
            return (first, first, *others)
        hidden = self.shape.hidden
        return (first, *others, (hidden, hidden)) if self.loss == HINT else (first, *others)

    @property
    def batch(self) -> int:
        """Rows of a step; 0 for all."""
        return BATCH if self.loss == FEATURES else 0

    @property
    def learning_rate(self) -> float:
        """That of Adam, or with minibatches that of gradient descent with momentum 0.9."""
        return MOMENTUM_RATE if self.batch else LEARNING_RATE

    @property
    def flops(self) -> int:
        """Useful operations of a step in layers and maps; what a loss adds to them is not counted."""
        shape = self.shape
        if self.loss == FEATURES:
            return shape.flops // shape.rows * BATCH
        if self.loss == HINT:
            return shape.flops + 6 * shape.rows * shape.hidden**2
        return (2 if self.loss == ENCODERS else 1) * shape.flops

    def __str__(self) -> str:
        """Return it as the report writes it."""
        return f"{self.loss}, {self.shape}"


BUILT_IN = tuple(Task(LABELS, shape) for shape in SHAPES)
TASKS = (
    *BUILT_IN,
    *(Task(ONE_LOGIT, shape) for shape in SHAPES),
    *(Task(LABELS, shape) for shape in DEEP),
    *(Task(loss, shape) for loss in OWN for shape in FOUR_CLASSES),
    *(Task(ENCODERS, shape) for shape in FOUR_CLASSES),
)
"""Every race."""


def task_of(loss: str, shape: Mapping[str, int]) -> Task:
    """Return the task that ``asdict`` took apart."""
    return Task(loss, Shape(**shape))


@dataclass(frozen=True)
class Networks:
    """Networks to train, each with its own rows.

    Parameters
    ----------
    task : Task
        What they are trained on.
    first : int
        The number of the first.
    parameters : tuple of arrays
        Initial parameters of all `Task.layers`, float32.
    data : tuple of arrays
        What the loss is given: rows x (model, sample, channel), float32; labels y (model, sample),
        int64; then the teacher's hidden layer and logits (model, sample, unit), or the rows of the
        second encoder.
    """

    task: Task
    first: int
    parameters: Arrays
    data: Arrays

    @property
    def x(self) -> np.ndarray:
        """Rows."""
        return self.data[0]

    @property
    def y(self) -> np.ndarray:
        """Labels."""
        return self.data[1]

    def __len__(self) -> int:
        """Return the number of networks."""
        return len(self.x)


def networks(task: Task, count: int, first: int = 0) -> Networks:
    """Draw networks number `first` to ``first + count - 1``; each has streams of its own.

    The label is the class of the largest score: a random linear map of 10 of the channels, and as
    much noise.  The teacher says the scores without the noise; its hidden layer is one of random
    weights over the rows of another modality, which see the same 10 channels beside others.
    Weights and biases are uniform up to one over the root of the fan-in, as ``torch.nn.Linear``
    draws them.
    """
    numbers = range(first, first + count)
    data = zip(*(_rows(task, number) for number in numbers), strict=True)
    parameters = zip(*(_start(task, number) for number in numbers), strict=True)
    return Networks(task, first, tuple(map(np.stack, parameters)), tuple(map(np.stack, data)))


def stream(task: Task, number: int, purpose: int) -> np.random.Generator:
    """Return the generator of a network for a purpose: rows 0, its start 1, a further map 2, order 3."""
    entropy = [number, purpose, *asdict(task.shape).values()]
    return np.random.default_rng(np.random.SeedSequence(entropy))


def _rows(task: Task, number: int) -> Arrays:
    shape, drawn = task.shape, stream(task, number, 0)
    x = drawn.standard_normal((shape.rows, shape.channels), dtype=np.float32)
    score = x[:, :10] @ drawn.standard_normal((10, shape.classes), dtype=np.float32)
    noise = math.sqrt(10) * drawn.standard_normal(score.shape, dtype=np.float32)
    y = (score + noise).argmax(-1)
    if task.loss in {LABELS, ONE_LOGIT}:
        return x, y
    other = drawn.standard_normal(x.shape, dtype=np.float32)
    other[:, :10] = x[:, :10]
    if task.loss == ENCODERS:
        return x, y, other
    weight = drawn.standard_normal((shape.channels, shape.hidden), dtype=np.float32)
    hidden = np.maximum(other @ weight / math.sqrt(shape.channels), 0)
    return x, y, hidden, score


def _start(task: Task, number: int) -> Arrays:
    own = len(task.shape.layers) if task.loss == HINT else len(task.layers)
    drawn, maps = stream(task, number, 1), stream(task, number, 2)
    parameters: list[np.ndarray] = []
    for i, (fan_in, fan_out) in enumerate(task.layers):
        bound, source = 1 / math.sqrt(fan_in), drawn if i < own else maps
        for size in ((fan_out, fan_in), (fan_out,)):
            parameters.append(source.uniform(-bound, bound, size).astype(np.float32))
    return tuple(parameters)


def order(networks: Networks, steps: int) -> np.ndarray:
    """Return which rows each step of each network takes: (model, step, row).

    Every row once, in a random order, before any a second time; drawn as `Trial.batches` does.
    """
    rows, batch = networks.task.shape.rows, networks.task.batch or networks.task.shape.rows
    rounds = -(-steps * batch // rows)
    found = []
    for i in range(len(networks)):
        drawn = stream(networks.task, networks.first + i, 3)
        whole = drawn.permuted(np.tile(np.arange(rows, dtype=np.int32), (rounds, 1)), axis=1)
        found.append(whole.reshape(-1)[: steps * batch].reshape(steps, batch))
    return np.stack(found)
