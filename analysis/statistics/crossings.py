"""The point of a path where the gain changes sign."""

from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float
from scipy import stats

from analysis.statistics.bootstrap import FEWEST, resampled_weights, studentised
from analysis.statistics.tidy import Names, blocks, check_level, check_table, collapsed, grouped
from venn import ArgumentError
from venn.checks import whole

COLUMNS = ("crossing", "low", "high", "share", "sign_changes", "verdict", "seeds", "levels")


def crossing(
    gains: pd.DataFrame,
    along: str = "gamma",
    *,
    by: Names = ("arm",),
    value: str = "gain",
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    r"""Return where the mean gain changes sign along a path, with its interval.

    .. math:: \gamma^* = \arg\max_\gamma \Bigl| \int_\gamma^{\max} \bar g \,
        - \int_{\min}^\gamma \bar g \Bigr|

    with the mean gain :math:`\bar g` over seeds, linear between the levels.  Where the curve changes
    sign once, :math:`\gamma^*` is that point.  Where noise makes it cross several times, it is the
    one crossing that best parts negative gains from positive ones: the zero of the curve's monotone
    least-squares fit, or the middle of the zeros if there are many.

    The interval has the quantiles of the crossings of two kinds of curves, as many of each:

    .. math:: \bar g + \kappa \, (\bar g^* - \bar g), \quad
        \kappa = \frac{t_{n-1, (1 + \text{level}) / 2}}{z_{(1 + \text{level}) / 2}}
        \sqrt{\frac{n}{n - 1}}, \qquad \text{and} \qquad \bar g - t^* s / \sqrt n

    in which :math:`\bar g^*` is the mean of :math:`n` seeds drawn with all their levels, and
    :math:`t^*` belongs to each level of it as in `intervals`.  :math:`\kappa` widens the resamples
    as much as Student's interval is wider than that of a mean's percentiles, which are too narrow for
    few seeds (Hesterberg's expanded percentiles).  These hold for heavy tails, and the studentised
    curves follow the skewness of the gains.  With fewer than five seeds the first kind is alone.  A
    curve that no longer crosses has its crossing before the first level or after the last.  The
    direction, from negative to positive or back, is that of the mean curve, or of its slope if it
    does not cross.

    Coverage of the 95 % intervals is nominal (93 to 97 %) from ten seeds on: see
    `docs/statistics.md`.  It is that of the crossing of the interpolated curve, which is not quite
    that of a curve which bends between levels; add levels where that matters.

    Parameters
    ----------
    gains : DataFrame
        Tidy values with a column ``seed``, every seed at every level.  A level of a curve has one
        ``arm`` and one ``point``, as far as there are such columns; other rows of a seed at a level
        count as their mean.
    along : str
        The column of the levels, numbers; at least two.
    by : str or sequence of str
        Columns that name a curve; with none, all rows are one.
    value : str
        The column whose sign is looked at.
    level : float
        Share of intervals that hold the true crossing.
    resamples, seed : int
        As in `intervals`.

    Returns
    -------
    DataFrame
        One row a curve: the columns of `by`; ``along``; ``crossing``, NaN where there is none;
        ``low`` and ``high``, -inf or inf where the data do not exclude that the crossing lies
        before the first level or after the last, both NaN for a single seed and where they leave no
        crossing in the range; ``share`` of the resampled curves that cross in the range, NaN for a
        single seed; ``sign_changes`` of the mean curve; ``verdict``: ``"from negative to
        positive"`` or ``"from positive to negative"`` at the crossing, else ``"positive
        throughout"``, ``"negative throughout"``, ``"zero throughout"``, or ``"mostly positive"``
        or ``"mostly negative"`` where the curve changes its sign for a while and no point parts it;
        ``seeds`` and ``levels``, counts; and ``collapsed`` as `intervals` has it.

    Raises
    ------
    ArgumentError
        If a seed lacks a level, there are fewer than two levels, a level of a curve has several
        points, or as in `intervals`.

    References
    ----------
    T. C. Hesterberg, What teachers should know about the bootstrap, The American Statistician 69,
    371-386, 2015, section 4.1.  T. Robertson, F. T. Wright, R. L. Dykstra, Order Restricted
    Statistical Inference, Wiley, 1988, section 1.2.

    Examples
    --------
    >>> gains = pd.DataFrame({"arm": "kd", "seed": 0, "gamma": [0, 0.5, 1], "gain": [-2.0, 1, 3]})
    >>> crossing(gains)[["crossing", "verdict"]].round(3).to_dict("records")
    [{'crossing': 0.333, 'verdict': 'from negative to positive'}]
    """
    names = check_table("gains", gains, value, by, along)
    check_level(level)
    whole("resamples", resamples, at_least=100)
    rows: list[dict[str, Any]] = []
    weights: dict[int, Float[np.ndarray, "resample seed"]] = {}
    for key, group in grouped(gains, names):
        levels, values = blocks("gains", group, along, value)
        if len(levels) < 2:
            raise ArgumentError("gains", "1 level", f"must have two levels of {along}")
        found = _estimate(levels, values.mean(axis=0))
        seeds = len(values)
        if seeds not in weights:
            weights[seeds] = resampled_weights(seeds, resamples, seed)
        limits = _limits(levels, values, found.pop("direction"), weights[seeds], level)
        found |= limits | {"seeds": seeds, "levels": len(levels)}
        told = {name: found[name] for name in COLUMNS}
        rows.append(key | {"along": along} | told | collapsed(group))
    return pd.DataFrame(rows)


def _part(
    levels: Float[np.ndarray, " level"],
    curves: Float[np.ndarray, "curve level"],
    direction: int,
) -> tuple[Float[np.ndarray, " curve"], Float[np.ndarray, " curve"]]:
    """Return the point that best parts each curve, and its gain after the point minus before.

    The point is a change from negative to positive (`direction` 1) or back (-1), or -inf or inf
    where the whole range is better on one side.
    """
    g = direction * curves
    start, end, width = g[:, :-1], g[:, 1:], np.diff(levels)
    area = np.concatenate([np.zeros((len(g), 1)), np.cumsum((start + end) / 2 * width, axis=1)], 1)
    rises = ((start < 0) & (end >= 0)) | ((start <= 0) & (end > 0))
    step = width * np.divide(-start, end - start, out=np.zeros_like(start), where=rises)
    before = np.where(rises, area[:, :-1] + start * step / 2, np.inf)
    outside = np.broadcast_to([-np.inf, np.inf], (len(g), 2))
    points = np.concatenate([outside, levels[:-1] + step], axis=1)
    before = np.concatenate([area[:, [0, -1]], before], axis=1)

    every = np.arange(len(g))
    first = before.argmin(axis=1)
    last = before.shape[1] - 1 - before[:, ::-1].argmin(axis=1)
    last = np.where(first < 2, first, last)
    middle = (points[every, first] + points[every, last]) / 2  # of a stretch that is zero
    return middle, area[:, -1] - 2 * before[every, first]


def _estimate(
    levels: Float[np.ndarray, " level"], mean: Float[np.ndarray, " level"]
) -> dict[str, Any]:
    up, down = (_part(levels, mean[None], direction) for direction in (1, -1))
    (point,), direction = (up[0], 1) if up[1][0] >= down[1][0] else (down[0], -1)
    signs = np.sign(mean[mean != 0])
    changes = int((np.diff(signs) != 0).sum())
    if np.isfinite(point):
        ends = ("negative", "positive")[::direction]
        return {
            "crossing": float(point),
            "sign_changes": changes,
            "verdict": f"from {ends[0]} to {ends[1]}",
            "direction": direction,
        }
    total = np.trapezoid(mean, levels)
    sign = "positive" if total > 0 else "negative"
    verdict = f"mostly {sign}" if changes else f"{sign} throughout"
    return {
        "crossing": np.nan,
        "sign_changes": changes,
        "verdict": verdict if len(signs) else "zero throughout",
        "direction": 1 if (levels - levels.mean()) @ mean >= 0 else -1,
    }


def _limits(
    levels: Float[np.ndarray, " level"],
    values: Float[np.ndarray, "seed level"],
    direction: int,
    weights: Float[np.ndarray, "resample seed"],
    level: float,
) -> dict[str, Any]:
    seeds = len(values)
    if seeds == 1:
        return {"low": np.nan, "high": np.nan, "share": np.nan}
    mean = values.mean(axis=0)
    centred = values - mean
    tails = (1 - level) / 2, (1 + level) / 2
    widen = stats.t.ppf(tails[1], seeds - 1) / stats.norm.ppf(tails[1])
    widen *= np.sqrt(seeds / (seeds - 1))
    curves = mean + widen * (weights @ centred / seeds)
    if seeds >= FEWEST:
        error = stats.sem(values)
        t = studentised(centred, np.ones_like(centred), error, weights)
        curves = np.concatenate([curves, mean - error * t])
    points, _ = _part(levels, curves, direction)
    low, high = np.quantile(points, tails, method="inverted_cdf")
    if low == high and np.isinf(low):
        low = high = np.nan
    return {"low": float(low), "high": float(high), "share": float(np.isfinite(points).mean())}
