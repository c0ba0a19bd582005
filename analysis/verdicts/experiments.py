"""What claims about sweeps share: tables of accuracies seed by seed, slopes, and null worlds."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.statistics import paired_gains


def accuracies(rows: pd.DataFrame, along: str, arm: str) -> pd.DataFrame:
    """Return an arm's accuracies in percent: one row a seed, one column a level, in order."""
    own = rows[rows["arm"] == arm]
    return 100 * own.pivot(index="seed", columns=along, values="accuracy").sort_index(axis=1)


def leads(rows: pd.DataFrame, along: str, arm: str, over: str) -> pd.DataFrame:
    """Return how far an arm is ahead of another, in points: one row a seed, one column a level."""
    both = rows[rows["arm"].isin([arm, over])]
    gains = paired_gains(both, baseline=over, arms=[arm])
    return gains.pivot(index="seed", columns=along, values="gain").sort_index(axis=1)


def slope(levels: pd.DataFrame) -> pd.Series:
    r"""Return each row's least-squares slope over the levels, which name the columns.

    .. math:: b = \frac{\sum_j (x_j - \bar x) v_j}{\sum_j (x_j - \bar x)^2}
    """
    x = levels.columns.to_numpy(dtype=float)
    centred = x - x.mean()
    slopes: pd.Series = levels @ (centred / (centred**2).sum())
    return slopes


def permuted(rows: pd.DataFrame, generator: np.random.Generator, *, along: str) -> pd.DataFrame:
    """Return rows whose levels are permuted within each seed: nothing depends on the level."""
    levels, level = np.unique(rows[along], return_inverse=True)
    seeds, seed = np.unique(rows["seed"], return_inverse=True)
    orders = generator.permuted(np.tile(levels, (len(seeds), 1)), axis=1)
    return rows.assign(**{along: orders[seed, level]})


def taught_by_noise(rows: pd.DataFrame, _: np.random.Generator) -> pd.DataFrame:
    """Return rows in which the KD student's teacher says nothing of its row: ``kd_shuffled``."""
    shuffled = rows[rows["arm"] == "kd_shuffled"].assign(arm="kd")
    return pd.concat([rows[rows["arm"] != "kd"], shuffled], ignore_index=True)


def exchanged(
    rows: pd.DataFrame, generator: np.random.Generator, *, arms: Mapping[str, str]
) -> pd.DataFrame:
    """Return rows in which a coin a seed says whether arms have each other's names."""
    seeds, seed = np.unique(rows["seed"], return_inverse=True)
    heads = generator.integers(2, size=len(seeds)).astype(bool)[seed]
    other = {**arms, **{value: key for key, value in arms.items()}}
    return rows.assign(arm=rows["arm"].where(~heads, rows["arm"].replace(other)))
