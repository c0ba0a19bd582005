import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.weightstats import DescrStatsW

from analysis.statistics import required_seeds
from venn import ArgumentError


def tidy(values: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"arm": "kd", "seed": range(len(values)), "gain": values})


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
    row = required_seeds(tidy(values), half_width=wanted, level=level).iloc[0]
    for sd, found in ((row["sd"], row["required"]), (row["sd_high"], row["required_high"])):
        assert half_width(sd, found, level) <= wanted * (1 + 1e-9)
        assert found == 2 or half_width(sd, found - 1, level) > wanted


def test_the_half_width_that_is_there_is_students() -> None:
    values = np.random.default_rng(1).normal(size=9)
    row = required_seeds(tidy(values), half_width=0.5).iloc[0]
    assert row["sd"] == pytest.approx(values.std(ddof=1))
    assert row["half_width"] == pytest.approx(half_width(values.std(ddof=1), 9, 0.95))
    again = required_seeds(tidy(values), half_width=row["half_width"] * (1 + 1e-9)).iloc[0]
    assert again["required"] == row["seeds"] == 9


def test_the_upper_limit_of_the_sd_holds_in_nine_cases_of_ten() -> None:
    """Of 500 first runs of 8 seeds, 90 % have sd_high above the truth, 3 standard errors."""
    values = np.random.default_rng(2).normal(0, 2, (500, 8))
    runs = pd.concat([tidy(one).assign(run=run) for run, one in enumerate(values)])
    found = required_seeds(runs, "run", half_width=1)
    enough = required_seeds(tidy(np.array([-2, 2]) / np.sqrt(2)), half_width=1).loc[0, "required"]
    tolerance = 3 * np.sqrt(0.9 * 0.1 / 500)
    assert abs((found["sd_high"] >= 2).mean() - 0.9) < tolerance
    assert abs((found["required_high"] >= enough).mean() - 0.9) < tolerance


def test_that_many_seeds_have_the_wanted_width() -> None:
    """With sd 2 known, the mean half-width of 2,000 intervals is the wanted one, to 2 %."""
    sd2 = np.array([-2, 2]) / np.sqrt(2)
    seeds = required_seeds(tidy(sd2), half_width=0.5)["required"].to_list()[0]
    values = np.random.default_rng(3).normal(0, 2, (2000, seeds))
    halves = stats.t.ppf(0.975, seeds - 1) * stats.sem(values, axis=1)
    assert halves.mean() == pytest.approx(0.5, rel=0.02)


def test_equal_gains_take_two_seeds() -> None:
    row = required_seeds(tidy(np.ones(4)), half_width=0.1).iloc[0]
    assert (row["sd"], row["half_width"], row["required"], row["required_high"]) == (0, 0, 2, 2)


def test_groups_and_columns() -> None:
    values = np.random.default_rng(4).normal(size=5)
    both = pd.concat([tidy(values), tidy(3 * values).assign(arm="um_kd")])
    found = required_seeds(both, half_width=0.5)
    assert list(found.columns) == [
        *("arm", "sd", "sd_high", "seeds", "half_width", "required", "required_high")
    ]
    assert found["sd"].iloc[1] == pytest.approx(3 * found["sd"].iloc[0])
    assert found["required"].iloc[1] > 4 * found["required"].iloc[0]


CALLS = {
    "zero": (lambda: required_seeds(tidy(np.arange(3.0)), half_width=0), "half_width = 0"),
    "tiny": (lambda: required_seeds(tidy(np.arange(3.0)), half_width=1e-9), "is too small for"),
    "one seed": (lambda: required_seeds(tidy(np.ones(1)), half_width=1), "has a single seed"),
    "level": (lambda: required_seeds(tidy(np.ones(3)), half_width=1, level=0), "level = 0"),
    "by": (lambda: required_seeds(tidy(np.ones(3)), "point", half_width=1), "by = 'point'"),
}


@pytest.mark.parametrize("name", CALLS)
def test_bad_calls(name: str) -> None:
    call, message = CALLS[name]
    with pytest.raises(ArgumentError, match=message):
        call()
