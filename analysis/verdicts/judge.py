"""The judge: from the values of a claim's parts to a verdict that errs in at most 5 % of reports."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float

from analysis.statistics import always_valid_interval, always_valid_p, holm
from analysis.verdicts.claim import Part
from venn.checks import ArgumentError

Verdict = Literal["supported", "refuted", "inconclusive"]

LEVEL = 0.05
"""The probability that any verdict of a report other than ``"inconclusive"`` is wrong."""

FEWEST = 30
"""Seeds that a verdict takes: with fewer, the p-values of skewed values are too small, as
``docs/statistics.md`` shows."""


class Weight(NamedTuple):
    """What data say against a claim's being false, and against its being true.

    Parameters
    ----------
    support, refute : array
        p-values.
    """

    support: Float[np.ndarray, "*group"]
    refute: Float[np.ndarray, "*group"]


def weigh(parts: Sequence[Part], values: Float[np.ndarray, "seed *group part"]) -> Weight:
    r"""Return what the values of a claim's parts say for and against it.

    .. math::

        p_\text{support} = \max_j \{p_j \text{ if } \bar v_j \text{ is on the side of part } j,
            \text{ else } 1\} \qquad
        p_\text{refute} = \min\bigl(1, k \min_j \{p_j \text{ if } \bar v_j
            \text{ is on the other side, else } 1\}\bigr)

    for k parts, with the two-sided p-value :math:`p_j` of :math:`\theta_j = m_j`.  A claim is false
    if one part is, which all parts must show to be wrong (an intersection-union test); and true if
    all are, so that each of k parts may refute it (Bonferroni).  The p-values are always valid: they
    hold whatever the number of seeds depends on.  With fewer than `FEWEST` seeds both are 1.

    Parameters
    ----------
    parts : sequence of Part
        Of the claim.
    values : array (seed, ..., part)
        Of each part, seed by seed; groups between them are weighed one by one.

    Returns
    -------
    Weight
        Two p-values a group; at most one is below 1.  Each holds where it would err.

    Raises
    ------
    ArgumentError
        If the last axis is not the parts', or a value is not finite.

    References
    ----------
    R. L. Berger, Multiparameter hypothesis testing and acceptance sampling, Technometrics 24,
    295-300, 1982.
    """
    if values.shape[-1] != len(parts):
        allowed = f"must have a column for each of the {len(parts)} parts"
        raise ArgumentError("values", values.shape, allowed)
    if len(values) < FEWEST:
        return Weight(np.ones(values.shape[1:-1]), np.ones(values.shape[1:-1]))
    margins = np.array([part.margin for part in parts])
    p = always_valid_p(values, np.broadcast_to(margins, values.shape[1:]))
    above = np.array([part.side == "above" for part in parts])
    offset = values.mean(axis=0) - margins
    stated = np.where(above, offset > 0, offset < 0)
    contrary = np.where(above, offset < 0, offset > 0)
    support = np.where(stated, p, 1.0).max(axis=-1)
    refute = np.minimum(1.0, len(parts) * np.where(contrary, p, 1.0).min(axis=-1))
    return Weight(support, refute)


def decide(weights: pd.DataFrame, level: float = LEVEL) -> pd.DataFrame:
    r"""Return the verdicts of a report, corrected by Holm's method for all of its rows.

    That claims are false is one family of hypotheses, and that they are true another.  Each is
    corrected by Holm's method and has half of the level, so that the probability of any wrong
    verdict in a report is at most `level`, however its rows depend on one another.  One family of
    both would not do: what is rightly rejected leaves its contrary in it, which is true.

    Parameters
    ----------
    weights : DataFrame
        One row a claim and world, with the p-values ``support`` and ``refute``.
    level : float
        Between 0 and 1.

    Returns
    -------
    DataFrame
        `weights` with ``p``, the smaller of the two; ``p_holm``, the smaller of twice the corrected
        ones, at most 1; and ``verdict``: ``"supported"`` or ``"refuted"`` where that is at most
        `level`, else ``"inconclusive"``.
    """
    corrected = pd.DataFrame(
        {
            name: 2 * holm(pd.DataFrame({"p": weights[name]}))["p_holm"]
            for name in ("support", "refute")
        }
    )
    verdict = np.select(
        [corrected["support"] <= level, corrected["refute"] <= level],
        ["supported", "refuted"],
        "inconclusive",
    )
    return weights.assign(
        p=weights[["support", "refute"]].min(axis=1),
        p_holm=corrected.min(axis=1).clip(upper=1),
        verdict=verdict,
    )


def describe_parts(parts: Sequence[Part], values: pd.DataFrame) -> pd.DataFrame:
    """Return the mean of each part with its always-valid 95 % interval, a row a part.

    Parameters
    ----------
    parts : sequence of Part
        Of the claim.
    values : DataFrame
        One row a seed, one column a part.

    Returns
    -------
    DataFrame
        Columns ``part``, ``statement``, ``side``, ``margin``, ``unit``, ``published`` (NaN where
        there is none), ``mean``, ``low``, ``high``, ``sd`` and ``seeds``.
    """
    names = [part.name for part in parts]
    ordered = values[names].to_numpy(dtype=float)
    low, high = always_valid_interval(ordered)
    columns = {
        "part": names,
        "statement": [part.statement for part in parts],
        "side": [part.side for part in parts],
        "margin": [part.margin for part in parts],
        "unit": [part.unit for part in parts],
        "published": [np.nan if part.published is None else part.published for part in parts],
        "mean": ordered.mean(axis=0),
        "low": low,
        "high": high,
        "sd": ordered.std(axis=0, ddof=1) if len(ordered) > 1 else np.nan,
    }
    return pd.DataFrame(columns).assign(seeds=len(ordered))
