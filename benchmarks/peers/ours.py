"""Ours: the engine on every task, and the general path, which differentiates any loss."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from analysis import (
    Distillation,
    Method,
    Model,
    Optimiser,
    Parameters,
    cross_entropy,
    logits,
    minimise,
)
from analysis.methods.method import Setup
from analysis.methods.network import Network
from analysis.methods.trials import Split, Trial
from analysis.training.minimise import Loss
from analysis.training.objectives import Objective
from analysis.training.optimiser import OptimiserName
from benchmarks.peers import own
from benchmarks.peers.problem import (
    DECOUPLED,
    ENCODERS,
    FEATURES,
    HINT,
    LABELS,
    LEARNING_RATE,
    ONE_LOGIT,
    RELATIONAL,
    Arrays,
    Networks,
    stream,
)
from benchmarks.peers.trainer import Trainer, Training

METHODS: Mapping[str, Callable[[], Method]] = {
    DECOUPLED: own.decoupled,
    HINT: own.hint,
    RELATIONAL: own.relational,
    FEATURES: own.features,
}


@dataclass(frozen=True)
class Taught(Model):
    """A teacher whose answers on the training rows are known."""

    said: tuple[Tensor, ...]

    @property
    def finite(self) -> bool:
        """It is a model."""
        return True

    def outputs(self, _: Split) -> Tensor:
        """Return its logits."""
        return self.said[-1]

    def hidden(self, _: Split) -> tuple[Tensor, ...]:
        """Return its hidden layers."""
        return self.said[:-1]


LABELS_ALONE = Distillation(teacher_weight=0.0)
"""The loss as a value, which the engine knows."""

LOSSES: Mapping[str, Objective | Loss] = {
    LABELS: LABELS_ALONE,
    ONE_LOGIT: LABELS_ALONE,
    ENCODERS: own.encoders,
}
"""What `minimise` is given; of one logit ours has two, whatever others have."""


def as_function(parameters: Parameters, x: Tensor, y: Tensor) -> Tensor:
    """Return the same loss, to be differentiated."""
    return cross_entropy(logits(parameters, x), y)


def engine(initial: Parameters, data: tuple[Tensor, ...], steps: int) -> Parameters:
    """Train with labels alone, at the usual rate."""
    optimiser = Optimiser("adam", LEARNING_RATE, steps)
    return minimise(LABELS_ALONE, initial, data, optimiser)


def tensors(networks: Networks) -> tuple[Parameters, tuple[Tensor, ...]]:
    """Return initial parameters and data as the engine takes them, biases as columns."""
    given = [torch.from_numpy(each) for each in networks.parameters]
    initial = tuple(each if each.dim() == 3 else each[..., None] for each in given)
    return initial, tuple(torch.from_numpy(each) for each in networks.data)


def arrays(parameters: Parameters, count: int) -> Arrays:
    """Return the parameters of the first networks as all peers give them."""
    found = [tensor[:count].numpy() for tensor in parameters]
    return tuple(each[..., 0] if i % 2 else each for i, each in enumerate(found))


def by_method(networks: Networks, method: Method, optimiser: Optimiser) -> Training:
    """Make the students of a method ready: what is measured is all that fitting them does."""
    shape, (initial, data) = networks.task.shape, tensors(networks)
    start, trials, teachers = initial[: 2 * len(shape.layers)], [], []
    for i in range(len(networks)):
        parameters = tuple(each[i : i + 1] for each in start)
        x, y, *said = (each[i : i + 1] for each in data)
        rows = Split({"student": x}, y)
        trials.append(Trial(rows, rows, _starts(parameters), _chance(networks, i)))
        teachers.append(Taught(tuple(said)))
    setup = Setup(
        optimiser,
        Distillation(),
        optimiser,
        student=(shape.hidden, shape.depth),
        classes=shape.classes,
    )

    def fitted(models: list[Network], count: int) -> Arrays:
        each = zip(*(model.parameters for model in models[:count]), strict=True)
        return arrays(tuple(map(torch.cat, each)), count)

    return Training(lambda: method.fit(trials, {"teacher": teachers}, setup), fitted)


def _starts(parameters: Parameters) -> Callable[..., Parameters]:
    return lambda *_: parameters


def _chance(networks: Networks, i: int) -> Callable[..., np.random.Generator]:
    """Return what draws the map that a hint trains along, and the rows of minibatches."""
    return lambda *purpose: stream(
        networks.task, networks.first + i, 3 if purpose == ("batches",) else 2
    )


def build_engine(networks: Networks, steps: int, _: str) -> Training:
    """Make the engine ready for its task."""
    task = networks.task
    name: OptimiserName = "momentum" if task.batch else "adam"
    optimiser = Optimiser(name, task.learning_rate, steps, batch=task.batch)
    if task.loss in METHODS:
        return by_method(networks, METHODS[task.loss](), optimiser)
    initial, data = tensors(networks)
    loss = LOSSES[task.loss]
    return Training(lambda: minimise(loss, initial, data, optimiser), arrays)


def _eager(networks: Networks, steps: int, _: str) -> Training:
    initial, data = tensors(networks)
    optimiser = Optimiser("adam", networks.task.learning_rate, steps)
    return Training(lambda: minimise(as_function, initial, data, optimiser), arrays)


def serve_engine() -> Trainer:
    """Return what the engine's process serves."""
    return Trainer(build_engine)


def serve_eager() -> Trainer:
    """Return what the general path's process serves."""
    return Trainer(_eager)
