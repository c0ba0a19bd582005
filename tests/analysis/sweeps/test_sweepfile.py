"""Plans as people write them."""

from pathlib import Path
from typing import Any

import pytest

from analysis import ARMS, CHANGEABLE, PAPER_ARMS, PROTOCOLS, Plan, Point, Synthetic
from analysis.methods.labels import Labels
from analysis.sweeps.sweepfile import (
    CHANNELS,
    KEYS,
    PATH_KEYS,
    PATHS,
    make_plan,
    parse,
    parse_key,
    read_plan,
)
from synth import Hyperplane, Rotation
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
    assert tuple(plan.arms) == ("teacher", "no_kd", "kd", "kd_shuffled")
    assert plan.seeds == range(100, 103)
    assert len(plan.points) == 3 * 2 * 2
    assert plan.points[3] == Point(
        plan.diagrams[0],
        Synthetic(n_train=100, width=8, rule=Hyperplane(flip=0.1), teacher_view=(Rotation(2),)),
    )


def test_no_key_is_figure_2_by_each_protocol_with_its_seeds() -> None:
    assert make_plan({}) == Plan(growing_gamma(), Synthetic(), PAPER_ARMS, range(100))
    for name, protocol in PROTOCOLS.items():
        plan = make_plan(
            {
                "protocol": name,
                "diagrams": {"regions": {"a": 2, "a&b": 3}, "noise": {"a": 1, "b": 3}},
            }
        )
        assert (plan.protocol, plan.seeds) == (protocol, protocol.seeds)


