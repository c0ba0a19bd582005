"""Means over seeds: a row a point, and Student's interval."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float
from scipy import stats

from analysis.statistics.bootstrap import group_intervals
from analysis.statistics.gains import check_trainings, pair
from analysis.statistics.tidy import check_level, check_numbers
from venn import FrozenMapping


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
    check_level(level)
    if len(values) < 2:
        return math.nan, math.nan
    half = stats.t.ppf((1 + level) / 2, len(values) - 1) * stats.sem(values)
    return float(np.mean(values) - half), float(np.mean(values) + half)


def summarise(
    runs: pd.DataFrame,
    *,
    by: Sequence[str] = ("alpha", "gamma"),
    gains: Mapping[str, tuple[str, str]] = FrozenMapping({"gain": ("kd", "no_kd")}),
) -> pd.DataFrame:
    """Summarise the runs of each point: accuracies of the arms, and gains, paired by seed.

    Parameters
    ----------
    runs : DataFrame
        One row a training, as `Store.frame` returns them: ``point``, ``arm``, ``seed`` and
        ``accuracy`` (a fraction), and settings.
    by : sequence of str
        Settings to show.
    gains : mapping of str to (arm, baseline)
        Gains by their names; of `kd` over `no_kd` unless told otherwise.

    Returns
    -------
    DataFrame
        One row a point: the settings; the mean accuracy of each arm, such as ``kd``, a fraction,
        and its 95 % interval, ``kd_low`` and ``kd_high``; likewise each gain in percentage points,
        with its standard deviation over seeds, ``gain_sd``; ``seeds``, their number.  The intervals
        are those of `intervals`; they and the sd are NaN for one seed.  Where the runs say which
        networks answer one class to every row, ``kd_collapsed`` and ``gain_collapsed`` are the
        shares of such networks, and of pairs with one.

    Raises
    ------
    ArgumentError
        If an arm is missing at a point and seed, or is there twice.
    """
    check_trainings("runs", runs, "accuracy")
    check_numbers("runs", runs, "accuracy", "run the trainings that failed again")
    means = group_intervals(runs, ["point", "arm"], "accuracy").set_index("point")
    tables = {str(arm): own for arm, own in means.groupby("arm", sort=False)}
    for name, (arm, baseline) in gains.items():
        paired = pair(runs, baseline, [arm])
        tables[name] = group_intervals(paired, ["point"]).set_index("point")
    points = runs.drop_duplicates("point").set_index("point").sort_index()
    summary = points[list(by)].copy()
    for name, table in tables.items():
        shown = ["mean", "low", "high"] + (["sd"] if name in gains else [])
        shown += table.columns.intersection(["collapsed"]).to_list()
        named = table[shown].rename(columns={each: f"{name}_{each}" for each in shown})
        summary = summary.join(named.rename(columns={f"{name}_mean": name}))
    seeds = next(iter(tables.values()))["seeds"]
    return summary.assign(seeds=seeds).reset_index(drop=True)
