"""What of a point can be changed, and what is told of it."""

import itertools
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import CHANGEABLE, PROTOCOLS, SETTINGS, Distillation, Optimiser, Point, Synthetic
from analysis.sweeps.settings import AS_IS, BOTH, change, describe
from synth import (
    Hyperplane,
    InvertibleNetwork,
    ObservationNoise,
    Parity,
    Permutation,
    Quadratic,
    RandomNetwork,
    Rotation,
)
from venn import ArgumentError, VennDiagram, growing_gamma

DIAGRAM = VennDiagram({"a": 2, "b": 2, "a&b": 3}, hidden=1, noise={"a": 1, "b": 4})
POINT = Point(DIAGRAM, Synthetic())
REPLAY = Point(growing_gamma()[0], PROTOCOLS["published"])

# Every value that a setting may be given, and what is read back where that is another.
VALUES: dict[str, list[Any]] = {
    "hidden": [0, 5],
    "n_train": [1, 300],
    "n_test": [1, 300],
    "rule": ["hyperplane", "network", "parity", "quadratic"],
    "classes": [2, 3],
    "flip": [0.0, 0.1],
    "label_temperature": [0.0, 0.5],
    "teacher_view": [AS_IS, "rotation", "permutation", "invertible network"],
    "student_view": [AS_IS, "rotation", "permutation", "invertible network"],
    "teacher_noise": [0.0, 0.5],
    "student_noise": [0.0, 0.5],
    "teacher_width": [0, 7],
    "student_width": [0, 7],
    "teacher_depth": [1, 3],
    "student_depth": [1, 3],
    "optimiser": ["sgd", "adam"],
    "learning_rate": [0.5],
    "steps": [1, 17],
    "weight_decay": [0.0, 0.5],
    "label_weight": [0.0, 2.0],
    "teacher_weight": [0.0, 2.0],
    "temperature": [0.5, 4.0],
    "reduction": ["batchmean", "mean"],
}
CASES = [(name, value) for name, values in VALUES.items() for value in values]


def test_every_setting_that_can_be_changed_has_values_here() -> None:
    single = {name for name, setting in SETTINGS.items() if setting.change}
    assert set(VALUES) == single == set(CHANGEABLE) - set(BOTH)
    assert all(setting.what for setting in SETTINGS.values())
    assert not set(BOTH) & set(SETTINGS)


@pytest.mark.parametrize(("name", "value"), CASES, ids=str)
def test_what_is_changed_is_read_back_and_all_else_stays(name: str, value: Any) -> None:
    """But for what follows: a rule brings its own classes and noise, hidden features are decisive."""
    changed = change(POINT, {name: value})
    before, after = describe(POINT), describe(changed)
    assert after[name] == value
    follows = {"rule": {"classes", "flip", "label_temperature"}, "hidden": {"decisive", "diagram"}}
    different = {key for key in before | after if before.get(key) != after.get(key)}
    assert different <= {name} | follows.get(name, set())
    assert describe(change(changed, {name: value})) == after
    assert describe(POINT) == before


@pytest.mark.parametrize("name", BOTH)
def test_one_name_for_teachers_and_students(name: str) -> None:
    for value in VALUES[f"teacher_{name}"]:
        both = change(POINT, {name: value})
        assert both == change(POINT, {f"teacher_{name}": value, f"student_{name}": value})
        told = describe(both)
        assert told[f"teacher_{name}"] == told[f"student_{name}"] == value


INDEPENDENT = [name for name in VALUES if name not in ("rule", "classes", "label_temperature")]


@given(st.data())
def test_the_order_of_values_does_not_matter(data: st.DataObject) -> None:
    """Any values that are allowed together, in any order, from any point."""
    names = data.draw(st.lists(st.sampled_from(INDEPENDENT), unique=True, min_size=2))
    values = {name: data.draw(st.sampled_from(VALUES[name])) for name in names}
    for role in ("teacher", "student"):
        if values.get(f"{role}_width", 1) == 0:
            values[f"{role}_depth"] = 1
        elif f"{role}_depth" in values:
            values[f"{role}_width"] = 7
    if values.get("label_weight") == 0 or values.get("teacher_weight") == 0:
        values |= {"label_weight": 1.0, "teacher_weight": 2.0}
    changed = change(POINT, values)
    shuffled = data.draw(st.permutations(list(values)))
    assert change(POINT, {name: values[name] for name in shuffled}) == changed
    assert {name: describe(changed)[name] for name in values} == values


