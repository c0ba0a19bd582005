import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis import PROTOCOLS, Distillation, Optimiser, Plan, Point, Protocol, Synthetic, run
from analysis.methods.arms import ARMS as TRAINED
from analysis.methods.arms import NAMES
from analysis.reproductions.lecture import KD_ARMS, MODELS
from analysis.sweeps.settings import change, describe
from figures.lecture.family import family
from figures.sweeps.frame import Sweep
from figures.sweeps.measured import measured
from synth import Hyperplane, ObservationNoise, Parity, Quadratic, RandomNetwork, Rotation
from tests.figures.sweeps.made import sweep
from venn import ArgumentError, VennDiagram, growing_alpha, growing_beta, growing_gamma, simplex

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
PATHS: dict[str, tuple[Sequence[VennDiagram], str | None]] = {
    "gamma": (growing_gamma(), "gamma"),
    "alpha": (growing_alpha(), "alpha"),
    "beta": (growing_beta(), "beta"),
    "same gamma": ((counted(1, 3, 4), counted(2, 2, 4), counted(3, 1, 4)), "alpha"),
    "same alpha": ((counted(3, 2, 3), counted(3, 1, 4)), "beta"),
    "one point": ((counted(3, 1, 4),), "gamma"),
    "map": (simplex(step=5), None),
    "corners": (simplex(step=20), None),
}


@pytest.mark.parametrize(("diagrams", "axis"), PATHS.values(), ids=PATHS)
def test_points_on_a_line_are_a_path_in_order_and_others_a_map(
    diagrams: Sequence[VennDiagram], axis: str | None
) -> None:
    found = family(frame_of(diagrams[::-1]), "x.db")
    assert (found["kind"], found.get("axis")) == ("path" if axis else "simplex", axis)
    ordered = sorted(diagrams, key=lambda each: getattr(each, axis)) if axis else diagrams
    for point, diagram in zip(found["points"], ordered, strict=True):
        counts = [diagram.regions[region] for region in ("a", "a&b", "b")]
        more = [diagram.hidden, diagram.dim("a"), diagram.dim("b")]
        shares = [diagram.alpha, diagram.beta, diagram.gamma]
        named = ("a", "g", "b", "h", "da", "db", "alpha", "beta", "gamma")
        assert [point[name] for name in named] == counts + more + shares


@pytest.mark.parametrize("seeds", [4, 12])
def test_numbers_are_means_over_seeds_with_the_interval_of_the_pictures(seeds: int) -> None:
    arms = {arm: NAMES[TRAINED[arm].needs["teacher"]] for arm in TRAINED if arm in KD_ARMS}
    frame = frame_of(growing_gamma((0, 10)), arms=("no_kd", *arms, *arms.values()), seeds=seeds)
    means = 100 * frame.groupby(["point", "arm"])["accuracy"].mean()
    drawn = measured(Sweep(frame), "gain", ["point", "arm"]).table.set_index(["point", "arm"])
    for number, point in enumerate(family(frame, "x.db")["points"]):
        assert (point["seeds"], point["no_kd"]) == (seeds, round(means[number, "no_kd"], 4))
        assert list(point["arms"]) == list(arms)
        for arm, got in point["arms"].items():
            gain = drawn.loc[(number, arm), ["mean", "low", "high"]]
            expected = [*gain, means[number, arm], means[number, arms[arm]]]
            assert list(got) == ["gain", "low", "high", "accuracy", "teacher"]
            assert list(got.values()) == [round(value, 4) for value in expected]


def test_one_seed_has_no_interval() -> None:
    alone = family(FRAME[FRAME["seed"] == 0], "x.db")
    assert alone["title"] == "x.db: 3 points, 1 seed"
    assert [point["arms"]["kd"]["low"] for point in alone["points"]] == 3 * [None]
    json.dumps(alone, allow_nan=False)


