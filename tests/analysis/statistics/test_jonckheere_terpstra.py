import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.statistics import jonckheere
from venn import ArgumentError

Samples = list[list[int]]


def tidy(samples: Samples) -> pd.DataFrame:
    pairs = [(level, value) for level, sample in enumerate(samples) for value in sample]
    return pd.DataFrame(
        {"seed": seed, "gamma": level / 10, "gain": float(value)}
        for seed, (level, value) in enumerate(pairs)
    )


def ordered_pairs(samples: Samples) -> float:
    """Return J by its definition, pair by pair."""
    return sum(
        (first < second) + 0.5 * (first == second)
        for earlier, later in itertools.combinations(samples, 2)
        for first in earlier
        for second in later
    )


groups = st.lists(
    st.lists(st.integers(0, 4), min_size=1, max_size=6), min_size=2, max_size=4
).filter(lambda samples: sum(map(len, samples)) >= 3)


@given(groups)
def test_the_statistic_counts_ordered_pairs(samples: Samples) -> None:
    assert jonckheere(tidy(samples), "gamma").loc[0, "statistic"] == ordered_pairs(samples)


@given(groups)
def test_z_is_that_of_kendalls_tau(samples: Samples) -> None:
    """Kendall's S between level and value is 2 J less the pairs of one level; so z is the same."""
    rows = tidy(samples)
    found = jonckheere(rows, "gamma").iloc[0]
    if len(set(rows["gain"])) == 1:
        assert (found["z"], found["p"]) == (0, 1)
        return
    oracle = stats.kendalltau(
        rows["gamma"], rows["gain"], method="asymptotic", alternative="greater"
    )
    assert found["p"] == pytest.approx(oracle.pvalue, abs=1e-12)


@pytest.mark.parametrize("samples", [[[1, 2], [2, 3], [1, 4]], [[0, 0], [0], [1, 2, 2]]])
def test_z_is_that_of_all_permutations(samples: Samples) -> None:
    """z = (J - mean) / sd over all ways to give the values to the levels."""
    pooled = [value for sample in samples for value in sample]
    ends = np.cumsum([len(sample) for sample in samples])[:-1]
    ways = (np.split(np.array(way), ends) for way in itertools.permutations(pooled))
    every = np.array([ordered_pairs([list(part) for part in way]) for way in ways])
    found = jonckheere(tidy(samples), "gamma").iloc[0]
    assert found["z"] == pytest.approx((found["statistic"] - every.mean()) / every.std())


@given(
    st.lists(st.integers(0, 5), min_size=2, max_size=8),
    st.lists(st.integers(0, 5), min_size=2, max_size=8),
)
def test_two_levels_are_mann_and_whitneys_test(first: list[int], second: list[int]) -> None:
    found = jonckheere(tidy([first, second]), "gamma").iloc[0]
    if len({*first, *second}) == 1:
        return
    oracle = stats.mannwhitneyu(
        second, first, alternative="greater", method="asymptotic", use_continuity=False
    )
    assert found["statistic"] == oracle.statistic
    assert found["p"] == pytest.approx(oracle.pvalue)


def test_days_in_three_intensive_care_units() -> None:
    """Bewick, Cheek and Ball, Critical Care 8, 196 (2004): U = 23, 34.5 and 19.5, P = 0.005."""
    units = [[7, 1, 2, 6, 11, 8], [4, 7, 16, 11, 21], [20, 25, 13, 9, 14, 11]]
    found = jonckheere(tidy(units), "gamma").iloc[0]
    assert found["statistic"] == 23 + 34.5 + 19.5
    assert found["p"] == pytest.approx(0.005, abs=5e-4)


def test_knowledge_of_performance() -> None:
    """Hollander and Wolfe, example 6.2: J = 79, P = 0.02."""
    pieces = [[40, 35, 38, 43, 44, 41], [38, 40, 47, 44, 40, 42], [48, 40, 45, 43, 46, 44]]
    found = jonckheere(tidy(pieces), "gamma").iloc[0]
    assert found["statistic"] == 79
    assert found["p"] == pytest.approx(0.021, abs=1e-3)


def test_a_fall_is_a_rise_of_the_negative() -> None:
    rows = tidy([[3, 1], [2, 5, 4], [0, 7]])
    down = jonckheere(rows, "gamma", decreasing=True)
    up = jonckheere(rows.assign(gain=-rows["gain"]), "gamma")
    pd.testing.assert_frame_equal(down.drop(columns="direction"), up.drop(columns="direction"))
    assert (down.loc[0, "direction"], up.loc[0, "direction"]) == ("decreasing", "increasing")


def test_the_level_of_the_test_holds() -> None:
    """Of 400 tests without a trend, 5 % reject, within 3 standard errors."""
    generator = np.random.default_rng(0)
    tables = [
        tidy(np.round(3 * generator.normal(size=(4, 5))).astype(int).tolist()).assign(trial=trial)
        for trial in range(400)
    ]
    rejected = (jonckheere(pd.concat(tables), "gamma", by="trial")["p"] <= 0.05).mean()
    assert abs(rejected - 0.05) < 3 * np.sqrt(0.05 * 0.95 / 400)


def test_groups_are_tested_apart_and_rows_of_a_seed_averaged() -> None:
    rows = tidy([[3, 1], [2, 5, 4], [0, 7]])
    doubled = pd.concat([rows.assign(gain=rows["gain"] + 9), rows.assign(gain=rows["gain"] - 9)])
    both = pd.concat([doubled.assign(arm="a"), rows.assign(arm="b")])
    found = jonckheere(both, "gamma", by="arm")
    alone = jonckheere(rows, "gamma")
    for row in (0, 1):
        pd.testing.assert_frame_equal(
            found.iloc[[row]].drop(columns="arm").reset_index(drop=True), alone
        )


def test_shared_seeds_are_sent_to_pages_test() -> None:
    rows = tidy([[1, 2], [3, 4]]).assign(seed=[0, 1, 0, 1])
    with pytest.raises(ArgumentError, match="seed 0 is at several levels of gamma; use page_trend"):
        jonckheere(rows, "gamma")


@pytest.mark.parametrize("samples", [[[1, 2, 3]], [[1], [2]]], ids=["one level", "two seeds"])
def test_too_small_tables_are_refused(samples: Samples) -> None:
    with pytest.raises(ArgumentError, match="must have three seeds and two levels"):
        jonckheere(tidy(samples), "gamma")
