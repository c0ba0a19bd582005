from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.statistics import crossing
from analysis.statistics.bootstrap import resampled_weights
from tests.analysis.statistics.made import tidy
from venn import ArgumentError

LEVELS = np.array([0, 0.1, 0.2, 0.4, 0.7, 1])


def noisy(seeds: int, truth: float = 0.43, slope: float = 10) -> np.ndarray:
    generator = np.random.default_rng(seeds)
    own = generator.normal(0, 1, (seeds, len(LEVELS)))
    return slope * (LEVELS - truth) + generator.normal(0, 1, (seeds, 1)) + own


def estimate(*mean: float) -> tuple[float, str, int]:
    row = crossing(tidy(np.array([mean]), np.arange(float(len(mean))))).iloc[0]
    return row["crossing"], row["verdict"], row["sign_changes"]


VERDICTS = {
    "once": ((-1, -1, 1), (1.5, "from negative to positive", 1)),
    "at a level": ((-1, 0, 1), (1, "from negative to positive", 1)),
    "zero for a while": ((2, 0, 0, -1), (1.5, "from positive to negative", 1)),
    "thrice": ((-4, -2, 1, -1.5, 2, 5), (3 + 3 / 7, "from negative to positive", 3)),
    "thrice, the first parts better": ((-4, 4, -1, 1), (0.5, "from negative to positive", 3)),
    "twice": ((-1, -3, 3, -1), (1.5, "from negative to positive", 2)),
    "a dip": ((3, -1, 3), (np.nan, "mostly positive", 2)),
    "a bump": ((-3, 1, -3), (np.nan, "mostly negative", 2)),
    "above": ((1, 2), (np.nan, "positive throughout", 0)),
    "below": ((-2, -1), (np.nan, "negative throughout", 0)),
    "touching": ((0, 0, 2), (np.nan, "positive throughout", 0)),
    "nothing": ((0, 0, 0), (np.nan, "zero throughout", 0)),
}


@pytest.mark.parametrize("name", VERDICTS)
def test_where_a_curve_crosses_and_in_what_words(name: str) -> None:
    mean, expected = VERDICTS[name]
    assert estimate(*mean) == pytest.approx(expected, nan_ok=True)


def test_the_interval_is_that_of_a_slow_loop() -> None:
    """Each resampled curve by itself, with SciPy's t: the minimum of its integral, on a grid."""
    values = noisy(7)
    widen = stats.t.ppf(0.95, 6) / stats.norm.ppf(0.95) * np.sqrt(7 / 6)
    fine = np.linspace(0, 1, 4001)
    mean, error = values.mean(axis=0), stats.sem(values)
    points = []
    for weights in resampled_weights(7, 300, 5).astype(int):
        drawn = np.repeat(values, weights, axis=0)
        shift = drawn.mean(axis=0) - mean
        t = shift / np.maximum(stats.sem(drawn), error / np.sqrt(7))
        for curve in (mean + widen * shift, mean - error * t):
            points.append(fine[np.cumsum(np.interp(fine, LEVELS, curve)).argmin()])
    low, high = np.quantile(points, [0.05, 0.95], method="inverted_cdf")
    found = crossing(tidy(values, LEVELS), level=0.9, resamples=300, seed=5).iloc[0]
    assert (found["low"], found["high"]) == pytest.approx((low, high), abs=1e-3)
    assert found["share"] == 1
    assert (found["seeds"], found["levels"]) == (7, 6)


def test_what_the_data_do_not_exclude_is_left_open() -> None:
    near = crossing(tidy(noisy(10, truth=-0.1, slope=5), LEVELS)).iloc[0]
    assert near["low"] == -np.inf
    assert 0 < near["high"] < 0.5
    assert 0 < near["share"] < 1
    far = crossing(tidy(noisy(10, truth=0.85, slope=5), LEVELS)).iloc[0]
    assert 0.5 < far["low"] < 1
    assert far["high"] == np.inf
    none = crossing(tidy(noisy(10, truth=-3), LEVELS)).iloc[0]
    assert none[["crossing", "low", "high"]].isna().all()
    assert (none["share"], none["verdict"]) == (0, "positive throughout")
    single = crossing(tidy(noisy(1), LEVELS)).iloc[0]
    assert single[["low", "high", "share"]].isna().all()
    assert np.isfinite(single["crossing"])


@given(
    st.randoms(use_true_random=False),
    st.floats(0.1, 10),
    st.floats(-5, 5),
    st.sampled_from([2, -1]),
)
def test_order_names_and_scales_do_not_matter(
    random: Random, scale: float, shift: float, times: int
) -> None:
    """Rows in any order, seeds by other names, gains and levels in other units, gains as losses."""
    rows = tidy(noisy(8), LEVELS)
    order = list(range(len(rows)))
    random.shuffle(order)
    moved = rows.iloc[order].assign(
        seed=lambda t: 10 * t["seed"] + 3,
        gain=lambda t: times * t["gain"],
        gamma=lambda t: scale * t["gamma"] + shift,
    )
    expected, found = crossing(rows, resamples=200).iloc[0], crossing(moved, resamples=200).iloc[0]
    for name in ("crossing", "low", "high"):
        assert found[name] == pytest.approx(scale * expected[name] + shift, abs=1e-6 * scale)
    assert found["share"] == expected["share"]
    directions = [row["verdict"] == "from negative to positive" for row in (expected, found)]
    assert directions == [True, times > 0]


def test_bad_calls() -> None:
    rows = tidy(noisy(3), LEVELS)
    with pytest.raises(ArgumentError, match=r"seed 1 has no row at gamma = 0\.4"):
        crossing(rows[~((rows["seed"] == 1) & (rows["gamma"] == 0.4))])
    with pytest.raises(ArgumentError, match="must have two levels of gamma"):
        crossing(rows[rows["gamma"] == 0])
