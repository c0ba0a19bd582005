"""What is true of every arm, whatever it is."""

import itertools
import re
from dataclasses import replace
from typing import Any

import pytest

from analysis import ARMS, Arm, Optimiser, Synthetic
from analysis.methods.arms import with_teachers
from analysis.methods.fitting import Task, train
from synth import Hyperplane
from tests.analysis.alone import same, tasks_of
from venn import ArgumentError, VennDiagram

DIAGRAM = VennDiagram({"a": 2, "b": 2, "a&b": 3}, hidden=1, noise={"a": 1, "b": 4})
OTHER = VennDiagram({"a": 1, "b": 2, "a&b": 4}, hidden=1, noise={"a": 1, "b": 3})
PROTOCOL = Synthetic(
    n_train=80,
    n_test=100,
    width=5,
    teacher_width=6,
    teacher_depth=2,
    rule=Hyperplane(flip=0.05),
    optimiser=Optimiser("adam", 0.03, 40),
)


@pytest.mark.parametrize("name", ARMS)
def test_contract_of_every_arm(name: str) -> None:
    """Who is imitated is an arm before it that learns from labels, or the posterior."""
    arm = ARMS[name]
    if arm.teacher is not None:
        assert list(ARMS).index(arm.teacher) < list(ARMS).index(name)
        assert ARMS[arm.teacher].loss == "labels"
        assert ARMS[arm.teacher].role == "teacher"
    assert (arm.role == "student") == (arm.input == arm.init_stream == "student")


def test_arms_are_the_same_to_the_last_bit_in_any_company() -> None:
    """Beside other seeds, diagrams, shapes, losses and rows, in any order."""
    crowd: dict[tuple[int, int, str], Task] = {}
    wider = replace(PROTOCOL, width=7, n_train=50)
    other_teachers = replace(PROTOCOL, teacher_width=3, teacher_depth=1)
    points = ((PROTOCOL, DIAGRAM), (PROTOCOL, OTHER), (wider, DIAGRAM), (other_teachers, DIAGRAM))
    for i, (protocol, diagram) in enumerate(points):
        for seed in range(4):
            for arm, task in tasks_of(protocol, diagram, seed).items():
                teacher = None if task.teacher is None else (i, seed, task.teacher)
                crowd[i, seed, arm] = replace(task, teacher=teacher)
    forward, backward = train(crowd), train(dict(reversed(crowd.items())))
    for (i, seed, arm), network in forward.items():
        assert same(network.parameters, backward[i, seed, arm].parameters)
        if seed == 1:
            alone = train(tasks_of(*points[i], seed, [arm]))[arm]
            assert same(network.parameters, alone.parameters)
            assert network.accuracy == alone.accuracy
    for one, other in itertools.combinations(ARMS, 2):  # none repeats another under a second name
        assert not same(forward[0, 0, one].parameters, forward[0, 0, other].parameters)


def test_teachers_come_along_once_and_before_who_imitates_them() -> None:
    assert with_teachers(["kd_shuffled", "kd"]) == ("teacher", "kd", "kd_shuffled")
    kd_general = ("teacher", "general_teacher", "kd_general")
    assert with_teachers(["kd_general", "teacher", "teacher"]) == kd_general
    alone = ("no_kd", "kd_oracle", "hard_label")
    assert with_teachers(reversed(alone)) == alone
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
