"""What is true of every arm, whatever it is."""

import itertools
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from analysis import ARMS, Optimiser, Synthetic
from analysis.methods.arms import NAMES, NO_KD, TEACHER, named, teachers, varied, with_needs
from analysis.methods.distilled import Distilled
from analysis.methods.fitting import fit
from analysis.methods.labels import Labels
from synth import Hyperplane
from tests.analysis.alone import crowd_of, parameters_of, same, tasks_of
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
    """Who is needed is an arm before it, a teacher that needs no one; no two are one method."""
    arm = ARMS[name]
    assert NAMES[arm] == name
    for needed in arm.needs.values():
        assert list(ARMS).index(NAMES[needed]) < list(ARMS).index(name)
        assert needed.role == "teacher"
        assert not needed.needs
    starts = (arm.inputs[0], arm.init_stream)  # type: ignore[attr-defined]  # all arms have one
    assert (arm.role == "student") == (starts == ("student", "student"))


def test_arms_are_the_same_to_the_last_bit_in_any_company() -> None:
    """Beside other seeds, diagrams, shapes, losses and rows, in any order."""
    wider = replace(PROTOCOL, width=7, n_train=50)
    other_teachers = replace(PROTOCOL, teacher_width=3, teacher_depth=1)
    points = ((PROTOCOL, DIAGRAM), (PROTOCOL, OTHER), (wider, DIAGRAM), (other_teachers, DIAGRAM))
    crowd = crowd_of(
        {(i, seed): tasks_of(*points[i], seed) for i in range(len(points)) for seed in range(4)}
    )
    forward, backward = fit(crowd), fit(dict(reversed(crowd.items())))
    networks = {key: parameters_of(fitted) for key, fitted in forward.items()}
    for ((i, seed), arm), network in networks.items():
        assert same(network, parameters_of(backward[(i, seed), arm]))
        if seed == 1:
            alone = fit(tasks_of(*points[i], seed, [arm]))[arm]
            assert same(network, parameters_of(alone))
    for one, other in itertools.combinations(ARMS, 2):  # none repeats another under a second name
        assert not same(networks[(0, 0), one], networks[(0, 0), other])


def test_who_is_needed_comes_along_once_and_before_who_needs_it() -> None:
    assert list(named(["kd_shuffled", "kd"])) == ["teacher", "kd", "kd_shuffled"]
    kd_general = ["teacher", "general_teacher", "kd_general"]
    assert list(named(["kd_general", "teacher", "teacher"])) == kd_general
    alone = ["no_kd", "kd_oracle", "hard_label"]
    assert list(named(reversed(alone))) == alone
    assert named(()) == {}
    assert list(named(ARMS).items()) == list(ARMS.items())


WIDE = Labels(input="both", init_stream="mine", role="teacher")
AGAIN = Distilled(teacher=ARMS["kd"])
MINE: dict[str, tuple[dict[str, Any], list[str]]] = {
    "what it needs is an arm": ({"mine": AGAIN}, ["teacher", "kd", "mine"]),
    "what it needs is given": (
        {"mine": Distilled(teacher=WIDE), "wide": WIDE, "no_kd": NO_KD},
        ["no_kd", "wide", "mine"],
    ),
    "what is needed has the name of who needs it": (
        {"mine": Distilled(teacher=Distilled(teacher=WIDE))},
        ["mine.teacher.teacher", "mine.teacher", "mine"],
    ),
    "what several need is named once": (
        {"mine": Distilled(teacher=Distilled(teacher=WIDE)), "other": Distilled(teacher=WIDE)},
        ["other.teacher", "other", "mine"],
    ),
    "an arm under another name": ({"mine": TEACHER, "kd": ARMS["kd"]}, ["mine", "kd"]),
}


@pytest.mark.parametrize(("arms", "names"), MINE.values(), ids=MINE)
def test_methods_of_ones_own_have_names_of_ones_own(arms: dict[str, Any], names: list[str]) -> None:
    """And are there once, with all that they need; to name them again changes nothing."""
    found = named(arms)
    assert list(found) == names
    assert arms.items() <= found.items()
    methods = list(found.values())
    assert len(set(methods)) == len(methods)
    for i, method in enumerate(methods):
        assert set(method.needs.values()) <= set(methods[:i])
    assert named(found) == found


