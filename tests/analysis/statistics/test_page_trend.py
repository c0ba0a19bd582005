import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.statistics import page_trend
from tests.analysis.statistics.made import tidy
from venn import ArgumentError


@pytest.mark.parametrize(("seeds", "levels"), [(2, 3), (10, 6), (10, 11), (30, 4)])
def test_without_ties_it_is_scipys(seeds: int, levels: int) -> None:
    values = np.random.default_rng(seeds).normal(size=(seeds, levels)) + 0.2 * np.arange(levels)
    found = page_trend(tidy(values).sample(frac=1, random_state=0), "gamma").iloc[0]
    oracle = stats.page_trend_test(values)
    assert found["statistic"] == oracle.statistic
    assert found["p"] == pytest.approx(oracle.pvalue)
    assert found["method"] == oracle.method
    assert (found["seeds"], found["levels"]) == (seeds, levels)
    if oracle.method == "asymptotic":
        assert found["p"] == pytest.approx(stats.norm.sf(found["z"]))
    down = page_trend(tidy(-values), "gamma", decreasing=True).iloc[0]
    pd.testing.assert_series_equal(down.drop("direction"), found.drop("direction"))
    assert " ".join(found.index) == "along direction statistic z p method seeds levels"
    assert (found["direction"], down["direction"]) == ("increasing", "decreasing")


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
        z = (found["statistic"] - every.mean()) / every.std()
        assert found["z"] == pytest.approx(z)
        if any(len(set(row)) < 3 for row in values):
            assert (found["p"], found["method"]) == (pytest.approx(stats.norm.sf(z)), "asymptotic")


def test_bad_calls() -> None:
    rows = tidy(np.zeros((3, 4)))
    with pytest.raises(ArgumentError, match=r"seed 2 has no row at gamma = 0\.3"):
        page_trend(rows[~((rows["seed"] == 2) & (rows["gamma"] > 0.25))], "gamma")
    for few in (rows[rows["seed"] == 0], rows[rows["gamma"] < 0.15]):
        with pytest.raises(ArgumentError, match="must have two seeds and three levels"):
            page_trend(few, "gamma")
