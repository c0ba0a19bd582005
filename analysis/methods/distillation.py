"""Training arms: many tasks as few batches of models, teachers before those who imitate them."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import torch
from jaxtyping import Float, Int
from torch import Tensor

from analysis.methods.arms import ARMS, POSTERIOR, Sight
from analysis.training.minimise import minimise
from analysis.training.networks import Parameters, finite, stack
from analysis.training.objectives import Distillation
from analysis.training.optimiser import Optimiser
from analysis.training.outputs import outputs, scores
from venn.checks import ArgumentError

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Split:
    """Rows to train or to test on.

    Parameters
    ----------
    views : mapping of sight to tensor (1, sample, channel)
        What networks see: a modality, both, or general features alone.
    y : tensor (1, sample)
        Labels.
    """

    views: Mapping[Sight, Float[Tensor, "model sample _"]]
    y: Int[Tensor, "model sample"]


@dataclass(frozen=True)
class Trial:
    """What chance gives one diagram and seed.

    Parameters
    ----------
    train, test : Split
        Rows to learn from and rows to be judged on.
    initial : mapping of arm to parameters
        Initial parameters, each with a model axis of length 1.
    posterior : tensor (1, sample, class), optional
        Log-probabilities of the label given what the teacher's modality shows of training rows.
    order : tensor (1, sample), optional
        A permutation of the training rows.
    """

    train: Split
    test: Split
    initial: Mapping[str, Parameters]
    posterior: Float[Tensor, "model sample class_"] | None = None
    order: Int[Tensor, "model sample"] | None = None


@dataclass(frozen=True)
class Task:
    """One network to be trained.

    Parameters
    ----------
    arm : str
        One of `ARMS`.
    trial : Trial
        Its data and initial parameters.
    optimiser : Optimiser
        How it is trained.
    distillation : Distillation
        The weights of its loss; not used by an arm that learns from labels.
    teacher : hashable, optional
        The key of the task whose network it imitates.
    """

    arm: str
    trial: Trial
    optimiser: Optimiser
    distillation: Distillation
    teacher: Any = None


@dataclass(frozen=True)
class Trained:
    """A trained network and how it does.

    Parameters
    ----------
    parameters : tuple of tensors, model axis of length 1
        Not finite where it diverged.
    accuracy, balanced_accuracy : float
        On the test rows, fractions; nan where it diverged.
    constant : bool
        Whether it answers one class to every test row.
    """

    parameters: Parameters
    accuracy: float
    balanced_accuracy: float
    constant: bool


Teacher = tuple[Task, Trained] | None
"""A trained teacher; None where a task imitates the posterior, or nobody."""


def train(tasks: Mapping[Key, Task], *, device: str = "cpu") -> dict[Key, Trained]:
    """Train and test every task's network; those that share a shape and a loss are one batch.

    Parameters
    ----------
    tasks : mapping of key to Task
        With every task, the one that it imitates.
    device : {"cpu", "cuda"}
        Where to train.

    Returns
    -------
    dict of key to Trained
        On a CPU each is the same, to the last bit, whichever tasks are beside it.

    Raises
    ------
    ArgumentError
        If a task imitates one that is not there.
    """
    for key, task in tasks.items():
        if task.teacher is not None and task.teacher not in tasks:
            raise ArgumentError("tasks", key, f"imitates {task.teacher!r}, which is not there")
    done: dict[Key, Trained] = {}
    for imitating in (False, True):  # who is imitated learns from labels
        stage = {
            key: task
            for key, task in tasks.items()
            if (ARMS[task.arm].imitates is not None) is imitating
        }
        for keys in _batches(stage):
            batch = [tasks[key] for key in keys]
            teachers = [
                None if (key := task.teacher) is None else (tasks[key], done[key]) for task in batch
            ]
            done |= zip(keys, _train_batch(batch, teachers, device), strict=True)
    return done


def _batches(tasks: Mapping[Key, Task]) -> Iterator[list[Key]]:
    """Group tasks that can be trained as one batch."""
    batches: dict[Hashable, list[Key]] = {}
    for key, task in tasks.items():
        shapes = tuple(tensor.shape for tensor in task.trial.initial[task.arm])
        rows = (task.trial.train.y.shape, task.trial.test.y.shape)
        batches.setdefault((shapes, rows, task.optimiser, _loss(task)), []).append(key)
    yield from batches.values()


def _loss(task: Task) -> Distillation:
    """Return what a task minimises."""
    kind = ARMS[task.arm].loss
    if kind == "distillation":
        return task.distillation
    classes = len(task.trial.initial[task.arm][-1][0])
    weight = task.distillation.total_weight(classes) if kind == "heavier labels" else 1.0
    return Distillation(label_weight=weight, teacher_weight=0.0)


def _train_batch(
    batch: Sequence[Task], teachers: Sequence[Teacher], device: str
) -> Iterator[Trained]:
    targets = () if ARMS[batch[0].arm].imitates is None else (_targets(batch, teachers, device),)
    initial = stack([task.trial.initial[task.arm] for task in batch])
    data = (_seen(batch, "train"), [task.trial.train.y for task in batch], *targets)
    parameters = minimise(_loss(batch[0]), initial, data, batch[0].optimiser, device=device)
    test = [task.trial.test.y for task in batch]
    found = scores(parameters, _seen(batch, "test"), test, device)
    whole = finite(parameters)
    measured = (
        found.accuracy.where(whole, torch.nan),
        found.balanced_accuracy.where(whole, torch.nan),
    )
    rows = zip(*(each.tolist() for each in (*measured, found.constant)), strict=True)
    for model, row in enumerate(rows):
        yield Trained(tuple(tensor[model : model + 1] for tensor in parameters), *row)


def _seen(tasks: Sequence[Task], part: Literal["train", "test"]) -> list[Tensor]:
    """Return what each task's network sees of its training or its test rows."""
    return [getattr(task.trial, part).views[ARMS[task.arm].sees] for task in tasks]


