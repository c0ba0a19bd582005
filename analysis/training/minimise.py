"""The one way to train: many models minimise their own losses as one program."""

from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from analysis.training.groups import Models, check_models, count, groups, own, stacked, taken
from analysis.training.kernel import Kernel, kernel_for
from analysis.training.layerwise import UNUSED, OfLayers
from analysis.training.layerwise import train as train_layers
from analysis.training.networks import Parameters, copied, logits
from analysis.training.objectives import Distillation, Objective, SquaredError
from analysis.training.optimiser import Optimiser
from analysis.training.progress import MACHINE_CODE, TORCH, trained
from analysis.training.replay import repeat
from analysis.training.surroundings import undisturbed
from analysis.training.threads import at_once, each
from venn.checks import ArgumentError

Loss = Callable[..., Float[Tensor, " model"]]
"""``loss(parameters, *data) -> one value per model``; data tensors lead with the model axis."""


@undisturbed()
def minimise(
    loss: Objective | Loss,
    initial: Parameters,
    data: tuple[Models, ...],
    optimiser: Optimiser,
    *,
    device: str = "cpu",
) -> Parameters:
    """Minimise every model's own loss over its own parameters and data.

    No model's result depends on which others are trained.  A `Distillation` of networks in float32
    is trained on a CPU by a compiled kernel, one network to the end after another in each thread,
    with its gradient in closed form.  Any other loss, and any without a C++ compiler, is
    differentiated by torch, many models side by side: the gradient of the sum of their losses is,
    for each model, the gradient of its own, and the optimisers act on each element by itself.

    Parameters
    ----------
    loss : Distillation, SquaredError or callable
        Of multilayer perceptrons, or any ``loss(parameters, *data)`` that returns one value per
        model.
    initial : tuple of tensors, each with a leading model axis
        Parameters to start from; not changed.
    data : tuple
        For the first two what networks see x, labels y and, unless the teacher weight is 0,
        targets; else what `loss` is to be given.  Each is a tensor with a leading model axis, or a
        sequence of tensors with one of length 1, so that models can share their rows.
    optimiser : Optimiser
        Rule, learning rate and steps.
    device : {"cpu", "cuda"}
        Where to train.

    Returns
    -------
    tuple of tensors
        The trained parameters, on the CPU; not finite where a model diverged, which `finite` tells
        and which leaves the other models as they are.  Those whose loss is not finite in the end
        did, whatever its gradient was.

    Raises
    ------
    ArgumentError
        If a part is of another kind or shape, or a loss does not return one float a model that
        depends on every parameter.
    """
    _check(loss, initial, data, optimiser)
    if isinstance(loss, OfLayers) and (compiled := kernel_for(device, initial)) is not None:
        return train_layers(compiled, loss, initial, data, optimiser, _values)
    if isinstance(loss, Objective):
        # What is made of a Distillation may do anything.
        if type(loss) is Distillation and (compiled := kernel_for(device, initial)) is not None:
            return _compiled(compiled, loss, initial, data, optimiser)
        loss = _of_networks(loss)
    given, way = (*initial, *data), loss
    cuts = groups(given, device, at_once())

    def descend(i: int) -> Parameters:
        group = taken(given, cuts[i], device)
        found = _descend(way, group[: len(initial)], group[len(initial) :], optimiser)
        trained(len(found[0]), TORCH)
        return tuple(tensor.cpu() for tensor in found)

    done = each(descend, len(cuts)) if device == "cpu" else [*map(descend, range(len(cuts)))]
    return tuple(torch.cat(tensors) for tensors in zip(*done, strict=True))


def _compiled(
    compiled: Kernel,
    loss: Distillation,
    initial: Parameters,
    data: tuple[Models, ...],
    optimiser: Optimiser,
) -> Parameters:
    models, (x, *rest) = count((*initial, *data)), data
    gradient = loss.logit_gradient(initial[-1].shape[1], *map(stacked, rest))
    parameters = copied(initial)

    def train(model: int) -> None:
        compiled.train(parameters, own(x, model).contiguous(), gradient, model, optimiser)
        trained(1, MACHINE_CODE)

    each(train, models)
    return parameters


