"""The one way to train: many models minimise their own losses as one program."""

from collections.abc import Callable, Sequence
from typing import Any, get_args

import torch
from jaxtyping import Float
from torch import Tensor

from analysis.training import fused
from analysis.training.course import Course, course, joined, picked, undefined
from analysis.training.descent import Descent
from analysis.training.groups import Models, check_models, count, groups, own, stacked, taken
from analysis.training.kernel import Kernel, kernel_for
from analysis.training.layerwise import UNUSED, OfLayers
from analysis.training.layerwise import train as train_own
from analysis.training.networks import Activation, Parameters, copied
from analysis.training.objectives import Distillation, Objective, SquaredError
from analysis.training.optimiser import Optimiser
from analysis.training.progress import MACHINE_CODE, PROGRAMS, TORCH, trained
from analysis.training.replay import repeated
from analysis.training.surroundings import undisturbed
from analysis.training.threads import at_once, each
from venn.checks import ArgumentError, one_of

Loss = Callable[..., Float[Tensor, " model"]]
"""``loss(parameters, *data) -> one value per model``; data tensors lead with the model axis."""


def minimise(
    loss: Objective | Loss,
    initial: Parameters,
    data: tuple[Models, ...],
    optimiser: Optimiser,
    *,
    batches: Models | None = None,
    activation: Activation = "relu",
    device: str = "cpu",
) -> Parameters:
    """Minimise every model's own loss over its own parameters and data.

    No model's result depends on which others are trained.  A `Distillation` of networks in float32
    is trained on a CPU by a compiled kernel, one network to the end after another in each thread,
    with its gradient in closed form; on a GPU one with at most one hidden layer is trained to the end
    by one program (`fused`).  Any other loss of parameters in float32 is recorded on a CPU, becomes
    machine code and is trained likewise; so it must be a function of its arguments alone, without
    effects beside.  All else, and all without a compiler, is differentiated by torch, many models
    side by side: the gradient of the sum of their losses is, for each model, the gradient of its
    own, and the optimisers act on each element by itself.

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
        Rule, learning rate, steps, and what else there is to a training.
    batches : tensor (model, step, batch), or a tensor (1, step, batch) a model, optional
        Where `optimiser` has a batch, the numbers of the rows of each step: `Trial.batches` draws
        them.  Rows are then the second axis of every part of the data; so they are where some are
        held out.
    activation : {"relu", "tanh", "gelu"}
        Of the networks of the first two losses.
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
    return trajectory(
        loss, initial, data, optimiser, batches=batches, activation=activation, device=device
    )[-1]


@undisturbed()
def trajectory(
    loss: Objective | Loss,
    initial: Parameters,
    data: tuple[Models, ...],
    optimiser: Optimiser,
    *,
    batches: Models | None = None,
    activation: Activation = "relu",
    device: str = "cpu",
) -> tuple[Parameters, ...]:
    """Return the parameters that `minimise` is at on its way: after each of `Optimiser.stops`.

    Where rows are held out, they are the best ones until then.
    """
    task = _checked(loss, initial, data, optimiser, batches, activation)
    compiled = kernel_for(device, initial)
    # What is made of a Distillation may do anything.
    if compiled is not None and type(loss) is Distillation:
        return _compiled(compiled, loss, initial, data, task, activation)
    own_loss = _of_layers(loss, initial, activation) if isinstance(loss, Objective) else loss
    _try(own_loss, initial, data, task)
    if compiled is not None:
        found = train_own(compiled, own_loss, initial, data, task)
        if found is not None:
            return found
    programs = type(loss) is Distillation and fused.takes(initial, optimiser, device, activation)
    road, given = PROGRAMS if programs else TORCH, (*initial, *data)
    if batches is not None:
        given = *given, batches
    cuts = groups(given, device, at_once())

    def descend(i: int) -> Sequence[Parameters]:
        group = taken(given, cuts[i], device)
        order = None if batches is None else group[-1]
        own = group[len(initial) : len(initial) + len(data)]
        start = group[: len(initial)]
        if programs and isinstance(loss, Distillation):
            rates = torch.from_numpy(optimiser.rates)
            found: Sequence[Parameters] = [fused.descend(loss, start, own, optimiser, rates)]
        else:
            found = _descend(own_loss, start, own, task, order)
        trained(len(found[-1][0]), road)
        return [tuple(tensor.cpu() for tensor in each) for each in found]

    done = each(descend, len(cuts)) if device == "cpu" else [*map(descend, range(len(cuts)))]
    return joined(done)


def _compiled(
    compiled: Kernel,
    loss: Distillation,
    initial: Parameters,
    data: tuple[Models, ...],
    task: Course,
    activation: Activation,
) -> tuple[Parameters, ...]:
    models, (x, *rest) = count((*initial, *data)), data
    gradient = loss.logit_gradient(initial[-1].shape[1], *map(stacked, rest))
    start = tuple(part.contiguous() for part in initial)
    found = tuple(tuple(map(torch.empty_like, start)) for _ in task.optimiser.stops)

    def train(model: int) -> None:
        seen = own(x, model).contiguous()
        compiled.train(start, seen, gradient, model, task, activation, found)
        trained(1, MACHINE_CODE)

    each(train, models)
    return found


def _checked(
    loss: Objective | Loss,
    initial: Any,
    data: Any,
    optimiser: Optimiser,
    batches: Any,
    activation: Any,
) -> Course:
    """Return the course of a training; fail if parts cannot be trained on, or are not what they should be."""
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
        one_of("activation", activation, get_args(Activation))
    elif activation != "relu":
        allowed = "is for a Distillation or SquaredError; a loss of one's own has its own networks"
        raise ArgumentError("activation", activation, allowed)
    return course(optimiser, data, batches)


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


def _of_layers(loss: Objective, initial: Parameters, activation: Activation) -> OfLayers:
    """Return a loss of networks as one of what they say."""
    return OfLayers(
        lambda said, _, *rest: loss(said[-1], *rest), len(initial), (type(loss), loss), activation
    )


def _try(loss: Loss, initial: Parameters, data: tuple[Models, ...], task: Course) -> None:
    """Fail if a loss does not return what a loss returns, or does not depend on a parameter."""
    few = slice(0, min(2, count((*initial, *data))))
    parameters = tuple(part[few].clone().requires_grad_() for part in initial)
    rows = [task.learned(stacked(part[few])).clone() for part in data]
    total = _values(loss(parameters, *rows), len(parameters[0])).sum()
    slopes: Any = torch.autograd.grad(total, parameters, allow_unused=True)
    for i, slope in enumerate(slopes):
        if slope is None:
            size = f"{tuple(initial[i].shape[1:])} a model"
            raise ArgumentError(f"initial[{i}]", size, UNUSED)


def _descend(
    loss: Loss,
    initial: Parameters,
    data: tuple[Tensor, ...],
    task: Course,
    order: Tensor | None,
) -> Sequence[Parameters]:
    if initial[0].shape[0] == 1:  # alone, it may be computed in another way than in company
        twice = [
            tuple(part.expand(2, *part.shape[1:]) for part in parts) for parts in (initial, data)
        ]
        both = None if order is None else order.expand(2, -1, -1)
        states = _descend(loss, twice[0], twice[1], task, both)
        return [tuple(part[:1] for part in state) for state in states]
    parameters = tuple(tensor.requires_grad_() for tensor in copied(initial))
    data = tuple(part.clone() if part.is_inference() else part for part in data)
    descent = Descent(parameters, task.optimiser)
    rows = tuple(map(task.learned, data))

    def step() -> None:
        now = rows
        if order is not None:
            which = order.index_select(1, descent.step)[:, 0]
            now = tuple(picked(part, which) for part in rows)
        total = _values(loss(parameters, *now), len(parameters[0])).sum()
        descent.take(torch.autograd.grad(total, parameters))

    @torch.no_grad()
    def now() -> Parameters:
        """Return where models are; not finite where their loss is not, whatever its gradient was."""
        return undefined(parameters, loss(parameters, *rows))

    @torch.no_grad()
    def judged() -> Tensor:
        return loss(parameters, *map(task.held, data))

    go_on = repeated(step, parameters[0].device.type)
    return task.go(go_on, now, judged)


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
