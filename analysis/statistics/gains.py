"""The gain of each arm over the student without a teacher, paired by seed."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Literal, get_args

import numpy as np
import pandas as pd

from analysis.statistics.tidy import ACCURACIES, names_of
from venn import ArgumentError, FrozenMapping
from venn.checks import instance, one_of

CELL = ["point", "seed"]
Missing = Literal["error", "drop"]


def paired_gains(
    frame: pd.DataFrame,
    *,
    baseline: str = "no_kd",
    arms: Sequence[str] | None = None,
    measure: str = "accuracy",
    missing: Missing = "error",
    teachers: Mapping[str, Collection[str]] = FrozenMapping({}),
) -> pd.DataFrame:
    r"""Return the gain of each arm, paired with the baseline of the same point and seed.

    .. math:: g_{\text{arm}, \text{point}, \text{seed}} = c \, (a_{\text{arm}, \text{point},
        \text{seed}} - a_{\text{baseline}, \text{point}, \text{seed}})

    with c = 100 for accuracies, whose gain is in percentage points, and 1 for any other measure.
    Both students of a pair see the same data, so that what chance does to both cancels.

    Parameters
    ----------
    frame : DataFrame
        One row a training: columns ``point``, ``seed``, ``arm``, the measure, such as ``accuracy``
        (a fraction, NaN where the training failed), and any settings.
    baseline : str
        The arm that the others are compared with.
    arms : sequence of str, optional
        The arms to compare; by default all `students` but the baseline.
    measure : str
        The column a of the frame, such as ``"negative_log_likelihood"``.  Where classes are of unequal size, or networks answer one class
        to every row, a gain in accuracy may be one of no knowledge; one in balanced accuracy is not.
    missing : {"error", "drop"}
        What to do where a pair is not whole: a training failed (NaN), the baseline is not there,
        or an arm that is there at a point lacks one of the point's seeds.  ``"drop"`` leaves the
        pair out; the seeds of a point then differ between arms, and `intervals` counts them.
    teachers : mapping of str to collection of str
        Arms by whom an arm is taught, such as ``{"kd": ["teacher"]}``: a pair is marked where one
        of these collapsed, too.  Those that the frame lacks count as sound.

    Returns
    -------
    DataFrame
        One row a pair, in the order of `frame`: its columns except accuracies and ``reason``, and
        ``gain``.  ``constant``, where the frame has it, then says whether either network of the
        pair, or one that taught it, answers one class to every row: a gain of no knowledge, of
        which `intervals` tells the share.

    Raises
    ------
    ArgumentError
        If a pair is not whole and `missing` is ``"error"``, a training is there twice, an arm is
        not there at all, or an accuracy is no fraction.

    Examples
    --------
    >>> frame = pd.DataFrame(
    ...     {"point": 0, "seed": 3, "arm": ["no_kd", "kd"], "accuracy": [0.75, 0.875]}
    ... )
    >>> paired_gains(frame)
       point  seed arm  gain
    0      0     3  kd  12.5
    """
    check_trainings("frame", frame, measure)
    return pair(frame, baseline, arms, measure, missing, teachers)


def pair(
    frame: pd.DataFrame,
    baseline: str = "no_kd",
    arms: Sequence[str] | None = None,
    measure: str = "accuracy",
    missing: Missing = "error",
    teachers: Mapping[str, Collection[str]] = FrozenMapping({}),
) -> pd.DataFrame:
    """Return `paired_gains` of a frame that was checked before."""
    one_of("missing", missing, get_args(Missing))
    known = sorted(frame["arm"].unique())
    one_of("baseline", baseline, known)
    if arms is None:
        arms = [arm for arm in students(known) if arm != baseline]
    for arm in arms:
        one_of("arms", arm, [name for name in known if name != baseline])
    if not arms:
        raise ArgumentError("arms", arms, f"must name an arm beside the baseline {baseline!r}")

    wide = frame.pivot(index=CELL, columns="arm", values=measure)
    rows = frame[frame["arm"].isin(list(arms))]
    if missing == "error":
        _check_whole(wide, rows, baseline, measure.replace("_", " "))
    keys = pd.MultiIndex.from_frame(rows[CELL])
    scale = 100 if measure in ACCURACIES else 1
    gain = scale * (rows[measure].to_numpy() - wide[baseline].reindex(keys).to_numpy())
    dropped = [*ACCURACIES, measure, "reason"]
    kept = rows.drop(columns=dropped, errors="ignore").assign(gain=gain)
    if "constant" in kept:
        answers = frame.pivot(index=CELL, columns="arm", values="constant").astype("boolean")
        marked = kept["constant"].astype("boolean")
        for arm in arms:
            of_arm = [each for each in (arm, baseline, *teachers.get(arm, ())) if each in answers]
            any_of = reduce(or_, (answers[each] for each in of_arm))
            here = kept["arm"] == arm
            marked[here] = any_of.reindex(keys[here]).array
        kept["constant"] = marked
    return kept.dropna(subset="gain", ignore_index=True)


def students(arms: Iterable[str]) -> list[str]:
    """Return the arms that are no teachers, by their names, and not there for who needs them alone.

    A teacher's name ends in ``teacher``; what is needed alone has that of who needs it, a dot, and what
    it is to it, such as ``"mine.assistant"``.
    """
    known = list(arms)
    return [
        arm
        for arm in known
        if not arm.endswith("teacher") and not any(arm.startswith(f"{who}.") for who in known)
    ]


def check_trainings(argument: str, frame: pd.DataFrame, measure: str) -> None:
    """Fail if a frame lacks a column or has a training twice, or an accuracy is no fraction."""
    instance(argument, frame, pd.DataFrame, "store.frame()")
    names_of(argument, ["point", "seed", "arm", measure], frame)
    doubled = frame[frame.duplicated([*CELL, "arm"])]
    if len(doubled):
        row = doubled.iloc[0]
        allowed = (
            f"point {row['point']}, seed {row['seed']}, arm {row['arm']!r} is there twice, and "
            f"{len(doubled) - 1} others; a pair has one training on each side: drop the copies"
        )
        raise ArgumentError(argument, f"{len(frame)} rows", allowed)
    values, column = frame[measure], f"{argument}[{measure!r}]"
    if not pd.api.types.is_numeric_dtype(values):
        raise ArgumentError(column, str(values.dtype), "must hold numbers, one a training")
    outside = values[(values < 0) | (values > 1)]
    if measure in ACCURACIES and len(outside):
        allowed = "must be a fraction from 0 to 1, not a percentage"
        raise ArgumentError(column, float(outside.iloc[0]), allowed)


def _check_whole(wide: pd.DataFrame, rows: pd.DataFrame, baseline: str, measure: str) -> None:
    """Fail if the baseline or an arm lacks a seed of a point that the arm is there at."""
    point = wide.index.get_level_values("point")
    lacking = pd.DataFrame({baseline: wide[baseline].isna() & point.isin(rows["point"])})
    for arm, there in rows.groupby("arm")["point"]:
        lacking[arm] = wide[arm].isna() & point.isin(there)
    gaps = np.argwhere(lacking.to_numpy())
    if len(gaps):
        cell, arm = wide.index[gaps[0][0]], lacking.columns[gaps[0][1]]
        allowed = (
            f"point {cell[0]}, seed {cell[1]} has no {measure} of arm {arm!r}, and "
            f"{len(gaps) - 1} others are missing; run them, or leave such pairs out with "
            'missing="drop"'
        )
        raise ArgumentError("frame", f"{len(rows)} rows", allowed)
