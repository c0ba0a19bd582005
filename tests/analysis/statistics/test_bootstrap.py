import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from analysis.statistics import intervals, mean_interval
from analysis.statistics.bootstrap import resampled_weights


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
    rows = rows.sample(frac=1, random_state=0).assign(seed=lambda t: 100 * t["seed"] + 7)
    found = intervals(rows, "arm", level=0.9, resamples=200, seed=3).iloc[0]
    assert found["mean"] == pytest.approx(mean)
    assert found["sd"] == pytest.approx(np.sqrt(8) * error)
    assert found["low"] == pytest.approx(mean - error * (upper + both) / 2)
    assert found["high"] == pytest.approx(mean + error * (both - lower) / 2)
    assert (found["seeds"], found["rows"]) == (8, len(rows))


def test_the_seed_fixes_the_resamples_and_another_gives_others() -> None:
    rows = table()
    assert not intervals(rows, "arm", seed=1).equals(intervals(rows, "arm", seed=2))


@pytest.mark.parametrize("seeds", [2, 3, 4])
def test_few_seeds_get_students_interval(seeds: int) -> None:
    values = np.random.default_rng(seeds).normal(size=seeds)
    found = intervals(pd.DataFrame({"seed": range(seeds), "gain": values}), ()).iloc[0]
    assert (found["low"], found["high"]) == pytest.approx(mean_interval(values))


def test_the_ends() -> None:
    """One seed has a mean alone; one that differs leaves the limits finite; equal ones no width."""
    one = intervals(pd.DataFrame({"seed": [0, 0], "gain": [1.0, 2.0]}), ()).iloc[0]
    assert one["mean"] == 1.5
    assert one[["low", "high", "sd"]].isna().all()
    found = intervals(pd.DataFrame({"seed": range(10), "gain": [0.0] * 9 + [0.1]}), ()).iloc[0]
    assert -0.1 < found["low"] < 0 < found["high"] < 0.2
    equal = intervals(pd.DataFrame({"seed": range(10), "gain": 0.5}), ()).iloc[0]
    assert (equal["mean"], equal["low"], equal["high"], equal["sd"]) == (0.5, 0.5, 0.5, 0)
