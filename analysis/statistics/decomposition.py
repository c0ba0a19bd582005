"""A gain as the sum of what the controls explain and what they do not."""

import pandas as pd

from analysis.statistics.bootstrap import intervals
from analysis.statistics.gains import Missing, paired_gains
from analysis.statistics.tables import Names, names_of
from venn import ArgumentError

PARTS = ("gain", "shrinkage", "step size", "knowledge")
"""What `gain_parts` and `decompose` return, in this order."""

CONTROLS = ("kd_shuffled", "hard_label")


def gain_parts(frame: pd.DataFrame, *, arm: str = "kd", missing: Missing = "error") -> pd.DataFrame:
    r"""Split the gain of an arm, point by point and seed by seed.

    .. math::

        \text{gain} &= a_{\text{arm}} - a_{\text{no_kd}} \\
        \text{shrinkage} &= a_{\text{kd_shuffled}} - a_{\text{no_kd}} \\
        \text{step size} &= a_{\text{hard_label}} - a_{\text{no_kd}} \\
        \text{knowledge} &= \text{gain} - \text{shrinkage} - \text{step size}

    - shrinkage: what soft targets do that say nothing of their row.  ``kd_shuffled`` imitates the
      teacher's outputs for other rows.
    - step size: what the larger loss does.  ``hard_label`` has the true labels in the place of the
      teacher's outputs.
    - knowledge: the rest, which the teacher's outputs for a row say of that row.

    The split is additive by definition.  If shrinkage and step size change each other's effect, the
    interaction is counted as knowledge, and so is whatever neither control copies: a knowledge above
    0 shows that the two do not explain the gain together, and not more.  A part can be negative.

    Parameters
    ----------
    frame : DataFrame
        One row a training, as `paired_gains` takes it, with the arms ``no_kd``, ``kd_shuffled``,
        ``hard_label`` and `arm`.
    arm : str
        The arm whose gain is split.
    missing : {"error", "drop"}
        As in `paired_gains`; a point and seed without all three gains is then left out.

    Returns
    -------
    DataFrame
        Four rows a point and seed: the columns of `frame` except ``arm``, ``accuracy`` and
        ``reason``; ``part``, one of `PARTS`; and ``gain``, its size in percentage points.

    Raises
    ------
    ArgumentError
        As `paired_gains`.
    """
    if arm in CONTROLS:
        raise ArgumentError("arm", arm, "is a control; split the gain of another arm, such as kd")
    gains = paired_gains(frame, arms=(arm, *CONTROLS), missing=missing)
    wide = gains.pivot(index=["point", "seed"], columns="arm", values="gain").dropna()
    parts = pd.DataFrame(
        {
            "gain": wide[arm],
            "shrinkage": wide["kd_shuffled"],
            "step size": wide["hard_label"],
            "knowledge": wide[arm] - wide["kd_shuffled"] - wide["hard_label"],
        }
    ).melt(var_name="part", value_name="size", ignore_index=False)
    settings = gains[gains["arm"] == arm].drop(columns=["arm", "gain"])
    parts = parts.reset_index().rename(columns={"size": "gain"})
    return settings.merge(parts, on=["point", "seed"], validate="one_to_many")


def decompose(
    frame: pd.DataFrame,
    by: Names = ("point",),
    *,
    arm: str = "kd",
    missing: Missing = "error",
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """Return the mean of each part of a gain, with its interval.

    The parts are those of `gain_parts`, and the intervals those of `intervals`; the means of
    shrinkage, step size and knowledge add up to that of the gain.  Their limits do not.

    Parameters
    ----------
    frame : DataFrame
        One row a training, as `gain_parts` takes it.
    by : str or sequence of str
        Columns that name a group.
    arm : str
        The arm whose gain is split.
    missing : {"error", "drop"}
        As in `gain_parts`.
    level, resamples, seed : float, int, int
        As in `intervals`.

    Returns
    -------
    DataFrame
        Four rows a group, in the order of `PARTS`: the columns of `by`, ``part``, and the
        columns of `intervals`: ``mean``, ``low``, ``high``, ``sd``, ``seeds`` and ``rows``.

    Raises
    ------
    ArgumentError
        As `paired_gains` and `intervals`.
    """
    parts = gain_parts(frame, arm=arm, missing=missing)
    parts["part"] = pd.Categorical(parts["part"], categories=PARTS, ordered=True)
    names = [*names_of("by", by, parts), "part"]
    result = intervals(parts, names, level=level, resamples=resamples, seed=seed)
    return result.astype({"part": str})