PATH_CASES: dict[str, tuple[dict[str, Any], tuple[VennDiagram, ...]]] = {
    "gamma": ({}, growing_gamma()),
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
    assert {each.get("path", "gamma") for each, _ in PATH_CASES.values()} == set(PATHS)


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


@pytest.mark.parametrize(
    ("given", "seeds"), [(3, range(3)), ([4, 2], (4, 2)), (range(5, 9), range(5, 9))]
)
def test_seeds(given: Any, seeds: Any) -> None:
    assert make_plan({"seeds": given, "points": 2}).seeds == seeds


def test_the_order_of_keys_is_that_of_the_axes() -> None:
    """The last one runs fastest."""
    plan = make_plan({"points": 2, "temperature": [1, 2], "n_train": [50, 60]})
    assert list(plan.axes.items()) == [("temperature", (1, 2)), ("n_train", (50, 60))]


def test_a_list_in_a_table_is_a_value_and_no_axis() -> None:
    rule = {"name": "parity", "regions": ["a", "b"]}
    plan = make_plan({"diagrams": {"regions": {"a": 1, "b": 1}}, "rule": rule})
    assert plan.axes == {"rule": (rule,)}


PARSED: dict[str, Any] = {
    "1": 1,
    "1.5": 1.5,
    "1e-3": 0.001,
    "as it is": "as it is",
    " kd ": "kd",
    "100:200": "100:200",
    "1,2": [1, 2],
    "no_kd, kd": ["no_kd", "kd"],
    "1, kd": [1, "kd"],
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


@pytest.mark.parametrize("word", ["nan", "inf", "true", "1", "1e3"])
def test_the_name_of_an_arm_is_a_word_whatever_it_spells(word: str) -> None:
    assert parse_key("arms", f"no_kd, {word}") == ["no_kd", word]
    keys = {"arms": parse_key("arms", word), "points": 2}
    assert list(make_plan(keys, {word: Labels(input="both")}).arms) == [word]
    assert parse_key("arms", "['no_kd', 'kd']") == ["no_kd", "kd"]
    assert parse_key("n_train", "10, 20") == [10, 20]


def test_a_key_with_a_dot_is_the_field_of_an_arm_however_toml_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "sweep.toml"
    for text in ("mine.beta = [1, 8]", "'mine.beta' = [1, 8]", "[mine]\nbeta = [1, 8]"):
        path.write_text(text)
        assert read_plan(path) == {"mine.beta": [1, 8]}
    path.write_text("kd.teacher.input = 'both'\nrule.name = 'parity'\n[mine]")
    expected = {"kd.teacher.input": "both", "rule": {"name": "parity"}, "mine": {}}
    assert read_plan(path) == expected


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=r"missing\.toml': cannot be read \(No such file or"):
        read_plan(tmp_path / "missing.toml")
    with pytest.raises(ArgumentError, match=r"file = .*: cannot be read \(Is a directory\)"):
        read_plan(tmp_path)


def test_a_byte_order_mark_is_no_part_of_a_plan(tmp_path: Path) -> None:
    """As some editors write one before the text."""
    (tmp_path / "sweep.toml").write_text("path = 'alpha'", encoding="utf-8-sig")
    assert read_plan(tmp_path / "sweep.toml") == {"path": "alpha"}


@pytest.mark.parametrize("text", [b"path = gamma", b"path = '\xff'"], ids=["word", "no text"])
def test_a_file_that_is_no_toml(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "sweep.toml").write_bytes(text)
    match = r"^file = .*sweep\.toml': is not TOML \((Invalid value \(at line 1|'utf-8' codec)"
    with pytest.raises(ArgumentError, match=match):
        read_plan(tmp_path / "sweep.toml")


BAD: dict[str, dict[str, Any]] = {
    "settings = 'seed': is unknown; known: path, points": {"seed": 5},
    "path = 3: is unknown; known: gamma, alpha, beta, simplex": {"path": 3},
    "points = 1: must be a whole number of at least 2": {"points": 1},
    "points = 4: must divide seen = 10 into equal steps: 2, 3, 6, 11": {"points": 4},
    "points = 4: must divide decisive - general = 5": {"path": "beta", "points": 4, "decisive": 15},
    "general = 3: is not for path 'gamma'; it has points, seen, decisive": {"general": 3},
    "seen = 0: must be a whole number of at least 1": {"seen": 0},
    "decisive = 10: must be above general = 10": {"path": "alpha", "decisive": 10},
    "teacher_channels = 5: must be at least 10, the decisive features tha": {"teacher_channels": 5},
    "diagrams[0] = 'x': must be a table with regions": {"diagrams": ["x"]},
    "diagrams[1].region = {'a&b': 1}: is unkn": {
        "diagrams": [{"regions": {"a&b": 1}}, {"region": {"a&b": 1}}]
    },
    "diagrams[0].seeds = 5: is a key of the s": {"diagrams": [{"regions": {"a&b": 1}, "seeds": 5}]},
    "regions = {}: must hold at least one decisive": {"diagrams": [{"hidden": 3}]},
    "points = 3: is for a path; the diagrams": {"diagrams": [{"regions": {"a&b": 1}}], "points": 3},
    "protocol = 'x': is unknown; known: synthetic, publis": {"protocol": "x"},
    "seeds = 0: must be a whole number of at least 1": {"seeds": 0},
    "seeds = '3:1': must be a number N for seeds 0 to N - 1, FIRST:END such as 1": {"seeds": "3:1"},
    "seeds = 'a:b': must be a number N for seeds 0 to N - 1": {"seeds": "a:b"},
}


@pytest.mark.parametrize(("message", "keys"), BAD.items(), ids=BAD)
def test_bad_sweeps(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        make_plan(keys)
    assert str(error.value).startswith(message)


def test_no_key_has_two_meanings() -> None:
    of_paths = {key for path in PATHS.values() for key in path.keys} | set(CHANNELS.values())
    assert set(PATH_KEYS) == {"path", *of_paths}
    assert len(KEYS) == len(PATH_KEYS) + len(
        ["diagrams", "protocol", "arms", "measures", "seeds"]
    ) + len(CHANGEABLE)


def test_a_name_of_ours_is_ours_and_no_other_methods() -> None:
    own = {"kd": Labels(input="both"), "no_kd": ARMS["no_kd"]}
    assert list(make_plan({"arms": ["no_kd", "hard_label"], "points": 2}, own).arms) == [
        "no_kd",
        "hard_label",
    ]
    with pytest.raises(ArgumentError, match=r"^arms\['kd'\] = .*: is not the method that has this"):
        make_plan({"arms": ["no_kd", "kd"], "points": 2}, own)
