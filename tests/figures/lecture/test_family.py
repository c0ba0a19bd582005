import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis import PROTOCOLS, Distillation, Optimiser, Plan, Point, Protocol, Synthetic, run
from analysis.reproductions.lecture import MODELS
from analysis.statistics import intervals, mean_interval
from analysis.sweeps.settings import describe
from figures.lecture.family import family
from synth import Hyperplane, ObservationNoise, Parity, Quadratic, RandomNetwork, Rotation
from tests.figures.sweeps.made import sweep
from venn import (
    ArgumentError,
    VennDiagram,
    growing_alpha,
    growing_beta,
    growing_gamma,
    simplex,
)

ARMS = ("teacher", "um_teacher", "no_kd", "kd", "um_kd")


def frame_of(
    diagrams: Sequence[VennDiagram],
    protocol: Protocol = PROTOCOLS["synthetic"],
    arms: Sequence[str] = ARMS,
    seeds: int = 4,
) -> pd.DataFrame:
    """Return a sweep's frame with made-up accuracies."""
    points = [describe(Point(each, protocol)) for each in diagrams]
    kept = {*points[0], "point", "arm", "seed", "accuracy", "reason"}
    frame = sweep(points, arms, seeds)
    return frame.drop(columns=[name for name in frame if name not in kept])


def counted(a: int, b: int, g: int, **more: Any) -> VennDiagram:
    return VennDiagram({"a": a, "b": b, "a&b": g}, noise={"a": 1, "b": 1}, **more)


FRAME = frame_of(growing_gamma((0, 4, 10)))


@pytest.mark.parametrize(
    ("diagrams", "kind", "axis"),
    [
        (growing_gamma(), "path", "gamma"),
        (growing_alpha(), "path", "alpha"),
        (growing_beta(), "path", "beta"),
        (simplex(step=10), "simplex", None),
        (simplex(step=20), "simplex", None),
        ((counted(3, 1, 4), counted(2, 2, 4), counted(1, 3, 4)), "path", "alpha"),
        ((counted(3, 1, 4), counted(3, 2, 3)), "path", "beta"),
        ((counted(3, 1, 4),), "path", "gamma"),
        ((counted(3, 1, 4), counted(2, 1, 5), counted(2, 2, 4)), "simplex", None),
    ],
    ids=["gamma", "alpha", "beta", "map", "corners", "same γ", "same α", "one point", "triangle"],
)
def test_points_on_a_line_are_a_path(
    diagrams: Sequence[VennDiagram], kind: str, axis: str | None
) -> None:
    found = family(frame_of(diagrams), "x.db")
    assert (found["kind"], found.get("axis")) == (kind, axis)
    assert len(found["points"]) == len(diagrams)


@pytest.mark.parametrize("path", [growing_gamma, growing_alpha, growing_beta])
def test_a_path_is_in_order_whatever_the_sweeps(path: Any) -> None:
    diagrams = path()
    found = family(frame_of([diagrams[i] for i in (3, 0, 4, 1, 2)]), "x.db")
    along = [point[found["axis"]] for point in found["points"]]
    assert along == [getattr(diagram, found["axis"]) for diagram in diagrams[:5]]


def test_a_map_is_in_the_order_of_the_simplex() -> None:
    grid = simplex(step=5)
    found = family(frame_of(grid[::-1]), "x.db")["points"]
    assert [(p["a"], p["b"], p["g"]) for p in found] == [
        (d.regions["a"], d.regions["b"], d.regions["a&b"]) for d in grid
    ]


def test_a_point_has_the_counts_and_channels_of_its_diagram() -> None:
    dims = {"audio": 17, "video": 23}
    diagrams = growing_gamma((1, 7), dims=dims)
    for point, diagram in zip(family(frame_of(diagrams), "x")["points"], diagrams, strict=True):
        assert {key: point[key] for key in ("a", "b", "g", "h", "da", "db")} == {
            "a": diagram.regions["audio"],
            "b": diagram.regions["video"],
            "g": diagram.regions["audio&video"],
            "h": diagram.hidden,
            "da": 17,
            "db": 23,
        }
        assert (point["alpha"], point["beta"], point["gamma"]) == (
            diagram.alpha,
            diagram.beta,
            diagram.gamma,
        )


