"""The training that all share: networks with data and initial parameters of their own."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

STEPS = 200
LEARNING_RATE = 0.01
CLASSES = 2

Arrays = tuple[np.ndarray, ...]
"""Weight (model, hidden, channel), bias (model, hidden), weight (model, class, hidden), bias."""


@dataclass(frozen=True)
class Shape:
    """Rows and sizes of a network with one hidden layer and two classes.

    Parameters
    ----------
    rows : int
        Training rows, n.
    hidden : int
        Hidden units, h.
    channels : int
        Input channels, d.
    """

    rows: int
    hidden: int
    channels: int = 50

    @property
    def flops(self) -> int:
        """Useful operations of one step, n (4 d h + 6 h).

        Forwards and backwards, two products of n d h multiply-adds in the first layer and three of
        n h in the second, whose two logits act through their difference alone.
        """
        return self.rows * (4 * self.channels * self.hidden + 6 * self.hidden)

    def __str__(self) -> str:
        """Return it as the report writes it."""
        channels = "" if self.channels == Shape.channels else f", d={self.channels}"
        return f"n={self.rows}, h={self.hidden}{channels}"


SHAPES = (Shape(200, 32), Shape(200, 64), Shape(1000, 64))


@dataclass(frozen=True)
class Networks:
    """Networks to train, each with its own rows.

    Parameters
    ----------
    parameters : tuple of arrays
        Initial parameters, float32.
    x : array (model, sample, channel)
        Rows, float32.
    y : array (model, sample)
        Labels, int64.
    """

    parameters: Arrays
    x: np.ndarray
    y: np.ndarray

    def __len__(self) -> int:
        """Return the number of networks."""
        return len(self.x)

    def losses(self, parameters: Sequence[np.ndarray]) -> list[float]:
        """Return the mean cross-entropy of each network, in float64, with these parameters."""
        first, offset, second, shift = (np.asarray(each, np.float64) for each in parameters)
        count = len(first)
        hidden = np.maximum(self.x[:count] @ first.transpose(0, 2, 1) + offset[:, None], 0)
        logits = hidden @ second.transpose(0, 2, 1) + shift[:, None]
        peak = logits.max(-1, keepdims=True)
        log_p = logits - peak - np.log(np.exp(logits - peak).sum(-1, keepdims=True))
        chosen = np.take_along_axis(log_p, self.y[:count, :, None], -1)[..., 0]
        return [float(loss) for loss in -chosen.mean(-1)]


def networks(shape: Shape, count: int, first: int = 0) -> Networks:
    """Draw networks number `first` to ``first + count - 1``; each has a stream of its own.

    The label is the side of a hyperplane through 10 of the channels and as many hidden features;
    weights and biases are uniform up to one over the root of the fan-in, as ``torch.nn.Linear``
    draws them.
    """
    drawn = [_draw(shape, number) for number in range(first, first + count)]
    *parameters, x, y = (np.stack(each) for each in zip(*drawn, strict=True))
    return Networks(tuple(parameters), x, y)


def _draw(shape: Shape, number: int) -> tuple[np.ndarray, ...]:
    stream = np.random.default_rng(np.random.SeedSequence([number, *asdict(shape).values()]))
    parameters: list[np.ndarray] = []
    for fan_in, fan_out in ((shape.channels, shape.hidden), (shape.hidden, CLASSES)):
        bound = 1 / math.sqrt(fan_in)
        for size in ((fan_out, fan_in), (fan_out,)):
            parameters.append(stream.uniform(-bound, bound, size).astype(np.float32))
    x = stream.standard_normal((shape.rows, shape.channels), dtype=np.float32)
    score = x[:, :10].sum(-1) + math.sqrt(10) * stream.standard_normal(shape.rows)
    return *parameters, x, (score > 0).astype(np.int64)
