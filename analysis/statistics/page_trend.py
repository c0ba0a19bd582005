"""Page's test for a trend along a path, where every seed is at every level."""

from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float
from scipy import stats

from analysis.statistics.tidy import Names, blocks, check_table, collapsed, grouped
from venn import ArgumentError


def page_trend(
    gains: pd.DataFrame,
    along: str,
    *,
    by: Names = (),
    value: str = "gain",
    decreasing: bool = False,
) -> pd.DataFrame:
    r"""Test for a trend along a path on which every seed is at every level: Page's L.

    .. math:: L = \sum_j j \sum_i r_{ij}, \qquad
        z = \frac{L - n k (k + 1)^2 / 4}{\sqrt{\tfrac{k (k + 1)}{12} \sum_{ij} (r_{ij} - \bar r)^2}}

    with the rank :math:`r_{ij}` of level :math:`j` of :math:`k` within seed :math:`i` of
    :math:`n`, and midranks for ties.  What a seed does to all levels alike drops out.  The
    hypothesis is that no level differs; the alternative, that gains rise.

    The one-sided p-value is SciPy's, exact for small tables, where no seed has ties.  Where one has,
    it is that of :math:`z`, whose variance is the permutation variance given the ties; SciPy's p is
    then too large.

    Parameters
    ----------
    gains : DataFrame
        Tidy values with a column ``seed``.  A level of a test has one ``arm`` and one ``point``, as
        far as there are such columns; other rows of a seed at a level count as their mean.
    along : str
        The column of the levels, numbers; at least three.
    by : str or sequence of str
        Columns that name a test; with none, all rows are one.
    value : str
        The column to test.
    decreasing : bool
        Test for a fall instead of a rise.

    Returns
    -------
    DataFrame
        One row a test: the columns of `by`; ``along``; ``direction``, ``"increasing"`` or
        ``"decreasing"``; ``statistic``, L; ``z``; ``p``; ``method``, ``"exact"`` or
        ``"asymptotic"``; ``seeds`` and ``levels``, counts; and ``collapsed`` as `intervals` has it.

    Raises
    ------
    ArgumentError
        If a seed lacks a level, a level of a test has several points, or there are fewer than two
        seeds or three levels.

    References
    ----------
    E. B. Page, Ordered hypotheses for multiple treatments: a significance test for linear ranks,
    Journal of the American Statistical Association 58, 216-230, 1963.
    """
    names = check_table("gains", gains, value, by, along)
    direction = "decreasing" if decreasing else "increasing"
    tests = []
    for key, rows in grouped(gains, names):
        _, values = blocks("gains", rows, along, value)
        seeds, levels = values.shape
        if seeds < 2 or levels < 3:
            found = f"{seeds} seeds at {levels} levels"
            raise ArgumentError("gains", found, "must have two seeds and three levels in a test")
        ordered = values[:, ::-1] if decreasing else values
        asked = {"along": along, "direction": direction}
        counts = {"seeds": seeds, "levels": levels}
        tests.append(key | asked | _page(ordered) | counts | collapsed(rows))
    return pd.DataFrame(tests)


def _page(values: Float[np.ndarray, "seed level"]) -> dict[str, Any]:
    seeds, levels = values.shape
    ranks = stats.rankdata(values, axis=1)
    statistic = float((ranks * np.arange(1, levels + 1)).sum())
    mean = seeds * levels * (levels + 1) ** 2 / 4
    squares = float(((ranks - (levels + 1) / 2) ** 2).sum())
    if squares == 0:  # every seed is tied at all levels
        return {"statistic": statistic, "z": 0.0, "p": 1.0, "method": "asymptotic"}
    z = (statistic - mean) / np.sqrt(levels * (levels + 1) / 12 * squares)
    found = {"statistic": statistic, "z": float(z), "p": float(stats.norm.sf(z))}
    if squares < seeds * levels * (levels**2 - 1) / 12:
        return found | {"method": "asymptotic"}
    exact = stats.page_trend_test(ranks, ranked=True)
    return found | {"p": float(exact.pvalue), "method": exact.method}
