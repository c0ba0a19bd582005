"""Fitting methods: many tasks as few batches, those who are needed before those who need them."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
import torch

from _modality_venn.packages import PACKAGES
from analysis.methods.faults import in_one_line
from analysis.methods.method import Method, Model, Setup
from analysis.methods.trials import Trial
from venn import FrozenMapping
from venn.checks import ArgumentError

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Task:
    """One model to be fitted.

    Parameters
    ----------
    method : Method
        How.
    trial : Trial
        On what, and from where.
    setup : Setup
        What the method does not say itself.
    needs : mapping of str to hashable
        The keys of the tasks whose models it needs, by what they are to it.
    """

    method: Method
    trial: Trial
    setup: Setup
    needs: Mapping[str, Any] = field(default_factory=lambda: FrozenMapping[Any]({}))


def fit(tasks: Mapping[Key, Task]) -> dict[Key, Model]:
    """Fit every task's model; those of one method, setup and shape of rows are one batch.

    Parameters
    ----------
    tasks : mapping of key to Task
        With every task, those that it needs.

    Returns
    -------
    dict of key to Model
        Not finite where fitting it diverged.  On a CPU each is the same, to the last bit, whichever
        tasks are beside it.

    Raises
    ------
    ArgumentError
        If a task needs one that is not there, or itself.
    """
    for key, task in tasks.items():
        for needed in task.needs.values():
            if needed not in tasks:
                raise ArgumentError("tasks", key, f"needs {needed!r}, which is not there")
    done: dict[Key, Model] = {}
    while len(done) < len(tasks):
        ready = {
            key: task
            for key, task in tasks.items()
            if key not in done and all(needed in done for needed in task.needs.values())
        }
        if not ready:
            raise ArgumentError("tasks", list(tasks), "need each other in a circle")
        done |= fit_ready(ready, done)
    return done


def fit_ready(tasks: Mapping[Key, Task], done: Mapping[Key, Model]) -> dict[Key, Model]:
    """Fit the models of tasks for which all that they need is done."""
    found: dict[Key, Model] = {}
    for keys in _batches(tasks):
        batch = [tasks[key] for key in keys]
        needed = {what: [done[task.needs[what]] for task in batch] for what in batch[0].needs}
        found |= zip(keys, _fit_batch(batch, needed), strict=True)
    return found


def _batches(tasks: Mapping[Key, Task]) -> Iterator[list[Key]]:
    """Group tasks that can be fitted as one batch."""
    batches: dict[Hashable, list[Key]] = {}
    for key, task in tasks.items():
        rows = task.trial.train.y.shape, task.trial.test.y.shape
        views = tuple(
            task.trial.train.views[name].shape
            for name in task.method.inputs
            if name in task.trial.train.views
        )
        batches.setdefault((task.method, task.setup, rows, views), []).append(key)
    yield from batches.values()


def _fit_batch(batch: Sequence[Task], needed: Mapping[str, Sequence[Model]]) -> Sequence[Model]:
    method, setup = batch[0].method, batch[0].setup
    said = method.inputs, type(method).__name__
    trials = [
        replace(each, train=each.train.declared(*said), test=each.test.declared(*said))
        for each in (task.trial for task in batch)
    ]
    return _fitted(method, trials, needed, setup)


TRIED: set[Method] = set()
"""Methods from outside that were seen to fit a model the same twice, in this process."""


def _fitted(
    method: Method,
    trials: Sequence[Trial],
    needed: Mapping[str, Sequence[Model]],
    setup: Setup,
) -> Sequence[Model]:
    """Return the models that a method fits, or fail if it does not do what methods do.

    The first model of a method from outside is fitted again by itself, once in a process and
    whenever a generator that all share was drawn from, and must be the same.
    """
    if not from_outside(method):
        return method.fit(trials, needed, setup)
    name, before = f"{type(method).__name__}.fit", _chance()
    models = _models(method, trials, needed, setup)
    if _chance() == before and method in TRIED:
        return models
    first = {what: each[:1] for what, each in needed.items()}
    again, rows = _models(method, trials[:1], first, setup), trials[0].test
    if models[0].finite and not torch.equal(again[0].outputs(rows), models[0].outputs(rows)):
        allowed = (
            "a model fitted twice, or without others beside it, must be the same to the bit: draw "
            "from trial.stream(...), and start networks from trial.start(...)"
        )
        raise ArgumentError(name, "depends on chance or on what is beside it", allowed)
    TRIED.add(method)
    return models


def from_outside(method: Method) -> bool:
    """Return whether a method, or one in its fields, is none that comes with the package."""
    held = (part for part in vars(method).values() if isinstance(part, Method))
    ours = type(method).__module__.partition(".")[0] in PACKAGES
    return not ours or any(map(from_outside, held))


def _models(
    method: Method,
    trials: Sequence[Trial],
    needed: Mapping[str, Sequence[Model]],
    setup: Setup,
) -> Sequence[Model]:
    """Return what a method from outside fits; what goes wrong in it is said in one line."""
    name = f"{type(method).__name__}.fit"
    with in_one_line(name, type(method)):
        models: Any = method.fit(trials, needed, setup)
    listed = models if isinstance(models, list | tuple) else []
    kinds = sorted({type(model).__name__ for model in listed if not isinstance(model, Model)})
    if kinds or len(listed) != len(trials):
        given = type(models).__name__ if listed is not models else f"{len(listed)} models"
        given = f"models of kind {', '.join(kinds)}" if kinds else given
        allowed = f"must return a list with a Model for each of {len(trials)} trials"
        raise ArgumentError(name, given, allowed)
    return listed


def _chance() -> tuple[bytes, bytes, int]:
    """Return where the generators are that everything in a process shares."""
    _, words, place, *_ = np.random.get_state()
    return torch.get_rng_state().numpy().tobytes(), np.asarray(words).tobytes(), int(place)
