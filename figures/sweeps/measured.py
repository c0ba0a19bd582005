"""What a sweep measured, checked and averaged over its seeds, ready to be drawn."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from _modality_venn.packages import check
from figures.style.theme import SHARE_LABEL, SWEEP_STYLE
from venn import ArgumentError
from venn.checks import instance, one_of

Value = Literal["gain", "accuracy"]
BASELINE_ARM = "no_kd"
MEASURE_LABEL = {"accuracy": "accuracy", "balanced_accuracy": "balanced accuracy"}
"""What a gain can be measured by, in words."""
RESULTS = ("point", "arm", "seed", *MEASURE_LABEL, "constant", "reason", "gain")
"""Columns of a sweep's frame that are no settings."""
FOLLOW = (
    *("gamma", "alpha", "beta", "hidden", "decisive"),
    *("teacher_channels", "student_channels", "diagram"),
)
"""Settings that vary together, so that a message names another one first, and then the first."""
SHOWN = 6
"""Values of a setting that a message lists."""


@dataclass(frozen=True)
class Measured:
    """Means over seeds, and what they are means of.

    Parameters
    ----------
    table : DataFrame
        One row a combination of what was asked for: ``mean``, ``low``, ``high`` (95 % interval)
        and ``seeds``, in percent or points, NaN where every run failed; and ``constant``, the share
        of networks, or of pairs with one, that answer one class to every row.
    value : {"gain", "accuracy"}
        What was averaged.
    rows, missing, constant : int
        Gains or accuracies that were asked for, those that a failed run left without a value, and
        those of a network that answers one class to every row.
    """

    table: pd.DataFrame
    value: Value
    rows: int
    missing: int
    constant: int

    @property
    def note(self) -> str:
        """How many seeds a mean has, and how much is missing from the means."""
        counts = self.table["seeds"].dropna().astype(int)
        few, many = (int(counts.min()), int(counts.max())) if len(counts) else (0, 0)
        seeds = f"{many} seed{'' if many == 1 else 's'}"
        text = seeds if few == many else f"{few} to {seeds}"
        gain = self.value == "gain"
        if self.missing:
            what = "pairs have no gain" if gain else "runs failed"
            text += f"; {self.missing} of {self.rows} {what}"
        return text

    @property
    def warning(self) -> str:
        """A line on networks that say nothing, where there are any."""
        if not self.constant:
            return ""
        what = "pairs have a network that answers" if self.value == "gain" else "networks answer"
        return f"\n{self.constant} of {self.rows} {what} one class to every row"

    def caption(self, intervals: str = "") -> str:
        """Say what is drawn, and how the intervals of means are, where there are any."""
        seeds, *missing = self.note.split("; ")
        if seeds == "1 seed":
            return "; ".join(["one seed, no interval", *missing]) + self.warning
        drawn = [intervals] if intervals and self.table["low"].notna().any() else []
        return "; ".join([f"mean of {seeds}", *missing, *drawn]) + self.warning


