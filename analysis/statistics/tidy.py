"""Checks of tidy tables, and tables as arrays.

A table is checked once, by the public function that is given it.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from venn import ArgumentError
from venn.checks import instance, number

Names = str | Sequence[str]
"""One column, or several."""
ACCURACIES = ("accuracy", "balanced_accuracy")
"""Measures that people read in percent: their gains are in points, others in the measure's unit."""
NO_SETTINGS = ("point", "arm", "part", "seed", *ACCURACIES, "constant", "reason", "gain")
"""Columns of a sweep's tables that do not describe a point; further measures come after the seed."""


def check_level(level: float) -> float:
    """Return `level`, or fail if it does not lie between 0 and 1."""
    if not 0 < number("level", level) < 1:
        raise ArgumentError("level", level, "must lie between 0 and 1, such as 0.95")
    return level


def names_of(argument: str, names: Names, table: pd.DataFrame) -> list[str]:
    """Return `names` as a list, or fail if one is no column of `table` or is there twice."""
    listed = [names] if isinstance(names, str) else list(names)
    for name in listed:
        if name not in table.columns:
            known = ", ".join(map(str, table.columns))
            raise ArgumentError(argument, name, f"is no column of the table; it has: {known}")
    if len(set(listed)) < len(listed):
        raise ArgumentError(argument, names, "must name each column once")
    return listed


def check_table(
    argument: str,
    table: pd.DataFrame,
    value: str,
    by: Names,
    along: str | None = None,
    *,
    pooled: bool | None = None,
) -> list[str]:
    """Return the columns of `by`, or fail if the table lacks a column or holds a bad value.

    Arms, parts and points must be apart (see `check_apart`), unless they are `pooled`; None says
    that the caller cannot pool them.
    """
    instance(argument, table, pd.DataFrame, "paired_gains(frame)")
    if table.empty:
        raise ArgumentError(argument, "no rows", "must have at least one row")
    names_of(argument, "seed", table)
    if table["seed"].isna().any():
        raise ArgumentError(f"{argument}['seed']", None, "must name the seed of every row")
    names_of("value", value, table)
    check_numbers(argument, table, value, "drop such rows first, and report them")
    taken = {"seed", value}
    if along is not None:
        names_of("along", along, table)
        check_numbers(argument, table, along, "the levels of a path are numbers in order")
        taken.add(along)
    listed = groups_of(by, table, taken)
    if not pooled:
        fixed = listed if along is None else [*listed, along]
        check_apart(argument, table, fixed, value, poolable=pooled is not None)
    return listed


def groups_of(by: Names, table: pd.DataFrame, taken: set[str]) -> list[str]:
    """Return the columns of `by`, or fail if one is no column or among those that are taken."""
    listed = names_of("by", by, table)
    if taken & set(listed):
        allowed = f"names groups; {', '.join(map(repr, sorted(taken)))} have another part here"
        raise ArgumentError("by", by, allowed)
    return listed


def check_apart(
    argument: str, table: pd.DataFrame, by: list[str], value: str, *, poolable: bool
) -> None:
    """Fail if a group of `by` holds several arms, parts or points, naming what they differ in."""
    for kind in ("arm", "part", "point"):
        if kind not in table or kind in by or not varying(table, by, [kind]):
            continue
        many = table[kind].groupby(group_numbers(table, by)).nunique(dropna=False).max()
        names = _differences(table, by, value) if kind == "point" else []
        differ = f"differ in {', '.join(names)} and " if names else ""
        names = names or [kind]
        which = repr(names[0]) if len(names) == 1 else "those that tell them apart"
        allowed = f"{differ}are not averaged over; add {which} to by, "
        allowed += "or keep the rows of one"
        allowed += ", or average over them with pooled=True" if poolable else ""
        where = f"with the same {', '.join(by)}" if by else "in one group"
        raise ArgumentError(argument, f"{many} {kind}s {where}", allowed)


def varying(table: pd.DataFrame, by: Sequence[str], names: Iterable[str]) -> list[str]:
    """Return those of some columns that hold several values where `by` is fixed."""
    groups = table.groupby(group_numbers(table, list(by)))
    return [name for name in names if groups[name].nunique(dropna=False).max() > 1]


def _differences(table: pd.DataFrame, by: list[str], value: str) -> list[str]:
    """Return the settings that vary where `by` is fixed: what is the same at all of a point."""
    names = [name for name in settings_of(table) if name not in {*by, value}]
    return varying(table, by, names)


def settings_of(table: pd.DataFrame) -> list[str]:
    """Return the columns that describe points.

    What was measured is known of a store's table; of others, what differs within a point.
    """
    if "measures" in table.attrs:
        others = {*NO_SETTINGS, *table.attrs["measures"]}
        return [str(name) for name in table.columns if name not in others]
    names = [str(name) for name in table.columns if name not in NO_SETTINGS]
    first = table.columns.get_loc("seed") if "seed" in table else 0
    after = [name for name in table.columns[first:] if name in names]
    measured = varying(table, ["point"], after) if "point" in table else []
    return [name for name in names if name not in measured]


def collapsed(rows: pd.DataFrame) -> dict[str, float]:
    """Return the share of rows of networks that answer one class, as a column, where rows say it."""
    return {"collapsed": float(rows["constant"].astype(float).mean())} if "constant" in rows else {}


def check_numbers(argument: str, table: pd.DataFrame, column: str, fix: str) -> None:
    """Fail if a column holds anything but finite numbers."""
    if not pd.api.types.is_numeric_dtype(table[column]):
        kind = str(table[column].dtype)
        raise ArgumentError(f"{argument}[{column!r}]", kind, f"must hold numbers; {fix}")
    values = table[column].to_numpy(dtype=float)
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        seed = table["seed"].iloc[bad[0]]
        allowed = f"must be finite, at seed {seed} and {len(bad) - 1} other rows; {fix}"
        raise ArgumentError(f"{argument}[{column!r}]", float(values[bad[0]]), allowed)


def grouped(table: pd.DataFrame, by: list[str]) -> Iterator[tuple[dict[str, Any], pd.DataFrame]]:
    """Yield each group's key and rows, in the order of the keys; a missing key is a group too."""
    if not by:
        yield {}, table
        return
    for key, rows in table.groupby(by, dropna=False, observed=True):
        yield dict(zip(by, key, strict=True)), rows


def group_numbers(table: pd.DataFrame, by: list[str]) -> Int[np.ndarray, " row"]:
    """Return the number of each row's group, in the order of the keys."""
    if not by:
        return np.zeros(len(table), dtype=int)
    return table.groupby(by, dropna=False, observed=True).ngroup().to_numpy()


def blocks(
    argument: str, table: pd.DataFrame, along: str, value: str
) -> tuple[Float[np.ndarray, " level"], Float[np.ndarray, "seed level"]]:
    """Return the levels and each seed's mean at each, or fail if a seed lacks a level."""
    wide = table.groupby(["seed", along])[value].mean().unstack(along)
    gaps = np.argwhere(wide.isna().to_numpy())
    if len(gaps):
        seed, level = wide.index[gaps[0][0]], wide.columns[gaps[0][1]]
        allowed = (
            f"seed {seed} has no row at {along} = {level}; every seed must be at every level: "
            "run what is missing, or drop the seed at all levels"
        )
        raise ArgumentError(argument, f"{len(table)} rows", allowed)
    return wide.columns.to_numpy(dtype=float), wide.to_numpy(dtype=float)
