from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.weightstats import DescrStatsW

from analysis.statistics import required_seeds
from tests.analysis.statistics.made import tidy
from venn import ArgumentError


def half_width(sd: float, seeds: int, level: float) -> float:
    """Return that of statsmodels' t interval for values with this sd."""
    values = np.tile([-1.0, 1.0], seeds)[:seeds]
    values = sd * (values - values.mean()) / values.std(ddof=1)
    low, high = DescrStatsW(values).tconfint_mean(alpha=1 - level)
    return float(high - low) / 2


@given(st.floats(0.05, 3), st.sampled_from([0.9, 0.95]))
def test_it_is_the_smallest_number_of_seeds(wanted: float, level: float) -> None:
    """By counting up from two seeds, with statsmodels' interval."""
    values = np.random.default_rng(0).normal(size=9)
    both = pd.concat([tidy(9 * values[:, None]).assign(arm="um_kd"), tidy(values[:, None])])
    row = required_seeds(both, half_width=wanted, level=level).iloc[0]
    chi2 = 8 * row["sd"] ** 2 / row["sd_high"] ** 2
    assert stats.chi2.cdf(chi2, 8) == pytest.approx(0.1)  # the limit holds in nine cases of ten
    for sd, found in ((row["sd"], row["required"]), (row["sd_high"], row["required_high"])):
        assert half_width(sd, found, level) <= wanted * (1 + 1e-9)
        assert found == 2 or half_width(sd, found - 1, level) > wanted


def test_the_half_width_that_is_there_is_students() -> None:
    values = np.random.default_rng(1).normal(size=9)
    row = required_seeds(tidy(values[:, None]), half_width=0.5).iloc[0]
    assert row["sd"] == pytest.approx(values.std(ddof=1))
    assert row["half_width"] == pytest.approx(half_width(values.std(ddof=1), 9, 0.95))
    again = required_seeds(tidy(values[:, None]), half_width=row["half_width"] * (1 + 1e-9)).iloc[0]
    assert again["required"] == row["seeds"] == 9


CALLS = {
    "zero": (lambda: required_seeds(tidy(np.eye(3)[:, :1]), half_width=0), "half_width = 0"),
    "tiny": (lambda: required_seeds(tidy(np.eye(3)[:, :1]), half_width=1e-9), "is too small for"),
    "one seed": (lambda: required_seeds(tidy(np.ones((1, 1))), half_width=1), "has a single seed"),
}


@pytest.mark.parametrize(("call", "message"), CALLS.values(), ids=CALLS)
def test_bad_calls(call: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        call()