def measured(
    frame: pd.DataFrame,
    value: Value,
    by: Sequence[str],
    *,
    arms: Sequence[str] | None = None,
    measure: str = "accuracy",
    argument: str = "arms",
    line_each: bool = False,
) -> Measured:
    """Average a sweep over its seeds, and over nothing else.

    Parameters
    ----------
    frame : DataFrame
        A sweep, one row a point, arm and seed; ``accuracy`` is a fraction, NaN for a failed run.
    value : {"gain", "accuracy"}
        What to average.
    by : sequence of str
        Columns whose combinations are kept apart.
    arms : sequence of str, optional
        Arms to keep; by default all, or for a gain all students but the one without a teacher.
    measure : {"accuracy", "balanced_accuracy"}
        Which accuracy is averaged, or makes the gain.
    argument : str
        What the caller calls the arms.
    line_each : bool
        Whether the caller could give each value of another setting a line of its own.

    Returns
    -------
    Measured
        Combinations in the order in which they first occur.

    Raises
    ------
    ArgumentError
        If an arm is not in the frame, has no gain, or is unknown, or a setting varies within a
        combination.
    """
    check("analysis")
    # Here, because it brings torch with it, which the other pictures do not need.
    from analysis.statistics import intervals, paired_gains  # noqa: PLC0415

    known = [arm for arm in frame["arm"].unique() if value != "gain" or arm != BASELINE_ARM]
    if arms is None:
        arms = [arm for arm in known if value != "gain" or not arm.endswith("teacher")]
    for arm in arms:
        _check_arm(argument, arm, known)
    asked = frame[frame["arm"].isin(arms)]
    _check_constant(asked, by, line_each=line_each)
    check_measure(measure, frame)
    if value == "gain":
        kept = paired_gains(
            frame, baseline=BASELINE_ARM, arms=arms, measure=measure, missing="drop"
        )
    else:
        kept = asked.assign(accuracy=100 * asked[measure]).dropna(subset="accuracy")
    table = asked[list(by)].drop_duplicates()
    columns = ["mean", "low", "high", "seeds"]
    if len(kept):
        means = intervals(kept, list(by), value=value)[[*by, *columns]]
        table = table.merge(means, on=list(by), how="left")
    else:
        table = table.assign(**dict.fromkeys(columns, math.nan))
    kept = kept.assign(constant=_constant(kept))
    shares = kept.groupby(list(by), as_index=False)["constant"].mean()
    table = table.merge(shares, on=list(by), how="left").reset_index(drop=True)
    constant = int(kept["constant"].sum())
    return Measured(table, value, len(asked), len(asked) - len(kept), constant)


def measured_parts(frame: pd.DataFrame, x: str, arm: str, *, measure: str = "accuracy") -> Measured:
    """Average a gain, its controls' and its knowledge over seeds; see `measured` and `decompose`.

    Raises
    ------
    ArgumentError
        If an arm is unknown or a control is missing, or another setting than `x` varies.
    """
    check("analysis")
    from analysis.statistics import decompose  # noqa: PLC0415  # as in `measured`
    from analysis.statistics.decomposition import CONTROLS  # noqa: PLC0415

    known = list(frame["arm"].unique())
    _check_arm("arms", arm, known)
    for control in CONTROLS:
        if control not in known:
            allowed = f"needs the control {control!r}, which the sweep lacks: add it to --arms"
            raise ArgumentError("hue", "part", allowed)
    asked = frame[frame["arm"] == arm]
    _check_constant(asked, (x, "arm"), line_each=False)
    check_measure(measure, frame)
    table = decompose(frame, (x,), arm=arm, measure=measure, missing="drop")
    kept = int(table.loc[table["part"] == "gain", "rows"].sum())
    compared = frame[frame["arm"].isin([arm, BASELINE_ARM, *CONTROLS])]
    cells = compared.assign(constant=_constant(compared)).groupby(["point", "seed"])["constant"]
    shares = cells.any().reset_index().merge(asked[["point", "seed", x]], on=["point", "seed"])
    constant = int(shares["constant"].sum())
    table = table.merge(shares.groupby(x, as_index=False)["constant"].mean(), on=x, how="left")
    return Measured(table, "gain", len(asked), len(asked) - kept, constant)


def _constant(rows: pd.DataFrame) -> "pd.Series[bool]":
    """Return which rows say that a network answers one class; a frame need not say it."""
    known = rows["constant"] if "constant" in rows else pd.Series(False, index=rows.index)
    return known.astype("boolean").fillna(False).astype(bool)


def check_measure(measure: str, frame: pd.DataFrame) -> None:
    """Fail if a measure is unknown, or a frame, as of an older store, does not have it."""
    one_of("measure", measure, MEASURE_LABEL)
    if measure not in frame or (frame[measure].isna() & frame["accuracy"].notna()).any():
        allowed = "is not in every row: stores of an older version know accuracies alone"
        raise ArgumentError("measure", measure, allowed)


