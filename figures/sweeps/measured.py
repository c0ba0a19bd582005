"""What a sweep measured, averaged over its seeds, ready to be drawn."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from _modality_venn.packages import check
from figures.sweeps.frame import Sweep
from venn import ArgumentError
from venn.checks import one_of

BASELINE_ARM = "no_kd"
COLLAPSED = 0.05
"""Share of networks that answer one class to every row, from which on a mean is marked."""


@dataclass(frozen=True)
class Measured:
    """Means over seeds, and what they are means of.

    Parameters
    ----------
    table : DataFrame
        One row a combination of what was asked for: ``mean``, ``low``, ``high`` (95 % interval)
        and ``seeds``, in percent or points, NaN where every run failed; and ``constant``, the share
        of networks, or of pairs with one or taught by one, that answer one class to every row.
    value : str
        What was averaged: ``"gain"``, or a measure.
    rows, missing, constant : int
        Gains or values that were asked for, those that a failed run left without a value, and
        those of a network that answers one class to every row.
    """

    table: pd.DataFrame
    value: str
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

    def warning(self, mark: str = "") -> str:
        """Return a line on networks that say nothing, where there are any, and how means are marked."""
        if not self.constant:
            return ""
        marked = f"; {mark}: {COLLAPSED:.0%} or more".replace("%", " %") if mark else ""
        what = (
            "pairs have a network or teacher that answers"
            if self.value == "gain"
            else "networks answer"
        )
        return f"\n{self.constant} of {self.rows} {what} one class to every row{marked}"

    def caption(self, intervals: str = "", mark: str = "") -> str:
        """Say what is drawn, and how intervals of means are, and means of networks that collapsed."""
        mark = mark if (self.table["constant"] >= COLLAPSED).any() else ""
        seeds, *missing = self.note.split("; ")
        if seeds == "1 seed":
            return "; ".join(["one seed, no interval", *missing]) + self.warning(mark)
        drawn = [intervals] if intervals and self.table["low"].notna().any() else []
        return "; ".join([f"mean of {seeds}", *missing, *drawn]) + self.warning(mark)


def measured(
    sweep: Sweep,
    value: str,
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
    sweep : Sweep
        What was trained.
    value : str
        What to average: ``"gain"``, or a measure.
    by : sequence of str
        Columns whose combinations are kept apart.
    arms : sequence of str, optional
        Arms to keep; by default all that have it, for a gain but teachers and the baseline.
    measure : str
        What makes a gain.
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
    from analysis.methods.arms import teachers  # noqa: PLC0415
    from analysis.statistics import intervals, paired_gains  # noqa: PLC0415
    from analysis.statistics.gains import students  # noqa: PLC0415
    from analysis.statistics.tidy import ACCURACIES  # noqa: PLC0415

    gain = value == "gain"
    if not gain and measure != "accuracy":
        allowed = f"is what a gain is measured by; to draw itself, ask for {measure!r} as such"
        raise ArgumentError("measure", measure, allowed)
    known = sweep.having("measure", measure if gain else value)
    if gain and BASELINE_ARM in sweep.arms and BASELINE_ARM not in known:
        allowed = (
            f"was not measured of {BASELINE_ARM}, over whom gains are; draw itself (y={measure!r})"
        )
        raise ArgumentError("measure", measure, allowed)
    if gain:
        known = [arm for arm in known if arm != BASELINE_ARM]
    if arms is None:
        arms = students(known) if gain else known
    arms = [one_of(argument, arm, known) for arm in arms]
    asked = sweep.of(arms, by, line_each=line_each)
    if gain:
        taught = teachers(arms, sweep.arms)
        kept = paired_gains(
            sweep.frame,
            baseline=BASELINE_ARM,
            arms=arms,
            measure=measure,
            missing="drop",
            teachers=taught,
        )
    else:
        scale = 100 if value in ACCURACIES else 1
        kept = asked.assign(**{value: scale * asked[value]}).dropna(subset=value)
    table = asked[list(by)].drop_duplicates()
    columns = ["mean", "low", "high", "seeds"]
    if len(kept):
        # Pooled, as `sweep.of` has seen that there is nothing to pool.
        means = intervals(kept, list(by), value=value, pooled=True)[[*by, *columns]]
        table = table.merge(means, on=list(by), how="left")
    else:
        table = table.assign(**dict.fromkeys(columns, math.nan))
    kept = kept.assign(constant=_constant(kept))
    shares = kept.groupby(list(by), as_index=False)["constant"].mean()
    table = table.merge(shares, on=list(by), how="left").reset_index(drop=True)
    constant = int(kept["constant"].sum())
    return Measured(table, value, len(asked), len(asked) - len(kept), constant)


def measured_parts(sweep: Sweep, x: str, arm: str, *, measure: str = "accuracy") -> Measured:
    """Average a gain, its controls' and its knowledge over seeds; see `measured` and `decompose`.

    Raises
    ------
    ArgumentError
        If an arm is unknown or a control is missing, or another setting than `x` varies.
    """
    check("analysis")
    from analysis.methods.arms import teachers  # noqa: PLC0415  # as in `measured`
    from analysis.statistics import decompose  # noqa: PLC0415
    from analysis.statistics.decomposition import CONTROLS  # noqa: PLC0415

    frame = sweep.frame
    one_of("arms", arm, sweep.arms)
    for control in CONTROLS:
        if control not in sweep.arms:
            allowed = f"needs the control {control!r}, which the sweep lacks: add it to --arms"
            raise ArgumentError("hue", "part", allowed)
    asked = sweep.of([arm], (x, "arm"))
    sweep.having("measure", measure)
    table = decompose(frame, (x,), arm=arm, measure=measure, missing="drop", pooled=True)
    kept = int(table.loc[table["part"] == "gain", "rows"].sum())
    taught = teachers([arm], sweep.arms)[arm]
    compared = frame[frame["arm"].isin([arm, BASELINE_ARM, *CONTROLS, *taught])]
    cells = compared.assign(constant=_constant(compared)).groupby(["point", "seed"])["constant"]
    shares = cells.any().reset_index().merge(asked[["point", "seed", x]], on=["point", "seed"])
    constant = int(shares["constant"].sum())
    table = table.merge(shares.groupby(x, as_index=False)["constant"].mean(), on=x, how="left")
    return Measured(table, "gain", len(asked), len(asked) - kept, constant)


def _constant(rows: pd.DataFrame) -> "pd.Series[bool]":
    """Return which rows say that a network answers one class; a frame need not say it."""
    known = rows["constant"] if "constant" in rows else pd.Series(False, index=rows.index)
    return known.astype("boolean").fillna(False).astype(bool)
