"""Holm's correction for many tests."""

import numpy as np
import pandas as pd
from jaxtyping import Float

from analysis.statistics.tidy import Names, check_level, group_numbers, names_of
from venn import ArgumentError
from venn.checks import instance


def holm(tests: pd.DataFrame, *, family: Names = (), level: float = 0.05) -> pd.DataFrame:
    r"""Correct the p-values of each family of tests by Holm's step-down method.

    .. math:: p^{\text{Holm}}_{(i)} = \min\bigl(1, \max_{j \le i} (m - j + 1) \, p_{(j)}\bigr)

    for the :math:`m` p-values of a family in rising order.  The probability of rejecting any true
    hypothesis of a family is at most `level`, however the tests depend on one another.

    Parameters
    ----------
    tests : DataFrame
        One row a test, with its p-value in ``p``, such as those of `page_trend`.
    family : str or sequence of str
        Columns that name a family; with none, all tests are one family.
    level : float
        The probability of a false rejection in a family.

    Returns
    -------
    DataFrame
        `tests` with two more columns: ``p_holm``, and ``rejected``, whether it is at most `level`.

    Raises
    ------
    ArgumentError
        If a column is missing, or a p-value does not lie between 0 and 1; one that is NaN belongs
        to a test that was not made, and is no member of a family.

    References
    ----------
    S. Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of
    Statistics 6, 65-70, 1979.

    Examples
    --------
    >>> holm(pd.DataFrame({"p": [0.04, 0.01, 0.03]}))
          p  p_holm  rejected
    0  0.04    0.06     False
    1  0.01    0.03      True
    2  0.03    0.06     False
    """
    instance("tests", tests, pd.DataFrame, "page_trend(gains, along='gamma', by='arm')")
    names_of("tests", "p", tests)
    families = names_of("family", family, tests)
    check_level(level)
    bad = tests.loc[~tests["p"].between(0, 1), "p"]
    if len(bad):
        raise ArgumentError(
            "tests['p']", float(bad.iloc[0]), "must lie between 0 and 1; drop what is NaN"
        )
    corrected = tests["p"].groupby(group_numbers(tests, families)).transform(_step_down)
    return tests.assign(p_holm=corrected, rejected=corrected <= level)


def _step_down(p: pd.Series) -> Float[np.ndarray, " test"]:
    order = np.argsort(p.to_numpy(), kind="stable")
    result = np.empty(len(p))
    factors = np.arange(len(p), 0, -1)
    result[order] = np.minimum(1, np.maximum.accumulate(factors * p.to_numpy()[order]))
    return result
