import math
from collections.abc import Iterator

import jaxtyping
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import integrate, optimize, stats

from analysis.statistics import always_valid_interval, always_valid_p, mean_interval
from analysis.statistics.always_valid import log_bayes_factor
from venn import ArgumentError

SAMPLES = st.lists(st.integers(-50, 50), min_size=1, max_size=12).map(lambda v: np.array(v) / 10)


def limits(values: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    low, high = always_valid_interval(values, level)
    return float(low), float(high)


def posterior_ratio(values: np.ndarray, mean: float) -> float:
    """Return the Bayes factor by quadrature over the effect and over log sigma."""

    def likelihood(effect: float, log_sigma: float) -> float:
        sigma = math.exp(log_sigma)
        squares = float(np.sum((values - mean - effect * sigma) ** 2))
        return math.exp(-len(values) * log_sigma - squares / (2 * sigma**2))

    def mixed(effect: float, log_sigma: float) -> float:
        return likelihood(effect, log_sigma) * math.exp(-(effect**2) / 2) / math.sqrt(2 * math.pi)

    null, _ = integrate.quad(lambda log_sigma: likelihood(0.0, log_sigma), -8, 12, limit=200)
    alternative, _ = integrate.dblquad(mixed, -8, 12, -12, 12, epsabs=1e-12, epsrel=1e-7)
    return float(alternative / null)


@pytest.mark.parametrize("values", [[1.0, 2.0, 3.0], [0.4, -1.0], [0.5, 1.0, 1.5, 0.5, 2.5]])
def test_the_bayes_factor_is_that_of_both_integrals(values: list[float]) -> None:
    """B = int N(effect; 0, 1) prod N(v; m + effect sigma, sigma) / the same at effect 0."""
    found = float(log_bayes_factor(np.array(values), 0.25))
    assert found == pytest.approx(math.log(posterior_ratio(np.array(values), 0.25)), abs=1e-5)


def test_by_hand() -> None:
    """1, 2, 3: Q = 14, n² (2 - m)² / (n + 1) = 9, B = (14 / 5)^1.5 / 2; then m = 0.5."""
    values = np.array([1.0, 2.0, 3.0])
    assert always_valid_p(values) == pytest.approx(2 * (5 / 14) ** 1.5)
    assert always_valid_p(values, 0.5) == pytest.approx(2 * (3.6875 / 8.75) ** 1.5)


@pytest.mark.parametrize("seeds", [2, 3, 5, 20])
def test_the_bayes_factor_has_mean_1_if_the_hypothesis_holds(seeds: int) -> None:
    """E B = 1 over Student's t, of which B is a function."""
    pattern = stats.zscore(np.arange(seeds, dtype=float), ddof=1)

    def weighed(t: float) -> float:
        factor = math.exp(float(log_bayes_factor(pattern + t / math.sqrt(seeds))))
        return factor * float(stats.t.pdf(t, seeds - 1))

    total, _ = integrate.quad(weighed, 0, np.inf, limit=200)
    assert 2 * total == pytest.approx(1, abs=1e-5)


def test_however_often_one_looks_5_percent_are_rejected_at_most() -> None:
    """Ville: 2,000 normal sequences, watched at each of 300 seeds.

    Student's test rejects 30 % of them, though it looks at each tenth seed only.
    """
    values = np.random.default_rng(0).normal(3, 2, (300, 2000))
    smallest, students = np.ones(2000), np.ones(2000)
    for seeds in range(2, 301):
        smallest = np.minimum(smallest, always_valid_p(values[:seeds], 3.0))
        if seeds % 10 == 0:
            students = np.minimum(students, stats.ttest_1samp(values[:seeds], 3.0).pvalue)
    assert 0.015 < (smallest <= 0.05).mean() < 0.05
    assert 0.06 < (smallest <= 0.2).mean() < 0.2
    assert (students <= 0.05).mean() > 0.25


@given(SAMPLES, st.floats(-6, 6), st.floats(0.01, 0.99))
def test_the_interval_holds_the_means_that_the_test_does_not_reject(
    values: np.ndarray, mean: float, level: float
) -> None:
    """low < m < high where p(m) > 1 - level, and nowhere else."""
    low, high = limits(values, level)
    p = float(always_valid_p(values, mean))
    assume(abs(p - (1 - level)) > 1e-9)
    assert (low <= mean <= high) == (p > 1 - level)


@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
def test_at_the_limits_p_is_what_the_level_leaves(level: float) -> None:
    values = np.random.default_rng(1).normal(1, 2, 15)
    low, high = limits(values, level)

    def excess(mean: float) -> float:
        return float(always_valid_p(values, mean)) - (1 - level)

    middle = values.mean()
    assert low == pytest.approx(optimize.brentq(excess, middle - 50, middle))
    assert high == pytest.approx(optimize.brentq(excess, middle, middle + 50))


@given(SAMPLES, st.integers(-60, 60), st.integers(-60, 60), st.integers(-30, 30))
def test_shift_and_scale(values: np.ndarray, mean: int, shift: int, power: int) -> None:
    """p(a v + b, a m + b) = p(v, m), a limit of a v + b is a limit + b, for any a > 0."""
    scale = 2.0**power
    moved = scale * (values + shift)
    expected = float(always_valid_p(values, mean / 10))
    assert always_valid_p(moved, scale * (mean / 10 + shift)) == pytest.approx(expected, rel=1e-6)
    found = np.array(limits(moved)) / scale
    assert found == pytest.approx(np.array(limits(values)) + shift, abs=1e-9)


@pytest.mark.parametrize("scale", [2.0**-1000, 2.0**1015])
def test_no_square_vanishes_or_overflows(scale: float) -> None:
    values = np.random.default_rng(2).normal(1, 1, 10)
    assert always_valid_p(scale * values, scale) == always_valid_p(values, 1.0)
    assert limits(scale * values) == tuple(scale * limit for limit in limits(values))


def test_a_limit_beyond_the_largest_float_is_infinite() -> None:
    assert limits(np.array([1.0, -1.0, 1.0, -1.0, 1.0]) * 1.7e308) == (-math.inf, math.inf)


@given(arrays(int, (6, 2, 3), elements=st.integers(-50, 50)), st.permutations(range(6)))
def test_each_group_is_that_of_its_values_alone_in_any_order(
    tenths: np.ndarray, order: list[int]
) -> None:
    values = tenths / 10
    means = np.arange(6.0).reshape(2, 3)
    p = always_valid_p(values, means)
    low, high = always_valid_interval(values)
    assert p.shape == low.shape == high.shape == (2, 3)
    for place in np.ndindex(2, 3):
        alone = values[order][:, *place]
        assert p[place] == pytest.approx(
            float(always_valid_p(alone, float(means[place]))), rel=1e-6
        )
        assert (low[place], high[place]) == pytest.approx(limits(alone))


def test_one_mean_is_that_of_all_groups() -> None:
    values = np.random.default_rng(3).normal(size=(9, 4))
    assert always_valid_p(values, 0.5).tolist() == always_valid_p(values, np.full(4, 0.5)).tolist()
    assert always_valid_p(values).tolist() == always_valid_p(values, 0.0).tolist()


def test_ten_thousand_seeds() -> None:
    """In logarithms nothing overflows; a p-value below the smallest float is 0."""
    values = np.random.default_rng(4).normal(0.37, 1, 10_000)
    squares, total = float(np.sum(values**2)), float(values.sum())
    log_p = np.log(10_001) / 2 - 5_000 * np.log(squares / (squares - total**2 / 10_001))
    assert -700 < log_p < -500
    assert math.log(always_valid_p(values)) == pytest.approx(log_p)
    assert always_valid_p(values + 1) == 0
    low, high = limits(values)
    student = mean_interval(values)
    assert (high - low) / (student[1] - student[0]) == pytest.approx(1.99, abs=0.005)


@pytest.mark.parametrize("value", [0.0, 0.1, -3e300])
def test_one_value_says_nothing(value: float) -> None:
    for mean in (0.0, value, 7.0):
        assert always_valid_p(np.array([value]), mean) == 1
    assert limits(np.array([value])) == (-math.inf, math.inf)


@pytest.mark.parametrize("value", [0.0, 0.1, 1e200])
@pytest.mark.parametrize("seeds", [2, 3, 4, 5, 100])
def test_equal_values(seeds: int, value: float) -> None:
    """p = 1 at the value and (1 + n)^(-(n - 1) / 2) elsewhere; five of them exclude all else."""
    values = np.full(seeds, value)
    assert always_valid_p(values, value) == 1
    elsewhere = float(always_valid_p(values, -1.0))
    assert elsewhere == pytest.approx((1 + seeds) ** (-(seeds - 1) / 2))
    assert (elsewhere <= 0.05) == (seeds >= 5)
    assert limits(values) == ((value, value) if seeds >= 5 else (-math.inf, math.inf))


@given(SAMPLES)
def test_no_p_value_is_below_that_of_equal_values(values: np.ndarray) -> None:
    """A mean beyond all values has it too: from there they look equal."""
    seeds = len(values)
    least = (1 + seeds) ** (-(seeds - 1) / 2)
    assert least * (1 - 1e-9) <= always_valid_p(values, -9.0) <= 1
    assert always_valid_p(values, 1e300) == pytest.approx(least)


def test_five_seeds_are_the_fewest_at_95_percent() -> None:
    values = np.random.default_rng(5).normal(size=8)
    finite = [np.isfinite(limits(values[:seeds])).all() for seeds in range(1, 9)]
    assert finite == [False] * 4 + [True] * 4


@pytest.mark.usefixtures("unchecked")
def test_whole_numbers_and_single_precision_are_numbers() -> None:
    values = np.array([1, 2, 4])
    assert always_valid_p(values, 1) == always_valid_p(values.astype(float), 1.0)
    assert always_valid_p(values.astype(np.float32)) == always_valid_p(values.astype(float))


@pytest.fixture
def unchecked() -> Iterator[None]:
    """Take away the type checker of the tests, which would speak before the functions do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jaxtyping.config, "jaxtyping_disable", True)
        yield


TWO = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 5.0]])
BAD_VALUES = {
    "a list": ([1.0, 2.0], "values = .*must be of kind ndarray, such as gains.to_numpy"),
    "no axis": (np.array(1.0), r"values.shape = \(\): must have at least one seed"),
    "no values": (np.zeros(0), r"values.shape = \(0,\): must have at least one seed"),
    "groups without values": (np.zeros((0, 3)), r"values.shape = \(0, 3\): must have at least"),
    "NaN": (np.array([1.0, np.nan]), r"values\[1\] = nan: must be finite, and so 0 others"),
    "inf": (np.where(TWO < 4, TWO, np.inf), r"values\[1, 1\] = inf: must be finite, and so 1 o"),
    "words": (np.array(["1.5"]), "values.dtype = '<U3': must be real numbers"),
    "truths": (np.array([True, False]), "values.dtype = 'bool': must be real numbers"),
    "complex numbers": (np.array([1j]), "values.dtype = 'complex128': must be real numbers"),
}
BAD_MEANS = {
    "NaN": (math.nan, "mean = nan: must be a finite number"),
    "a word": ("zero", "mean = 'zero': must be a finite number"),
    "a truth": (True, "mean = True: must be a finite number"),
    "a list": ([0.0, 0.0, 0.0], r"mean = \[0.0, 0.0, 0.0\]: must be a finite number"),
    "too many": (np.zeros(4), r"mean.shape = \(4,\): must be \(3,\), one mean for each group"),
    "one in an axis": (np.zeros(1), r"mean.shape = \(1,\): must be \(3,\)"),
    "inf": (np.array([0.0, np.inf, 0.0]), "mean = .*inf.*: must be finite numbers"),
    "words": (np.array(["a", "b", "c"]), "mean = .*: must be finite numbers"),
}


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("name", BAD_VALUES)
def test_bad_values(name: str) -> None:
    values, message = BAD_VALUES[name]
    with pytest.raises(ArgumentError, match=message):
        always_valid_p(values)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match=message):
        always_valid_interval(values)  # type: ignore[arg-type]


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("name", BAD_MEANS)
def test_bad_means(name: str) -> None:
    mean, message = BAD_MEANS[name]
    with pytest.raises(ArgumentError, match=message):
        always_valid_p(TWO, mean)  # type: ignore[arg-type]


@pytest.mark.parametrize("level", [0, 1, 95, math.nan, "0.95", True])
def test_bad_levels(level: float) -> None:
    with pytest.raises(ArgumentError, match="level = "):
        always_valid_interval(TWO, level)