def check_frame(frame: pd.DataFrame, *columns: str) -> None:
    """Fail if a frame is not that of a sweep, or lacks one of some more columns."""
    instance("frame", frame, pd.DataFrame, "store.frame()")
    for column in ("point", "arm", "seed", "accuracy", *columns):
        if column not in frame:
            allowed = f"has no column {column!r}; give a sweep, as store.frame() returns it"
            raise ArgumentError("frame", f"columns {', '.join(map(str, frame))}", allowed)
    if frame.empty:
        raise ArgumentError("frame", "0 rows", "holds nothing to draw")


def check_setting(argument: str, name: str, frame: pd.DataFrame, *others: str) -> None:
    """Fail if a name is no setting with a value in every row, nor one of the `others`."""
    one_of(argument, name, [*others, *settings(frame)])
    empty = frame.loc[frame[name].isna(), "point"]
    if len(empty):
        allowed = f"has no value at point {empty.iloc[0]}; draw the points that have one (--where)"
        raise ArgumentError(argument, name, allowed)


def settings(frame: pd.DataFrame) -> list[str]:
    """Return the columns of a sweep's frame that hold settings."""
    return [str(column) for column in frame.columns if column not in RESULTS]


def in_order(values: "pd.Series[Any]") -> list[Any]:
    """Return the distinct values: numbers by size, names as they come."""
    distinct = list(dict.fromkeys(values.tolist()))
    return sorted(distinct) if is_numeric(values) else distinct


def is_numeric(values: "pd.Series[Any]") -> bool:
    """Return whether values are numbers, as opposed to names or yes and no."""
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def in_words(value: Any) -> str:
    """Write a setting's value for a person."""
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() else f"{value:.3g}"
    return str(value).replace("$", r"\$")  # a dollar sign in a name is no mathematics


def signed(number: float, digits: int) -> str:
    """Write a gain with its sign; nothing has none before a zero."""
    rounded = round(number, digits)
    return f"{rounded:+.{digits}f}".replace("-", "−") if rounded else f"{0:.{digits}f}"


def in_measure(value: Value, measure: str) -> tuple[str, str]:
    """Return what is averaged, in words, and its unit."""
    if value == "accuracy":
        return f"test {MEASURE_LABEL[measure]}", "%"
    return "gain" if measure == "accuracy" else f"gain in {MEASURE_LABEL[measure]}", "points"


def label(setting: str) -> str:
    """Return what a setting is called on an axis: its name, and what it is."""
    from analysis.sweeps.settings import SETTINGS  # noqa: PLC0415  # as in `measured`

    if setting in SHARE_LABEL:
        return SHARE_LABEL[setting]
    what = f", {SETTINGS[setting].what}" if setting in SETTINGS else ""
    return (setting + what).replace("$", r"\$")


def _check_arm(argument: str, arm: str, known: Collection[str]) -> None:
    one_of(argument, arm, known)
    if arm not in SWEEP_STYLE:
        drawn = ", ".join(each for each in SWEEP_STYLE if each in known)
        raise ArgumentError(argument, arm, f"has no colour of its own yet; arms that do: {drawn}")


def _check_constant(rows: pd.DataFrame, by: Sequence[str], *, line_each: bool) -> None:
    """Fail if anything but the seed varies where `by` is fixed."""
    from analysis.statistics.tidy import varying  # noqa: PLC0415  # as in `measured`

    free = [name for name in settings(rows) if name not in FOLLOW]
    asked = [name for name in (*free, *FOLLOW, "arm", "point") if name in rows and name not in by]
    for name in varying(rows, by, asked):
        values = in_order(rows[name])
        shown = ", ".join(map(in_words, values[:SHOWN])) + (", …" if len(values) > SHOWN else "")
        line = f", or give each a line (--hue {name})" if line_each else ""
        allowed = (
            f"varies at the same {' and '.join(by)}, and is not averaged over; keep one value "
            f"(--where {name}={_exact(values[0])}){line}"
        )
        raise ArgumentError("frame", f"{name} in {shown}", allowed)


def _exact(value: Any) -> str:
    """Write a value so that it is found again."""
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value)
