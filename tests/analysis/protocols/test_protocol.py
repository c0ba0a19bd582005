"""Recipes: what a trained network depends on, no less and no more."""

import json
from dataclasses import replace
from typing import Any

import pytest
import torch

from analysis import ARMS, CHANGEABLE, Distillation, Optimiser, Point, Protocol, Released, Synthetic
from analysis.methods.fitting import Task, Trained, train
from analysis.sweeps.settings import BOTH, change
from synth import Hyperplane
from tests.analysis.alone import same, tasks_of
from venn import VennDiagram

DIAGRAM = VennDiagram({"a": 2, "b": 2, "a&b": 3}, hidden=1, noise={"a": 1, "b": 4})
PROTOCOL = Synthetic(
    n_train=40,
    n_test=60,
    width=4,
    rule=Hyperplane(temperature=0.1),
    optimiser=Optimiser("adam", 0.05, 8),
    distillation=Distillation(1.0, 1.0, 2.0),
)
SEED = 5

EVERY = frozenset(ARMS)
STUDENTS = frozenset(name for name, arm in ARMS.items() if arm.role == "student")
TEACHERS = EVERY - STUDENTS
DISTIL = frozenset(name for name, arm in ARMS.items() if arm.imitates)
OF_NETWORKS = DISTIL - {"kd_oracle"}
SEE_THE_TEACHERS = frozenset({"teacher", "multimodal_teacher", "general_teacher"})
SEE_THE_STUDENTS = STUDENTS | {"um_teacher", "multimodal_teacher"}

# Each setting with another value, and the arms that it makes other networks of.
DEPENDENTS: dict[str, tuple[Any, frozenset[str]]] = {
    "hidden": (2, EVERY),
    "n_train": (41, EVERY),
    "n_test": (59, EVERY),
    "rule": ("quadratic", EVERY),
    "classes": (3, EVERY),
    "flip": (0.2, EVERY),
    "label_temperature": (0.8, EVERY),
    "teacher_view": ("rotation", SEE_THE_TEACHERS | (DISTIL - {"um_kd"})),
    "teacher_noise": (0.5, SEE_THE_TEACHERS | (DISTIL - {"um_kd"})),
    "student_view": ("permutation", SEE_THE_STUDENTS),
    "student_noise": (0.5, SEE_THE_STUDENTS),
    "teacher_width": (5, TEACHERS | OF_NETWORKS),
    "teacher_depth": (2, TEACHERS | OF_NETWORKS),
    "student_width": (5, STUDENTS),
    "student_depth": (2, STUDENTS),
    "optimiser": ("sgd", EVERY),
    "learning_rate": (0.04, EVERY),
    "steps": (9, EVERY),
    "weight_decay": (0.1, EVERY),
    "label_weight": (0.8, DISTIL | {"hard_label"}),
    "teacher_weight": (0.8, DISTIL | {"hard_label"}),
    "temperature": (3.0, DISTIL),
    "reduction": ("mean", DISTIL | {"hard_label"}),
    "general_channels": ("random", frozenset({"general_teacher", "kd_general"})),
    "width": (5, EVERY),
    "depth": (2, EVERY),
    "view": ("rotation", EVERY),
    "noise": (0.5, EVERY),
}


def trained_at(point: Point) -> tuple[dict[str, Trained], dict[str, Task]]:
    tasks = tasks_of(point.protocol, point.diagram, SEED)
    return train(tasks), tasks


@pytest.fixture(scope="module")
def before() -> tuple[dict[str, Trained], dict[str, Task]]:
    return trained_at(Point(DIAGRAM, PROTOCOL))


def test_every_setting_that_can_be_changed_is_here() -> None:
    assert set(DEPENDENTS) == set(CHANGEABLE)
    assert all(DEPENDENTS[name][1] == EVERY for name in BOTH)


@pytest.mark.parametrize("name", DEPENDENTS)
def test_recipes_change_where_and_only_where_networks_do(
    name: str, before: tuple[dict[str, Trained], dict[str, Task]]
) -> None:
    """Equal recipes are equal bits; another recipe is another network, or other test rows."""
    value, dependents = DEPENDENTS[name]
    point = change(Point(DIAGRAM, PROTOCOL), {name: value})
    networks, tasks = trained_at(point)
    for arm, kind in ARMS.items():
        ours, test = before[0][arm], before[1][arm].trial.test
        theirs, tested = networks[arm], tasks[arm].trial.test
        seen = [(test.y, tested.y)]
        if kind.input in test.views and kind.input in tested.views:  # not where channels are picked
            seen.append((test.views[kind.input], tested.views[kind.input]))
        alike = same(ours.parameters, theirs.parameters) and all(
            torch.equal(*pair) for pair in seen
        )
        equal = PROTOCOL.recipe(DIAGRAM, arm) == point.protocol.recipe(point.diagram, arm)
        assert equal == (arm not in dependents), arm
        if (name, arm) != ("teacher_view", "kd_oracle"):  # a view loses nothing: one posterior
            assert equal == alike, arm