def test_a_changed_field_is_changed_for_all_who_need_the_method() -> None:
    arms = named({"mine": Distilled(teacher=Distilled(teacher=WIDE)), "wide": WIDE})
    assert varied(arms, {}) == arms
    changed = varied(arms, {"wide.init_stream": "other", "mine.shuffled": True})
    wide = replace(WIDE, init_stream="other")
    assert changed == {
        "wide": wide,
        "mine.teacher": Distilled(teacher=wide),
        "mine": Distilled(teacher=Distilled(teacher=wide), shuffled=True),
    }
    deep = varied(arms, {"mine.teacher.teacher.input": "student"})
    inner = Distilled(teacher=replace(WIDE, input="student"))
    assert deep == {"wide": WIDE, "mine.teacher": inner, "mine": Distilled(teacher=inner)}


def test_who_teaches_an_arm_is_found_by_its_name() -> None:
    there = [*ARMS, "mine", "mine.other", "minerals.x"]
    taught = teachers([*ARMS, "mine"], there)
    assert taught.pop("mine") == ["teacher", "mine.other"]
    assert taught == {
        arm: [NAMES[needed] for needed in method.needs.values()] for arm, method in ARMS.items()
    }
    assert teachers(["kd"], ["kd", "no_kd"]) == {"kd": []}


def test_what_methods_need_comes_before_them() -> None:
    inner = Distilled(teacher=WIDE)
    outer = Distilled(teacher=inner)
    assert with_needs([outer, WIDE, NO_KD]) == [WIDE, inner, outer, NO_KD]


BAD: dict[str, Callable[[], object]] = {
    "role = 'pupil': is unknown; known: teacher, student": lambda: Labels(role="pupil"),  # type: ignore[arg-type]  # a bad call
    "input = 'general': is unknown; known: teacher, student, both": lambda: Labels(input="general"),
    "teacher = 'kd': must be of kind Method, such as": lambda: Distilled(teacher="kd"),  # type: ignore[arg-type]  # a bad call
    "arms = 'um': is unknown; known: teacher": lambda: named(["kd", "um"]),
    "arms = 'k': is unknown; known: teacher": lambda: named("kd"),
    "arms['mine'] = 'kd': must be a method; those with a name: teacher": lambda: named(
        {"mine": "kd"}
    ),
    "arms['b'] = Labels(input='student', init_stream='student', role='student', heavier=False): "
    "is 'a' too; leave one out": lambda: named({"a": NO_KD, "b": NO_KD}),
    "arms['a.teacher'] = Labels(input='student', init_stream='student', role='student', "
    "heavier=False): has the name of a method that is needed too; choose another": lambda: named(
        {"a": Distilled(teacher=WIDE), "a.teacher": NO_KD}
    ),
    "arms['teacher'] = Labels(input='both', init_stream='mine', role='teacher', heavier=False): "
    "is not the method that has this name here; give yours a name of its own": lambda: named(
        {"kd": ARMS["kd"], "teacher": WIDE}
    ),
    "kd.alpha = 1: is a field of no arm here; arms: no_kd": lambda: varied(
        named(["no_kd"]), {"kd.alpha": 1}
    ),
    "kd.alpha = 1: is no field of Distilled, which has teacher, shuffled, init_stream": lambda: (
        varied(ARMS, {"kd.alpha": 1})
    ),
    "kd_oracle.teacher.input = 1: is no field of str, which has none": lambda: varied(
        ARMS, {"kd_oracle.teacher.input": 1}
    ),
    "kd.teacher.input = 'a': is unknown; known: teacher, student, both": lambda: varied(
        ARMS, {"kd.teacher.input": "a"}
    ),
}


@pytest.mark.parametrize(("message", "call"), BAD.items(), ids=BAD)
def test_bad_arms(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ArgumentError, match=f"^{re.escape(message)}"):
        call()