def _targets(
    batch: Sequence[Task], teachers: Sequence[Teacher], device: str
) -> Float[Tensor, "model sample class_"]:
    """Return what each task imitates on its training rows, softened, in its order."""
    outputs = _outputs([teacher for teacher in teachers if teacher is not None], device)
    said = [
        _posterior(t) if s is None else next(outputs) for t, s in zip(batch, teachers, strict=True)
    ]
    targets = batch[0].distillation.soften(torch.cat(said))
    ordered = [_ordered(t, own[None]) for t, own in zip(batch, targets, strict=True)]
    return torch.cat(ordered)


def _outputs(
    teachers: Sequence[tuple[Task, Trained]], device: str
) -> Iterator[Float[Tensor, "model sample class_"]]:
    """Yield what each of several teachers, of any shapes, says of its own training rows."""
    by_shape: dict[Hashable, list[int]] = {}
    for i, (_, trained) in enumerate(teachers):
        shapes = tuple(tensor.shape for tensor in trained.parameters)
        by_shape.setdefault(shapes, []).append(i)
    found: dict[int, Tensor] = {}
    for indices in by_shape.values():
        parameters = stack([teachers[i][1].parameters for i in indices])
        x = _seen([teachers[i][0] for i in indices], "train")
        found |= zip(indices, outputs(parameters, x, device), strict=True)
    return (found[i][None] for i in range(len(teachers)))


def _posterior(task: Task) -> Float[Tensor, "model sample class_"]:
    if task.trial.posterior is None:
        raise ArgumentError("tasks", task.arm, f"imitates the {POSTERIOR}; its trial has none")
    return task.trial.posterior


def _ordered(
    task: Task, targets: Float[Tensor, "model sample class_"]
) -> Float[Tensor, "model sample class_"]:
    if not ARMS[task.arm].shuffled:
        return targets
    if task.trial.order is None:
        raise ArgumentError("tasks", task.arm, "permutes its targets; its trial has no order")
    return targets[:, task.trial.order[0]]
