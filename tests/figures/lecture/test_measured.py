import itertools
import json
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis import PAPER_RESULTS, Plan, Store, run
from analysis.methods.arms import ARMS, NAMES
from analysis.reproductions.lecture import COURSES, KD_ARMS, MODELS, plans
from figures.lecture.measured import FILE, as_text, gains, shipped
from tests.analysis.alone import train_alone
from tests.figures.lecture.small import FAST, SMALL, shrink
from venn import VennDiagram

SEEDS = range(2)
SHIPPED = shipped()
FAMILIES = {f"{each['model']} {each['name']}": each for each in SHIPPED["families"]}
TEACHERS = {arm: NAMES[ARMS[arm].needs["teacher"]] for arm in KD_ARMS}


def measured(store: Store) -> pd.DataFrame:
    for plan in plans(SEEDS).values():
        run(plan, store, device="cpu")
    return store.frame()


@pytest.fixture(scope="module")
def kept() -> pd.DataFrame:
    """What the plans of few networks measure."""
    with pytest.MonkeyPatch.context() as patch:
        shrink(patch, SEEDS)
        return measured(Store())


@pytest.fixture
def frame(kept: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    """The same, where there are few networks."""
    shrink(monkeypatch, SEEDS)
    return kept


def diagram_of(point: Mapping[str, Any]) -> VennDiagram:
    a, g, b = (point[key] for key in "agb")
    noise = {"a": point["da"] - a - g, "b": point["db"] - b - g}
    return VennDiagram({"a": a, "b": b, "a&b": g}, point["h"], noise)


def test_every_number_is_that_of_networks_trained_alone(frame: pd.DataFrame) -> None:
    found = {(each["model"], each["name"]): each for each in gains(frame, SEEDS)["families"]}
    assert list(found) == list(itertools.product(MODELS, SMALL))
    for (model, name), each in found.items():
        diagrams = SMALL[name].diagrams
        assert tuple(map(diagram_of, each["points"])) == diagrams
        for diagram, point in zip(diagrams, each["points"], strict=True):
            runs = [train_alone(FAST[model], diagram, seed) for seed in SEEDS]
            alone = {arm: 100 * np.mean([run[arm].accuracy for run in runs]) for arm in runs[0]}
            assert point["no_kd"] == pytest.approx(alone["no_kd"], abs=5.1e-5)
            assert set(point["arms"]) == set(KD_ARMS)
            for arm, got in point["arms"].items():
                both = (got["accuracy"], got["teacher"])
                assert both == pytest.approx((alone[arm], alone[TEACHERS[arm]]), abs=5.1e-5)


def test_a_store_may_hold_more(frame: pd.DataFrame) -> None:
    store = Store()
    path = SMALL["gamma"].diagrams
    for protocol in FAST.values():
        run(Plan(path, protocol, seeds=range(1, 5)), store, device="cpu")
        run(Plan(path, replace(protocol, n_train=30), seeds=SEEDS), store, device="cpu")
    assert gains(measured(store), SEEDS) == gains(frame, SEEDS)


def test_gains_are_whole(frame: pd.DataFrame) -> None:
    with pytest.raises(FloatingPointError, match=r"1 of \d+ trainings have no result: $"):
        gains(frame.iloc[1:], SEEDS)
    failed = frame.index == 7
    reason = frame["reason"].where(~failed, "diverged")
    broken = frame.assign(accuracy=frame["accuracy"].where(~failed), reason=reason)
    with pytest.raises(FloatingPointError, match=r"1 of \d+ trainings have no result: diverged$"):
        gains(broken, SEEDS)


def test_its_text_has_a_point_a_line_and_says_what_made_it(frame: pd.DataFrame) -> None:
    found = gains(frame, SEEDS)
    made = found["made"]
    assert (made["command"], made["seeds"]) == ("mfh lecture --rebuild-data", 2)
    assert made["trainings"] == sum(plan.cells for plan in plans(SEEDS).values())
    assert {"python", "modality-venn", "torch", "numpy"} <= set(made["versions"])
    titles = [course.title for course in SMALL.values()]
    assert [each["title"] for each in found["families"]] == titles * len(MODELS)
    text = as_text(found)
    assert json.loads(text) == found
    lines = [json.loads(line.rstrip(",")) for line in text.splitlines() if line.startswith('{"a"')]
    assert lines == [point for each in found["families"] for point in each["points"]]


def test_the_shipped_gains_are_whole_and_small() -> None:
    text = FILE.read_text(encoding="utf-8")
    assert text == as_text(SHIPPED)
    assert len(text) < 400_000
    assert list(FAMILIES) == [f"{model} {name}" for model in MODELS for name in COURSES]
    made = SHIPPED["made"]
    assert (made["first_seed"], made["seeds"]) == (0, 300)
    assert made["trainings"] == sum(plan.cells for plan in plans().values())


@pytest.mark.parametrize("each", FAMILIES.values(), ids=FAMILIES)
def test_a_shipped_family(each: dict[str, Any]) -> None:
    course, protocol = COURSES[each["name"]], MODELS[each["model"]]
    assert each["title"] == course.title
    axis = {"simplex": None, "general": "alpha"}.get(each["name"], each["name"])
    assert (each["kind"], each.get("axis")) == ("path" if axis else "simplex", axis)
    assert tuple(map(diagram_of, each["points"])) == course.diagrams
    hidden = {diagram.hidden for diagram in course.diagrams}
    assert each["settings"] == {
        "model": each["model"],
        "n": protocol.n_train,
        "weight": 0.5,
        "temperature": protocol.distillation.temperature,
        "flip": 0,
        "rule": "hyperplane",
        **({"hidden": hidden.pop()} if len(hidden) == 1 else {}),
    }
    for point, diagram in zip(each["points"], course.diagrams, strict=True):
        shares = [point[share] for share in ("alpha", "beta", "gamma")]
        assert shares == [diagram.alpha, diagram.beta, diagram.gamma]
        assert sum(shares) == pytest.approx(1)
        assert point["seeds"] == 300
        assert set(point["arms"]) == set(KD_ARMS)
        for arm in point["arms"].values():
            assert arm["low"] < arm["gain"] < arm["high"]
            assert arm["gain"] == pytest.approx(arm["accuracy"] - point["no_kd"], abs=1.6e-4)
            assert 40 < arm["teacher"] <= 100
            assert 40 < arm["accuracy"] <= 100


AGAIN = range(12)


@pytest.mark.parametrize("model", MODELS)
def test_the_shipped_gains_are_what_its_seeds_say(model: str) -> None:
    """The mean of n of N seeds is off that of all by s sqrt(1/n - 1/N), and seldom by 4 times that."""
    points = [FAMILIES[f"{model} gamma"]["points"][8], FAMILIES[f"{model} alpha"]["points"][4]]
    diagrams = [diagram_of(point) for point in points]
    store = run(Plan(diagrams, MODELS[model], ("no_kd", *KD_ARMS), AGAIN), device="cpu")
    wide = 100 * store.frame().pivot(index=["diagram", "seed"], columns="arm", values="accuracy")
    for point, diagram in zip(points, diagrams, strict=True):
        here = wide.loc[repr(diagram)]
        for arm, known in point["arms"].items():
            error = (known["high"] - known["low"]) / 2 / stats.t.ppf(0.975, 299)  # s / sqrt(N)
            far = (here[arm] - here["no_kd"]).mean() - known["gain"]
            assert abs(far) < 4 * error * math.sqrt(300 / len(AGAIN) - 1)
            assert abs(here[TEACHERS[arm]].mean() - known["teacher"]) < 2.5
        assert abs(here["no_kd"].mean() - point["no_kd"]) < 2.5


@pytest.mark.parametrize("figure", ["figure2", "figure3"])
def test_the_shipped_gains_are_those_of_the_papers_figures(figure: str) -> None:
    """At the paper's points linear students gain what its figures show, read off within 0.2."""
    paper = PAPER_RESULTS[figure]
    points = {each[paper.axis]: each for each in FAMILIES[f"linear {paper.axis}"]["points"]}
    for diagram, row in zip(paper.path, paper.published.to_dict("records"), strict=True):
        point = points[getattr(diagram, paper.axis)]
        assert point["arms"]["kd"]["gain"] == pytest.approx(row["gain"], abs=0.6)
        assert point["no_kd"] == pytest.approx(100 * row["no_kd"], abs=1.0)
