import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from analysis.statistics.rank_correlation import rank_correlation
from venn import ArgumentError

TIED = arrays(float, (2, 3, 6), elements=st.integers(0, 3).map(float))


@given(TIED, TIED)
def test_each_row_is_scipys_and_a_constant_one_orders_nothing(
    first: np.ndarray, second: np.ndarray
) -> None:
    found = rank_correlation(first, second)
    assert found.shape == (2, 3)
    for place in np.ndindex(2, 3):
        own, x, y = found[place], first[place], second[place]
        constant = np.ptp(x) == 0 or np.ptp(y) == 0
        assert own == pytest.approx(0 if constant else stats.spearmanr(x, y).statistic)


THREE = np.arange(3.0)
CALLS = {
    "one item": (THREE[:1], THREE[:1], r"first = \(1,\): must have at least two items"),
    "not a number": (THREE, np.array([0, np.nan, 1]), "second = .*: must be finite"),
    "infinite": (np.array([0, np.inf, 1]), THREE, "first = .*: must be finite"),
}


@pytest.mark.parametrize(("first", "second", "words"), CALLS.values(), ids=CALLS)
def test_bad_calls(first: np.ndarray, second: np.ndarray, words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        rank_correlation(first, second)
