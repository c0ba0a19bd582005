"""Recipes: what a trained network depends on, no less and no more."""

import json
from dataclasses import replace

import pytest
import torch

from analysis import ARMS, CHANGEABLE, Distillation, Model, Optimiser, Point, Released, Synthetic
from analysis.methods.arms import NAMES, NO_KD
from analysis.methods.fitting import Task, fit
from analysis.sweeps.settings import change
from synth import Hyperplane
from tests.analysis.alone import parameters_of, same, tasks_of
from tests.analysis.small import values_of
from venn import VennDiagram

DIAGRAM = VennDiagram({"a": 2, "b": 2, "a&b": 3}, hidden=1, noise={"a": 1, "b": 4})
PROTOCOL = Synthetic(
    n_train=40,
    n_test=60,
    width=4,
    rule=Hyperplane(temperature=0.1),
    optimiser=Optimiser("adam", 0.05, 8, weight_decay=0.01),
    distillation=Distillation(1.0, 1.0, 2.0),
)
SEED = 5
BEFORE = Point(DIAGRAM, PROTOCOL)

DIAGRAMS = {
    "teacher's features": VennDiagram({"a": 1, "b": 2, "a&b": 3}, hidden=2, noise={"a": 2, "b": 4}),
    "teacher's channels": replace(DIAGRAM, noise={"a": 2, "b": 4}),
    "student's channels": replace(DIAGRAM, noise={"a": 1, "b": 5}),
    "one feature less is general": VennDiagram({"a": 3, "b": 3, "a&b": 2}, noise={"a": 1, "b": 4}),
}
BESIDE = {"patience": {"validation": 0.25}}
CHANGED = {
    name: change(BEFORE, {**BESIDE.get(name, {}), name: values_of(name)[-1]}) for name in CHANGEABLE
}
CHANGED |= {name: Point(diagram, PROTOCOL) for name, diagram in DIAGRAMS.items()}

TOLD_APART = {
    "teacher_view": ("kd_oracle",),
    "teacher's channels": ("kd_oracle",),
    "teacher's features": ("general_teacher", "kd_general"),
    **dict.fromkeys(["validate_every", "snapshots"], tuple(ARMS)),
}
"""Arms whose rows change by name alone: what they say of the label, or what is general, stays; and what
may change no network."""


def trained_at(point: Point) -> tuple[dict[str, Model], dict[str, Task]]:
    tasks = tasks_of(point.protocol, point.diagram, SEED)
    return fit(tasks), tasks


@pytest.fixture(scope="module")
def before() -> tuple[dict[str, Model], dict[str, Task]]:
    return trained_at(BEFORE)


@pytest.mark.parametrize("name", CHANGED)
def test_recipes_change_where_and_only_where_networks_do(
    name: str, before: tuple[dict[str, Model], dict[str, Task]]
) -> None:
    """Equal recipes are equal bits; another recipe is another network, or other test rows."""
    point = CHANGED[name]
    networks, tasks = trained_at(point)
    for arm, kind in ARMS.items():
        ours, test = before[0][arm], before[1][arm].trial.test
        theirs, tested = networks[arm], tasks[arm].trial.test
        seen = [(test.y, tested.y)]
        if kind.inputs[0] in test.views.keys() & tested.views.keys():  # not where they are picked
            seen.append((test.views[kind.inputs[0]], tested.views[kind.inputs[0]]))
        alike = same(parameters_of(ours), parameters_of(theirs)) and all(
            torch.equal(*pair) for pair in seen
        )
        equal = PROTOCOL.recipe(DIAGRAM, kind) == point.protocol.recipe(point.diagram, kind)
        assert equal == (alike and arm not in TOLD_APART.get(name, ())), arm


def test_arms_have_recipes_of_their_own() -> None:
    recipes = [json.dumps(PROTOCOL.recipe(DIAGRAM, arm), sort_keys=True) for arm in NAMES]
    assert len(set(recipes)) == len(ARMS)


def test_names_of_modalities_do_not_enter() -> None:
    named = VennDiagram(
        {"ear": 2, "eye": 2, "ear&eye": 3}, 1, {"ear": 1, "eye": 4}, modalities=("ear", "eye")
    )
    for arm in NAMES:
        assert PROTOCOL.recipe(named, arm) == PROTOCOL.recipe(DIAGRAM, arm)


def test_replays_share_the_no_kd_student_where_the_draws_allow_it() -> None:
    """As many teacher's channels: as many draws before the student's; delta is in the labels."""
    few, more = (VennDiagram({"a": n, "b": 2}, 3 - n, {"a": 5 - n, "b": 3}) for n in (1, 2))
    wider = replace(more, noise={"a": 4, "b": 3})
    replay, kd = Released(), ARMS["kd"]
    assert replay.recipe(few, NO_KD) == replay.recipe(more, NO_KD)
    assert replay.recipe(few, kd) != replay.recipe(more, kd)
    assert replay.recipe(wider, NO_KD) != replay.recipe(more, NO_KD)
    assert Released(delta="ones").recipe(few, NO_KD) != replay.recipe(few, NO_KD)
    assert replay.recipe(few, NO_KD)["data"] != replay.recipe(few, kd)["data"]
    assert Synthetic(width=0).recipe(few, NO_KD) != replay.recipe(few, NO_KD)
    soft = replace(replay, distillation=Distillation(1, 1, 4.0))
    assert soft.recipe(few, NO_KD) == replay.recipe(few, NO_KD)
    assert soft.recipe(few, kd) != replay.recipe(few, kd)
