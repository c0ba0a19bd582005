import math
from collections.abc import Callable, Iterator

import jaxtyping
import numpy as np
import pytest
from hypothesis import given
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


@pytest.mark.parametrize("values", [[0.4, -1.0], [0.5, 1.0, 1.5, 0.5, 2.5]])
def test_the_bayes_factor_is_that_of_both_integrals(values: list[float]) -> None:
    """B = int N(effect; 0, 1) prod N(v; m + effect sigma, sigma) / the same at effect 0."""
    found = float(log_bayes_factor(np.array(values), 0.25))
    assert found == pytest.approx(math.log(posterior_ratio(np.array(values), 0.25)), abs=1e-5)


@pytest.mark.parametrize("seeds", [2, 5, 20])
def test_the_bayes_factor_has_mean_1_if_the_hypothesis_holds(seeds: int) -> None:
    """E B = 1 over Student's t, of which B is a function."""
    pattern = stats.zscore(np.arange(seeds, dtype=float), ddof=1)

    def weighed(t: float) -> float:
        factor = math.exp(float(log_bayes_factor(pattern + t / math.sqrt(seeds))))
        return factor * float(stats.t.pdf(t, seeds - 1))

    total, _ = integrate.quad(weighed, 0, np.inf, limit=200)
    assert 2 * total == pytest.approx(1, abs=1e-5)


def test_however_often_one_looks_5_percent_are_rejected_at_most() -> None:
    """Ville: 2,000 normal sequences, watched at each of 100 seeds."""
    values = np.random.default_rng(0).normal(3, 2, (100, 2000))
    looks = [always_valid_p(values[:seeds], 3.0) for seeds in range(2, 101)]
    smallest = np.min(looks, axis=0)
    assert 0.01 < (smallest <= 0.05).mean() < 0.05
    assert 0.05 < (smallest <= 0.2).mean() < 0.2


@pytest.mark.parametrize("level", [0.5, 0.999])
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


@pytest.mark.usefixtures("unchecked")
@given(arrays(int, (6, 2, 3), elements=st.integers(-50, 50)), st.permutations(range(6)))
def test_each_group_is_that_of_its_values_alone_in_any_order(
    tenths: np.ndarray, order: list[int]
) -> None:
    values = tenths / 10
    means = np.arange(6.0).reshape(2, 3)
    p = always_valid_p(tenths, 10 * means)  # whole numbers are numbers
    assert always_valid_p(values, 1.0).tolist() == always_valid_p(values, 1 + 0 * means).tolist()
    low, high = always_valid_interval(values)
    assert p.shape == low.shape == high.shape == (2, 3)
    for place in np.ndindex(2, 3):
        alone = values[order][:, *place]
        assert p[place] == pytest.approx(
            float(always_valid_p(alone, float(means[place]))), rel=1e-6
        )
        assert (low[place], high[place]) == pytest.approx(limits(alone))


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


@pytest.mark.parametrize("value", [0.0, 0.1, 1e200])
@pytest.mark.parametrize("seeds", [1, 2, 4, 5, 100])
def test_equal_values(seeds: int, value: float) -> None:
    """p = 1 at the value and (1 + n)^(-(n - 1) / 2) elsewhere; five of them exclude all else."""
    values = np.full(seeds, value)
    assert always_valid_p(values, value) == 1
    elsewhere = float(always_valid_p(values, -1.0))
    assert elsewhere == pytest.approx((1 + seeds) ** (-(seeds - 1) / 2))
    assert (elsewhere <= 0.05) == (seeds >= 5)
    assert limits(values) == ((value, value) if seeds >= 5 else (-math.inf, math.inf))


@pytest.fixture
def unchecked() -> Iterator[None]:
    """Take away the type checker of the tests, which would speak before the functions do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jaxtyping.config, "jaxtyping_disable", True)
        yield


TWO = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 5.0]])
CALLS: dict[str, tuple[Callable[[], object], str]] = {
    "a list": (lambda: always_valid_p([1.0, 2.0]), "values = .*must be of kind ndarray"),  # type: ignore[arg-type]
    "no axis": (lambda: always_valid_p(np.array(1.0)), r"values.shape = \(\): must have at least"),
    "no seeds": (lambda: always_valid_interval(np.zeros((0, 3))), r"values.shape = \(0, 3\): must"),
    "NaN": (
        lambda: always_valid_interval(np.array([1.0, np.nan])),
        r"values\[1\] = nan: must be finite, and so 0 others",
    ),
    "inf": (
        lambda: always_valid_p(np.where(TWO < 4, TWO, np.inf)),
        r"values\[1, 1\] = inf: must be finite, and so 1 o",
    ),
    "truths": (lambda: always_valid_p(TWO > 2), "values.dtype = 'bool': must be real numbers"),
    "a mean of NaN": (lambda: always_valid_p(TWO, math.nan), "mean = nan: must be a finite number"),
    "too many means": (
        lambda: always_valid_p(TWO, np.zeros(4)),
        r"mean.shape = \(4,\): must be \(3,",
    ),
    "infinite means": (lambda: always_valid_p(TWO, np.full(3, np.inf)), "must be finite numbers"),
    "means in words": (lambda: always_valid_p(TWO, np.array(["a"] * 3)), "must be finite numbers"),
    "level": (lambda: always_valid_interval(TWO, 95), "level = 95: must lie between 0 and 1"),
}


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("name", CALLS)
def test_bad_calls(name: str) -> None:
    call, message = CALLS[name]
    with pytest.raises(ArgumentError, match=message):
        call()
