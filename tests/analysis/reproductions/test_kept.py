"""General teachers that keep picked channels: against trainings of one's own, one by one."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from analysis import Native, Optimiser
from analysis.methods.arms import with_teachers
from analysis.methods.distillation import Trial, train
from analysis.reproductions.kept import GENERAL, REGULAR, Kept, networks, train_kept
from analysis.reproductions.picks import NEEDED, WAYS, picks, share
from synth import InvertibleNetwork, RandomNetwork, Rotation
from tests.analysis.alone import tasks_of
from tests.analysis.reproductions.test_picks import module
from venn import ArgumentError, VennDiagram

DIAGRAMS = (
    VennDiagram({"a": 3, "a&b": 3}, noise={"a": 2, "b": 4}),
    VennDiagram({"a": 1, "b": 2, "a&b": 4}, noise={"a": 4, "b": 1}),
)
SMALL = Native(n_train=50, n_test=200, width=3, optimiser=Optimiser("adam", 0.03, 30))
CASES = {
    "hidden units": SMALL,
    "linear": replace(SMALL, width=0, teacher_width=0, optimiser=Optimiser("sgd", 0.1, 50)),
    "mixed": replace(SMALL, teacher_view=(Rotation(1),)),
    "a network's labels": replace(SMALL, rule=RandomNetwork()),
}


@pytest.mark.parametrize("case", CASES)
def test_the_truth_and_the_controls_are_the_arms_of_a_sweep(case: str) -> None:
    """Every regular arm and, by the truth, both general ones: to the last bit."""
    kept = train_kept(CASES[case], DIAGRAMS, [3, 4], ["gt"], device="cpu")
    assert set(kept.runs["arm"]) == {*REGULAR, *GENERAL}
    assert kept.found.empty
    for (point, seed), rows in kept.runs.groupby(["point", "seed"]):
        trained = train(tasks_of(CASES[case], DIAGRAMS[int(str(point))], int(str(seed))))
        expected = {arm: trained[arm].accuracy for arm in (*REGULAR, *GENERAL)}
        assert dict(zip(rows["arm"], rows["accuracy"], strict=True)) == expected
        assert set(zip(rows["arm"], rows["way"], strict=True)) == {
            *((arm, "") for arm in REGULAR),
            *((arm, "gt") for arm in GENERAL),
        }


def alone(protocol: Native, trial: Trial, pick: np.ndarray) -> dict[str, float]:
    """Train a general teacher that keeps channels, and its student, one after another."""
    adam, n = torch.optim.Adam, protocol.n_train
    x, student = (
        torch.cat([trial.train.views[s], trial.test.views[s]], 1)[0] for s in ("teacher", "student")
    )
    y = torch.cat([trial.train.y, trial.test.y], 1)[0]
    x = torch.where(torch.tensor(pick), x, 0.0)
    teacher, imitator = module(trial.initial["teacher"]), module(trial.initial["no_kd"])
    soft = None
    for network, seen in ((teacher, x), (imitator, student)):
        stepper = adam(network.parameters(), lr=protocol.optimiser.learning_rate)
        for _ in range(protocol.optimiser.steps):
            said = network(seen[:n])
            loss = torch.nn.functional.cross_entropy(said, y[:n])
            if soft is not None:
                entries = torch.nn.functional.kl_div(said.log_softmax(1), soft, reduction="none")
                loss = loss + entries.mean()
            stepper.zero_grad()
            loss.backward()
            stepper.step()
        with torch.no_grad():
            soft = network(seen[:n]).softmax(1)
    right = [
        (network(seen[n:]).argmax(1) == y[n:]).double().mean().item()
        for network, seen in ((teacher, x), (imitator, student))
    ]
    return dict(zip(GENERAL, right, strict=True))


@pytest.mark.parametrize("case", ["hidden units", "mixed"])
@pytest.mark.parametrize("way", ["alg1", "random"])
def test_what_is_picked_is_all_that_the_general_teacher_sees(case: str, way: Any) -> None:
    """A plain loop on views whose other channels are zero: to one test row of 200."""
    protocol = CASES[case]
    kept = train_kept(protocol, DIAGRAMS, [0, 1], [way], device="cpu")
    runs = kept.runs.set_index(["point", "seed", "way", "arm"])["accuracy"]
    found = kept.found.set_index(["point", "seed", "way"])["share"]
    for point, diagram in enumerate(DIAGRAMS):
        trials = {seed: protocol.draw(diagram, seed, [*NEEDED, "no_kd"]) for seed in (0, 1)}
        for seed, pick in picks(way, protocol, diagram, trials).items():
            assert pick is not None
            for arm, expected in alone(protocol, trials[seed], pick).items():
                assert runs[point, seed, way, arm] == pytest.approx(expected, abs=0.0051)
            assert found[point, seed, way] == share(protocol, diagram, pick)


def test_the_tables() -> None:
    counts: list[int] = []
    kept = train_kept(SMALL, DIAGRAMS, range(5), device="cpu", progress=counts.append)
    assert list(kept.runs) == ["point", "gamma", "seed", "arm", "way", "accuracy"]
    assert list(kept.found) == ["point", "gamma", "seed", "way", "share"]
    assert len(kept.runs) == 2 * 5 * (len(REGULAR) + 3 * len(GENERAL))
    assert len(kept.found) == 2 * 5 * 2
    assert kept.runs.groupby("point")["gamma"].unique().map(list).tolist() == [[3 / 6], [4 / 7]]
    assert sum(counts) == 2 * 5 * networks()
    trained = len(with_teachers([*REGULAR])) + 3 * len(GENERAL) + len(NEEDED)
    assert networks() == trained == 15
    assert networks(["gt"]) == 9


def test_no_row_depends_on_its_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other seeds, points and ways, and the batches in which seeds are trained."""
    whole = train_kept(SMALL, DIAGRAMS, range(5), device="cpu")
    monkeypatch.setattr("analysis.reproductions.kept.NUMBERS", 1)
    one_by_one = train_kept(SMALL, DIAGRAMS, range(5), device="cpu")
    pd.testing.assert_frame_equal(one_by_one.runs, whole.runs, check_exact=True)
    pd.testing.assert_frame_equal(one_by_one.found, whole.found, check_exact=True)
    part = train_kept(SMALL, DIAGRAMS[1:], [3], ["alg1"], device="cpu").runs
    rows = whole.runs.query("point == 1 and seed == 3 and way in ('', 'alg1')")
    assert part["accuracy"].tolist() == rows["accuracy"].tolist()


