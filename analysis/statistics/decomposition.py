"""A gain, what the controls gain, and what is left beyond the better of them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.statistics.bootstrap import group_intervals
from analysis.statistics.gains import CELL, Missing, paired_gains
from analysis.statistics.tidy import ACCURACIES, Names, check_apart, groups_of
from venn import ArgumentError

CONTRASTS = ("gain", "shrinkage", "step size", "beyond shrinkage", "beyond step size")
"""What `gain_parts` returns, in this order."""
PARTS = ("gain", "shrinkage", "step size", "knowledge")
"""What `decompose` returns, in this order."""

CONTROLS = ("kd_shuffled", "hard_label")
BASELINE = "no_kd"
LEADS = [CONTRASTS.index(name) for name in ("gain", "beyond shrinkage", "beyond step size")]
"""The contrasts between the arm and those that it must beat; the smallest is the knowledge."""
LIMITS = ["mean", "low", "high"]


def gain_parts(
    frame: pd.DataFrame,
    *,
    arm: str = "kd",
    measure: str = "accuracy",
    missing: Missing = "error",
) -> pd.DataFrame:
    r"""Return the gain of an arm, those of its controls and its leads over them, seed by seed.

    .. math::

        \text{gain} &= a_{\text{arm}} - a_{\text{no_kd}} \\
        \text{shrinkage} &= a_{\text{kd_shuffled}} - a_{\text{no_kd}} \\
        \text{step size} &= a_{\text{hard_label}} - a_{\text{no_kd}} \\
        \text{beyond shrinkage} &= a_{\text{arm}} - a_{\text{kd_shuffled}} \\
        \text{beyond step size} &= a_{\text{arm}} - a_{\text{hard_label}}

    - shrinkage: what soft targets do that say nothing of their row.  ``kd_shuffled`` imitates the
      teacher's outputs for other rows.  Those of a confident teacher are wrong labels: shrinkage is
      then harm.
    - step size: what a larger loss does.  ``hard_label`` learns from the true labels with the total
      weight of the loss of ``kd``.  At temperature 1 that is the loss of ``kd`` under a teacher
      which is certain and right.  At another temperature the gradient of the teacher's term is of
      that size only roughly, so that step size and the lead over it contain what the difference
      in size does.

    Knowledge, see `decompose`, is the smallest of three means and has no value for a single seed:
    the mean of the smallest of three noisy numbers would be too small.

    The controls are those of ``kd``: for an arm with another teacher, ``kd_shuffled`` still has the
    shuffled outputs of the teacher of ``kd``, whose softness may differ.

    Parameters
    ----------
    frame : DataFrame
        One row a training, as `paired_gains` takes it, with the arms ``no_kd``, ``kd_shuffled``,
        ``hard_label`` and `arm`.
    arm : str
        The arm whose gain is looked at; a control is one too, whose lead over itself is 0.
    measure : str
        What a gain is a difference of.
    missing : {"error", "drop"}
        What to do where a point and seed lacks an accuracy of one of these arms, also where a
        whole point does.  ``"drop"`` leaves that point and seed out.

    Returns
    -------
    DataFrame
        Five rows a point and seed: the columns of `frame` except ``arm``, ``accuracy`` and
        ``reason``; ``part``, one of `CONTRASTS`; and ``gain``, its size in percentage points.

    Raises
    ------
    ArgumentError
        If an arm is missing at a point or seed and `missing` is ``"error"``, or as `paired_gains`.
    """
    arms = tuple(dict.fromkeys((arm, *CONTROLS)))
    if measure not in ACCURACIES:
        allowed = "has no parts: knowledge is what is left beyond the better control, of accuracies"
        raise ArgumentError("measure", measure, allowed)
    gains = paired_gains(frame, baseline=BASELINE, arms=arms, measure=measure, missing=missing)
    if missing == "error":
        _check_points(frame, (BASELINE, *arms))
    wide = gains.pivot(index=CELL, columns="arm", values="gain")
    wide = wide.reindex(columns=pd.Index(arms, name="arm")).dropna()
    gain, shuffled, hard = wide[arm], wide["kd_shuffled"], wide["hard_label"]
    sizes = (gain, shuffled, hard, gain - shuffled, gain - hard)
    parts = pd.DataFrame(dict(zip(CONTRASTS, sizes, strict=True)))
    parts = parts.melt(var_name="part", value_name="size", ignore_index=False)
    parts = parts.reset_index().rename(columns={"size": "gain"})
    settings = gains[gains["arm"] == arm].drop(columns=["arm", "gain"])
    if "constant" in settings:  # a part is a difference of any of these
        any_constant = gains.groupby(CELL)["constant"].any()
        settings["constant"] = any_constant.reindex(settings.set_index(CELL).index).array
    return settings.merge(parts, on=CELL, validate="one_to_many")


def _check_points(frame: pd.DataFrame, arms: Sequence[str]) -> None:
    """Fail if a point lacks an arm altogether; `paired_gains` takes that for a choice."""
    for arm in arms:
        there = frame["point"].isin(frame.loc[frame["arm"] == arm, "point"])
        lacking = frame.loc[~there, "point"].unique()
        if len(lacking):
            allowed = (
                f"point {lacking[0]} has no row of arm {arm!r}, nor have {len(lacking) - 1} others; "
                'run it there, or leave such points out with missing="drop"'
            )
            raise ArgumentError("frame", f"{len(frame)} rows", allowed)


def decompose(
    frame: pd.DataFrame,
    by: Names = ("point",),
    *,
    arm: str = "kd",
    measure: str = "accuracy",
    missing: Missing = "error",
    pooled: bool = False,
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    r"""Return the mean gain of an arm, those of its controls, and its knowledge, with intervals.

    .. math:: \text{knowledge} = \text{gain} - \max(0, \text{shrinkage}, \text{step size})
        = \min(\bar a_{\text{arm}} - \bar a_{\text{no_kd}}, \;
        \bar a_{\text{arm}} - \bar a_{\text{kd_shuffled}}, \;
        \bar a_{\text{arm}} - \bar a_{\text{hard_label}})

    of the means of a group, with the gains of the controls as in `gain_parts`.  Knowledge is what
    the arm has beyond the better of its controls.  A control that hurts explains no gain: knowledge
    is never more than the gain, and an arm that is no better than a control or than ``no_kd`` has
    none.  What a control does together with the teacher's outputs counts as knowledge where it is
    more than the control does alone; a knowledge above 0 shows that neither control explains the
    gain alone, and not more.

    The intervals of gain, shrinkage and step size are those of `intervals`.  That of knowledge has
    the lowest low and the lowest high of its three contrasts.  The low limit lies above 0 only
    where all three do (an intersection-union test, no larger than that of each contrast).  The high
    limit is too low if that of any contrast is: in at most three times 2.5 % of cases, which is
    near where contrasts are equal.  There, the estimate is somewhat too small as well, by the noise
    between them.  `docs/statistics.md` has the coverage.

    Parameters
    ----------
    frame : DataFrame
        One row a training, as `gain_parts` takes it.
    by : str or sequence of str
        Columns that name a group.
    arm : str
        The arm whose gain is looked at.
    measure, missing : str
        As in `gain_parts`.
    pooled, level, resamples, seed : bool, float, int, int
        As in `intervals`.

    Returns
    -------
    DataFrame
        Four rows a group, in the order of `PARTS`: the columns of `by`, ``part``, and the
        columns of `intervals`: ``mean``, ``low``, ``high``, ``sd``, ``seeds``, ``rows`` and, where
        the frame has ``constant``, ``collapsed``.  The sd
        of knowledge is that of the contrast with the smallest mean.

    Raises
    ------
    ArgumentError
        As `gain_parts` and `intervals`, or if `missing` leaves nothing.

    References
    ----------
    R. L. Berger, Multiparameter hypothesis testing and acceptance sampling, Technometrics 24,
    295-300, 1982: all of several hypotheses are shown where each is, at its own level.

    Examples
    --------
    >>> accuracy = {"no_kd": 0.70, "kd": 0.75, "kd_shuffled": 0.61, "hard_label": 0.72}
    >>> cells = [{"point": 0, "seed": 0, "arm": a, "accuracy": p} for a, p in accuracy.items()]
    >>> decompose(pd.DataFrame(cells))[["part", "mean"]].round(1).to_numpy().tolist()
    [['gain', 5.0], ['shrinkage', -9.0], ['step size', 2.0], ['knowledge', 3.0]]
    """
    parts = gain_parts(frame, arm=arm, measure=measure, missing=missing)
    if parts.empty:
        needed = ", ".join(dict.fromkeys((BASELINE, arm, *CONTROLS)))
        allowed = f"has no point and seed with an accuracy of each of the arms {needed}"
        raise ArgumentError("frame", f"{len(frame)} rows", allowed)
    parts["part"] = pd.Categorical(parts["part"], categories=CONTRASTS, ordered=True)
    names = [*groups_of(by, parts, {"seed", "part", "gain"}), "part"]
    if not pooled:
        check_apart("frame", parts, names, "gain", poolable=True)
    found = group_intervals(parts, names, level=level, resamples=resamples, seed=seed)

    def leads(column: str) -> np.ndarray:  # (group, lead)
        return found[column].to_numpy().reshape(-1, len(CONTRASTS))[:, LEADS]

    result = found.astype({"part": str})
    result = result[result["part"] != CONTRASTS[-1]].reset_index(drop=True)
    last = np.arange(len(result)) % len(PARTS) == len(PARTS) - 1
    for column in LIMITS:
        result.loc[last, column] = leads(column).min(axis=1)
    smallest = leads("mean").argmin(axis=1)[:, None]
    result.loc[last, "sd"] = np.take_along_axis(leads("sd"), smallest, axis=1)[:, 0]
    result.loc[last, "part"] = PARTS[-1]
    return result