def _check(loss: Objective | Loss, initial: Any, data: Any, optimiser: Optimiser) -> None:
    """Fail if parts cannot be trained on, or are not those of networks where these are trained."""
    optimiser.check_settled()
    for name, parts in (("initial", initial), ("data", data)):
        if not isinstance(parts, tuple | list):
            kind = type(parts).__name__
            raise ArgumentError(name, kind, "must be a tuple of tensors, each with a model axis")
        for i, part in enumerate(parts):
            check_models(f"{name}[{i}]", part)
    for i, part in enumerate(initial):
        if not part.is_floating_point():
            raise ArgumentError(f"initial[{i}]", part.dtype, "must be of floats")
    if isinstance(loss, Objective):
        _check_networks(loss, initial, data)


def _check_networks(loss: Objective, initial: Any, data: Any) -> None:
    """Fail if data are not rows, labels and targets of networks."""
    models, kind, classes = count((*initial, *data)), initial[0].dtype, initial[-1].shape[1]
    wanted, real = 2 if loss.teacher_weight == 0 else 3, isinstance(loss, SquaredError)
    if not wanted <= len(data) <= 3:
        parts = "(x, y)" if wanted == 2 else "(x, y, targets)"
        name = type(loss).__name__
        raise ArgumentError("data", f"{len(data)} parts", f"must be {parts} for this {name}")
    if real != (classes == 1):
        name, shape = f"initial[{len(initial) - 1}]", tuple(initial[-1].shape)
        allowed = f"must be of {'1 output' if real else '2 outputs or more'} for this loss"
        raise ArgumentError(name, shape, allowed)
    rows, channels = own(data[0], 0).shape[0], initial[0].shape[2]
    sizes = ((rows, channels), (rows,), (rows, classes))
    kinds = (kind, kind if real else torch.int64, kind)
    for i, (part, size, dtype) in enumerate(zip(data, sizes, kinds, strict=False)):
        one = own(part, 0)
        if tuple(one.shape) != size or one.dtype != dtype:
            given = f"{(models, *one.shape)} of {one.dtype}"
            allowed = f"must be {(models, *size)} of {dtype}, as the networks in `initial` have it"
            raise ArgumentError(f"data[{i}]", given, allowed)
    y = stacked(data[1])
    if not real and y.numel() and not 0 <= int(y.min()) <= int(y.max()) < classes:
        allowed = f"must be classes from 0 to {classes - 1}, as many as the networks have logits"
        raise ArgumentError("data[1]", f"{int(y.min())} to {int(y.max())}", allowed)


def _of_networks(loss: Objective) -> Loss:
    return lambda parameters, x, *rest: loss(logits(parameters, x), *rest)


def _descend(
    loss: Loss, initial: Parameters, data: tuple[Tensor, ...], optimiser: Optimiser
) -> Parameters:
    parameters = tuple(tensor.requires_grad_() for tensor in copied(initial))
    data = tuple(part.clone() if part.is_inference() else part for part in data)
    stepper = optimiser.build(parameters)

    def step() -> None:
        total = _values(loss(parameters, *data), len(parameters[0])).sum()
        gradients = torch.autograd.grad(total, parameters, allow_unused=True)
        for i, (parameter, gradient) in enumerate(zip(parameters, gradients, strict=True)):
            if gradient is None:
                raise ArgumentError(
                    f"initial[{i}]", f"{tuple(parameter.shape[1:])} a model", UNUSED
                )
            parameter.grad = gradient
        stepper.step()

    repeat(step, optimiser.steps, parameters[0].device.type)
    with torch.no_grad():  # its gradient may be finite where its value is not
        whole = loss(parameters, *data).isfinite()
    shown = [whole.view(-1, *[1] * (parameter.dim() - 1)) for parameter in parameters]
    return tuple(
        parameter.detach().where(own, torch.nan)
        for parameter, own in zip(parameters, shown, strict=True)
    )


def _values(values: object, models: int) -> Tensor:
    """Return what a loss returned, or fail if that is not one float a model with a gradient."""
    given: object = values
    if isinstance(values, Tensor):
        if values.shape == (models,) and values.is_floating_point() and values.requires_grad:
            return values
        slope = "" if values.requires_grad else ", without a gradient"
        given = f"a tensor {tuple(values.shape)} of {values.dtype}{slope}"
    allowed = (
        f"must return one value a model, a tensor ({models},) of floats that depends on the "
        "parameters: reduce over all axes but the first"
    )
    raise ArgumentError("loss(…)", given, allowed)