def test_values_are_allowed_if_together_they_are() -> None:
    """Whatever one of them alone would be: no order of single changes may be in the way."""
    deep = Point(DIAGRAM, Synthetic(width=5, depth=2))
    linear = change(deep, {"width": 0, "depth": 1})
    assert linear.protocol == Synthetic(width=0)
    assert change(linear, {"depth": 2, "width": 5}) == deep
    labels = Point(DIAGRAM, Synthetic(distillation=Distillation(1, 0)))
    imitation = change(labels, {"label_weight": 0, "teacher_weight": 1})
    assert imitation.protocol.distillation == Distillation(0, 1)
    assert change(imitation, {"teacher_weight": 0, "label_weight": 1}) == labels
    three = Point(DIAGRAM, Synthetic(rule=Hyperplane(classes=3, flip=0.6)))
    fewer = change(three, {"flip": 0.1, "classes": 2})
    assert fewer.protocol == Synthetic(rule=Hyperplane(flip=0.1))


MADE: dict[str, tuple[Mapping[str, Any], Synthetic]] = {
    "a rule by a table": (
        {"rule": {"name": "network", "seed": 3, "width": 4}},
        Synthetic(rule=RandomNetwork(seed=3, width=4)),
    ),
    "a rule and its noise": (
        {"flip": 0.1, "rule": "quadratic", "classes": 3},
        Synthetic(rule=Quadratic(classes=3, flip=0.1)),
    ),
    "a rule itself": ({"rule": Hyperplane("normal", 3)}, Synthetic(rule=Hyperplane("normal", 3))),
    "a view by a table": (
        {"teacher_view": {"name": "rotation", "seed": 5}},
        Synthetic(teacher_view=(Rotation(5),)),
    ),
    "layers of a view": (
        {"student_view": {"name": "invertible network", "layers": 3}},
        Synthetic(student_view=(InvertibleNetwork(layers=3),)),
    ),
    "noise before the view": (
        {"view": "permutation", "student_noise": 0.5},
        Synthetic(
            teacher_view=(Permutation(),), student_view=(ObservationNoise(0.5), Permutation())
        ),
    ),
    "as it is by a table": ({"view": {"name": AS_IS}}, Synthetic()),
    "numbers of other kinds": (
        {"temperature": 2, "learning_rate": 1},
        Synthetic(
            optimiser=replace(Synthetic().optimiser, learning_rate=1.0),
            distillation=replace(Synthetic().distillation, temperature=2.0),
        ),
    ),
    "optimiser and steps": (
        {"optimiser": "sgd", "steps": 5, "weight_decay": 0},
        Synthetic(optimiser=Optimiser("sgd", 0.01, 5)),
    ),
}


@pytest.mark.parametrize(("values", "expected"), MADE.values(), ids=MADE)
def test_what_values_make(values: Mapping[str, Any], expected: Synthetic) -> None:
    assert change(POINT, values) == Point(DIAGRAM, expected)


def test_parity_is_that_of_the_diagrams_own_modalities() -> None:
    diagram = VennDiagram({"u": 1, "v": 1}, modalities=("u", "v"))
    changed = change(Point(diagram, Synthetic()), {"rule": "parity"})
    assert changed.protocol == Synthetic(rule=Parity(("u", "v")))
    assert describe(changed)["rule"] == "parity"
    assert "label_temperature" not in describe(changed)


def test_noise_and_view_of_a_modality_are_kept_apart() -> None:
    noisy = change(POINT, {"noise": 0.5, "view": "rotation"})
    assert describe(change(noisy, {"view": AS_IS}))["teacher_noise"] == 0.5
    assert describe(change(noisy, {"noise": 0}))["teacher_view"] == "rotation"
    assert change(noisy, {"noise": 0, "view": AS_IS}) == POINT