def test_a_gain_of_nothing_has_no_sign() -> None:
    little = np.where(FRAME["arm"] == "kd", 1e-7, 0)
    found = json.dumps(family(FRAME.assign(accuracy=0.5 - little), "x.db"))
    assert '"gain": 0.0' in found
    assert "-0.0" not in found


def failing(frame: pd.DataFrame, where: "pd.Series[bool]") -> pd.DataFrame:
    reason = frame["reason"].where(~where, "diverged")
    return frame.assign(accuracy=frame["accuracy"].where(~where), reason=reason)


def test_what_failed_is_left_out_and_counted() -> None:
    """A seed, an arm, a teacher, a point."""
    point, arm = FRAME["point"], FRAME["arm"]
    first = (point == 0) & (FRAME["seed"] == 2)
    found = family(failing(FRAME, first & (arm == "no_kd")), "x.db")
    assert found["title"] == "x.db: 3 points, 3 to 4 seeds; 2 of 24 pairs have no gain"
    kept = family(FRAME[~first], "x.db")["points"][0]
    assert found["points"][0]["no_kd"] == kept["no_kd"]
    assert found["points"][0]["arms"]["kd"]["gain"] == kept["arms"]["kd"]["gain"]
    frame = failing(FRAME, (point == 0) & (arm == "um_kd") | (point == 1) & (arm == "teacher"))
    points = family(frame, "x.db")["points"]
    assert [list(each["arms"]) for each in points] == [["kd"], ["kd", "um_kd"], ["kd", "um_kd"]]
    assert points[1]["arms"]["kd"]["teacher"] is None
    found = family(failing(FRAME, point == 1), "x.db")
    assert [each["g"] for each in found["points"]] == [0, 10]
    assert found["title"].startswith("x.db: 2 of 3 points, others without any gain, 4 seeds; 8 of")


def test_arms_that_the_page_cannot_show_are_not_there_and_a_title_may_be_given() -> None:
    arms = ("no_kd", "kd_oracle", "kd_general", "hard_label")
    found = family(frame_of(growing_gamma((0, 10)), arms=arms), "gamma", "Overlap")
    assert list(found["points"][0]["arms"]) == ["kd_general"]
    assert (found["name"], found["title"]) == ("gamma", "Overlap")


def loss(*values: Any) -> dict[str, Any]:
    return {"distillation": Distillation(*values)}


UNEVEN, FIVE = Hyperplane(classes=(0.2, 0.8)), Hyperplane(classes=5)
WEIGHTS: dict[str, tuple[Protocol, float | None]] = {
    "default": (Synthetic(), 0.5),
    "mean over rows": (Synthetic(**loss(1.0, 3.0, 4.0, "batchmean")), 3.0),
    "mean over classes too": (Synthetic(**loss(1.0, 3.0, 4.0, "mean")), 1.5),
    "five classes": (Synthetic(rule=FIVE, **loss(1.0, 1.0, 1.0, "mean")), 0.2),
    "listed classes": (Synthetic(rule=UNEVEN, **loss(1.0, 2.0, 1.0, "mean")), None),
    "other labels": (Synthetic(**loss(0.5, 0.5)), None),
    "replay": (PROTOCOLS["released"], 0.5),
}


@pytest.mark.parametrize(("protocol", "weight"), WEIGHTS.values(), ids=WEIGHTS)
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
    assert family(FRAME.assign(delta=np.nan), "x.db") == family(FRAME, "x.db")


