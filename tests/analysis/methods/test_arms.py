"""What is true of every arm, whatever it is."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import torch

from analysis import ARMS, Arm, Optimiser, Synthetic, cross_entropy, logits
from analysis.methods.arms import with_teachers
from analysis.methods.fitting import Task, Trained, train
from synth import Evidence, Hyperplane, Population
from tests.analysis.alone import same, tasks_of
from venn import ArgumentError, VennDiagram

DIAGRAM = VennDiagram({"a": 2, "b": 2, "a&b": 3}, hidden=1, noise={"a": 1, "b": 4})
PROTOCOL = Synthetic(
    n_train=80,
    n_test=1000,
    width=5,
    teacher_width=6,
    teacher_depth=2,
    rule=Hyperplane(flip=0.05),
    optimiser=Optimiser("adam", 0.03, 40),
)
SEEN = {
    "teacher": Evidence(("a",)),
    "student": Evidence(("b",)),
    "both": Evidence(("a", "b")),
    "general": Evidence(regions=("a&b",)),
}
CHANNELS = {"teacher": 6, "student": 9, "both": 15, "general": 6}


@pytest.fixture(scope="module")
def tasks() -> Mapping[str, Task]:
    return tasks_of(PROTOCOL, DIAGRAM, 0)


@pytest.fixture(scope="module")
def trained(tasks: Mapping[str, Task]) -> Mapping[str, Trained]:
    return train(tasks)


def loss_of(arm: str, tasks: Mapping[str, Task], trained: Mapping[str, Trained]) -> Any:
    """Return what an arm minimises, as `Arm` states it, as a function of its parameters."""
    kind, task, trial = ARMS[arm], tasks[arm], tasks[arm].trial
    x, y = trial.train.views[kind.input], trial.train.y
    loss = task.distillation
    if kind.loss != "distillation":
        weight = 1.0 if kind.loss == "labels" else sum(loss.weights(2))
        return lambda parameters: weight * cross_entropy(logits(parameters, x), y)
    if kind.imitates == "posterior":
        assert trial.posterior is not None
        said = trial.posterior
    else:
        assert kind.imitates is not None
        teacher = ARMS[kind.imitates]
        said = logits(trained[kind.imitates].parameters, trial.train.views[teacher.input])
    if kind.shuffled:
        assert trial.order is not None
        said = said[:, trial.order[0]]
    return lambda parameters: loss(logits(parameters, x), y, loss.soften(said))


@pytest.mark.parametrize("name", ARMS)
def test_contract_of_every_arm(
    name: str, tasks: Mapping[str, Task], trained: Mapping[str, Trained]
) -> None:
    """It has the paper's controls' one shape: who is imitated, what is seen, learned and scored."""
    arm, task, network = ARMS[name], tasks[name], trained[name]

    # Who is imitated is an arm before it that learns from labels, or the posterior.
    if arm.teacher is not None:
        assert list(ARMS).index(arm.teacher) < list(ARMS).index(name)
        assert ARMS[arm.teacher].loss == "labels"
        assert ARMS[arm.teacher].role == "teacher"
    assert (arm.role == "student") == (arm.input == arm.init_stream == "student")

    # Its network has the role's width and depth, and sees what it says.
    shapes = [tuple(tensor.shape[1:]) for tensor in network.parameters]
    hidden = [(5, 9), (5, 1)] if arm.role == "student" else [(6, CHANNELS[arm.input]), (6, 1)]
    assert shapes[:2] == hidden
    assert len(shapes) == (4 if arm.role == "student" else 6)
    assert shapes[-1] == (2, 1)

    # It learns: what it minimises falls, and the start is not changed.
    loss, start = loss_of(name, tasks, trained), task.trial.initial[name]
    assert loss(network.parameters).item() < 0.9 * loss(start).item()
    assert same(start, PROTOCOL.draw(DIAGRAM, 0, [name]).initial[name])
    assert not any(tensor.requires_grad for tensor in network.parameters)

    # It is scored on test rows: above chance, and no better than possible.
    x, y = task.trial.test.views[arm.input], task.trial.test.y
    correct = (logits(network.parameters, x).argmax(-1) == y).double().mean()
    assert network.accuracy == correct.item()
    best = Population(DIAGRAM, PROTOCOL.rule).bayes_accuracy(SEEN[arm.input])
    assert 0.55 < network.accuracy < best + 4 * 0.5 / 1000**0.5

    # Alone it is the same to the last bit.
    alone = train(tasks_of(PROTOCOL, DIAGRAM, 0, [name]))[name]
    assert same(alone.parameters, network.parameters)
    assert alone.accuracy == network.accuracy


def test_arms_are_the_same_to_the_last_bit_in_any_company() -> None:
    """Beside other seeds, diagrams, shapes, losses and rows, in any order."""
    crowd: dict[tuple[int, int, str], Task] = {}
    wider = replace(PROTOCOL, width=7, n_train=50)
    other = VennDiagram({"a": 1, "b": 2, "a&b": 4}, hidden=1, noise={"a": 1, "b": 3})
    for i, (protocol, diagram) in enumerate(
        [(PROTOCOL, DIAGRAM), (PROTOCOL, other), (wider, DIAGRAM)]
    ):
        for seed in range(4):
            for arm, task in tasks_of(protocol, diagram, seed).items():
                teacher = None if task.teacher is None else (i, seed, task.teacher)
                crowd[i, seed, arm] = replace(task, teacher=teacher)
    forward, backward = train(crowd), train(dict(reversed(crowd.items())))
    for (i, seed, arm), network in forward.items():
        assert same(network.parameters, backward[i, seed, arm].parameters)
        if i == 1:
            alone = train(tasks_of(PROTOCOL, other, seed, [arm]))[arm]
            assert same(network.parameters, alone.parameters)
            assert network.accuracy == alone.accuracy


def test_every_arm_is_another_network(trained: Mapping[str, Trained]) -> None:
    """None repeats another under a second name."""
    arms = list(trained)
    for i, one in enumerate(arms):
        for other in arms[:i]:
            assert not same(trained[one].parameters, trained[other].parameters), (one, other)


def test_students_start_together_and_teachers_apart_from_them() -> None:
    """But for the general teacher, which starts where the teacher does: its input differs alone."""
    same_shape = replace(PROTOCOL, teacher_width=5, teacher_depth=1)
    diagram = VennDiagram({"a&b": 4}, noise={"a": 1, "b": 1})
    initial = same_shape.draw(diagram, 0).initial
    students = [arm for arm in ARMS if ARMS[arm].role == "student"]
    assert all(same(initial[arm], initial["no_kd"]) for arm in students)
    assert same(initial["general_teacher"], initial["teacher"])
    for one, other in [
        ("teacher", "no_kd"),
        ("um_teacher", "no_kd"),
        ("um_teacher", "teacher"),
    ]:
        assert initial[one][0].shape == initial[other][0].shape
        assert not torch.equal(initial[one][0], initial[other][0])


def test_teachers_come_along_once_and_before_who_imitates_them() -> None:
    assert with_teachers(["kd_shuffled", "kd"]) == ("teacher", "kd", "kd_shuffled")
    assert with_teachers(["kd_general", "teacher", "teacher"]) == (
        "teacher",
        "general_teacher",
        "kd_general",
    )
    assert with_teachers(["hard_label", "kd_oracle", "no_kd"]) == (
        "no_kd",
        "kd_oracle",
        "hard_label",
    )
    assert with_teachers(()) == ()
    assert with_teachers(ARMS) == tuple(ARMS)


GOOD: dict[str, Any] = {"role": "student", "input": "student", "init_stream": "student"}
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "role": ({"role": "pupil"}, "role = 'pupil': is unknown; known: teacher, student"),
    "input": ({"input": "a"}, "input = 'a': is unknown; known: teacher, student, both, general"),
    "loss": ({"loss": "kl"}, "loss = 'kl': is unknown; known: labels, heavier labels, distillat"),
    "nobody to imitate": ({"loss": "distillation"}, "imitates = None: must name a teacher if"),
    "imitates for nothing": ({"imitates": "teacher"}, "imitates = 'teacher': must name a teac"),
}


@pytest.mark.parametrize(("changes", "message"), BAD.values(), ids=BAD)
def test_bad_arms(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=re.escape(message)):
        Arm(**{**GOOD, **changes})


@pytest.mark.parametrize("arms", [["kd", "um"], "kd"], ids=str)
def test_unknown_arms(arms: Any) -> None:
    with pytest.raises(ArgumentError, match=r"arms = '(um|k)': is unknown; known: teacher"):
        with_teachers(arms)
