import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis import mean_interval, summarise
from venn import ArgumentError


def frame(no_kd: list[float], kd: list[float]) -> pd.DataFrame:
    arms = {"teacher": [0.9] * len(kd), "no_kd": no_kd, "kd": kd}
    return pd.DataFrame(
        {"point": 0, "alpha": 0.25, "gamma": 0.5, "arm": arm, "seed": seed, "accuracy": value}
        for arm, values in arms.items()
        for seed, value in enumerate(values)
    )


def test_the_gain_is_paired_by_seed_whatever_the_order_of_rows() -> None:
    """gain = mean of kd - no_kd; its interval is that of scipy's paired t test."""
    no_kd, kd = [0.5, 0.7, 0.6, 0.8], [0.55, 0.72, 0.65, 0.79]
    runs = frame(no_kd, kd).sample(frac=1, random_state=0)
    row = summarise(runs).iloc[0]
    oracle = stats.ttest_rel(100 * np.array(kd), 100 * np.array(no_kd)).confidence_interval(0.95)
    assert row["gain"] == pytest.approx(2.75)
    assert (row["gain_low"], row["gain_high"]) == pytest.approx((oracle.low, oracle.high))
    assert row["gain_sd"] == pytest.approx(np.std([5, 2, 5, -1], ddof=1))
    assert row["teacher"] == pytest.approx(0.9)
    assert (row["no_kd"], row["kd"]) == pytest.approx((0.65, 0.6775))
    assert (row["alpha"], row["gamma"], row["seeds"]) == (0.25, 0.5, 4)


def test_points_with_equal_shares_are_kept_apart() -> None:
    one, two = frame([0.5, 0.6], [0.6, 0.7]), frame([0.5, 0.6], [0.4, 0.5]).assign(point=1)
    assert list(summarise(pd.concat([one, two]))["gain"].round(9)) == [10, -10]


def test_a_doubled_run_is_refused() -> None:
    runs = frame([0.5], [0.6])
    with pytest.raises(ArgumentError, match="is there twice"):
        summarise(pd.concat([runs, runs]))


@pytest.mark.parametrize("arm", ["kd", "no_kd"])
def test_a_missing_run_is_refused_and_not_averaged_over(arm: str) -> None:
    runs = frame([0.5, 0.6], [0.6, 0.7])
    gap = (runs["arm"] == arm) & (runs["seed"] == 1)
    with pytest.raises(ArgumentError, match=f"point 0, seed 1 has no accuracy of arm '{arm}'"):
        summarise(runs[~gap])


@pytest.mark.parametrize("arm", ["kd", "no_kd"])
def test_a_missing_arm_is_refused(arm: str) -> None:
    runs = frame([0.5, 0.6], [0.6, 0.7])
    with pytest.raises(ArgumentError, match=f"{arm}': is unknown"):
        summarise(runs[runs["arm"] != arm])


@pytest.mark.parametrize("level", [0, 1, 95])
def test_bad_levels(level: float) -> None:
    with pytest.raises(ArgumentError, match=f"level = {level}: must lie between 0 and 1"):
        mean_interval(np.zeros(3), level)


def test_one_seed_has_a_mean_and_no_interval() -> None:
    row = summarise(frame([0.5], [0.6])).iloc[0]
    assert row["gain"] == pytest.approx(10)
    assert math.isnan(row["gain_sd"])
    assert math.isnan(row["gain_low"])
    assert math.isnan(row["gain_high"])


@pytest.mark.parametrize("seeds", [2, 10, 100])
def test_coverage_of_the_interval(seeds: int) -> None:
    """Of 4,000 intervals for 95 %, between 94 % and 96 % hold the true mean (3 standard errors)."""
    generator = np.random.default_rng(seeds)
    intervals = np.array([mean_interval(generator.normal(3, 2, seeds)) for _ in range(4000)])
    covered = ((intervals[:, 0] <= 3) & (intervals[:, 1] >= 3)).mean()
    assert 0.94 <= covered <= 0.96


@pytest.mark.parametrize("level", [0.5, 0.95])
def test_the_interval_is_scipys(level: float) -> None:
    values = np.random.default_rng(0).normal(size=12)
    oracle = stats.ttest_1samp(values, 0).confidence_interval(level)
    assert mean_interval(values, level) == pytest.approx((oracle.low, oracle.high))