LINEAR, HIDDEN = MODELS["linear"], MODELS["hidden"]
SHAPES = {
    "linear": (LINEAR, "linear"),
    "hidden": (HIDDEN, "hidden"),
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
    "teacher's width": (replace(HIDDEN, teacher_width=32), None),
    "depth": (replace(HIDDEN, depth=2), None),
    "steps": (replace(LINEAR, optimiser=Optimiser("sgd", 0.1, 999)), None),
    "decay": (replace(LINEAR, optimiser=Optimiser("sgd", 0.1, 1000, 0.1)), None),
    "momentum": (replace(LINEAR, optimiser=Optimiser("momentum", 0.1, 1000)), None),
    "test rows": (replace(HIDDEN, n_test=100), None),
    "view": (replace(HIDDEN, student_view=(Rotation(seed=1),)), None),
    "noise": (replace(HIDDEN, teacher_view=(ObservationNoise(0.5),)), None),
    "released": (PROTOCOLS["released"], None),
}


@pytest.mark.parametrize(("protocol", "model"), SHAPES.values(), ids=SHAPES)
def test_a_sweep_of_what_the_page_trains_names_its_model(
    protocol: Protocol, model: str | None
) -> None:
    found = family(frame_of([counted(2, 2, 1), counted(1, 1, 3)], protocol, ("no_kd", "kd")), "x")
    assert found["model"] == found["settings"]["model"] == model


@pytest.mark.parametrize("changes", [{}, {"width": 3}, {"teacher_width": 3}, {"view": "rotation"}])
def test_the_gains_of_a_store_are_those_of_its_rows(changes: dict[str, Any]) -> None:
    """Whether teachers and students have the same settings or not."""
    short = replace(HIDDEN, n_train=20, n_test=50, optimiser=Optimiser("adam", 0.05, 5))
    diagrams = growing_gamma((0, 10))
    protocol = change(Point(diagrams[0], short), changes).protocol
    frame = run(Plan(diagrams, protocol, seeds=range(2)), device="cpu").frame()
    accuracy = frame.groupby(["gamma", "arm"])["accuracy"].mean()
    for point in family(frame, "x.db")["points"]:
        gain = 100 * (accuracy[point["gamma"], "kd"] - accuracy[point["gamma"], "no_kd"])
        assert point["arms"]["kd"]["gain"] == pytest.approx(gain, abs=5.1e-5)


def both(*changes: dict[str, Any]) -> pd.DataFrame:
    frames = [FRAME.assign(point=FRAME["point"] + 9 * i, **c) for i, c in enumerate(changes)]
    return pd.concat(frames, ignore_index=True)


WIDTHS = [{f"{who}width": w for who in ("teacher_", "student_", "")} for w in (4, 8)]
NO_GAIN = r"'0 of 24 gains': need a seed at which neither an arm nor no_kd failed"
BAD = {
    "no baseline": (
        FRAME[FRAME["arm"] != "no_kd"],
        r"'arms teacher, um_teacher, kd, um_kd': must hold no_kd and at least one of "
        r"kd, kd_general, kd_multimodal, um_kd: sweep with --arms",
    ),
    "no student": (FRAME[~FRAME["arm"].isin(["kd", "um_kd"])], "must hold no_kd and at least one"),
    "temperature varies": (
        both({"temperature": 1.0}, {"temperature": 4.0}),
        "frame = 'temperature in 1, 4': varies; the page shows .*: sweep with one temperature$",
    ),
    "widths vary": (both(*WIDTHS), "'width in 4, 8': varies; .*: sweep with one width$"),
    "a setting that some lack": (both({"delta": None}, {"delta": "ones"}), "'delta in None, ones'"),
    "hidden at the same shares": (
        frame_of([counted(2, 2, 1), counted(2, 2, 1, hidden=5)]),
        "'hidden in 0, 5': varies at the same alpha, beta, gamma; sweep with one diagram for each",
    ),
    "a point twice": (both({}, {}), "'point in 0, 1, 2, 9, 10, 11': varies at the same"),
    "no pair": (failing(FRAME, (FRAME["seed"] > 1) == (FRAME["arm"] == "no_kd")), NO_GAIN),
}


@pytest.mark.parametrize(("frame", "words"), BAD.values(), ids=BAD)
def test_bad_calls_are_refused(frame: pd.DataFrame, words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        family(frame, "x.db")
