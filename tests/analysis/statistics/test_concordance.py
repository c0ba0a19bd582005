import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from analysis.statistics.concordance import concordance

scores = npst.arrays(float, 12, elements=st.integers(-3, 3).map(float))
truths = npst.arrays(float, 12, elements=st.sampled_from([0.0, 0.2, 0.7, 1.0, np.nan]))


@given(scores, truths.filter(lambda truth: len(set(truth[~np.isnan(truth)])) > 1))
def test_it_counts_pairs_and_ties_half(score: np.ndarray, truth: np.ndarray) -> None:
    found = []
    for i, j in itertools.permutations(range(12), 2):
        if truth[i] > truth[j]:
            found.append(1.0 if score[i] > score[j] else 0.5 if score[i] == score[j] else 0.0)
    assert float(concordance(score, truth)) == pytest.approx(np.mean(found))


def test_groups_are_as_one_by_one() -> None:
    generator = np.random.default_rng(0)
    score, truth = generator.normal(size=(3, 4, 9)), generator.random((3, 4, 9))
    found = concordance(score, truth)
    assert found.shape == (3, 4)
    for place in np.ndindex(3, 4):
        assert found[place] == concordance(score[place], truth[place])


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
