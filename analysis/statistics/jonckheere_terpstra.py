"""Jonckheere and Terpstra's test for a trend, where each level has seeds of its own."""

from typing import Any

import numpy as np
import pandas as pd

from analysis.statistics.tidy import (
    Names,
    check_table,
    grouped,
    seed_means,
    standardised,
    trend_row,
)
from venn import ArgumentError


def jonckheere(
    gains: pd.DataFrame,
    along: str,
    *,
    by: Names = (),
    value: str = "gain",
    decreasing: bool = False,
) -> pd.DataFrame:
    r"""Test for a trend where each level has seeds of its own: Jonckheere and Terpstra's J.

    .. math:: J = \sum_{l < m} \sum_{i \in l, \, j \in m}
        \bigl([v_i < v_j] + \tfrac12 [v_i = v_j]\bigr), \qquad
        z = \frac{J - (N^2 - \sum_l n_l^2) / 4}{\sqrt{\operatorname{var} J}}

    the pairs of seeds from different levels that are in order, of :math:`N` seeds with :math:`n_l`
    at level :math:`l`.  The variance is that of a permutation of the values, ties included (Hollander
    and Wolfe, equation 6.19); the one-sided p-value is that of :math:`z`, for which each level
    should have about five seeds.  The hypothesis is that no level differs; the alternative, that
    gains rise.

    Seeds that are at several levels share their data along the path and are no independent values;
    `page_trend` is the test for them.

    Parameters
    ----------
    gains : DataFrame
        Tidy values with a column ``seed``, each seed at one level.  A level of a test has one
        ``arm`` and one ``point``, as far as there are such columns; other rows of a seed count as
        their mean.
    along : str
        The column of the levels, numbers; at least two.
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
        ``"decreasing"``; ``statistic``, J; ``z``; ``p``; ``seeds`` and ``levels``, counts.

    Raises
    ------
    ArgumentError
        If a seed is at several levels, a level of a test has several points, or there are fewer
        than three seeds or two levels.

    References
    ----------
    A. R. Jonckheere, A distribution-free k-sample test against ordered alternatives, Biometrika 41,
    133-145, 1954.  M. Hollander, D. A. Wolfe, Nonparametric Statistical Methods, 2nd edition, Wiley,
    1999, section 6.2.
    """
    names = check_table("gains", gains, value, by, along)
    tests = []
    for key, rows in grouped(gains, names):
        wide = seed_means(rows, along, value)
        shared = wide.index[wide.notna().sum(axis=1) > 1]
        if len(shared):
            allowed = f"seed {shared[0]} is at several levels of {along}; use page_trend for these"
            raise ArgumentError("gains", f"{len(rows)} rows", allowed)
        seeds, levels = wide.shape
        if seeds < 3 or levels < 2:
            found = f"{seeds} seeds at {levels} levels"
            raise ArgumentError("gains", found, "must have three seeds and two levels in a test")
        samples = [wide[level].dropna().to_numpy() for level in wide.columns]
        ordered = samples[::-1] if decreasing else samples
        tests.append(key | trend_row(along, decreasing, _jonckheere(ordered), wide.shape))
    return pd.DataFrame(tests)


def _jonckheere(samples: list[np.ndarray]) -> dict[str, Any]:
    statistic = 0.0
    before = samples[0]
    for sample in samples[1:]:
        ordered = np.sort(before)
        for side in ("left", "right"):  # those below, and those not above: a tie counts half
            statistic += np.searchsorted(ordered, sample, side=side).sum() / 2
        before = np.concatenate([before, sample])
    n = np.array([len(sample) for sample in samples])
    _, ties = np.unique(before, return_counts=True)
    total = n.sum()

    def cubic(counts: np.ndarray) -> float:
        return float((counts * (counts - 1) * (2 * counts + 5)).sum())

    def pairs(counts: np.ndarray) -> float:
        return float((counts * (counts - 1)).sum())

    def triples(counts: np.ndarray) -> float:
        return float((counts * (counts - 1) * (counts - 2)).sum())

    whole = np.array([total])
    variance = (cubic(whole) - cubic(n) - cubic(ties)) / 72
    variance += triples(n) * triples(ties) / (36 * triples(whole))
    variance += pairs(n) * pairs(ties) / (8 * pairs(whole))
    z, p = standardised(statistic - float(total**2 - (n**2).sum()) / 4, variance)
    return {"statistic": float(statistic), "z": z, "p": p}