def test_where_nothing_is_general_all_ways_say_the_prior() -> None:
    """gamma = 0: the teachers see zeros, and are one network."""
    runs = train_kept(SMALL, [VennDiagram({"a": 3, "b": 3})], range(3), device="cpu").runs
    for arm in GENERAL:
        scores = runs[runs["arm"] == arm].pivot(index="seed", columns="way", values="accuracy")
        assert scores["gt"].tolist() == scores["alg1"].tolist() == scores["random"].tolist()


def test_where_all_channels_are_general_the_truth_and_algorithm_1_are_the_regular_arms() -> None:
    diagram = VennDiagram({"a&b": 4}, noise={"b": 3})
    runs = train_kept(SMALL, [diagram], range(3), device="cpu").runs
    scores = runs.assign(arm=runs["arm"] + " " + runs["way"])
    wide = scores.pivot(index="seed", columns="arm", values="accuracy")
    for way in WAYS:
        assert wide[f"general_teacher {way}"].tolist() == wide["teacher "].tolist()
        assert wide[f"kd_general {way}"].tolist() == wide["kd "].tolist()


def test_a_network_that_diverged_is_no_result() -> None:
    steep = replace(SMALL, optimiser=Optimiser("sgd", 1e10, 20, weight_decay=1.0))
    with pytest.raises(FloatingPointError, match=r"of 8 trainings diverged \(the first: teacher, "):
        train_kept(steep, DIAGRAMS[:1], [0], ["gt"], device="cpu")


def test_no_rows_are_tables_with_columns() -> None:
    kept = Kept.of([], [])
    assert list(kept.runs) == ["point", "gamma", "seed", "arm", "way", "accuracy"]
    assert list(kept.found) == ["point", "gamma", "seed", "way", "share"]


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no protocol": ({"protocol": "native"}, "protocol = 'native': must be of kind Native, such"),
    "no diagrams": ({"diagrams": []}, "diagrams = []: must be a sequence of at least one"),
    "no diagram": ({"diagrams": ["a&b"]}, "diagrams = 'a&b': must be of kind VennDiagram"),
    "no seeds": ({"seeds": []}, "seeds = []: must be a sequence of at least one"),
    "negative seed": ({"seeds": [-1]}, "seeds = -1: must be a whole number of at least 0"),
    "a seed twice": ({"seeds": [1, 1]}, "seeds = "),
    "unknown way": ({"ways": ["best"]}, "ways = 'best': is unknown; known: gt, alg1, random"),
    "a way twice": ({"ways": ["gt", "gt"]}, "ways = ['gt', 'gt']: must name each way once"),
    "unknown device": ({"device": "tpu"}, "device = 'tpu': is unknown; known: auto, cpu, cuda"),
    "a view that hides what is general": (
        {"protocol": replace(SMALL, teacher_view=(InvertibleNetwork(1),))},
        "mixes features in a way that cannot be undone part by part",
    ),
    "three modalities": (
        {"diagrams": [VennDiagram({"a&b&c": 2}, modalities=("a", "b", "c"))]},
        "must have two modalities, teacher and student",
    ),
}


@pytest.mark.parametrize(("changes", "message"), BAD.values(), ids=BAD)
def test_bad_calls(changes: dict[str, Any], message: str) -> None:
    good: dict[str, Any] = {"protocol": SMALL, "diagrams": DIAGRAMS, "seeds": [0]}
    with pytest.raises(ArgumentError) as error:
        train_kept(**{**good, **changes})
    assert message in str(error.value)