TOLD: dict[str, tuple[Synthetic, dict[str, Any]]] = {
    "weights": (
        Synthetic(rule=Hyperplane(tuple(range(1, 9)))),
        {"rule": "Hyperplane(weights=(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0))"},
    ),
    "unequal classes": (Synthetic(rule=Hyperplane(classes=(0.2, 0.8))), {"classes": "(0.2, 0.8)"}),
    "flips are told by themselves": (
        Synthetic(rule=Hyperplane("normal", 3, flip=0.2)),
        {"rule": "Hyperplane(weights='normal', seed=3)", "flip": 0.2},
    ),
    "another parity": (
        Synthetic(rule=Parity(("a", "a&b"))),
        {"rule": "Parity(regions=('a', 'a&b'))"},
    ),
    "views in order": (
        Synthetic(teacher_view=(ObservationNoise(0.5), Rotation(1), Permutation())),
        {"teacher_view": "Rotation(seed=1) then permutation", "teacher_noise": 0.5},
    ),
}


@pytest.mark.parametrize(("protocol", "expected"), TOLD.values(), ids=TOLD)
def test_what_is_told(protocol: Synthetic, expected: dict[str, Any]) -> None:
    told = describe(Point(DIAGRAM, protocol))
    assert {name: told[name] for name in expected} == expected


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_description_is_json_of_numbers_and_words(name: str) -> None:
    told = describe(Point(growing_gamma()[1], PROTOCOLS[name]))
    assert json.loads(json.dumps(told)) == told
    assert list(told) == [setting for setting in SETTINGS if setting in told]
    assert all(isinstance(value, str | int | float) for value in told.values())
    assert ("delta" in told) == (name != "synthetic")
    assert ("rule" in told) == ("student_width" in told) == (name == "synthetic")
    assert (told["teacher_channels"], told["student_channels"], told["hidden"]) == (25, 50, 2)


def test_a_replay_has_rows_steps_and_losses() -> None:
    values = {"n_train": 50, "steps": 5, "temperature": 2.0, "hidden": 4, "reduction": "batchmean"}
    changed = change(REPLAY, values)
    assert {name: describe(changed)[name] for name in values} == values
    assert type(changed.protocol) is type(REPLAY.protocol)


