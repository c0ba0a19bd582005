"""The one way to train: many models minimise their own losses as one program."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from analysis.training.groups import Models, count, groups, own, stacked
from analysis.training.kernel import Kernel, kernel_for
from analysis.training.networks import Parameters, copied, logits
from analysis.training.objectives import Distillation
from analysis.training.optimiser import Optimiser
from analysis.training.replay import repeat
from analysis.training.surroundings import undisturbed
from analysis.training.threads import each

Loss = Callable[..., Float[Tensor, " model"]]
"""``loss(parameters, *data) -> one value per model``; data tensors lead with the model axis."""

Progress = Callable[[int], object]
"""Called with the number of models that have just been trained."""


@undisturbed()
def minimise(
    loss: Distillation | Loss,
    initial: Parameters,
    data: tuple[Models, ...],
    optimiser: Optimiser,
    *,
    device: str = "cpu",
    progress: Progress | None = None,
) -> Parameters:
    """Minimise every model's own loss over its own parameters and data.

    No model's result depends on which others are trained.  A `Distillation` of networks in float32
    is trained on a CPU by a compiled kernel, one network to the end after another in each thread,
    with its gradient in closed form.  Any other loss, and any without a C++ compiler, is
    differentiated by torch, many models side by side: the gradient of the sum of their losses is,
    for each model, the gradient of its own, and the optimisers act on each element by itself.

    Parameters
    ----------
    loss : Distillation or callable
        Of multilayer perceptrons, or any ``loss(parameters, *data)`` that returns one value per
        model.
    initial : tuple of tensors, each with a leading model axis
        Parameters to start from; not changed.
    data : tuple
        For a `Distillation` what networks see x, labels y and, unless its teacher weight is 0,
        targets; else what `loss` is to be given.  Each is a tensor with a leading model axis, or a
        sequence of tensors with one of length 1, so that models can share their rows.
    optimiser : Optimiser
        Rule, learning rate and steps.
    device : {"cpu", "cuda"}
        Where to train.
    progress : callable, optional
        Called with the number of models that have just been trained, by any thread.

    Returns
    -------
    tuple of tensors
        The trained parameters, on the CPU; not finite where a model diverged, which `finite` tells
        and which leaves the other models as they are.
    """
    if isinstance(loss, Distillation):
        if (compiled := kernel_for(device, initial)) is not None:
            return _compiled(compiled, loss, initial, data, optimiser, progress)
        loss = _of_networks(loss)
    done = []
    for group in groups((*initial, *data), device):
        trained = _descend(loss, group[: len(initial)], group[len(initial) :], optimiser)
        done.append(tuple(tensor.cpu() for tensor in trained))
        if progress is not None:
            progress(len(trained[0]))
    return tuple(torch.cat(tensors) for tensors in zip(*done, strict=True))


def _compiled(
    compiled: Kernel,
    loss: Distillation,
    initial: Parameters,
    data: tuple[Models, ...],
    optimiser: Optimiser,
    progress: Progress | None,
) -> Parameters:
    models, (x, *rest) = count((*initial, *data)), data
    gradient = loss.logit_gradient(initial[-1].shape[1], *map(stacked, rest))
    parameters = copied(initial)

    def train(model: int) -> None:
        compiled.train(parameters, own(x, model).contiguous(), gradient, model, optimiser)
        if progress is not None:
            progress(1)

    each(train, models)
    return parameters


def _of_networks(loss: Distillation) -> Loss:
    return lambda parameters, x, *rest: loss(logits(parameters, x), *rest)


def _descend(
    loss: Loss, initial: Parameters, data: tuple[Tensor, ...], optimiser: Optimiser
) -> Parameters:
    parameters = tuple(tensor.requires_grad_() for tensor in copied(initial))
    data = tuple(part.clone() if part.is_inference() else part for part in data)
    stepper = optimiser.build(parameters)

    def step() -> None:
        total = loss(parameters, *data).sum()
        gradients = torch.autograd.grad(total, parameters)
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient
        stepper.step()

    repeat(step, optimiser.steps, parameters[0].device.type)
    return tuple(parameter.detach() for parameter in parameters)
