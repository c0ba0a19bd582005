"""Plans as people write them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from analysis import CHANGEABLE, PAPER_ARMS, PROTOCOLS, Plan, Synthetic
from analysis.sweeps.settings import BOTH, SETTINGS, Point, describe
from analysis.sweeps.sweepfile import KEYS, PATHS, make_plan, parse, read_plan
from synth import Hyperplane, Parity, Rotation
from venn import (
    ArgumentError,
    VennDiagram,
    growing_alpha,
    growing_beta,
    growing_gamma,
    simplex,
)

TOML = """
path = "gamma"
points = 3
teacher_channels = 30
arms = ["no_kd", "kd", "kd_shuffled"]
seeds = "100:103"
n_train = [50, 100]
width = 8
rule = { name = "hyperplane", flip = 0.1 }
teacher_view = ["as it is", { name = "rotation", seed = 2 }]
"""


def test_a_file_is_a_plan(tmp_path: Path) -> None:
    """One value sets, several are an axis; what is not said is as by default."""
    (tmp_path / "sweep.toml").write_text(TOML, encoding="utf-8")
    plan = make_plan(read_plan(tmp_path / "sweep.toml"))
    assert plan.diagrams == growing_gamma((0, 5, 10), dims={"a": 30, "b": 50})
    assert plan.arms == ("teacher", "no_kd", "kd", "kd_shuffled")
    assert plan.seeds == range(100, 103)
    assert len(plan.points) == 3 * 2 * 2
    assert plan.points[3] == Point(
        plan.diagrams[0],
        Synthetic(n_train=100, width=8, rule=Hyperplane(flip=0.1), teacher_view=(Rotation(2),)),
    )


def test_no_key_is_figure_2() -> None:
    assert make_plan({}) == Plan(growing_gamma(), Synthetic(), PAPER_ARMS, range(100))
    for name, protocol in PROTOCOLS.items():
        plan = make_plan({"protocol": name})
        assert plan.protocol == protocol
        assert len(plan.seeds) == {"synthetic": 100, "published": 100, "released": 10}[name]


PATH_CASES: dict[str, tuple[dict[str, Any], tuple[VennDiagram, ...]]] = {
    "gamma": ({}, growing_gamma()),
    "gamma, all overlaps": ({"points": 11}, growing_gamma(range(11))),
    "gamma, other counts": (
        {"points": 2, "seen": 3, "decisive": 8, "teacher_channels": 4, "student_channels": 5},
        growing_gamma((0, 3), seen=3, decisive=8, dims={"a": 4, "b": 5}),
    ),
    "alpha": ({"path": "alpha"}, growing_alpha()),
    "alpha, other counts": (
        {"path": "alpha", "points": 3, "general": 2, "decisive": 6, "student_channels": 9},
        growing_alpha((0, 2, 4), general=2, decisive=6, dims={"a": 50, "b": 9}),
    ),
    "beta": ({"path": "beta"}, growing_beta()),
    "beta, other counts": (
        {"path": "beta", "points": 2, "general": 1, "decisive": 4},
        growing_beta((0, 3), general=1, decisive=4),
    ),
    "simplex": ({"path": "simplex"}, simplex()),
    "simplex, other counts": (
        {"path": "simplex", "decisive": 6, "step": 3, "teacher_channels": 8},
        simplex(decisive=6, step=3, dims={"a": 8, "b": 6}),
    ),
}


@pytest.mark.parametrize(("keys", "diagrams"), PATH_CASES.values(), ids=PATH_CASES)
def test_paths(keys: dict[str, Any], diagrams: tuple[VennDiagram, ...]) -> None:
    assert make_plan(keys).diagrams == diagrams


def test_every_path_has_a_case() -> None:
    assert {keys.get("path", "gamma") for keys, _ in PATH_CASES.values()} == set(PATHS)


def test_diagrams_of_ones_own() -> None:
    tables = [
        {"regions": {"u": 1, "v": 2}, "modalities": ["u", "v"]},
        {"regions": {"a&b": 3}, "hidden": 1, "noise": {"a": 2}},
    ]
    expected = (
        VennDiagram({"u": 1, "v": 2}, modalities=("u", "v")),
        VennDiagram({"a&b": 3}, hidden=1, noise={"a": 2}),
    )
    assert make_plan({"diagrams": tables}).diagrams == expected
    assert make_plan({"diagrams": tables[1]}).diagrams == expected[1:]


SEEDS: dict[str, tuple[Any, Any]] = {
    "a number": (3, range(3)),
    "from and to": ("100:103", range(100, 103)),
    "a list": ([4, 2], (4, 2)),
    "a range": (range(5, 9), range(5, 9)),
}


@pytest.mark.parametrize(("given", "seeds"), SEEDS.values(), ids=SEEDS)
def test_seeds(given: Any, seeds: Any) -> None:
    assert make_plan({"seeds": given, "points": 2}).seeds == seeds


ONE_VALUE: Mapping[str, Any] = {
    "hidden": 12,
    "n_train": 50,
    "n_test": 60,
    "rule": "quadratic",
    "classes": 3,
    "flip": 0.1,
    "label_temperature": 0.5,
    "teacher_view": "rotation",
    "student_view": "permutation",
    "teacher_noise": 0.25,
    "student_noise": 0.5,
    "teacher_width": 3,
    "student_width": 4,
    "teacher_depth": 2,
    "student_depth": 3,
    "optimiser": "sgd",
    "learning_rate": 0.5,
    "steps": 7,
    "weight_decay": 0.5,
    "label_weight": 0.5,
    "teacher_weight": 2.0,
    "temperature": 4.0,
    "reduction": "batchmean",
}


def test_every_setting_is_a_key() -> None:
    assert set(ONE_VALUE) | set(BOTH) == set(CHANGEABLE)
    assert set(CHANGEABLE) < set(KEYS)
    assert len(KEYS) == len(set(KEYS))
    plan = make_plan({"points": 2, **ONE_VALUE})
    for point in plan.points:
        assert {name: describe(point)[name] for name in ONE_VALUE} == ONE_VALUE
    for name in BOTH:
        (point, *_) = make_plan({"points": 2, name: ONE_VALUE[f"teacher_{name}"]}).points
        assert describe(point)[f"student_{name}"] == ONE_VALUE[f"teacher_{name}"]


def test_the_order_of_keys_is_that_of_the_axes() -> None:
    """The last one runs fastest."""
    plan = make_plan({"points": 2, "temperature": [1, 2], "n_train": [50, 60]})
    told = [describe(point) for point in plan.points[:4]]
    assert [(each["temperature"], each["n_train"]) for each in told] == [
        (1, 50),
        (1, 60),
        (2, 50),
        (2, 60),
    ]
    assert list(plan.axes) == ["temperature", "n_train"]


def test_a_list_in_a_table_is_a_value_and_no_axis() -> None:
    plan = make_plan(
        {
            "diagrams": [{"regions": {"a": 1, "b": 1, "a&b": 1}}],
            "rule": {"name": "parity", "regions": ["a", "a&b"]},
        }
    )
    assert [point.protocol for point in plan.points] == [Synthetic(rule=Parity(("a", "a&b")))]


PARSED: dict[str, Any] = {
    "1": 1,
    "-1": -1,
    "1.5": 1.5,
    "1e-3": 0.001,
    "true": True,
    "kd": "kd",
    "as it is": "as it is",
    " kd ": "kd",
    "'as it is'": "as it is",
    "100:200": "100:200",
    "1,2": [1, 2],
    "no_kd, kd": ["no_kd", "kd"],
    "1, kd": [1, "kd"],
    "[1, 2]": [1, 2],
    "['a', 'b']": ["a", "b"],
    "{name = 'rotation', seed = 1}": {"name": "rotation", "seed": 1},
    "{name='rotation', seed=1}, {name='rotation', seed=2}": [
        {"name": "rotation", "seed": 1},
        {"name": "rotation", "seed": 2},
    ],
    "'as it is', {name='rotation', seed=1}": ["as it is", {"name": "rotation", "seed": 1}],
    "as it is,rotation": ["as it is", "rotation"],
    "": "",
    "1\nn_train = 5": "1\nn_train = 5",
}


@pytest.mark.parametrize(("text", "value"), PARSED.items(), ids=repr)
def test_what_a_text_stands_for(text: str, value: Any) -> None:
    assert parse(text) == value
    assert type(parse(text)) is type(value)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=r"missing\.toml': cannot be read \(No such file or"):
        read_plan(tmp_path / "missing.toml")
    with pytest.raises(ArgumentError, match=r"file = .*: cannot be read \(Is a directory\)"):
        read_plan(tmp_path)


def test_a_byte_order_mark_is_no_part_of_a_plan(tmp_path: Path) -> None:
    """As some editors write one before the text."""
    (tmp_path / "sweep.toml").write_text("path = 'alpha'", encoding="utf-8-sig")
    assert read_plan(tmp_path / "sweep.toml") == {"path": "alpha"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"path = gamma", "is not TOML (Invalid value (at line 1, column 8))"),
        (b"path = 'gamma'\npath = 'alpha'", "is not TOML (Cannot overwrite a value"),
        (b"path = '\xff'", "is not TOML ('utf-8' codec can't decode"),
    ],
    ids=["a word", "a key twice", "no text"],
)
def test_a_file_that_is_no_toml(tmp_path: Path, text: bytes, message: str) -> None:
    file = tmp_path / "sweep.toml"
    file.write_bytes(text)
    with pytest.raises(ArgumentError) as error:
        read_plan(file)
    assert message in str(error.value)
    assert str(error.value).startswith(f"file = '{file}'")


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "unknown key": ({"seed": 5}, "settings = 'seed': is unknown; known: path, points"),
    "a setting that follows": ({"gamma": 0.5}, "settings = 'gamma': is unknown; known: path"),
    "unknown path": ({"path": "delta"}, "path = 'delta': is unknown; known: gamma, alpha, beta, s"),
    "a path that is no word": ({"path": 3}, "path = 3: is unknown; known: gamma"),
    "one point": ({"points": 1}, "points = 1: must be a whole number of at least 2"),
    "points a word": ({"points": "x"}, "points = 'x': must be a whole number of at least 2"),
    "uneven points": (
        {"points": 4},
        "points = 4: must divide seen = 10 into equal steps: 2, 3, 6, 11",
    ),
    "uneven points of alpha": (
        {"path": "alpha", "points": 4},
        "points = 4: must divide decisive - general = 40 into equal steps: 2, 3, 5, 6, 9, 11",
    ),
    "points of the simplex": (
        {"path": "simplex", "points": 3},
        "points = 3: is not for path 'simplex'; it has step, decisive",
    ),
    "general of gamma": (
        {"general": 3},
        "general = 3: is not for path 'gamma'; it has points, seen, decisive",
    ),
    "step of beta": (
        {"path": "beta", "step": 1},
        "step = 1: is not for path 'beta'; it has points, general, decisive",
    ),
    "nothing seen": ({"seen": 0}, "seen = 0: must be a whole number of at least 1"),
    "too few features": ({"decisive": 19}, "decisive = 19: must be at least 20, the features that"),
    "no specific features": (
        {"path": "alpha", "decisive": 10},
        "decisive = 10: must be above general = 10",
    ),
    "no features": ({"path": "simplex", "decisive": 0}, "decisive = 0: must be a whole number of"),
    "uneven step": ({"path": "simplex", "step": 3}, "step = 3: must divide the 20 visible feature"),
    "too few channels": (
        {"teacher_channels": 5},
        "teacher_channels = 5: must be at least 10, the decisive features that 'a' sees",
    ),
    "fractional channels": (
        {"path": "beta", "student_channels": 50.5},
        "student_channels = 50.5: must be a whole number of at least 0",
    ),
    "no diagram": ({"diagrams": []}, "diagrams = []: must be a sequence of at least one"),
    "a diagram by name": ({"diagrams": ["x"]}, "diagrams[0] = 'x': must be a table with regions"),
    "unknown key of a diagram": (
        {"diagrams": [{"regions": {"a&b": 1}}, {"region": {"a&b": 1}}]},
        "diagrams[1].region = {'a&b': 1}: is unknown; known: regions, hidden, noise, modalities",
    ),
    "a key of the sweep below the diagrams": (
        {"diagrams": [{"regions": {"a&b": 1}, "seeds": 5}]},
        "diagrams[0].seeds = 5: is a key of the sweep; put it above the first [[diagrams]]",
    ),
    "modalities a number": (
        {"diagrams": [{"regions": {"a&b": 1}, "modalities": 2}]},
        "modalities = 2: must be 2 to 12 distinct printable names",
    ),
    "regions a number": ({"diagrams": [{"regions": 3}]}, "regions = 3: must map regions to counts"),
    "no regions": ({"diagrams": [{"hidden": 3}]}, "regions = {}: must hold at least one decisive"),
    "diagrams and a path": (
        {"diagrams": [{"regions": {"a&b": 1}}], "points": 3},
        "points = 3: is for a path; the diagrams are given",
    ),
    "unknown protocol": (
        {"protocol": "x"},
        "protocol = 'x': is unknown; known: synthetic, published",
    ),
    "unknown arm": ({"arms": "um"}, "arms = 'um': is unknown; known: teacher, um_teacher"),
    "no arm": ({"arms": []}, "arms = []: must be a sequence of at least one"),
    "no seed": ({"seeds": 0}, "seeds = 0: must be a whole number of at least 1"),
    "a word for seeds": ({"seeds": "x"}, "seeds = 'x': must be a whole number of at least 1"),
    "fractional seeds": ({"seeds": 1.5}, "seeds = 1.5: must be a whole number of at least 1"),
    "true seeds": ({"seeds": True}, "seeds = True: must be a whole number of at least 1"),
    "seeds to below their first": (
        {"seeds": "3:1"},
        "seeds = '3:1': must be a number N for seeds 0 to N - 1, FIRST:END such as 100:200, or a",
    ),
    "words of seeds": ({"seeds": "a:b"}, "seeds = 'a:b': must be a number N for seeds 0 to N - 1"),
    "seeds from below 0": ({"seeds": "-3:2"}, "seeds = -3: must be a whole number of at least 0"),
    "repeated seeds": ({"seeds": [1, 1]}, "seeds = [1, 1]: must hold each seed once"),
    "an empty axis": ({"n_train": []}, "axes['n_train'] = []: must be a sequence of at least one"),
    "a bad value": ({"n_train": [100, "x"]}, "n_train = 'x': must be a whole number of at least 1"),
    "a width of a replay": (
        {"protocol": "released", "student_width": 4},
        "student_width = 4: only the synthetic protocol has it",
    ),
}


@pytest.mark.parametrize(("keys", "message"), BAD.values(), ids=BAD)
def test_bad_sweeps(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        make_plan(keys)
    assert message in str(error.value)


def test_no_key_has_two_meanings() -> None:
    assert not set(KEYS) & (set(SETTINGS) - set(CHANGEABLE)) - {
        *("decisive", "teacher_channels", "student_channels", "protocol")
    }