NATIVE_ALONE = (
    *("rule", "classes", "flip", "label_temperature"),
    *(f"{role}_{name}" for role, name in itertools.product(("teacher", "student"), BOTH)),
)
KNOWN_VIEWS = "known: as it is, invertible network, permutation, rotation"
KNOWN_RULES = "known: hyperplane, network, parity, quadratic"
BAD: dict[str, tuple[Point, Mapping[str, Any], str]] = {
    **{
        f"{name} of a replay": (
            REPLAY,
            {name: VALUES[name][0]},
            f"{name} = {VALUES[name][0]!r}: only the synthetic protocol has it",
        )
        for name in NATIVE_ALONE
    },
    "unknown": (POINT, {"n": 5}, "settings = 'n': is unknown; known: hidden, n_train"),
    "not a name": (POINT, {5: 5}, "settings = 5: is unknown; known: hidden"),  # type: ignore[dict-item]
    "what follows": (POINT, {"gamma": 1}, "settings = 'gamma': is unknown; known: hidden"),
    "twice": (
        POINT,
        {"noise": 0.1, "student_noise": 0.2},
        "student_noise = 0.2: sets student_noise, which is set already",
    ),
    "twice by both": (
        POINT,
        {"teacher_width": 1, "width": 2},
        "width = 2: sets teacher_width, which is set already",
    ),
    "hidden": (POINT, {"hidden": -1}, "hidden = -1: must be a whole number of at least 0"),
    "n_train": (POINT, {"n_train": 0}, "n_train = 0: must be a whole number of at least 1"),
    "n_test": (POINT, {"n_test": 0.5}, "n_test = 0.5: must be a whole number of at least 1"),
    "rule": (POINT, {"rule": "linear"}, f"rule = 'linear': is unknown; {KNOWN_RULES}"),
    "rule a number": (
        POINT,
        {"rule": 3},
        f"rule = 3: must be a name or a table with a name; {KNOWN_RULES}",
    ),
    "rule without a name": (POINT, {"rule": {"flip": 0.1}}, "rule = {'flip': 0.1}: must be a name"),
    "rule's value": (
        POINT,
        {"rule": {"name": "hyperplane", "weights": "twos"}},
        "rule.weights = 'twos': must be 'ones', 'normal' or finite numbers",
    ),
    "rule's unknown value": (
        POINT,
        {"rule": {"name": "parity", "temperature": 1}},
        "rule.temperature = 1: is not for 'parity', which has flip, regions, classes",
    ),
    "classes": (POINT, {"classes": 1}, "classes = 1: must be a whole number of at least 2"),
    "flip": (POINT, {"flip": 0.6}, "flip = 0.6: must be at most 0.5: 2 classes are then pure"),
    "label_temperature": (
        POINT,
        {"label_temperature": -1},
        "label_temperature = -1: must be a finite number of at least 0",
    ),
    "temperature of parity": (
        POINT,
        {"rule": "parity", "label_temperature": 1},
        "label_temperature = 1: is not for Parity, which has none",
    ),
    "view": (POINT, {"view": "mirror"}, f"teacher_view = 'mirror': is unknown; {KNOWN_VIEWS}"),
    "noise for a view": (
        POINT,
        {"student_view": "observation noise"},
        f"student_view = 'observation noise': is unknown; {KNOWN_VIEWS}",
    ),
    "view a list": (
        POINT,
        {"view": ["rotation"]},
        f"teacher_view = ['rotation']: must be a name or a table with a name; {KNOWN_VIEWS}",
    ),
    "view's value": (
        POINT,
        {"student_view": {"name": "rotation", "seed": -1}},
        "student_view.seed = -1: must be a whole number of at least 0",
    ),
    "view's unknown value": (
        POINT,
        {"student_view": {"name": "rotation", "sed": 1}},
        "student_view.sed = 1: is not for 'rotation', which has seed",
    ),
    "seed of no view": (
        POINT,
        {"student_view": {"name": AS_IS, "seed": 1}},
        "student_view.seed = 1: is not for 'as it is', which has no values",
    ),
    "negative noise": (POINT, {"teacher_noise": -1}, "teacher_noise = -1: must be a finite number"),
    "tiny noise": (POINT, {"student_noise": 1e-9}, "student_noise = 1e-09: must be a finite numbe"),
    "huge noise": (POINT, {"noise": 1e7}, "teacher_noise = 10000000.0: must be at most 1e+06"),
    "teacher_width": (POINT, {"teacher_width": -1}, "teacher_width = -1: must be a whole number"),
    "student_width": (POINT, {"student_width": 1.5}, "student_width = 1.5: must be a whole number"),
    "teacher_depth": (POINT, {"teacher_depth": 0}, "teacher_depth = 0: must be a whole number of"),
    "student_depth": (POINT, {"student_depth": 0}, "student_depth = 0: must be a whole number of"),
    "deep and linear": (
        POINT,
        {"student_width": 0, "student_depth": 2},
        "student_depth = 2: must be 1 for a linear model; give it a width",
    ),
    "linear where it is deep": (
        Point(DIAGRAM, Synthetic(depth=2)),
        {"student_width": 0},
        "student_depth = 2: must be 1 for a linear model; give it a width",
    ),
    "optimiser": (POINT, {"optimiser": "lbfgs"}, "optimiser = 'lbfgs': is unknown; known: sgd, a"),
    "learning_rate": (POINT, {"learning_rate": 0}, "learning_rate = 0: must be a finite number ab"),
    "steps": (POINT, {"steps": 0}, "steps = 0: must be a whole number of at least 1"),
    "weight_decay": (POINT, {"weight_decay": -1}, "weight_decay = -1: must be a finite number of"),
    "label_weight": (POINT, {"label_weight": -1}, "label_weight = -1: must be a finite number of"),
    "teacher_weight": (POINT, {"teacher_weight": "x"}, "teacher_weight = 'x': must be a finite nu"),
    "no weight at all": (
        POINT,
        {"label_weight": 0, "teacher_weight": 0},
        "teacher_weight = 0: must be a finite number above 0",
    ),
    "temperature": (
        POINT,
        {"temperature": 0},
        "temperature = 0: must be a finite number of at least 1e-06",
    ),
    "reduction": (
        POINT,
        {"reduction": "batch"},
        "reduction = 'batch': is unknown; known: batchmean, me",
    ),
}


@pytest.mark.parametrize(("point", "values", "message"), BAD.values(), ids=BAD)
def test_bad_changes(point: Point, values: Mapping[str, Any], message: str) -> None:
    """The message has the setting's own name, as the person wrote it."""
    with pytest.raises(ArgumentError) as error:
        change(point, values)
    assert message in str(error.value)


def test_a_pair_is_no_point() -> None:
    with pytest.raises(ArgumentError, match="must be of kind Point, such as Point"):
        describe((DIAGRAM, Synthetic()))  # type: ignore[arg-type]  # a bad call
