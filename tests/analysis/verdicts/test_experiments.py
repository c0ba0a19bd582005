"""What experiments share, against plain loops."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.verdicts import PAPER
from analysis.verdicts.experiments import accuracies, leads, permuted, slope, sweep, taught_by_noise
from synth import stream
from venn import growing_gamma

ROWS = pd.DataFrame(
    [
        {"point": i, "seed": seed, "arm": arm, "gamma": gamma, "accuracy": stream(seed, arm, i).random()}
        for seed in (4, 2, 9)
        for i, gamma in enumerate([1.0, 0.0, 0.5])
        for arm in ("kd", "no_kd", "kd_shuffled")
    ]
)


def test_accuracies_are_those_of_the_rows() -> None:
    found = {arm: accuracies(ROWS, "gamma", arm) for arm in ("kd", "no_kd", "kd_shuffled")}
    for row in ROWS.to_dict("records"):
        assert found[row["arm"]].loc[row["seed"], row["gamma"]] == 100 * row["accuracy"]
    for table in (found["kd"], leads(ROWS, "gamma", "kd", "no_kd")):
        np.testing.assert_array_equal(table.columns, [0.0, 0.5, 1.0])
        np.testing.assert_array_equal(table.index, [2, 4, 9])
    lead = leads(ROWS, "gamma", "kd", "no_kd")
    np.testing.assert_allclose(lead, found["kd"] - found["no_kd"])


@given(st.lists(st.floats(-10, 10), min_size=3, max_size=3))
def test_slopes_are_scipys(values: list[float]) -> None:
    levels = pd.DataFrame([values, values[::-1]], columns=[0.0, 0.3, 1.0])
    found = slope(levels)
    for row, own in zip(found, (values, values[::-1]), strict=True):
        assert row == pytest.approx(stats.linregress([0, 0.3, 1], own).slope, abs=1e-9)


def test_a_permutation_moves_whole_points_within_a_seed() -> None:
    made = permuted(ROWS, "gamma", stream(0, "permuted"))
    pd.testing.assert_frame_equal(made.drop(columns="gamma"), ROWS.drop(columns="gamma"))
    together = made.groupby([ROWS["seed"], ROWS["gamma"]])["gamma"].nunique()
    assert (together == 1).all()  # arms of a point stay together
    for _, own in made.groupby("seed"):
        assert sorted(own["gamma"].unique()) == [0.0, 0.5, 1.0]
    assert not made["gamma"].equals(ROWS["gamma"])


def test_every_order_is_as_likely() -> None:
    generator = stream(1, "permuted")
    counts: dict[tuple[float, ...], int] = {}
    for _ in range(600):
        made = permuted(ROWS[ROWS["arm"] == "kd"], "gamma", generator)
        for _, own in made.groupby("seed"):
            order = tuple(own["gamma"])
            counts[order] = counts.get(order, 0) + 1
    assert len(counts) == 6
    assert stats.chisquare(list(counts.values())).pvalue > 1e-4


def test_a_student_of_noise_is_the_shuffled_one() -> None:
    made = taught_by_noise(ROWS, stream(0, "unused"))
    kd, shuffled = (accuracies(made, "gamma", arm) for arm in ("kd", "kd_shuffled"))
    pd.testing.assert_frame_equal(kd, shuffled)
    no_kd = [accuracies(rows, "gamma", "no_kd") for rows in (made, ROWS)]
    pd.testing.assert_frame_equal(*no_kd)
    assert len(made) == len(ROWS)


def test_a_sweep_trains_what_it_says_in_its_world() -> None:
    trained: list[int] = []
    rows = sweep(growing_gamma((0, 10)), PAPER, ("no_kd", "kd"), [5, 6], trained.append)
    assert sum(trained) == 2 * (2 + 1 + 2)  # the No-KD student once
    assert len(rows) == 2 * 2 * 3
    np.testing.assert_array_equal(sorted(rows["arm"].unique()), ["kd", "no_kd", "teacher"])