def test_numbers_are_means_over_seeds_and_few_seeds_have_students_interval() -> None:
    found = family(FRAME, "x.db")
    for number, point in enumerate(found["points"]):
        rows = FRAME[FRAME["point"] == number]
        accuracy = {arm: 100 * rows.loc[rows["arm"] == arm, "accuracy"].to_numpy() for arm in ARMS}
        assert point["seeds"] == 4
        assert point["no_kd"] == round(accuracy["no_kd"].mean(), 4)
        assert list(point["arms"]) == ["kd", "um_kd"]
        for arm, teacher in (("kd", "teacher"), ("um_kd", "um_teacher")):
            gains = accuracy[arm] - accuracy["no_kd"]
            low, high = mean_interval(gains)
            expected = (gains.mean(), low, high, accuracy[arm].mean(), accuracy[teacher].mean())
            named = ("gain", "low", "high", "accuracy", "teacher")
            assert point["arms"][arm] == pytest.approx(
                dict(zip(named, expected, strict=True)), abs=5.1e-5
            )
            assert all(value == round(value, 4) for value in point["arms"][arm].values())


def test_many_seeds_have_the_interval_of_the_pictures() -> None:
    frame = frame_of(growing_gamma((0, 10)), seeds=12)
    wide = frame.pivot(index=["point", "seed"], columns="arm", values="accuracy")
    gains = pd.DataFrame({"gain": 100 * (wide["kd"] - wide["no_kd"])}).reset_index()
    expected = intervals(gains, "point").set_index("point")
    for number, point in enumerate(family(frame, "x.db")["points"]):
        limits = [point["arms"]["kd"][name] for name in ("gain", "low", "high")]
        wanted = expected.loc[[number], ["mean", "low", "high"]].to_numpy()[0].tolist()
        assert limits == pytest.approx(wanted, abs=5.1e-5)


def test_one_seed_has_no_interval() -> None:
    found = family(frame_of(growing_gamma((0, 10)), seeds=1), "x.db")
    for point in found["points"]:
        assert (point["arms"]["kd"]["low"], point["arms"]["kd"]["high"]) == (None, None)
        assert point["seeds"] == 1
    assert found["title"] == "x.db: 2 points, 1 seed"
    json.dumps(found, allow_nan=False)


def test_a_gain_of_nothing_has_no_sign() -> None:
    little = np.where(FRAME["arm"] == "kd", 1e-7, 0)
    found = family(FRAME.assign(accuracy=0.5 - little), "x.db")
    assert '"gain": 0.0' in json.dumps(found)
    assert "-0.0" not in json.dumps(found)


def failing(frame: pd.DataFrame, where: pd.Series) -> pd.DataFrame:
    reason = frame["reason"].where(~where, "diverged")
    return frame.assign(accuracy=frame["accuracy"].where(~where), reason=reason)


def test_failed_runs_are_left_out_and_counted() -> None:
    first = (FRAME["point"] == 0) & (FRAME["seed"] == 2)
    other = (FRAME["point"] == 1) & (FRAME["seed"] == 0) & (FRAME["arm"] == "um_kd")
    frame = failing(FRAME, first & (FRAME["arm"] == "no_kd") | other)
    found = family(frame, "x.db")
    assert found["title"] == "x.db: 3 points, 3 to 4 seeds; 3 of 24 pairs have no gain"
    assert [each["seeds"] for each in found["points"]] == [3, 4, 4]
    kept = family(FRAME[~first], "x.db")["points"][0]
    point = found["points"][0]
    assert point["no_kd"] == kept["no_kd"]
    for arm in ("kd", "um_kd"):
        assert point["arms"][arm]["gain"] == kept["arms"][arm]["gain"]


def test_an_arm_without_a_gain_is_not_at_the_point_and_its_teacher_may_be_unknown() -> None:
    first = FRAME["point"] == 0
    frame = failing(FRAME, first & (FRAME["arm"] == "um_kd"))
    frame = failing(frame, (FRAME["point"] == 1) & (FRAME["arm"] == "teacher"))
    found = family(frame, "x.db")["points"]
    assert [list(point["arms"]) for point in found] == [["kd"], ["kd", "um_kd"], ["kd", "um_kd"]]
    assert found[1]["arms"]["kd"]["teacher"] is None
    assert (
        family(FRAME[FRAME["arm"] != "teacher"], "x")["points"][0]["arms"]["kd"]["teacher"] is None
    )


def test_a_point_without_any_gain_is_left_out_and_the_title_says_so() -> None:
    found = family(failing(FRAME, FRAME["point"] == 1), "x.db")
    assert [point["g"] for point in found["points"]] == [0, 10]
    assert found["title"].startswith("x.db: 2 of 3 points, others without any gain, 4 seeds; ")
    assert found["title"].endswith("8 of 24 pairs have no gain")


