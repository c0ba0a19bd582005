"""Several modalities that teach or learn, against diagrams of two and against counting by hand."""

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import ARMS, Method, Optimiser, Plan, Point, Synthetic, run
from analysis.methods.general_teacher import WAYS
from analysis.sweeps.settings import change, describe
from analysis.sweeps.sweepfile import make_plan
from synth import Rotation
from synth.strategies import diagrams
from tests.analysis.small import FAST
from tests.examples import examples
from venn import VennDiagram
from venn.regions import members

NAMES = ("a", "b", "c")
SIDES = [side for count in (1, 2, 3) for side in itertools.combinations(NAMES, count)]
PAIRS = list(itertools.permutations(SIDES, 2))
THREE = VennDiagram(
    {"a": 2, "b": 2, "c": 1, "a&b": 1, "a&b&c": 1, "b&c": 1},
    noise={"a": 1, "c": 2},
    modalities=NAMES,
)
"""All three have five channels."""

triples = diagrams(min_modalities=3, max_features=2)


@settings(max_examples=examples(15))
@given(triples, st.sampled_from(WAYS))
def test_a_modality_on_no_side_changes_no_recipe(diagram: VennDiagram, way: Any) -> None:
    """That sees nothing alone: its own features come first, hidden ones last."""
    regions = {**diagram.regions, "c": 0, "a": 1}
    whole = replace(diagram, regions=regions, noise=dict.fromkeys("abc", 1))
    two = {each: regions[each] + regions[f"{each}&c"] for each in ("a", "b", "a&b")}
    pair = VennDiagram(two, whole.hidden, {name: whole.noise[name] for name in "ab"})
    plain = replace(FAST, general_channels=way)
    named = replace(plain, teacher="a", student="b")
    for method in ARMS.values():
        assert named.recipe(whole, method) == plain.recipe(pair, method)
    told, expected = describe(Point(whole, named)), describe(Point(pair, plain))
    del told["diagram"], expected["diagram"]
    assert told == expected


def test_a_modality_on_no_side_changes_no_bit() -> None:
    counts: dict[str, Any] = {"regions": {"a": 2, "b": 1, "a&b": 2}, "hidden": 1}
    two = VennDiagram(**counts, noise={"b": 2})
    three = VennDiagram(**counts, noise={"b": 2, "c": 3}, modalities=NAMES)
    frames = []
    for diagram, protocol in ((two, FAST), (three, replace(FAST, teacher="a", student="b"))):
        plan = Plan([diagram], protocol, tuple(ARMS), range(2))
        frames.append(run(plan, device="cpu").frame().drop(columns="diagram"))
    assert frames[0].equals(frames[1])


@given(triples, st.sampled_from(PAIRS))
def test_shares_and_what_is_general_are_those_of_the_regions(
    diagram: VennDiagram, pair: tuple[tuple[str, ...], tuple[str, ...]]
) -> None:
    """A feature is general if both sides see it; a general teacher sees it wherever it is shown."""
    teacher, student = pair
    seen = [
        (bool({*teacher} & members(region)), bool({*student} & members(region)))
        for region in diagram.feature_regions
    ]
    parts = [seen.count(part) for part in ((True, False), (False, True), (True, True))]
    if not sum(parts):
        return
    protocol = replace(FAST, teacher=teacher, student=student)
    told = describe(Point(diagram, protocol))
    assert [told[name] for name in ("alpha", "beta", "gamma")] == [n / sum(parts) for n in parts]
    assert (told["teacher"], told["student"]) == ("&".join(teacher), "&".join(student))
    trial = protocol.trial(diagram, 0)
    general = []
    for name in teacher:
        general += [seen[feature][1] for feature in diagram.sees(name)]
        general += [False] * diagram.noise[name]
    shown = trial.train.views["general"][0]
    assert ((shown != 0).all(0) == torch.tensor(general)).all()
    assert torch.equal(shown, trial.train.views["teacher"][0] * torch.tensor(general))
    assert protocol.channels(diagram, ARMS["teacher"]) == told["teacher_channels"] == len(general)
    assert protocol._count(diagram) == sum(general)
    chosen = np.random.default_rng(0).permutation(len(general))[: sum(general)]
    if any(general):
        share = sum(general[i] for i in chosen) / sum(general)
        assert protocol.share_kept(diagram, torch.from_numpy(chosen)) == pytest.approx(share)


class Reads(Method):
    """What reads these inputs."""

    def __init__(self, *inputs: str) -> None:
        self._inputs = inputs

    @property
    def inputs(self) -> tuple[str, ...]:
        return self._inputs

    def fit(self, *_: Any) -> Any:
        raise NotImplementedError


READING = [("teacher",), ("student",), ("both",), ("general",), ("student", "teacher")]
READING += [("student", "both"), ("both", "general"), ("general", "student")]


@pytest.mark.parametrize("inputs", READING, ids=str)
def test_data_are_equal_where_and_only_where_rows_are(inputs: tuple[str, ...]) -> None:
    """Among all pairs of sides of three modalities with as many channels."""
    found: dict[Any, list[Any]] = {}
    for teacher, student in PAIRS:
        protocol = replace(FAST, teacher=teacher, student=student)
        views = protocol.trial(THREE, 0).train.views
        rows = tuple(views[each].numpy().tobytes() for each in inputs)
        found.setdefault(rows, []).append(protocol.data(THREE, Reads(*inputs)))
    for alike in found.values():
        assert all(data == alike[0] for data in alike)
    distinct = [repr(alike[0]) for alike in found.values()]
    assert len({*distinct}) == len(distinct)


def test_the_posterior_is_that_of_all_who_teach() -> None:
    protocol = replace(FAST, teacher=("b", "a"), student="c", teacher_view=(Rotation(1),))
    trial, population = protocol.trial(THREE, 3), protocol.population(THREE)
    views = population.sample(FAST.n_train + FAST.n_test, 3).views
    exact = population.posterior(views, ("a", "b"))[: FAST.n_train]
    np.testing.assert_allclose(trial.posterior()[0].exp(), exact, atol=1e-6)


def test_sides_are_settings() -> None:
    """Named as regions are; their order says nothing, and an axis of them shares the No-KD student."""
    plan = make_plan(
        {
            "diagrams": [
                {"regions": THREE.regions, "noise": THREE.noise, "modalities": list(NAMES)}
            ],
            "seeds": 2,
            "teacher": ["a", "b&a"],
            "student": "c",
            "n_train": 10,
            "steps": 2,
        }
    )
    frame = run(plan, device="cpu").frame()
    assert list(frame["teacher"].unique()) == ["a", "a&b"]
    assert plan.cells == 2 * (2 * 2 + 1)
    point = Point(THREE, Synthetic(teacher="a", student="c", optimiser=Optimiser("sgd", 0.1, 1)))
    assert change(point, {"teacher": "b&a"}).protocol == replace(
        point.protocol,
        teacher=("a", "b"),  # type: ignore[call-arg]  # it is Synthetic
    )
