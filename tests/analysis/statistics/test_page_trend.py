import itertools
from random import Random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.statistics import page_trend
from venn import ArgumentError


def tidy(values: np.ndarray) -> pd.DataFrame:
    seeds, levels = values.shape
    return pd.DataFrame(
        {"seed": seed, "gamma": level / 10, "gain": values[seed, level]}
        for level in range(levels)
        for seed in range(seeds)
    )


@pytest.mark.parametrize(("seeds", "levels"), [(2, 3), (10, 6), (10, 11), (30, 4)])
def test_without_ties_it_is_scipys(seeds: int, levels: int) -> None:
    values = np.random.default_rng(seeds).normal(size=(seeds, levels)) + 0.2 * np.arange(levels)
    found = page_trend(tidy(values), "gamma").iloc[0]
    oracle = stats.page_trend_test(values)
    assert found["statistic"] == oracle.statistic
    assert found["p"] == pytest.approx(oracle.pvalue)
    assert found["method"] == oracle.method
    assert (found["seeds"], found["levels"]) == (seeds, levels)
    if oracle.method == "asymptotic":
        assert found["p"] == pytest.approx(stats.norm.sf(found["z"]))


def test_the_published_example() -> None:
    """Ten students rate tutorial, lecture and seminar; L = 133.5 (Statext, Page's trend test)."""
    ratings = [[3, 4, 3], [2, 2, 4], [3, 3, 5], [1, 3, 2], [2, 3, 2]]
    ratings += [[2, 4, 5], [1, 2, 4], [3, 4, 4], [2, 4, 5], [1, 3, 4]]
    assert page_trend(tidy(np.array(ratings)), "gamma").loc[0, "statistic"] == 133.5


@given(st.lists(st.lists(st.integers(0, 2), min_size=3, max_size=3), min_size=2, max_size=3))
def test_with_ties_z_is_that_of_all_permutations(values: list[list[int]]) -> None:
    """z = (L - mean) / sd over all ways to permute the ranks within each seed."""
    found = page_trend(tidy(np.array(values)), "gamma").iloc[0]
    ranks = stats.rankdata(values, axis=1)
    ways = itertools.product(*(list(itertools.permutations(row)) for row in ranks))
    every = np.array([np.sum(np.array(way) * [1, 2, 3]) for way in ways])
    assert found["statistic"] == pytest.approx(np.sum(ranks * [1, 2, 3]))
    if every.std() == 0:
        assert (found["z"], found["p"]) == (0, 1)
    else:
        assert found["z"] == pytest.approx((found["statistic"] - every.mean()) / every.std())


def test_with_ties_the_level_of_the_test_holds() -> None:
    """Of 500 tests without a trend, 5 % reject, within 3 standard errors; SciPy's reject fewer."""
    generator = np.random.default_rng(0)
    values = np.round(0.7 * generator.normal(size=(500, 5, 3)))
    tables = [tidy(one).assign(trial=trial) for trial, one in enumerate(values)]
    rejected = (page_trend(pd.concat(tables), "gamma", by="trial")["p"] <= 0.05).mean()
    assert abs(rejected - 0.05) < 3 * np.sqrt(0.05 * 0.95 / 500)
    scipys = np.mean([stats.page_trend_test(one).pvalue <= 0.05 for one in values])
    assert scipys < 0.05 - 2 * np.sqrt(0.05 * 0.95 / 500)


def test_a_fall_is_a_rise_of_the_negative() -> None:
    values = np.random.default_rng(1).normal(size=(6, 5))
    down = page_trend(tidy(values), "gamma", decreasing=True)
    up = page_trend(tidy(-values), "gamma")
    pd.testing.assert_frame_equal(
        down.drop(columns="direction"), up.drop(columns="direction"), check_exact=False
    )
    assert (down.loc[0, "direction"], up.loc[0, "direction"]) == ("decreasing", "increasing")


@given(st.randoms(use_true_random=False), st.lists(st.floats(-9, 9), min_size=5, max_size=5))
def test_order_and_shifts_of_a_seed_do_not_matter(
    random: Random,
    shifts: list[float],
) -> None:
    rows = tidy(np.random.default_rng(2).permutation(20).reshape(5, 4).astype(float))
    order = list(range(len(rows)))
    random.shuffle(order)
    moved = rows.iloc[order]
    moved = moved.assign(gain=moved["gain"] + np.array(shifts)[moved["seed"].to_numpy()])
    pd.testing.assert_frame_equal(page_trend(moved, "gamma"), page_trend(rows, "gamma"))


def test_rows_of_a_seed_at_a_level_count_as_their_mean() -> None:
    values = np.random.default_rng(3).normal(size=(5, 4))
    wide = np.random.default_rng(4).normal(size=(5, 4))
    both = pd.concat([tidy(values + wide), tidy(values - wide)])
    pd.testing.assert_frame_equal(page_trend(both, "gamma"), page_trend(tidy(values), "gamma"))


def test_groups_are_tested_apart() -> None:
    values = np.random.default_rng(5).normal(size=(2, 5, 4))
    tables = [tidy(one).assign(arm=arm) for arm, one in zip("ab", values, strict=True)]
    found = page_trend(pd.concat(tables), "gamma", by="arm")
    alone = pd.concat([page_trend(one, "gamma", by="arm") for one in tables], ignore_index=True)
    pd.testing.assert_frame_equal(found, alone)
    assert list(found.columns) == [
        *("arm", "along", "direction", "statistic", "z", "p", "method", "seeds", "levels")
    ]


def test_a_seed_without_a_level_is_refused() -> None:
    rows = tidy(np.zeros((3, 4)))
    with pytest.raises(ArgumentError, match=r"seed 2 has no row at gamma = 0\.3"):
        page_trend(rows[~((rows["seed"] == 2) & (rows["gamma"] > 0.25))], "gamma")


@pytest.mark.parametrize("shape", [(1, 5), (5, 2)])
def test_too_small_tables_are_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(ArgumentError, match="must have two seeds and three levels"):
        page_trend(tidy(np.zeros(shape)), "gamma")