def test_arms_that_the_page_cannot_show_are_not_there() -> None:
    frame = frame_of(
        growing_gamma((0, 10)), arms=("no_kd", "kd_oracle", "kd_general", "hard_label")
    )
    assert list(family(frame, "x")["points"][0]["arms"]) == ["kd_general"]


def test_a_title_may_be_given() -> None:
    found = family(FRAME, "gamma", "Overlap")
    assert (found["name"], found["title"]) == ("gamma", "Overlap")


def loss(*values: Any) -> dict[str, Any]:
    return {"distillation": Distillation(*values)}


@pytest.mark.parametrize(
    ("protocol", "weight"),
    [
        (Synthetic(), 0.5),
        (Synthetic(**loss(1.0, 0.5, 1.0, "batchmean")), 0.5),
        (Synthetic(**loss(1.0, 3.0, 4.0, "batchmean")), 3.0),
        (Synthetic(**loss(1.0, 3.0, 4.0, "mean")), 1.5),
        (Synthetic(rule=Hyperplane(classes=5), **loss(1.0, 1.0, 1.0, "mean")), 0.2),
        (Synthetic(rule=Hyperplane(classes=(0.2, 0.8))), None),
        (Synthetic(rule=Hyperplane(classes=(0.2, 0.8)), **loss(1.0, 2.0)), 2.0),
        (Synthetic(**loss(0.5, 0.5)), None),
        (PROTOCOLS["published"], 0.5),
        (PROTOCOLS["released"], 0.5),
    ],
    ids=str,
)
def test_the_weight_is_that_of_a_mean_over_rows(protocol: Protocol, weight: float | None) -> None:
    common = family(frame_of(growing_gamma((0, 10)), protocol, ("no_kd", "kd")), "x")["settings"]
    assert common.get("weight") == weight


def test_settings_are_those_that_are_known_and_common() -> None:
    flipped = Synthetic(n_train=300, rule=Quadratic(flip=0.1), **loss(1.0, 2.0, 4.0, "batchmean"))
    assert family(frame_of(simplex(step=10, hidden=10), flipped), "x")["settings"] == {
        "model": "hidden",
        "n": 300,
        "weight": 2.0,
        "flip": 0.1,
        "rule": "quadratic",
        "temperature": 4.0,
        "hidden": 10,
    }
    # Hidden features take the place of others along this path; a replay has no rule of its own.
    replayed = frame_of(growing_gamma((0, 10)), PROTOCOLS["published"], ("no_kd", "kd"))
    expected = {"model": None, "n": 200, "weight": 0.5, "temperature": 1.0}
    assert family(replayed, "x")["settings"] == expected


LINEAR, HIDDEN = MODELS["linear"], MODELS["hidden"]
SHAPES = {
    "linear": (LINEAR, "linear"),
    "hidden": (HIDDEN, "hidden"),
    "default": (Synthetic(), "hidden"),
    "free settings": (
        replace(LINEAR, n_train=50, rule=Quadratic(flip=0.2), **loss(1.0, 4.0, 2.0, "batchmean")),
        "linear",
    ),
    "parity": (replace(HIDDEN, rule=Parity(("a", "b"))), "hidden"),
    "parity of other regions": (replace(HIDDEN, rule=Parity(("a", "a&b"))), None),
    "network": (replace(HIDDEN, rule=RandomNetwork(seed=1)), None),
    "weights": (replace(HIDDEN, rule=Hyperplane("normal", seed=1)), None),
    "classes": (replace(HIDDEN, rule=Hyperplane(classes=3)), None),
    "label temperature": (replace(HIDDEN, rule=Hyperplane(temperature=0.5)), None),
    "label weight": (replace(HIDDEN, **loss(2.0, 0.5, 1.0, "batchmean")), None),
    "width": (replace(HIDDEN, width=32, teacher_width=32), None),
    "teacher's width": (replace(HIDDEN, teacher_width=32), None),
    "depth": (replace(HIDDEN, depth=2), None),
    "steps": (replace(LINEAR, optimiser=Optimiser("sgd", 0.1, 999)), None),
    "rate": (replace(LINEAR, optimiser=Optimiser("sgd", 0.2, 1000)), None),
    "decay": (replace(LINEAR, optimiser=Optimiser("sgd", 0.1, 1000, 0.1)), None),
    "momentum": (replace(LINEAR, optimiser=Optimiser("momentum", 0.1, 1000)), None),
    "linear with Adam": (replace(HIDDEN, width=0, teacher_width=0), None),
    "test rows": (replace(HIDDEN, n_test=100), None),
    "view": (replace(HIDDEN, student_view=(Rotation(seed=1),)), None),
    "noise": (replace(HIDDEN, teacher_view=(ObservationNoise(0.5),)), None),
    "published": (PROTOCOLS["published"], None),
    "released": (PROTOCOLS["released"], None),
}


