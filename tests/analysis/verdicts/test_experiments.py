"""What claims about sweeps share, against plain loops."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.verdicts.experiments import (
    accuracies,
    exchanged,
    leads,
    permuted,
    slope,
    taught_by_noise,
)
from synth import stream

ROWS = pd.DataFrame(
    [
        {"point": i, "seed": seed, "arm": arm, "gamma": gamma}
        | {"accuracy": stream(seed, arm, i).random()}
        for seed in range(300, 0, -1)
        for i, gamma in enumerate([1.0, 0.0, 0.5])
        for arm in ("kd", "no_kd", "kd_shuffled")
    ]
)
FEW = ROWS[ROWS["seed"] <= 3].sample(frac=1, random_state=0)


def test_accuracies_and_leads_are_those_of_the_rows() -> None:
    kd, no_kd = (accuracies(FEW, "gamma", arm) for arm in ("kd", "no_kd"))
    lead = leads(FEW, "gamma", "kd", "no_kd")
    for seed in (1, 2, 3):
        for i, gamma in enumerate([1.0, 0.0, 0.5]):
            first, second = (100 * stream(seed, arm, i).random() for arm in ("kd", "no_kd"))
            found = [table[gamma][seed] for table in (kd, no_kd, lead)]
            assert found == pytest.approx([first, second, first - second])
    for table in (kd, lead):
        np.testing.assert_array_equal(table.columns, [0.0, 0.5, 1.0])
        np.testing.assert_array_equal(table.index, [1, 2, 3])


@given(st.lists(st.floats(-10, 10), min_size=3, max_size=3))
def test_slopes_are_scipys(values: list[float]) -> None:
    found = slope(pd.DataFrame([values, values[::-1]], columns=[0.0, 0.3, 1.0]))
    for row, own in zip(found, (values, values[::-1]), strict=True):
        assert row == pytest.approx(stats.linregress([0, 0.3, 1], own).slope, abs=1e-9)


def test_a_permutation_moves_whole_points_within_a_seed_in_every_order() -> None:
    made = permuted(ROWS, stream(0, "permuted"), along="gamma")
    pd.testing.assert_frame_equal(made.drop(columns="gamma"), ROWS.drop(columns="gamma"))
    together = made.groupby([ROWS["seed"], ROWS["gamma"]])["gamma"].agg(["nunique", "first"])
    assert (together["nunique"] == 1).all()  # arms of a point stay together
    orders = together["first"].groupby("seed").agg(tuple).value_counts()
    assert len(orders) == 6
    assert all(sorted(order) == [0.0, 0.5, 1.0] for order in orders.index)
    assert stats.chisquare(orders).pvalue > 1e-4


def test_a_student_of_noise_is_the_shuffled_one() -> None:
    made = taught_by_noise(FEW, stream(0, "unused"))
    assert (leads(made, "gamma", "kd", "kd_shuffled") == 0).all(axis=None)
    rest = accuracies(FEW, "gamma", "no_kd"), accuracies(FEW, "gamma", "kd_shuffled")
    for before, arm in zip(rest, ("no_kd", "kd"), strict=True):
        pd.testing.assert_frame_equal(accuracies(made, "gamma", arm), before)


def test_a_coin_exchanges_whole_seeds() -> None:
    made = exchanged(ROWS, stream(0, "coin"), arms={"kd": "no_kd"})
    pd.testing.assert_frame_equal(made.drop(columns="arm"), ROWS.drop(columns="arm"))
    assert (made["arm"] == ROWS["arm"])[ROWS["arm"] == "kd_shuffled"].all()
    changed = (made["arm"] != ROWS["arm"]).groupby(ROWS["seed"]).sum()
    assert set(changed) == {0, 6}
    assert stats.binomtest(int((changed == 6).sum()), 300).pvalue > 1e-4
