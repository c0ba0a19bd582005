import math
from collections.abc import Callable, Iterator
from typing import Any

import jaxtyping
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import integrate, optimize, stats

from analysis.statistics import always_valid_interval, always_valid_p
from analysis.statistics.always_valid import log_bayes_factor
from venn import ArgumentError

TENTHS = arrays(int, (6, 2, 3), elements=st.integers(-50, 50))


@pytest.fixture
def unchecked() -> Iterator[None]:
    """Take away the type checker of the tests, which would speak before the functions do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jaxtyping.config, "jaxtyping_disable", True)
        yield


def limits(values: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    low, high = always_valid_interval(values, level)
    return float(low), float(high)


@pytest.mark.usefixtures("unchecked")
@given(TENTHS, st.permutations(range(6)))
def test_p_is_that_of_the_formula_for_each_group_in_any_order(
    tenths: np.ndarray, order: list[int]
) -> None:
    """1 / p = B = (Q / (Q - n² (mean - m)² / (n + 1)))^(n / 2) / sqrt(1 + n), at least 1."""
    means = np.arange(6.0).reshape(2, 3)
    p = always_valid_p(tenths, 10 * means)  # whole numbers are numbers
    values = tenths[order] / 10
    squares = ((values - means) ** 2).sum(axis=0)
    apart = 36 * (values.mean(axis=0) - means) ** 2 / 7
    factor = np.divide(squares, squares - apart, out=np.ones((2, 3)), where=squares > 0) ** 3
    assert p == pytest.approx(np.minimum(1, np.sqrt(7) / factor))
    ones = always_valid_p(values, np.ones((2, 3)))
    assert always_valid_p(values, 1.0).tolist() == ones.tolist()
    low, high = always_valid_interval(values)
    for place in np.ndindex(2, 3):
        assert (low[place], high[place]) == pytest.approx(limits(values[:, *place]))


@pytest.mark.parametrize("seeds", [2, 5, 20])
def test_the_bayes_factor_has_mean_1_if_the_hypothesis_holds(seeds: int) -> None:
    """E B = 1 over Student's t, of which B is a function."""
    pattern = stats.zscore(np.arange(seeds, dtype=float), ddof=1)

    def weighed(t: float) -> float:
        factor = math.exp(float(log_bayes_factor(pattern + t / math.sqrt(seeds))))
        return factor * float(stats.t.pdf(t, seeds - 1))

    total, _ = integrate.quad(weighed, 0, np.inf, limit=200)
    assert 2 * total == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("level", [0.5, 0.999])
def test_at_the_limits_p_is_what_the_level_leaves(level: float) -> None:
    values = np.random.default_rng(1).normal(1, 2, 15)
    low, high = limits(values, level)

    def excess(mean: float) -> float:
        return float(always_valid_p(values, mean)) - (1 - level)

    middle = values.mean()
    assert low == pytest.approx(optimize.brentq(excess, middle - 50, middle))
    assert high == pytest.approx(optimize.brentq(excess, middle, middle + 50))


@pytest.mark.parametrize("scale", [2.0**-1000, 2.0**1015])
def test_no_square_vanishes_or_overflows(scale: float) -> None:
    values = np.random.default_rng(2).normal(1, 1, 10)
    assert always_valid_p(scale * values, scale) == always_valid_p(values, 1.0)
    assert limits(scale * values) == tuple(scale * limit for limit in limits(values))
    beyond = np.array([1.0, -1.0, 1.0, -1.0, 1.0]) * 1.7e308
    assert limits(beyond) == (-math.inf, math.inf)


def test_ten_thousand_seeds() -> None:
    """In logarithms nothing overflows; a p-value below the smallest float is 0."""
    values = np.random.default_rng(4).normal(0.37, 1, 10_000)
    squares, total = float(np.sum(values**2)), float(values.sum())
    log_p = np.log(10_001) / 2 - 5_000 * np.log(squares / (squares - total**2 / 10_001))
    assert math.log(always_valid_p(values)) == pytest.approx(log_p)
    assert always_valid_p(values + 1) == 0


@pytest.mark.parametrize("value", [0.0, 0.1, 1e200])
@pytest.mark.parametrize("seeds", [1, 2, 4, 5, 100])
def test_equal_values(seeds: int, value: float) -> None:
    """p = 1 at the value and (1 + n)^(-(n - 1) / 2) elsewhere; five of them exclude all else."""
    values = np.full(seeds, value)
    assert always_valid_p(values, value) == 1
    elsewhere = float(always_valid_p(values, -1.0))
    assert elsewhere == pytest.approx((1 + seeds) ** (-(seeds - 1) / 2))
    assert limits(values) == ((value, value) if seeds >= 5 else (-math.inf, math.inf))


TWO = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 5.0]])
CALLS: dict[str, tuple[Callable[[], object], str]] = {
    "a list": (lambda: always_valid_p([1.0, 2.0]), "values = .*must be of kind ndarray"),  # type: ignore[arg-type]
    "no axis": (lambda: always_valid_p(np.array(1.0)), r"values.shape = \(\): must have at least"),
    "no seeds": (lambda: always_valid_interval(np.zeros((0, 3))), r"shape = \(0, 3\): must have"),
    "NaN": (lambda: always_valid_interval(np.array([1, np.nan])), r"values\[1\] = nan: must be"),
    "inf": (
        lambda: always_valid_p(np.where(TWO < 4, TWO, np.inf)),
        r"values\[1, 1\] = inf: must be finite, and so 1 o",
    ),
    "truths": (lambda: always_valid_p(TWO > 2), "values.dtype = 'bool': must be real numbers"),
    "a mean of NaN": (lambda: always_valid_p(TWO, math.nan), "mean = nan: must be a finite number"),
    "four means": (lambda: always_valid_p(TWO, np.zeros(4)), r"mean.shape = \(4,\): must be \(3,"),
    "infinite means": (lambda: always_valid_p(TWO, np.full(3, np.inf)), "must be finite numbers"),
    "means in words": (lambda: always_valid_p(TWO, np.array(["a"] * 3)), "must be finite numbers"),
    "level": (lambda: always_valid_interval(TWO, 95), "level = 95: must lie between 0 and 1"),
}


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(("call", "message"), CALLS.values(), ids=CALLS)
def test_bad_calls(call: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        call()
