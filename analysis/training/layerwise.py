"""Any loss as machine code, from the first step to the last, one model after another in each thread."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from analysis.training.course import Course, joined, undefined
from analysis.training.generated import Program, program_of
from analysis.training.groups import Models, count, own
from analysis.training.kernel import Kernel
from analysis.training.networks import Activation, Parameters, copied, layers
from analysis.training.progress import OWN_CODE, trained
from analysis.training.threads import each
from venn.checks import ArgumentError
from venn.code import code_of

UNUSED = "has no part in what the loss returns; leave it out, or mend the loss"

Loss = Callable[..., Float[Tensor, " model"]]
"""``loss(parameters, *data) -> one value per model``; data tensors lead with the model axis."""

Function = Callable[..., Float[Tensor, " model"]]
"""``function(layers, further, *data)``: one value a model, of every layer's units, the logits last, of
parameters beside those of the networks, and of data."""


@dataclass(frozen=True)
class OfLayers:
    """A loss of what networks say and of their hidden layers.

    Parameters
    ----------
    function : callable
        ``function(layers, further, *data)`` returns one value a model.
    own : int
        How many of the parameters are those of the networks: weight, bias, …  The others are
        `further`, and are trained along.
    key : hashable, optional
        What the function is: those of one key call the same, and are recorded once.
    activation : {"relu", "tanh", "gelu"}
        Of the networks.
    """

    function: Function
    own: int
    key: Hashable = None
    activation: Activation = "relu"

    def __call__(self, parameters: Parameters, x: Tensor, *data: Tensor) -> Float[Tensor, " model"]:
        """Return the loss of each model, whose networks see x."""
        said = layers(parameters[: self.own], x, self.activation)
        return self.function(said, parameters[self.own :], *data)


def train(
    compiled: Kernel,
    loss: OfLayers | Loss,
    initial: Parameters,
    data: tuple[Models, ...],
    task: Course,
) -> tuple[Parameters, ...] | None:
    """Train models one by one, as many at once as there are threads.

    Parameters
    ----------
    compiled : Kernel
        Of layers and steps.
    loss, initial, data
        As `trajectory` has them.
    task : Course
        The course of the training.

    Returns
    -------
    tuple of Parameters or None
        Where they are at each stop; None where no machine code can be made of the loss.
    """

    def one(model: int) -> "_One":
        return _One(compiled, loss, initial, data, task, model)

    program = one(0).program()
    if program is None:
        return None

    def descend(model: int) -> list[Parameters]:
        found = one(model).descend(program)
        trained(1, OWN_CODE)
        return found

    return joined(each(descend, count((*initial, *data))))


def _code(loss: Loss) -> str | None:
    """Return what a function does, by the code and the values that it uses; None if nobody can say."""
    try:
        return code_of(loss)
    except ArgumentError:
        return None


class _One:
    """One model that descends."""

    def __init__(
        self,
        compiled: Kernel,
        loss: OfLayers | Loss,
        initial: Parameters,
        data: tuple[Models, ...],
        task: Course,
        model: int,
    ) -> None:
        self.compiled, self.loss, self.task = compiled, loss, task
        self.parameters = copied(tuple(part[model : model + 1] for part in initial))
        self.data = [own(part, model)[None].contiguous() for part in data]
        self.networks = loss.own if isinstance(loss, OfLayers) else 0
        self.order = task.order(model)

    def program(self) -> Program | None:
        """Return the loss as machine code."""
        loss, count = self.loss, self.networks // 2
        further = list(self.parameters[self.networks :])
        all_rows = self.order is None and self.task.kept == self.task.rows
        rows = [part if all_rows else part[:, : self.task.batch] for part in self.data]
        if not isinstance(loss, OfLayers):
            function = lambda leaves, data: loss(tuple(leaves), *data)  # one of two
            return program_of(function, _code(loss), further, rows, self.compiled.scratch)
        said = self.compiled.layers(self.parameters[: self.networks], self.task.batch)
        return program_of(
            lambda leaves, data: loss.function(leaves[:count], tuple(leaves[count:]), *data),
            loss.key,
            [*said, *further],
            rows[1:],
            self.compiled.scratch,
        )

    def descend(self, program: Program) -> list[Parameters]:
        """Take all steps and return where it is at each stop; what has no value diverged."""
        network, data, loss = None, self.data, self.loss
        if isinstance(loss, OfLayers):
            x, *data = self.data
            network = self.parameters[: self.networks], x[0], loss.activation
        further = self.parameters[self.networks :]
        learner = self.compiled.learner(network, further, data, program, self.task, self.order)

        def now() -> Parameters:
            learner.close()
            return undefined(self.parameters, torch.tensor([learner.loss], device="cpu"))

        def judged() -> Tensor:
            return self.loss(self.parameters, *map(self.task.held, self.data))

        with torch.no_grad():
            return self.task.go(learner.go, now, judged)
