"""Tests and intervals for a mean that hold however often the seeds are looked at."""

import math

import numpy as np
from jaxtyping import Float, Int

from analysis.statistics.tidy import check_level
from venn import ArgumentError
from venn.checks import instance, number


def always_valid_p(
    values: Float[np.ndarray, " seed *group"], mean: float | Float[np.ndarray, "*group"] = 0.0
) -> Float[np.ndarray, "*group"]:
    r"""Return the two-sided p-value of a mean, valid whenever one stops adding seeds.

    .. math:: p_n = \min(1, 1 / B_n), \qquad B_n = \frac{1}{\sqrt{1 + n}}
        \left(\frac{Q}{Q - n^2 (\bar v - m)^2 / (n + 1)}\right)^{n / 2}, \qquad
        Q = \sum_i (v_i - m)^2

    for the hypothesis that the values have mean :math:`m`.  They are independent and normal, of
    unknown variance :math:`\sigma^2`.  :math:`B_n` is the Bayes factor of the alternative
    :math:`(\mu - m) / \sigma \sim N(0, 1)`, with the prior :math:`1 / \sigma` on both sides [1]_.
    It depends on the values through their ratios :math:`(v_i - m) / |v_1 - m|` alone, whose law under
    the hypothesis knows no :math:`\sigma`.  So it is their likelihood ratio, a martingale with mean
    1 [2]_ [3]_, and by Ville's inequality [4]_

    .. math:: P(p_n \le a \text{ for any } n) \le a.

    One may therefore look after each seed, and stop or go on for any reason; the smallest p-value of
    all looks is valid too.  The seeds of an earlier look stay in the later ones.

    Parameters
    ----------
    values : array, shape (seed, *group)
        One value per seed for each group, such as the paired gains of one arm at each point.
    mean : float or array, shape (*group)
        The mean under the hypothesis, in the units of `values`.

    Returns
    -------
    array, shape (*group)
        Fractions.  One value has 1, whatever it is.  Values that are all equal have 1 where they
        equal `mean`, and the limit :math:`(1 + n)^{-(n - 1) / 2}` otherwise; no :math:`n` values
        have less.  What lies below the smallest float, about 1e-323, is 0.

    Raises
    ------
    ArgumentError
        If there are no values, one of them or `mean` is no finite number, or an array of means has
        not one for each group.

    References
    ----------
    .. [1] T. L. Lai, On confidence sequences, Annals of Statistics 4, 265-280, 1976.
    .. [2] M. F. Pérez-Ortiz, T. Lardy, R. de Heide, P. D. Grünwald, E-statistics, group invariance and
       anytime-valid testing, Annals of Statistics 52, 1410-1432, 2024.
    .. [3] H. Wang, A. Ramdas, Anytime-valid t-tests and confidence sequences for Gaussian means with
       unknown variance, Sequential Analysis 44, 56-110, 2025.
    .. [4] J. Ville, Étude critique de la notion de collectif, Gauthier-Villars, 1939.

    Examples
    --------
    >>> float(always_valid_p(np.array([1.0, 2.0, 3.0, 2.0, 1.0, 3.0])).round(3))
    0.049
    """
    return np.asarray(np.exp(-np.maximum(log_bayes_factor(values, mean), 0)))


def always_valid_interval(
    values: Float[np.ndarray, " seed *group"], level: float = 0.95
) -> tuple[Float[np.ndarray, "*group"], Float[np.ndarray, "*group"]]:
    r"""Return an interval for a mean that holds it at all looks at once, in `level` of sequences.

    .. math:: \bar v \pm \tau_n \, s / \sqrt n, \qquad
        \tau_n^2 = \frac{(n - 1) (r - 1)}{1 - r / (n + 1)}, \qquad
        r = \left(\frac{\sqrt{1 + n}}{1 - \text{level}}\right)^{2 / n}

    with the standard deviation :math:`s`: the means that `always_valid_p` gives more than
    :math:`1 - \text{level}`, for the same values.  Where :math:`r \ge n + 1`, that is all of them; at
    95 %, below five values.

    Parameters
    ----------
    values : array, shape (seed, *group)
        As in `always_valid_p`.
    level : float
        Share of sequences of normal values whose true mean lies in the interval at every look.

    Returns
    -------
    low, high : array, shape (*group)
        In the units of `values`; -inf and inf where the values are too few.  Both are the value where
        enough values are all equal.

    Raises
    ------
    ArgumentError
        If there are no values, one is no finite number, or `level` does not lie between 0 and 1.

    References
    ----------
    As in `always_valid_p`.

    Examples
    --------
    >>> low, high = always_valid_interval(np.array([1.0, 2.0, 3.0, 2.0, 1.0, 3.0]))
    >>> float(low.round(2)), float(high.round(2))
    (0.01, 3.99)
    """
    checked = _checked(values)
    exponent = _exponent(checked)
    mean, squares = _moments(np.ldexp(checked, -exponent))
    width = _width(len(checked), check_level(level))
    if math.isinf(width):
        return np.full_like(mean, -math.inf), np.full_like(mean, math.inf)
    half = width * np.sqrt(squares / (len(checked) - 1) / len(checked))
    with np.errstate(over="ignore"):  # a limit beyond the largest float is inf
        low, high = np.ldexp(mean - half, exponent), np.ldexp(mean + half, exponent)
    return np.asarray(low), np.asarray(high)


