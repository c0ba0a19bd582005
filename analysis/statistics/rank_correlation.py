"""Rank correlations of many pairs of rows at once."""

import numpy as np
from jaxtyping import Float
from scipy import stats

from venn import ArgumentError


def rank_correlation(
    first: Float[np.ndarray, "*group item"], second: Float[np.ndarray, "*group item"]
) -> Float[np.ndarray, "*group"]:
    r"""Return Spearman's rank correlation of each pair of rows.

    .. math:: \rho = \frac{\sum_i (r_i - \bar r) (q_i - \bar q)}
              {\sqrt{\sum_i (r_i - \bar r)^2 \sum_i (q_i - \bar q)^2}}

    for the ranks r and q of the items; equal items have the mean of their ranks.  It is 0 where all
    items of one row are equal: such a row puts nothing in an order.

    Parameters
    ----------
    first, second : array (..., item)
        Of one shape, with at least two items.

    Returns
    -------
    array (...)
        Between -1 and 1.

    Raises
    ------
    ArgumentError
        If there are fewer than two items, or one is no finite number.

    Examples
    --------
    >>> gamma, gain = np.array([0.0, 0.5, 1.0, 1.0]), np.array([2.0, 1.0, 3.0, 4.0])
    >>> round(float(rank_correlation(gamma, gain)), 3)
    0.738
    """
    if first.ndim == 0 or first.shape[-1] < 2:
        raise ArgumentError("first", first.shape, "must have at least two items, the last axis")
    for name, given in (("first", first), ("second", second)):
        if not np.isfinite(given).all():
            raise ArgumentError(name, given, "must be finite numbers")
    middle = (first.shape[-1] + 1) / 2
    r, q = (stats.rankdata(given, axis=-1) - middle for given in (first, second))
    size = np.sqrt((r**2).sum(axis=-1) * (q**2).sum(axis=-1))
    rho = np.zeros(size.shape)
    np.divide((r * q).sum(axis=-1), size, out=rho, where=size > 0)
    return rho
