"""How many seeds an interval of a wanted width takes."""

import numpy as np
import pandas as pd
from scipy import stats

from analysis.statistics.bootstrap import group_intervals
from analysis.statistics.tidy import Names, check_table
from venn import ArgumentError
from venn.checks import LARGEST, number

ASSURANCE = 0.9
"""Probability that the true standard deviation lies below ``sd_high``."""


def required_seeds(
    gains: pd.DataFrame,
    by: Names = ("arm",),
    *,
    half_width: float,
    value: str = "gain",
    pooled: bool = False,
    level: float = 0.95,
) -> pd.DataFrame:
    r"""Return how many seeds each group takes for an interval of mean ± `half_width`.

    .. math:: n = \min \{ n : t_{n-1, (1 + \text{level}) / 2} \; s / \sqrt n \le \text{half_width} \}

    with the standard deviation :math:`s` over the seeds that are there.  The quantile depends on
    :math:`n`, so the smallest one is searched for.  A standard deviation from few seeds is itself
    uncertain: ``required_high`` is the same number for its upper limit, exact for normal gains,

    .. math:: s_\text{high} = s \sqrt{(n_0 - 1) / \chi^2_{n_0 - 1, \, 0.1}}.

    Parameters
    ----------
    gains : DataFrame
        Tidy values with a column ``seed``, of a first, small run.
    by : str or sequence of str
        Columns that name a group; with none, all rows are one group.
    half_width : float
        The wanted half-width of the interval, in the units of `value`.
    value : str
        The column that is averaged.
    pooled : bool
        As in `intervals`.
    level : float
        The level of the interval.

    Returns
    -------
    DataFrame
        One row a group: the columns of `by`; ``sd``, over seeds as in `intervals`; ``sd_high``, which
        the true one exceeds with probability 0.1; ``seeds``, those that are there;
        ``half_width``, of Student's interval from them; ``required`` and ``required_high``, seeds
        in all.

    Raises
    ------
    ArgumentError
        If a group has fewer than two seeds, more than a billion would be needed, or as in
        `intervals`.

    Examples
    --------
    >>> gains = pd.DataFrame({"arm": "kd", "seed": range(12), "gain": [1.0, 2.0, 4.0] * 4})
    >>> required_seeds(gains, half_width=0.5).round(2).to_dict("records")[0]["required"]
    29
    """
    number("half_width", half_width, above=True)
    names = check_table("gains", gains, value, by, pooled=pooled)
    groups = group_intervals(gains, names, value, level=level)
    single = groups[groups["seeds"] < 2]
    if len(single):
        allowed = "a group has a single seed, which says nothing of the spread; run more"
        raise ArgumentError("gains", f"{len(gains)} rows", allowed)
    degrees = groups["seeds"] - 1
    high = groups["sd"] * np.sqrt(degrees / stats.chi2.ppf(1 - ASSURANCE, degrees))
    student = stats.t.ppf((1 + level) / 2, degrees)
    others = ["mean", "low", "high", "rows", "seeds"]
    result = groups.drop(columns=others)
    return result.assign(
        sd_high=high,
        seeds=groups["seeds"],
        half_width=student * groups["sd"] / np.sqrt(groups["seeds"]),
        required=[_seeds(sd, half_width, level) for sd in groups["sd"]],
        required_high=[_seeds(sd, half_width, level) for sd in high],
    )


def _seeds(sd: float, half_width: float, level: float) -> int:
    """Return the smallest number of seeds by bisection; the half-width falls as it grows."""

    def enough(seeds: int) -> bool:
        quantile = stats.t.ppf((1 + level) / 2, seeds - 1)
        return bool(quantile * sd / np.sqrt(seeds) <= half_width)

    low, high = 1, 2
    while not enough(high):
        low, high = high, 2 * high
        if high > LARGEST:
            raise ArgumentError("half_width", half_width, f"is too small for an sd of {sd:g}")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