def log_bayes_factor(
    values: Float[np.ndarray, " seed *group"], mean: float | Float[np.ndarray, "*group"] = 0.0
) -> Float[np.ndarray, "*group"]:
    r"""Return the natural logarithm of :math:`B_n`, as in `always_valid_p`.

    .. math:: \log B_n = \tfrac n2 \log\left(1 + \frac{n d^2 (1 - k)}{S + n d^2 k}\right)
        - \tfrac12 \log(1 + n), \qquad d = \bar v - m, \quad k = \tfrac1{n + 1}

    with the sum :math:`S` of squared deviations from :math:`\bar v`; 0 / 0 counts as 0.
    """
    checked = _checked(values)
    centre = _checked_mean(mean, checked.shape[1:])
    exponent = _exponent(checked, centre)
    average, squares = _moments(np.ldexp(checked, -exponent))
    seeds = len(checked)
    apart = seeds * (average - np.ldexp(centre, -exponent)) ** 2
    rest = squares + apart / (seeds + 1)
    ratio = np.zeros_like(average)
    np.divide(apart * seeds / (seeds + 1), rest, out=ratio, where=rest > 0)
    return np.asarray(seeds / 2 * np.log1p(ratio) - np.log1p(seeds) / 2)


def _width(seeds: int, level: float) -> float:
    """Return tau, the half-width in standard errors; inf where no mean can be excluded."""
    log_r = (math.log1p(seeds) - 2 * math.log1p(-level)) / seeds
    log_share = log_r - math.log1p(seeds)
    if log_share >= 0:
        return math.inf
    return math.sqrt((seeds - 1) * math.expm1(log_r) / -math.expm1(log_share))


def _moments(
    values: Float[np.ndarray, " seed *group"],
) -> tuple[Float[np.ndarray, "*group"], Float[np.ndarray, "*group"]]:
    """Return mean and sum of squared deviations; exactly the value and 0 where all are equal."""
    deviations = values - values[0]
    shift = deviations.mean(axis=0)
    return np.asarray(values[0] + shift), np.asarray(((deviations - shift) ** 2).sum(axis=0))


def _exponent(
    values: Float[np.ndarray, " seed *group"], mean: float | Float[np.ndarray, "*group"] = 0.0
) -> Int[np.ndarray, "*group"]:
    """Return the power of two by which to divide, so that no square overflows or vanishes."""
    largest = np.maximum(np.abs(values).max(axis=0), np.abs(mean))
    return np.asarray(np.frexp(largest)[1])


def _checked(values: Float[np.ndarray, " seed *group"]) -> Float[np.ndarray, " seed *group"]:
    instance("values", values, np.ndarray, "gains.to_numpy()")
    if values.dtype.kind not in "fiu":
        raise ArgumentError("values.dtype", str(values.dtype), "must be real numbers")
    if values.ndim == 0 or len(values) == 0:
        raise ArgumentError("values.shape", values.shape, "must have at least one seed, axis 0")
    checked = values.astype(float)
    bad = np.argwhere(~np.isfinite(checked))
    if len(bad):
        place = ", ".join(map(str, bad[0]))
        allowed = f"must be finite, and so {len(bad) - 1} others; drop such seeds, and report them"
        raise ArgumentError(f"values[{place}]", float(checked[tuple(bad[0])]), allowed)
    return checked


def _checked_mean(
    mean: float | Float[np.ndarray, "*group"], groups: tuple[int, ...]
) -> Float[np.ndarray, "*group"]:
    if not isinstance(mean, np.ndarray):
        return np.full(groups, number("mean", mean, at_least=-math.inf))
    if mean.shape != groups:
        raise ArgumentError("mean.shape", mean.shape, f"must be {groups}, one mean for each group")
    if mean.dtype.kind not in "fiu" or not np.isfinite(mean).all():
        raise ArgumentError("mean", mean, "must be finite numbers")
    return mean.astype(float)
