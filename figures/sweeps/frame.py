"""A sweep's frame: checked once, where it comes in."""

from collections.abc import Iterable, Sequence
from dataclasses import InitVar, dataclass
from typing import Any

import pandas as pd

from _modality_venn.packages import check
from figures.sweeps.words import in_order, in_words
from venn import ArgumentError
from venn.checks import instance, one_of

COLUMNS = ("point", "arm", "seed")
FOLLOW = (
    *("gamma", "alpha", "beta", "hidden", "decisive"),
    *("teacher_channels", "student_channels", "diagram"),
)
"""Settings that vary together, so that a message names another one first, and then the first."""
SHOWN = 6
"""Values of a setting that a message lists."""


@dataclass(frozen=True, eq=False)
class Sweep:
    """A sweep, one row a point, arm and seed.

    Parameters
    ----------
    frame : DataFrame
        As ``store.frame()`` returns it; what was measured is NaN for a failed run.
    columns : sequence of str
        What it must have beside `COLUMNS`.

    Raises
    ------
    ArgumentError
        If it has no rows, or lacks a column.
    """

    frame: pd.DataFrame
    columns: InitVar[Sequence[str]] = ()

    def __post_init__(self, columns: Sequence[str]) -> None:
        """Check the frame."""
        instance("frame", self.frame, pd.DataFrame, "store.frame()")
        for column in (*COLUMNS, *columns):
            if column not in self.frame:
                allowed = f"has no column {column!r}; give a sweep, as store.frame() returns it"
                raise ArgumentError("frame", f"columns {', '.join(map(str, self.frame))}", allowed)
        if self.frame.empty:
            raise ArgumentError("frame", "0 rows", "holds nothing to draw")

    @property
    def arms(self) -> list[str]:
        """The arms that were trained."""
        return list(self.frame["arm"].unique())

    @property
    def settings(self) -> list[str]:
        """The columns that hold settings."""
        check("analysis")
        # Here, because it brings torch with it, which the other pictures do not need.
        from analysis.statistics.tidy import settings_of  # noqa: PLC0415

        return settings_of(self.frame)

    def setting(self, argument: str, name: str, *others: str) -> str:
        """Return the name of a setting with a value in every row, or of the `others`, or fail."""
        one_of(argument, name, [*others, *self.settings])
        empty = self.frame.loc[self.frame[name].isna(), "point"]
        if len(empty):
            where = f"has no value at point {empty.iloc[0]}"
            raise ArgumentError(argument, name, f"{where}; draw the points that have one (--where)")
        return name

    def having(self, argument: str, measure: str) -> list[str]:
        """Return the arms of which something was measured, or fail if it is of some of their rows."""
        frame = self.frame
        others = {"point", "arm", "seed", "reason", "constant", *self.settings}
        measures = [str(column) for column in frame if column not in others]
        one_of(argument, measure, measures if argument == "measure" else ["gain", *measures])
        if frame[measure].dtype == object:
            allowed = "holds several numbers a row; a measure of one of them can be drawn"
            raise ArgumentError(argument, measure, allowed)
        failed = frame[measures].isna().all(axis=1)
        known = frame[measure].notna()[~failed].groupby(frame["arm"])
        for arm in known.any().index[known.any() & ~known.all()]:
            allowed = (
                f"is not in every row of arm {arm!r}: a part was run without it; run all with it"
            )
            raise ArgumentError(argument, measure, allowed)
        lost = failed.groupby(frame["arm"]).all()
        return [arm for arm in self.arms if lost[arm] or known.any().get(arm, False)]

    def of(
        self, arms: Iterable[str], by: Sequence[str], *, line_each: bool = False
    ) -> pd.DataFrame:
        """Return the rows of some arms, or fail if anything but the seed varies where `by` is fixed.

        Parameters
        ----------
        arms : iterable of str
            Which.
        by : sequence of str
            Columns whose combinations are kept apart.
        line_each : bool
            Whether the caller could give each value of another setting a line of its own.
        """
        rows = self.frame[self.frame["arm"].isin(list(arms))]
        for name in self._varying(rows, by, (*self._free(), *FOLLOW, "arm", "point")):
            line = f", or give each a line (--hue {name})" if line_each else ""
            allowed = (
                f"varies at the same {' and '.join(by)}, and is not averaged over; keep one value "
                f"(--where {name}={_exact(in_order(rows[name])[0])}){line}"
            )
            raise ArgumentError("frame", _values(rows, name), allowed)
        return rows

    def check_diagrams(self, shares: Sequence[str]) -> None:
        """Fail if a setting beside the diagram varies, or two points have the same shares."""
        for name in self._varying(self.frame, (), self._free()):
            allowed = f"varies; the page shows gains over diagrams alone: sweep with one {name}"
            raise ArgumentError("frame", _values(self.frame, name), allowed)
        for name in self._varying(self.frame, shares, (*FOLLOW, "point")):
            allowed = f"varies at the same {', '.join(shares)}; sweep with one diagram for each"
            raise ArgumentError("frame", _values(self.frame, name), allowed)

    def _free(self) -> list[str]:
        """Return settings that do not follow from others.

        A setting of teachers and students at once goes before those of either, where it has a value
        in every row; where it has none, theirs say what varies.
        """
        from analysis.sweeps.settings import BOTH  # noqa: PLC0415  # as in `settings`

        there = [name for name in self.settings if name not in FOLLOW]
        both = [name for name in BOTH if name in there and self.frame[name].notna().all()]
        return both + [name for name in there if name not in BOTH]

    def _varying(self, rows: pd.DataFrame, by: Sequence[str], names: Iterable[str]) -> list[str]:
        from analysis.statistics.tidy import varying  # noqa: PLC0415  # as in `settings`

        return varying(rows, by, [name for name in names if name in rows and name not in by])


def _values(rows: pd.DataFrame, name: str) -> str:
    values = in_order(rows[name])
    more = ", …" if len(values) > SHOWN else ""
    return f"{name} in {', '.join(map(in_words, values[:SHOWN]))}{more}"


def _exact(value: Any) -> str:
    """Write a value so that it is found again."""
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value)
