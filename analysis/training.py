"""The one training loop: many models minimise their own losses as one program."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from jaxtyping import Float
from torch import Tensor

from analysis.networks import Parameters
from venn.checks import ArgumentError, number, one_of, whole

Loss = Callable[..., Float[Tensor, " model"]]
"""``loss(parameters, *data) -> one value per model``; data tensors lead with the model axis."""

Progress = Callable[[int], object]
"""Called with the number of models that have just been trained."""

OptimiserName = Literal["sgd", "adam"]

GROUP_BYTES = {"cpu": 2 * 2**20, "cuda": 2**30}
"""Data and parameters of the models trained side by side.

On a CPU, so few that they and their activations stay in the cache; on a GPU, enough to fill it.
"""


@dataclass(frozen=True)
class Optimiser:
    r"""Full-batch gradient descent, plain or with Adam's step sizes, on a penalised loss.

    .. math:: L(\theta) + \tfrac{\lambda}{2} \lVert \theta \rVert^2

    Parameters
    ----------
    name : {"sgd", "adam"}
        ``"sgd"`` steps along the gradient; ``"adam"`` is Adam with betas 0.9 and 0.999.
    learning_rate : float
        Size of a step, above 0.
    steps : int
        Number of steps, at least 1, each on all rows.
    weight_decay : float
        :math:`\lambda`, at least 0; weights and biases alike.

    Raises
    ------
    ArgumentError
        If an argument is not allowed.
    """

    name: OptimiserName
    learning_rate: float
    steps: int
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        """Check every argument."""
        one_of("name", self.name, get_args(OptimiserName))
        rate = number("learning_rate", self.learning_rate, above=True)
        object.__setattr__(self, "learning_rate", rate)
        object.__setattr__(self, "steps", whole("steps", self.steps, at_least=1))
        object.__setattr__(self, "weight_decay", number("weight_decay", self.weight_decay))

    def build(self, parameters: Parameters) -> torch.optim.Optimizer:
        """Return the torch optimiser over `parameters`; it acts on each element by itself.

        Not torch's fused one: it rounds an element by its place in the tensor, so that a model's
        result would depend on which others are in its group, and is silently wrong for a gradient
        laid out unlike its parameter.
        """
        kinds: dict[str, type[torch.optim.SGD | torch.optim.Adam]]
        kinds = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}
        kind = kinds[self.name]
        return kind(parameters, lr=self.learning_rate, weight_decay=self.weight_decay, foreach=True)


def resolve_device(device: str) -> str:
    """Turn ``"auto"``, ``"cpu"`` or ``"cuda"`` into the device to use.

    Raises
    ------
    ArgumentError
        If the name is unknown, or ``"cuda"`` is asked for and there is none.
    """
    one_of("device", device, ("auto", "cpu", "cuda"))
    available = torch.cuda.is_available()
    if device == "cuda" and not available:
        raise ArgumentError("device", device, "no CUDA device was found; use 'cpu' or 'auto'")
    if device == "auto":
        return "cuda" if available else "cpu"
    return device


def groups(tensors: tuple[Tensor, ...], device: str) -> Iterator[tuple[Tensor, ...]]:
    """Cut tensors along their model axis into groups of `GROUP_BYTES`, moved to the device."""
    models = len(tensors[0])
    one_of("device", device, GROUP_BYTES)
    size = max(1, GROUP_BYTES[device] * models // sum(tensor.nbytes for tensor in tensors))
    for start in range(0, models, size):
        yield tuple(tensor[start : start + size].to(device) for tensor in tensors)


def minimise(
    loss: Loss,
    initial: Parameters,
    data: tuple[Tensor, ...],
    optimiser: Optimiser,
    *,
    device: str = "cpu",
    progress: Progress | None = None,
) -> Parameters:
    """Minimise every model's own loss over its own parameters and data.

    The gradient of the sum of the losses over models is, for each model, the gradient of its own
    loss, and the optimisers act on each element by itself: so each model is trained as if alone.
    Models are trained in groups of `GROUP_BYTES`, one group to the end after another.

    Parameters
    ----------
    loss : callable
        ``loss(parameters, *data)``, one value per model.
    initial : tuple of tensors, each with a leading model axis
        Parameters to start from; not changed.
    data : tuple of tensors, each with a leading model axis
        Passed to `loss`.
    optimiser : Optimiser
        Rule, learning rate and steps.
    device : {"cpu", "cuda"}
        Where to train; each group travels there and back.
    progress : callable, optional
        Called after each group with its number of models.

    Returns
    -------
    tuple of tensors
        The trained parameters, on the CPU; not finite where a model diverged, which `finite` tells
        and which leaves the other models as they are.
    """
    done = []
    for group in groups((*initial, *data), device):
        trained = _descend(loss, group[: len(initial)], group[len(initial) :], optimiser)
        done.append(tuple(tensor.cpu() for tensor in trained))
        if progress is not None:
            progress(len(trained[0]))
    return tuple(torch.cat(tensors) for tensors in zip(*done, strict=True))


def _descend(
    loss: Loss, initial: Parameters, data: tuple[Tensor, ...], optimiser: Optimiser
) -> Parameters:
    parameters = tuple(
        tensor.clone(memory_format=torch.contiguous_format).requires_grad_() for tensor in initial
    )
    stepper = optimiser.build(parameters)
    for _ in range(optimiser.steps):
        total = loss(parameters, *data).sum()
        gradients = torch.autograd.grad(total, parameters)
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient
        stepper.step()
    return tuple(parameter.detach() for parameter in parameters)
