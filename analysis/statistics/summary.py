"""Paired gains and their intervals."""

import math

import numpy as np
import pandas as pd
from jaxtyping import Float
from scipy import stats

from venn import ArgumentError


def mean_interval(
    values: Float[np.ndarray, " seed"] | pd.Series, level: float = 0.95
) -> tuple[float, float]:
    r"""Return the t interval for the mean of independent values.

    .. math:: \bar v \pm t_{n-1, (1 + \text{level}) / 2} \; s / \sqrt n

    Parameters
    ----------
    values : array or Series, shape (seed,)
        One value per seed.
    level : float
        Share of intervals that hold the true mean, for normal values.

    Returns
    -------
    low, high : float
        In the units of `values`; both NaN for a single value, which says nothing of spread.

    Raises
    ------
    ArgumentError
        If `level` does not lie between 0 and 1.
    """
    if not 0 < level < 1:
        raise ArgumentError("level", level, "must lie between 0 and 1, such as 0.95")
    if len(values) < 2:
        return math.nan, math.nan
    half = stats.t.ppf((1 + level) / 2, len(values) - 1) * stats.sem(values)
    return float(np.mean(values) - half), float(np.mean(values) + half)


def _sd(values: pd.Series) -> float:
    return float(values.std(ddof=0)) if len(values) > 1 else math.nan


def summarise(runs: pd.DataFrame) -> pd.DataFrame:
    """Summarise the runs of each point: accuracies of the arms and the gain, paired by seed.

    Parameters
    ----------
    runs : DataFrame
        One row a training, as `analysis.run` returns them: columns ``point``, ``alpha``,
        ``gamma``, ``arm``, ``seed`` and ``accuracy`` (a fraction).

    Returns
    -------
    DataFrame
        One row a point, in percent and percentage points: ``alpha``, ``gamma``; the mean accuracy
        of each arm, such as ``kd``, and the 95 % t interval for it, ``kd_low`` and ``kd_high``;
        likewise ``gain``, the mean over seeds of kd − no_kd, with ``gain_low`` and ``gain_high``;
        ``gain_sd``, its population standard deviation over seeds, as the released script prints
        it; ``seeds``, their number.  Intervals and sd are NaN for one seed.

    Raises
    ------
    ArgumentError
        If an arm is missing at a point and seed.
    ValueError
        If a run is there twice.
    """
    index = ["point", "alpha", "gamma"]
    values = 100 * runs.pivot(index=[*index, "seed"], columns="arm", values="accuracy")
    values = values.reindex(columns=values.columns.union(["no_kd", "kd"]))
    missing = np.argwhere(values.isna().to_numpy())
    if len(missing):
        row, column = missing[0]
        point, _, _, seed = values.index[row]
        arm = values.columns[column]
        allowed = f"point {point}, seed {seed} has no run of arm {arm!r}; gains are paired by seed"
        raise ArgumentError("runs", f"{len(runs)} rows", allowed)
    values = values.assign(gain=values["kd"] - values["no_kd"])
    rows = []
    for (_, alpha, gamma), point in values.groupby(level=index):
        row = {"alpha": alpha, "gamma": gamma, "seeds": len(point)}
        for name, column in point.items():
            row[str(name)] = column.mean()
            row[f"{name}_low"], row[f"{name}_high"] = mean_interval(column.to_numpy())
        rows.append(row | {"gain_sd": _sd(point["gain"])})
    return pd.DataFrame(rows)
