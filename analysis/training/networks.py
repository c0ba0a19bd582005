"""Many small networks as one: parameters with a leading model axis, as pure functions."""

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import gelu

from venn.canonical import LATER
from venn.checks import ArgumentError, one_of, whole

Activation = Literal["relu", "tanh", "gelu"]
"""What a hidden unit makes of its sum z: max(0, z), tanh(z), or z Phi(z)."""

Parameters = tuple[Float[Tensor, "model _ _"], ...]
"""Weight (model, fan_out, fan_in), bias (model, fan_out, 1), weight, bias, …"""

Uniform = Callable[[float, tuple[int, ...]], Tensor]
"""Draws from U(-bound, bound): ``(bound, shape) -> float32 tensor``."""


@dataclass(frozen=True)
class MLP:
    r"""The shape of a network with hidden layers, or of a linear one.

    .. math:: f(x) = W_2 \, a(W_1 x + b_1) + b_2, \qquad f(x) = W x + b \text{ for width } 0.

    Parameters
    ----------
    channels : int
        Input channels, at least 1.
    width : int
        Hidden units a layer; 0 means a linear model.
    classes : int
        Logits; 1 for the one output of a real target.
    depth : int
        Hidden layers L.  0 means a linear model too, which is known by width 0 and depth 1.
    activation : {"relu", "tanh", "gelu"}
        a, of every hidden unit.
    """

    channels: int
    width: int
    classes: int = 2
    depth: int = 1
    activation: Activation = field(default="relu", metadata=LATER)

    def __post_init__(self) -> None:
        whole("channels", self.channels, at_least=1)
        whole("width", self.width)
        whole("classes", self.classes, at_least=1)
        if check_depth("depth", self.depth, self.width) == 0:
            object.__setattr__(self, "width", 0)
            object.__setattr__(self, "depth", 1)
        one_of("activation", self.activation, get_args(Activation))

    @property
    def layers(self) -> tuple[tuple[int, int], ...]:
        """The ``(fan_in, fan_out)`` of each layer."""
        hidden = (self.width,) * self.depth if self.width else ()
        sizes = (self.channels, *hidden, self.classes)
        return tuple(itertools.pairwise(sizes))

    def initial(self, uniform: Uniform) -> Parameters:
        r"""Draw the parameters of one network (model axis of length 1).

        Weights and biases are :math:`U(-1/\sqrt{d}, 1/\sqrt{d})` with d the fan-in, the default of
        ``torch.nn.Linear``; each layer draws its weight as ``(fan_out, fan_in)``, then its bias,
        which is that module's order of draws.
        """
        parameters: list[Tensor] = []
        for fan_in, fan_out in self.layers:
            bound = 1 / math.sqrt(fan_in)
            parameters += [uniform(bound, (fan_out, fan_in)), uniform(bound, (fan_out, 1))]
        return tuple(parameter[None] for parameter in parameters)


def check_depth(argument: str, depth: int, width: int) -> int:
    """Return the depth, or fail if it is not one that networks of this width have."""
    if whole(argument, depth, at_most=DEEPEST) > 1 and width == 0:
        raise ArgumentError(
            argument, depth, "must be at most 1 for a linear model; give it a width"
        )
    return depth


def stack(networks: Sequence[tuple[Tensor, ...]]) -> Parameters:
    """Join networks of one shape along the model axis."""
    return tuple(torch.cat(tensors) for tensors in zip(*networks, strict=True))


def copied(parameters: Parameters) -> Parameters:
    """Return networks in memory of their own, each tensor in one piece."""
    return tuple(part.clone(memory_format=torch.contiguous_format) for part in parameters)


DEEPEST = 15
"""Hidden layers that machine code has places for."""

UNITS: dict[Activation, Callable[[Tensor], Tensor]] = {
    "relu": torch.relu,
    "tanh": torch.tanh,
    "gelu": gelu,
}


def logits(
    parameters: Parameters,
    x: Float[Tensor, "model sample channel"],
    activation: Activation = "relu",
) -> Float[Tensor, "model sample class_"]:
    """Return the logits of every model on its own data."""
    return layers(parameters, x, activation)[-1]


def layers(
    parameters: Parameters,
    x: Float[Tensor, "model sample channel"],
    activation: Activation = "relu",
) -> tuple[Float[Tensor, "model sample unit"], ...]:
    """Return every layer of every model on its own data: hidden ones, activated, and the logits.

    In memory the samples are innermost: products with few columns, and softmax over few classes,
    are several times as fast that way.  A lone model is computed twice: threads share one product,
    and round it by their number, but several products they share out whole.
    """
    alone = len(x) == 1
    if alone:
        x, parameters = x.expand(2, -1, -1), tuple(p.expand(2, -1, -1) for p in parameters)
    x, found = x.mT, []  # (model, channel, sample)
    for weight, bias in zip(parameters[:-2:2], parameters[1:-2:2], strict=True):
        x = UNITS[activation](torch.baddbmm(bias, weight, x))  # (model, hidden, sample)
        found.append(x)
    found.append(torch.baddbmm(parameters[-1], parameters[-2], x))  # (model, class, sample)
    return tuple((each[:1] if alone else each).mT for each in found)


def finite(parameters: Parameters) -> Bool[Tensor, " model"]:
    """Return whether all parameters of each model are finite: whether it did not diverge."""
    return torch.cat([tensor.flatten(1) for tensor in parameters], 1).isfinite().all(1)