@pytest.mark.parametrize(("protocol", "model"), SHAPES.values(), ids=SHAPES)
def test_a_sweep_of_what_the_page_trains_names_its_model(
    protocol: Protocol, model: str | None
) -> None:
    found = family(frame_of([counted(2, 2, 1), counted(1, 1, 3)], protocol, ("no_kd", "kd")), "x")
    assert found["model"] == found["settings"]["model"] == model


def test_a_setting_of_points_that_have_no_result_yet_is_none_of_the_others() -> None:
    assert family(FRAME.assign(delta=np.nan), "x.db") == family(FRAME, "x.db")
    assert family(FRAME, "x.db")["model"] == "hidden"


@pytest.mark.parametrize("name", PROTOCOLS)
def test_stores_of_every_protocol(name: str) -> None:
    store = run(Plan(growing_gamma((0, 10)), PROTOCOLS[name], seeds=range(2)), device="cpu")
    found = family(store.frame(), "x.db")
    accuracy = store.frame().groupby(["gamma", "arm"])["accuracy"].mean()
    for point in found["points"]:
        gain = 100 * (accuracy[point["gamma"], "kd"] - accuracy[point["gamma"], "no_kd"])
        assert point["arms"]["kd"]["gain"] == pytest.approx(gain, abs=5.1e-5)
        assert point["arms"]["kd"]["teacher"] == pytest.approx(
            100 * accuracy[point["gamma"], "teacher"], abs=5.1e-5
        )


def both(setting: str, values: Sequence[Any]) -> pd.DataFrame:
    frames = [FRAME.assign(point=FRAME["point"] + 9 * i) for i in range(len(values))]
    changed = [each.assign(**{setting: value}) for each, value in zip(frames, values, strict=True)]
    return pd.concat(changed, ignore_index=True)


NO_GAIN = r"'0 of 24 gains': need a seed at which neither an arm nor no_kd failed"
BAD = {
    "no frame": ({}, "frame = {}: must be of kind DataFrame"),
    "no share": (FRAME.drop(columns="beta"), "has no column 'beta'"),
    "no rows": (FRAME[:0], "frame = '0 rows': holds nothing to draw"),
    "no baseline": (
        FRAME[FRAME["arm"] != "no_kd"],
        r"'arms teacher, um_teacher, kd, um_kd': must hold no_kd and at least one of "
        r"kd, kd_general, kd_multimodal, um_kd: sweep with --arms",
    ),
    "no student": (
        frame_of(growing_gamma((0, 10)), arms=("no_kd", "kd_oracle")),
        "'arms no_kd, kd_oracle': must hold no_kd and at least one of kd, ",
    ),
    "temperature varies": (
        both("temperature", (1.0, 4.0)),
        "frame = 'temperature in 1, 4': varies; the page shows .*: sweep with one temperature$",
    ),
    "rule varies": (both("rule", ("hyperplane", "parity")), "'rule in hyperplane, parity'"),
    "a setting that some lack": (both("delta", (None, "ones")), "'delta in None, ones'"),
    "many values": (both("n_train", range(10, 90, 10)), "'n_train in 10, 20, 30, 40, 50, 60, …'"),
    "hidden at the same shares": (
        frame_of([counted(2, 2, 1), counted(2, 2, 1, hidden=5)]),
        "'hidden in 0, 5': varies at the same alpha, beta, gamma; sweep with one diagram for each",
    ),
    "size at the same shares": (
        frame_of([counted(2, 2, 1), counted(4, 4, 2), counted(1, 1, 1)]),
        "'decisive in 3, 5, 10': varies at the same",
    ),
    "a point twice": (
        pd.concat([FRAME, FRAME.assign(point=9)], ignore_index=True),
        "'point in 0, 1, 2, 9': varies at the same",
    ),
    "all failed": (failing(FRAME, FRAME["seed"] >= 0), NO_GAIN),
    "no pair": (failing(FRAME, (FRAME["seed"] > 1) == (FRAME["arm"] == "no_kd")), NO_GAIN),
    "a run twice": (pd.concat([FRAME, FRAME]), "is there twice"),
    "percent": (FRAME.assign(accuracy=68.0), "must be a fraction from 0 to 1"),
}


@pytest.mark.parametrize(("frame", "words"), BAD.values(), ids=BAD)
def test_bad_calls_are_refused(frame: pd.DataFrame, words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        family(frame, "x.db")
