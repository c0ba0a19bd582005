"""Measures taken of many fitted models: those that say as much of as many rows at once."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
from torch import Tensor

from analysis.measures.measure import Answers, Measure, Place, Value
from analysis.methods.fitting import Task, from_outside
from analysis.methods.method import Model
from analysis.methods.network import outputs_of
from analysis.methods.trials import Trial
from venn import ArgumentError

Key = TypeVar("Key", bound=Hashable)
Name = TypeVar("Name", bound=Hashable)


class Asked(NamedTuple):
    """What is to be measured of a model.

    Parameters
    ----------
    measure : Measure
        What.
    trial : Trial
        On whose test rows: of all that have this model, the one at the place.
    place : Place
        Where.
    """

    measure: Measure
    trial: Trial
    place: Place


def measured(
    tasks: Mapping[Key, Task],
    models: Mapping[Key, Model],
    asked: Mapping[Key, Mapping[Name, Asked]],
) -> dict[Key, dict[Name, Value]]:
    """Measure models on their test rows.

    Parameters
    ----------
    tasks : mapping of key to Task
        How they were fitted.
    models : mapping of key to Model
        What came of it.
    asked : mapping of key to mapping
        What is to be measured of some of them, each under a name.

    Returns
    -------
    dict of key to dict
        The values by their names; nothing of a model that is not finite, or says what is not.  On a
        CPU none depends on which models are measured beside it.

    Raises
    ------
    ArgumentError
        If a model or a measure does not return what such return.
    """
    batches: dict[Hashable, list[Key]] = {}
    for key in asked:
        setup, y = tasks[key].setup, tasks[key].trial.test.y
        if models[key].finite:
            batches.setdefault((setup.device, setup.classes, y.shape, y.dtype), []).append(key)
    found: dict[Key, dict[Name, Value]] = {}
    for keys in batches.values():
        said = _said(keys, tasks, models)
        whole = said.isfinite().flatten(1).all(1).tolist()
        finite = [i for i, each in enumerate(whole) if each]
        found |= {keys[i]: {} for i in finite}
        waiting: dict[Hashable, list[tuple[int, Name]]] = {}
        for i in finite:
            needs = tuple(tasks[keys[i]].needs)
            for name, each in asked[keys[i]].items():
                waiting.setdefault((each.measure, needs), []).append((i, name))
        shared: dict[Hashable, Answers] = {}  # of measures of the same models on the same rows
        for those in waiting.values():
            cells = [(keys[i], asked[keys[i]][name]) for i, name in those]
            where = tuple(
                (i, *map(id, (a.trial, *a.place)))
                for (i, _), (_, a) in zip(those, cells, strict=True)
            )
            if where not in shared:
                own = said if len(those) == len(keys) else said[[i for i, _ in those]]
                shared[where] = _answers(cells, own, tasks, models)
            values = _values(cells[0][1].measure, shared[where])
            for (i, name), value in zip(those, values, strict=True):
                found[keys[i]][name] = value
    return found


def _said(keys: Sequence[Key], tasks: Mapping[Key, Task], models: Mapping[Key, Model]) -> Tensor:
    """Return what models say of their test rows, or fail in one line if one of a user's own cannot."""
    setup, rows = tasks[keys[0]].setup, [tasks[key].trial.test for key in keys]
    try:
        return outputs_of([models[key] for key in keys], rows, setup.device)
    except (ValueError, RuntimeError, IndexError) as error:
        own = [type(tasks[key].method).__name__ for key in keys if from_outside(tasks[key].method)]
        if not own:
            raise
        allowed = (
            f"must say {setup.classes} logits of every row, and see what they were fitted on "
            "(networks(parameters, input))"
        )
        what = " ".join(f"{type(error).__name__}: {error}".split())[:120]
        raise ArgumentError(f"models of {', '.join(dict.fromkeys(own))}", what, allowed) from error


def _answers(
    cells: Sequence[tuple[Key, Asked]],
    said: Tensor,
    tasks: Mapping[Key, Task],
    models: Mapping[Key, Model],
) -> Answers:
    """Return what some models say, with all that a measure may ask for."""
    keys = [key for key, _ in cells]
    needs = tasks[keys[0]].needs
    return Answers(
        models=[models[key] for key in keys],
        logits=said,
        trials=[each.trial for _, each in cells],
        needed={what: [models[tasks[key].needs[what]] for key in keys] for what in needs},
        places=[each.place for _, each in cells],
        device=tasks[keys[0]].setup.device,
    )


def _values(measure: Measure, answers: Answers) -> list[Value]:
    """Return what a measure says of each model, or fail if it is no value for each."""
    given: Any = measure.of(answers)
    values = given.tolist() if isinstance(given, Tensor) else list(given)
    if len(values) != len(answers.models):
        allowed = f"must return a value for each of {len(answers.models)} models"
        raise ArgumentError(f"{type(measure).__name__}.of", f"{len(values)} values", allowed)
    return [float(value) if np.ndim(value) == 0 else tuple(map(float, value)) for value in values]
