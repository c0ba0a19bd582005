"""How far and along what a step goes."""

from dataclasses import dataclass, replace
from typing import Literal, get_args

import torch

from analysis.training.networks import Parameters
from venn.checks import ArgumentError, number, one_of, whole

OptimiserName = Literal["sgd", "adam", "momentum"]

LARGEST = 1e12
"""A weight of a loss, or of its decay.  Adam squares gradients: in float32 those of much larger
weights would be infinite, and the network would stay as it was."""

DECAY = (0.1, 0.03, 0.01, 0.003, 0.001, 0.0003, 0.0)
"""Weight decay for one hidden layer, two, …, seven and more: with that of one layer less, some
networks answer the same to every row, from two layers on (``docs/defaults.md``)."""


@dataclass(frozen=True)
class Optimiser:
    r"""Full-batch gradient descent, plain, with momentum or Adam's step sizes, on a penalised loss.

    .. math:: L(\theta) + \tfrac{\lambda}{2} \lVert \theta \rVert^2

    Parameters
    ----------
    name : {"sgd", "adam", "momentum"}
        ``"sgd"`` steps along the gradient; ``"adam"`` is Adam with betas 0.9 and 0.999;
        ``"momentum"`` steps along :math:`v \leftarrow 0.9 v + \nabla`, which starts from 0.
    learning_rate : float
        Size of a step, above 0.
    steps : int
        Number of steps, at least 1, each on all rows.
    weight_decay : float, optional
        :math:`\lambda`, from 0 to 1e12; weights and biases alike.  None leaves it to the depth of
        the networks, which a protocol knows: see `settled`.

    Raises
    ------
    ArgumentError
        If an argument is not allowed.
    """

    name: OptimiserName
    learning_rate: float
    steps: int
    weight_decay: float | None = 0.0

    def __post_init__(self) -> None:
        one_of("name", self.name, get_args(OptimiserName))
        rate = number("learning_rate", self.learning_rate, above=True)
        object.__setattr__(self, "learning_rate", rate)
        object.__setattr__(self, "steps", whole("steps", self.steps, at_least=1))
        if self.weight_decay is not None:
            decay = number("weight_decay", self.weight_decay, at_most=LARGEST)
            object.__setattr__(self, "weight_decay", decay)

    def settled(self, depth: int) -> "Optimiser":
        """Return the optimiser with the weight decay for so many hidden layers, if it has none."""
        if self.weight_decay is not None:
            return self
        return replace(self, weight_decay=DECAY[min(depth, len(DECAY)) - 1])

    @property
    def decay(self) -> float:
        """The weight decay; fails where it is not settled."""
        self.check_settled()
        return self.weight_decay or 0.0

    def check_settled(self) -> None:
        """Fail if the weight decay is left to the depth of networks, which nobody tells."""
        if self.weight_decay is None:
            allowed = "is left to the depth of networks; give a number, or call settled(depth)"
            raise ArgumentError("weight_decay", None, allowed)

    @property
    def momentum(self) -> float:
        """What a step keeps of the one before: 0.9 or, of plain descent and of Adam, nothing."""
        return 0.9 if self.name == "momentum" else 0.0

    def build(self, parameters: Parameters) -> torch.optim.Optimizer:
        """Return the torch optimiser over `parameters`; it acts on each element by itself.

        Not torch's fused one: it rounds an element by its place in the tensor, so that a model's
        result would depend on which others are in its group, and is silently wrong for a gradient
        laid out unlike its parameter.
        """
        rate, decay = self.learning_rate, self.decay
        if self.name == "adam":
            on_gpu = parameters[0].is_cuda  # where a step must not ask the host which one it is
            return torch.optim.Adam(
                parameters, rate, weight_decay=decay, foreach=True, capturable=on_gpu
            )
        return torch.optim.SGD(parameters, rate, self.momentum, weight_decay=decay, foreach=True)