def test_arms_have_recipes_of_their_own() -> None:
    recipes = [json.dumps(PROTOCOL.recipe(DIAGRAM, arm), sort_keys=True) for arm in ARMS]
    assert len(set(recipes)) == len(ARMS)


DIAGRAMS = {
    "teacher's features": (
        VennDiagram({"a": 1, "b": 2, "a&b": 3}, hidden=2, noise={"a": 2, "b": 4}),
        SEE_THE_TEACHERS | (DISTIL - {"um_kd"}),
    ),
    "teacher's channels": (
        replace(DIAGRAM, noise={"a": 2, "b": 4}),
        SEE_THE_TEACHERS | (DISTIL - {"um_kd"}),
    ),
    "student's channels": (replace(DIAGRAM, noise={"a": 1, "b": 5}), SEE_THE_STUDENTS),
    "one feature less is general": (
        VennDiagram({"a": 3, "b": 3, "a&b": 2}, noise={"a": 1, "b": 4}),
        SEE_THE_TEACHERS | (DISTIL - {"um_kd"}),
    ),
}


@pytest.mark.parametrize(("diagram", "dependents"), DIAGRAMS.values(), ids=DIAGRAMS)
def test_recipes_depend_on_what_of_a_diagram_is_seen(
    diagram: VennDiagram, dependents: frozenset[str]
) -> None:
    """The No-KD student does not depend on the teacher, nor on what is general."""
    changed = {
        arm for arm in ARMS if PROTOCOL.recipe(diagram, arm) != PROTOCOL.recipe(DIAGRAM, arm)
    }
    assert changed == dependents


def test_names_of_modalities_do_not_enter() -> None:
    named = VennDiagram(
        {"ear": 2, "eye": 2, "ear&eye": 3}, 1, {"ear": 1, "eye": 4}, modalities=("ear", "eye")
    )
    for arm in ARMS:
        assert PROTOCOL.recipe(named, arm) == PROTOCOL.recipe(DIAGRAM, arm)


@pytest.mark.parametrize(
    "protocol", [PROTOCOL, replace(PROTOCOL, width=0), Released()], ids=["deep", "linear", "replay"]
)
def test_a_recipe_is_json_and_holds_that_of_its_teacher(protocol: Protocol) -> None:
    diagram = VennDiagram({"a&b": 3}, noise={"a": 2, "b": 2})
    for arm in protocol.arms:
        recipe, teacher = protocol.recipe(diagram, arm), ARMS[arm].teacher
        assert json.loads(json.dumps(recipe)) == recipe
        assert (recipe.get("imitates") == protocol.recipe(diagram, teacher)) if teacher else True


def test_replays_share_the_no_kd_student_where_the_draws_allow_it() -> None:
    """As many teacher's channels: as many draws before the student's; delta is in the labels."""
    few, more = (VennDiagram({"a": n, "b": 2}, 3 - n, {"a": 5 - n, "b": 3}) for n in (1, 2))
    wider = replace(more, noise={"a": 4, "b": 3})
    replay = Released()
    assert replay.recipe(few, "no_kd") == replay.recipe(more, "no_kd")
    assert replay.recipe(few, "kd") != replay.recipe(more, "kd")
    assert replay.recipe(wider, "no_kd") != replay.recipe(more, "no_kd")
    assert Released(delta="ones").recipe(few, "no_kd") != replay.recipe(few, "no_kd")
    assert replay.recipe(few, "no_kd")["data"] != replay.recipe(few, "kd")["data"]
    assert Synthetic(width=0).recipe(few, "no_kd") != replay.recipe(few, "no_kd")
    soft = replace(replay, distillation=Distillation(1, 1, 4.0))
    assert soft.recipe(few, "no_kd") == replay.recipe(few, "no_kd")
    assert soft.recipe(few, "kd") != replay.recipe(few, "kd")
