from random import Random

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from analysis.statistics import intervals, mean_interval
from analysis.statistics.bootstrap import FEWEST, resampled_weights


def table(seeds: int = 12, *, uneven: bool = True, arms: str = "ab") -> pd.DataFrame:
    generator = np.random.default_rng(seeds)
    rows = []
    for arm in arms:
        for seed in range(seeds):
            common = generator.gamma(2, 1)
            for _ in range(1 + seed % 3 if uneven else 2):
                rows.append({"arm": arm, "seed": seed, "gain": common + generator.normal()})
    return pd.DataFrame(rows)


def clustered_error(values: np.ndarray, clusters: np.ndarray) -> float:
    """Return statsmodels' cluster-robust standard error of a mean."""
    model = sm.OLS(values, np.ones(len(values)))
    return float(model.fit(cov_type="cluster", cov_kwds={"groups": clusters}).bse[0])


@pytest.mark.parametrize("uneven", [True, False])
def test_the_limits_are_those_of_a_slow_loop(uneven: bool) -> None:
    """Resample by resample, with statsmodels' standard error; the draws alone are shared."""
    rows = table(8, uneven=uneven, arms="a")
    seeds = [group["gain"].to_numpy() for _, group in rows.groupby("seed")]
    mean = rows["gain"].mean()
    error = clustered_error(rows["gain"].to_numpy(), rows["seed"].to_numpy())
    t = []
    for weights in resampled_weights(8, 200, 3).astype(int):
        drawn = [seeds[seed] for seed, times in enumerate(weights) for _ in range(times)]
        clusters = np.repeat(np.arange(8), [len(values) for values in drawn])
        values = np.concatenate(drawn)
        spread = np.sqrt(8) * clustered_error(values, clusters) if weights.max() < 8 else 0.0
        t.append((values.mean() - mean) / (max(spread, error) / np.sqrt(8)))
    lower, upper = np.quantile(t, [0.05, 0.95])
    both = np.quantile(np.abs(t), 0.9)
    found = intervals(rows, "arm", level=0.9, resamples=200, seed=3).iloc[0]
    assert found["mean"] == pytest.approx(mean)
    assert found["sd"] == pytest.approx(np.sqrt(8) * error)
    assert found["low"] == pytest.approx(mean - error * (upper + both) / 2)
    assert found["high"] == pytest.approx(mean + error * (both - lower) / 2)
    assert (found["seeds"], found["rows"]) == (8, len(rows))


@given(st.randoms(use_true_random=False), st.integers(-5, 5), st.floats(0.1, 10))
def test_order_shift_and_scale(random: Random, shift: int, scale: float) -> None:
    """Rows in any order, seeds by other names; low(a v + b) = a low(v) + b for a > 0."""
    rows = table()
    order = list(range(len(rows)))
    random.shuffle(order)
    moved = rows.iloc[order].assign(seed=lambda t: 100 * t["seed"] + 7)
    moved["gain"] = scale * moved["gain"] + shift
    expected, found = intervals(rows, "arm"), intervals(moved, "arm")
    for name, offset in (("mean", shift), ("low", shift), ("high", shift), ("sd", 0)):
        assert found[name].to_numpy() == pytest.approx(scale * expected[name].to_numpy() + offset)


def test_a_group_is_the_same_alone_and_in_company() -> None:
    rows = pd.concat([table(12, arms="ab"), table(30, arms="c"), table(12, arms="d")])
    together = intervals(rows, "arm")
    assert list(together["arm"]) == list("abcd")
    for arm in "abcd":
        alone = intervals(rows[rows["arm"] == arm], "arm")
        expected = together[together["arm"] == arm].reset_index(drop=True)
        pd.testing.assert_frame_equal(alone, expected)


def test_the_seed_fixes_the_resamples_and_another_gives_others() -> None:
    rows = table()
    assert not intervals(rows, "arm", seed=1).equals(intervals(rows, "arm", seed=2))


def test_groups_by_several_columns_and_missing_keys() -> None:
    rows = table().assign(width=lambda t: np.where(t["arm"] == "a", np.nan, 32.0))
    found = intervals(rows, ["width", "arm"])
    assert list(found.columns[:2]) == ["width", "arm"]
    assert list(found["arm"]) == ["b", "a"]
    assert list(found["width"].isna()) == [False, True]
    assert found["rows"].sum() == len(rows)


@pytest.mark.parametrize("seeds", range(2, FEWEST))
def test_few_seeds_get_students_interval(seeds: int) -> None:
    values = np.random.default_rng(seeds).normal(size=seeds)
    found = intervals(pd.DataFrame({"seed": range(seeds), "gain": values}), ()).iloc[0]
    assert (found["low"], found["high"]) == pytest.approx(mean_interval(values))


def test_one_seed_has_a_mean_and_no_interval() -> None:
    found = intervals(pd.DataFrame({"seed": [0, 0], "gain": [1.0, 2.0]}), ()).iloc[0]
    assert found["mean"] == 1.5
    assert found[["low", "high", "sd"]].isna().all()


def test_a_single_seed_that_differs_leaves_the_limits_finite() -> None:
    found = intervals(pd.DataFrame({"seed": range(10), "gain": [0.0] * 9 + [0.1]}), ()).iloc[0]
    assert -0.1 < found["low"] < 0 < found["high"] < 0.2
    equal = intervals(pd.DataFrame({"seed": range(10), "gain": 0.5}), ()).iloc[0]
    assert (equal["mean"], equal["low"], equal["high"], equal["sd"]) == (0.5, 0.5, 0.5, 0)
