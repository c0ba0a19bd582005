"""`mfh-general-teacher` against loops over its rows, the paper's numbers, and its null worlds."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.claims import CLAIMS
from analysis.claims.mfh.general_teacher import DIAGRAMS, SIDES
from analysis.verdicts import PAPER
from analysis.verdicts.experiments import exchanged
from synth import stream

CLAIM = CLAIMS["mfh-general-teacher"]
SEEDS = [1_000_000, 1_000_001]


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return CLAIM.experiment(PAPER, SEEDS, lambda _: None)


def mean(rows: pd.DataFrame, seed: int, arm: str) -> float:
    own = [
        row["accuracy"]
        for row in rows.to_dict("records")
        if row["seed"] == seed and row["arm"] == arm
    ]
    assert len(own) == len(DIAGRAMS)
    return float(100 * sum(own) / len(own))


def test_values_are_those_of_the_rows(rows: pd.DataFrame) -> None:
    found = CLAIM.values(rows)
    for seed in SEEDS:
        general = mean(rows, seed, "kd_general gt")
        expected = {
            "student": general - mean(rows, seed, "kd"),
            "teacher": mean(rows, seed, "general_teacher gt") - mean(rows, seed, "teacher"),
            "student by Algorithm 1": mean(rows, seed, "kd_general alg1") - mean(rows, seed, "kd"),
            "Algorithm 1 over chance": mean(rows, seed, "kd_general alg1")
            - mean(rows, seed, "kd_general random"),
            "beyond no teacher": general - mean(rows, seed, "no_kd"),
            "beyond shuffled": general - mean(rows, seed, "kd_shuffled"),
            "beyond hard labels": general - mean(rows, seed, "hard_label"),
            "beyond unimodal": general - mean(rows, seed, "um_kd"),
        }
        assert dict(found.loc[seed]) == pytest.approx(expected)


def test_diagrams_are_the_papers() -> None:
    for diagram, gamma in zip(DIAGRAMS, (1 / 3, 1 / 2, 3 / 4), strict=True):
        assert diagram.gamma == pytest.approx(gamma)
        assert diagram.alpha == pytest.approx(1 - gamma)
        assert diagram.beta == 0
        assert diagram.hidden == 0
        assert [diagram.dim(modality) for modality in diagram.modalities] == [50, 50]


def test_published_values_are_table_2s() -> None:
    published = {part.name: part.published for part in CLAIM.parts}
    gains = [64.50 - 62.16, 70.25 - 67.86, 77.70 - 76.53]
    losses = [68.42 - 89.41, 73.41 - 89.62, 79.41 - 89.70]
    assert published["student"] == pytest.approx(np.mean(gains))
    assert published["teacher"] == pytest.approx(np.mean(losses))


def test_picks_by_chance_leave_nothing_of_algorithm_1(rows: pd.DataFrame) -> None:
    null = CLAIM.nulls["channels picked at random in every way"]
    made = CLAIM.values(null(rows, stream(0, "null")))
    assert (made["Algorithm 1 over chance"] == 0).all()
    for seed in SEEDS:
        expected = mean(rows, seed, "kd_general random") - mean(rows, seed, "kd")
        assert made.loc[seed, "student"] == pytest.approx(expected)


def test_lots_give_each_name_to_each_teacher_as_often() -> None:
    """The mean of every name is the mean of all, and a teacher keeps its own student."""
    table = pd.DataFrame(
        [
            {"seed": seed, "arm": arm, "accuracy": side + role / 10}
            for seed in range(600)
            for side, arms in enumerate(SIDES)
            for role, arm in enumerate(arms)
        ]
        + [{"seed": seed, "arm": "no_kd", "accuracy": 7.0} for seed in range(600)]
    )
    made = CLAIM.nulls["regular and general teachers exchanged by lot"](table, stream(0, "lots"))
    wide = made.pivot(index="seed", columns="arm", values="accuracy")
    assert (wide["no_kd"] == 7).all()
    for teacher, student in SIDES:
        assert wide[student].to_numpy() == pytest.approx(wide[teacher].to_numpy() + 0.1)
        counts = wide[teacher].value_counts()
        assert len(counts) == 3
        assert stats.chisquare(counts).pvalue > 1e-4
    assert (wide[[teacher for teacher, _ in SIDES]].sum(axis=1) == 3).all()


def test_a_coin_exchanges_whole_seeds() -> None:
    table = pd.DataFrame(
        [
            {
                "seed": seed,
                "arm": arm,
                "point": point,
                "accuracy": stream(seed, arm, point).random(),
            }
            for seed in range(400)
            for arm in ("kd", "no_kd", "teacher")
            for point in (0, 1)
        ]
    )
    made = exchanged(table, {"kd": "no_kd"}, stream(0, "coin"))
    pd.testing.assert_frame_equal(made.drop(columns="arm"), table.drop(columns="arm"))
    assert (made["arm"] == table["arm"])[table["arm"] == "teacher"].all()
    changed = (made["arm"] != table["arm"])[table["arm"] != "teacher"]
    of_a_seed = changed.groupby(table["seed"]).agg(["sum", "size"])
    assert set(of_a_seed["sum"]) == {0, 4}
    assert stats.binomtest(int((of_a_seed["sum"] == 4).sum()), 400).pvalue > 1e-4
