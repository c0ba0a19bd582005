"""What of a point can be changed, and what is told of it."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import (
    ARMS,
    CHANGEABLE,
    PROTOCOLS,
    SETTINGS,
    Distillation,
    Plan,
    Point,
    Store,
    Synthetic,
)
from analysis.sweeps.settings import AS_IS, BOTH, change, describe
from analysis.sweeps.sweepfile import make_plan
from synth import (
    RULES,
    Hyperplane,
    InvertibleNetwork,
    Linear,
    ObservationNoise,
    Parity,
    Permutation,
    Quadratic,
    RandomNetwork,
    Rotation,
)
from tests.analysis.small import POINT, fill, values_of
from venn import ArgumentError, FrozenMapping, VennDiagram

DIAGRAM = POINT.diagram


def refusal(point: Point, values: Mapping[str, Any]) -> ArgumentError:
    with pytest.raises(ArgumentError) as error:
        change(point, values)
    return error.value


# The contract of a setting: whatever is added to the list is tested.

SHARES = {"alpha", "beta", "gamma"}
FOLLOWING = {
    "rule": {"classes", "flip", "label_temperature"},
    "hidden": {"decisive", "diagram"},
    "teacher": {*SHARES, "teacher_channels"},
    "student": {*SHARES, "student_channels"},
}
"""What else changes: a rule brings its own classes and noise, a side what it sees."""


@pytest.mark.parametrize("name", CHANGEABLE)
def test_what_is_changed_is_read_back_and_all_else_stays(name: str) -> None:
    before = describe(POINT)
    parts = BOTH.get(name, (name,))
    allowed = {*parts, *FOLLOWING.get(name, ())}
    allowed |= {both for both, of in BOTH.items() if set(of) & set(parts)}
    for value in values_of(name):
        changed = change(POINT, {name: value})
        after = describe(changed)
        assert all(after[part] == value for part in (name, *parts))
        assert {key for key in before | after if before.get(key) != after.get(key)} <= allowed
        assert change(changed, {name: value}) == changed
    assert describe(POINT) == before


@pytest.mark.parametrize("name", CHANGEABLE)
def test_a_bad_value_is_refused_by_the_name_under_which_it_was_given(name: str) -> None:
    for bad in ("?", -1):
        error = refusal(POINT, {name: bad})
        assert (error.argument, error.value) == (name, bad)


@pytest.mark.parametrize("name", CHANGEABLE)
def test_a_setting_is_a_key_and_a_column_and_makes_other_networks(name: str) -> None:
    first, *_, last = values_of(name)
    values = [first, last]
    beside = {"validation": 0.2} if name == "patience" else {}
    made = make_plan({"seeds": 1, "points": 2, **beside, name: values})
    frame = fill(Store(), made).frame()
    assert list(frame[name].unique()) == values
    plan = Plan([DIAGRAM], POINT.protocol, tuple(ARMS), [0], {name: values})
    assert len(plan.recipes) > len(ARMS)


@pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=PROTOCOLS)
def test_a_protocol_has_what_it_lets_change_and_refuses_the_rest(protocol: Any) -> None:
    """What is told is JSON of numbers and words, in one order."""
    point = Point(VennDiagram({"a": 2, "a&b": 3}, noise={"a": 1, "b": 3}), protocol)
    told = describe(point)
    assert json.loads(json.dumps(told)) == told
    assert list(told) == [name for name in (*SETTINGS, *BOTH) if name in told]
    assert ("delta" in told) == hasattr(protocol, "delta")
    for name in CHANGEABLE:
        if name in told:
            assert describe(change(point, {name: told[name]})) == told
        else:
            error = refusal(point, {name: values_of(name)[0]})
            assert error.argument == name
            assert error.allowed.startswith("is not for this protocol, which replays a released")


@given(st.data())
def test_the_order_of_values_does_not_matter(data: st.DataObject) -> None:
    """Any values that are allowed together, in any order."""
    alone = {"rule", "teacher", "student"}  # not every value of these goes with all others
    single = [name for name in CHANGEABLE if name not in BOTH and name not in alone]
    names = data.draw(st.lists(st.sampled_from(single), unique=True, min_size=2))
    values = {name: data.draw(st.sampled_from(values_of(name))) for name in names}
    changed = change(POINT, values)
    shuffled = data.draw(st.permutations(names))
    assert change(POINT, {name: values[name] for name in shuffled}) == changed
    assert {name: describe(changed)[name] for name in values} == values


def test_fields_of_arms_are_kept_and_told_beside_settings() -> None:
    """As they are where they are numbers or words, and in words where they are not."""
    fields = {"mine.beta": 2, "mine.teacher": ARMS["um_teacher"], "mine.way": "far"}
    point = change(POINT, {"n_train": 20, **fields})
    assert point == Point(DIAGRAM, replace(POINT.protocol, n_train=20), FrozenMapping(fields))
    told = {"mine.beta": 2, "mine.teacher": repr(ARMS["um_teacher"]), "mine.way": "far"}
    assert describe(point) == describe(change(POINT, {"n_train": 20})) | told
    again = change(point, {"mine.beta": 3.5})
    assert again.fields == fields | {"mine.beta": 3.5}
    assert len({point, again, POINT}) == 3


# What values make, and what is told of them.


def test_values_are_allowed_if_together_they_are() -> None:
    """Whatever one of them alone would be: no order of single changes may be in the way."""
    deep = Point(DIAGRAM, Synthetic(width=5, depth=2))
    linear = change(deep, {"width": 0, "depth": 1})
    assert linear.protocol == Synthetic(width=0)
    assert change(linear, {"depth": 2, "width": 5}) == deep
    labels = Point(DIAGRAM, Synthetic(distillation=Distillation(1, 0)))
    imitation = change(labels, {"label_weight": 0, "teacher_weight": 1})
    assert imitation.protocol.distillation == Distillation(0, 1)
    three = Point(DIAGRAM, Synthetic(rule=Hyperplane(classes=3, flip=0.6)))
    fewer = change(three, {"flip": 0.1, "classes": 2})
    assert fewer.protocol == Synthetic(rule=Hyperplane(flip=0.1))


NOISY = (ObservationNoise(0.5), Permutation())
NETWORK = {"name": "network", "seed": 3, "width": 4}
LAYERS = {"name": "invertible network", "layers": 3}
MADE: list[tuple[Mapping[str, Any], dict[str, Any]]] = [
    ({"rule": NETWORK}, {"rule": RandomNetwork(seed=3, width=4)}),
    ({"flip": 0.1, "rule": "quadratic", "classes": 3}, {"rule": Quadratic(classes=3, flip=0.1)}),
    ({"rule": Hyperplane("normal", 3)}, {"rule": Hyperplane("normal", 3)}),
    ({"rule": {"name": "linear", "noise": 0.5}}, {"rule": Linear(noise=0.5)}),
    ({"teacher_view": {"name": "rotation", "seed": 5}}, {"teacher_view": (Rotation(5),)}),
    ({"student_view": LAYERS}, {"student_view": (InvertibleNetwork(layers=3),)}),
    ({"view": "permutation", "noise": 0.5}, {"teacher_view": NOISY, "student_view": NOISY}),
    ({"view": {"name": AS_IS}}, {}),
]


@pytest.mark.parametrize(("values", "fields"), MADE, ids=str)
def test_what_values_make(values: Mapping[str, Any], fields: dict[str, Any]) -> None:
    assert change(POINT, values) == Point(DIAGRAM, replace(POINT.protocol, **fields))


def test_parity_is_that_of_the_diagrams_own_modalities() -> None:
    diagram = VennDiagram({"u": 1, "v": 1}, modalities=("u", "v"))
    changed = change(Point(diagram, Synthetic()), {"rule": "parity"})
    assert changed.protocol == Synthetic(rule=Parity(("u", "v")))
    assert describe(changed)["rule"] == "parity"
    assert "label_temperature" not in describe(changed)
    back = change(changed, {"label_temperature": 0.5, "rule": "hyperplane"})
    assert back.protocol == Synthetic(rule=Hyperplane(temperature=0.5))


def test_noise_and_view_of_a_modality_are_kept_apart() -> None:
    noisy = change(POINT, {"noise": 0.5, "view": "rotation"})
    assert describe(change(noisy, {"view": AS_IS}))["teacher_noise"] == 0.5
    assert describe(change(noisy, {"noise": 0}))["teacher_view"] == "rotation"
    assert change(noisy, {"noise": 0, "view": AS_IS}) == POINT


TURNED = (ObservationNoise(0.5), Rotation(1), Permutation())
SKEWED = Hyperplane("normal", 3, flip=0.2)
TOLD: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"rule": Hyperplane((1, 2))}, {"rule": "Hyperplane(weights=(1.0, 2.0))"}),
    ({"rule": Hyperplane(classes=(0.2, 0.8))}, {"rule": "hyperplane", "classes": "(0.2, 0.8)"}),
    ({"rule": Linear()}, {"rule": "linear", "classes": None}),
    ({"rule": SKEWED}, {"rule": "Hyperplane(weights='normal', seed=3)", "flip": 0.2}),
    ({"rule": Parity(("a", "a&b"))}, {"rule": "Parity(regions=('a', 'a&b'))"}),
    ({"teacher_view": TURNED}, {"teacher_view": "Rotation(seed=1) then permutation", "view": None}),
    ({"teacher_view": TURNED}, {"teacher_noise": 0.5, "student_noise": 0.0, "noise": None}),
    ({"teacher_width": 5}, {"width": None, "depth": 1}),
]


@pytest.mark.parametrize(("fields", "expected"), TOLD, ids=str)
def test_what_is_told(fields: dict[str, Any], expected: dict[str, Any]) -> None:
    told = describe(Point(DIAGRAM, replace(POINT.protocol, **fields)))
    assert {name: told.get(name) for name in expected} == expected


KNOWN_VIEWS = "known: as it is, invertible network, permutation, rotation"
KNOWN_RULES = f"known: {', '.join(RULES)}"
BAD: dict[str, Mapping[Any, Any]] = {
    "settings = 'n': is unknown; known: hidden, teacher": {"n": 5},
    "settings = 'gamma': is unknown; known: hidden": {"gamma": 1},
    "student_noise = 0.2: sets student_noise, which is set a": {"noise": 0.1, "student_noise": 0.2},
    "width = 2: sets teacher_width, which is set already": {"teacher_width": 1, "width": 2},
    f"rule = 'line': is unknown; {KNOWN_RULES}": {"rule": "line"},
    "classes = 3: is not for Linear, which has none": {"rule": "linear", "classes": 3},
    f"rule = 3: must be a name or a table with a name; {KNOWN_RULES}": {"rule": 3},
    "rule = {'flip': 0.1}: must be a name": {"rule": {"flip": 0.1}},
    "rule.weights = 'twos': must be 'ones', '": {"rule": {"name": "hyperplane", "weights": "twos"}},
    "rule.temperature = 1: is not for 'parity', wh": {"rule": {"name": "parity", "temperature": 1}},
    "flip = 0.6: must be at most 0.5: 2 classes are then pu": {"flip": 0.6},
    "label_temperature = 1: is not for Parity, which h": {"rule": "parity", "label_temperature": 1},
    f"student_view = 'observation noise': is unknown; {KNOWN_VIEWS}": {
        "student_view": "observation noise"
    },
    "student_view.seed = -1: must be a whole n": {"student_view": {"name": "rotation", "seed": -1}},
    "view.seed = 1: is not for 'as it is', which has no valu": {"view": {"name": AS_IS, "seed": 1}},
    "student_noise = 1e-09: must be a finite number": {"student_noise": 1e-9},
    "noise = False: must be a finite number": {"noise": False},
    "student_depth = 2: must be at most 1 for a linear model; give it a": {
        "width": 0,
        "student_depth": 2,
    },
    "depth = 2: must be at most 1 for a linear model": {"width": 0, "depth": 2},
    "teacher_weight = 0: must be a finite number above 0": {"label_weight": 0, "teacher_weight": 0},
}


@pytest.mark.parametrize(("message", "values"), BAD.items(), ids=BAD)
def test_bad_changes(values: Mapping[str, Any], message: str) -> None:
    assert str(refusal(POINT, values)).startswith(message)


def test_a_pair_is_no_point() -> None:
    with pytest.raises(ArgumentError, match="must be of kind Point, such as Point"):
        describe((DIAGRAM, Synthetic()))  # type: ignore[arg-type]  # a bad call
