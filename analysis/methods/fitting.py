"""Fitting arms: many tasks as few batches of models, teachers before those who imitate them."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import torch
from jaxtyping import Float
from torch import Tensor

from analysis.methods.arms import ARMS, POSTERIOR
from analysis.methods.general_teacher import channels_kept, seeing
from analysis.methods.trials import Split, Trial
from analysis.training.minimise import minimise
from analysis.training.networks import Parameters, finite, stack
from analysis.training.objectives import Distillation
from analysis.training.optimiser import Optimiser
from analysis.training.outputs import outputs, scores
from venn.checks import ArgumentError

Key = TypeVar("Key", bound=Hashable)


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
    tasks = _with_general_views(tasks, device)
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


def _with_general_views(tasks: Mapping[Key, Task], device: str) -> Mapping[Key, Task]:
    """Return tasks whose trials show what their general teachers keep."""
    keeping = {
        (id(task.trial), task.optimiser): task.trial
        for task in tasks.values()
        if _needs_general(task.arm) and task.trial.kept is not None
    }
    if not keeping:
        return tasks
    optimisers = [optimiser for _, optimiser in keeping]
    kept = channels_kept(list(keeping.values()), optimisers, device)
    shown = dict(zip(keeping, map(seeing, keeping.values(), kept), strict=True))
    return {
        key: replace(task, trial=shown.get((id(task.trial), task.optimiser), task.trial))
        for key, task in tasks.items()
    }


def _needs_general(arm: str) -> bool:
    """Return whether an arm, or the teacher that it asks, sees what a general teacher keeps."""
    teacher = ARMS[arm].teacher
    return "general" in {ARMS[each].input for each in (arm, teacher or arm)}


def _batches(tasks: Mapping[Key, Task]) -> Iterator[list[Key]]:
    """Group tasks that can be trained as one batch."""
    batches: dict[Hashable, list[Key]] = {}
    for key, task in tasks.items():
        shapes = tuple(tensor.shape for tensor in task.trial.initial[task.arm])
        rows = (task.trial.rows(task.arm).y.shape, task.trial.test.y.shape)
        batches.setdefault((shapes, rows, task.optimiser, _loss(task)), []).append(key)
    yield from batches.values()


def _loss(task: Task) -> Distillation:
    """Return what a task minimises."""
    kind = ARMS[task.arm].loss
    if kind == "distillation":
        return task.distillation
    classes = len(task.trial.initial[task.arm][-1][0])
    weight = sum(task.distillation.weights(classes)) if kind == "heavier labels" else 1.0
    return Distillation(label_weight=weight, teacher_weight=0.0)


def _train_batch(
    batch: Sequence[Task], teachers: Sequence[Teacher], device: str
) -> Iterator[Trained]:
    targets = () if ARMS[batch[0].arm].imitates is None else (_targets(batch, teachers, device),)
    initial = stack([task.trial.initial[task.arm] for task in batch])
    rows = [task.trial.rows(task.arm) for task in batch]
    data = (_seen(batch, rows), [split.y for split in rows], *targets)
    parameters = minimise(_loss(batch[0]), initial, data, batch[0].optimiser, device=device)
    tests = [task.trial.test for task in batch]
    found = scores(parameters, _seen(batch, tests), [split.y for split in tests], device)
    whole = finite(parameters)
    measured = (
        found.accuracy.where(whole, torch.nan),
        found.balanced_accuracy.where(whole, torch.nan),
    )
    measures = zip(*(each.tolist() for each in (*measured, found.constant)), strict=True)
    for model, own in enumerate(measures):
        yield Trained(tuple(tensor[model : model + 1] for tensor in parameters), *own)


def _seen(tasks: Sequence[Task], rows: Sequence[Split]) -> list[Tensor]:
    """Return what the network of each task sees of some rows."""
    return [split.views[ARMS[task.arm].input] for task, split in zip(tasks, rows, strict=True)]


def _targets(
    batch: Sequence[Task], teachers: Sequence[Teacher], device: str
) -> Float[Tensor, "model sample class_"]:
    """Return what each task imitates on its training rows, softened, in its order."""
    asked = [(task, *each) for task, each in zip(batch, teachers, strict=True) if each is not None]
    said = _outputs(asked, device)
    targets = batch[0].distillation.soften(
        torch.cat(
            [
                _posterior(task) if each is None else next(said)
                for task, each in zip(batch, teachers, strict=True)
            ]
        )
    )
    return torch.cat([_ordered(t, own[None]) for t, own in zip(batch, targets, strict=True)])


def _outputs(
    asked: Sequence[tuple[Task, Task, Trained]], device: str
) -> Iterator[Float[Tensor, "model sample class_"]]:
    """Yield what a teacher, of any shape, says of the rows that its student learns from."""
    by_shape: dict[Hashable, list[int]] = {}
    for i, (_, _, trained) in enumerate(asked):
        shapes = tuple(tensor.shape for tensor in trained.parameters)
        by_shape.setdefault(shapes, []).append(i)
    found: dict[int, Tensor] = {}
    for indices in by_shape.values():
        parameters = stack([asked[i][2].parameters for i in indices])
        rows = [asked[i][0].trial.rows(asked[i][0].arm) for i in indices]
        x = _seen([asked[i][1] for i in indices], rows)
        found |= zip(indices, outputs(parameters, x, device), strict=True)
    return (found[i][None] for i in range(len(asked)))


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
