import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from analysis.statistics.concordance import concordance

scores = npst.arrays(float, (2, 12), elements=st.integers(-3, 3).map(float))
truths = npst.arrays(float, (2, 12), elements=st.sampled_from([0.0, 0.2, 0.7, 1.0, np.nan]))


@given(scores, truths.filter(lambda t: all(len({*own[~np.isnan(own)]}) > 1 for own in t)))
def test_it_counts_pairs_and_ties_half(score: np.ndarray, truth: np.ndarray) -> None:
    for found, s, t in zip(concordance(score, truth), score, truth, strict=True):
        pairs = [(i, j) for i, j in itertools.permutations(range(12), 2) if t[i] > t[j]]
        right = [(s[i] > s[j]) + (s[i] == s[j]) / 2 for i, j in pairs]
        assert found == pytest.approx(np.mean(right))


ITEMS = np.arange(3.0)
BAD_CALLS = {
    "other shapes": (ITEMS, np.arange(4.0), r"truth = \(4,\): must be of shape \(3,\)"),
    "a score that is nan": (np.array([0, np.nan, 1]), ITEMS, "score = .*: must be finite numbers"),
    "one truth that is known": (ITEMS, np.array([1, np.nan, 1]), "truth = .*: must differ"),
    "one group of two": (np.tile(ITEMS, (2, 1)), np.array([ITEMS, 0 * ITEMS]), "must differ"),
}


@pytest.mark.parametrize(("score", "truth", "message"), BAD_CALLS.values(), ids=BAD_CALLS)
def test_bad_calls(score: np.ndarray, truth: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        concordance(score, truth)
