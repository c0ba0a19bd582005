"""What a claim's own functions make of results, checked: its rows, values, nulls and further numbers."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from analysis.methods.faults import in_one_line
from analysis.verdicts.claim import Claim
from venn.checks import ArgumentError

FURTHER = ("name", "value", "low", "high", "unit")
"""Columns of further numbers."""


def rows_of(claim: Claim, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that a claim makes of its plan's frame.

    Raises
    ------
    ArgumentError
        If its function fails, or returns something else than rows of the same seeds; so for the
        others below.
    """
    name = f"{claim.name}.rows"
    rows = _table(name, claim.rows, frame, ["seed"])
    _check_seeds(name, rows["seed"].unique(), frame)
    return rows


def values_of(claim: Claim, rows: pd.DataFrame) -> pd.DataFrame:
    """Return what a claim's rows say of each part, as floats: a column a part, a row a seed."""
    name, parts = f"{claim.name}.values", [part.name for part in claim.parts]
    values = _table(name, claim.values, rows, parts, numbers=parts)
    _check_seeds(name, values.index, rows)
    return values[parts].astype(float)


def null_of(
    claim: Claim, null: str, rows: pd.DataFrame, generator: np.random.Generator
) -> pd.DataFrame:
    """Return the rows of a world without a claim's effect, as one of its nulls makes them."""
    name = f"{claim.name}.nulls[{null!r}]"
    made = _table(name, claim.nulls[null], rows, ["seed"], also=(generator,))
    _check_seeds(name, made["seed"].unique(), rows)
    return made


def further_of(claim: Claim, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the further numbers of a claim's rows, a row each; none where there are none."""
    if claim.further is None:
        return pd.DataFrame(columns=FURTHER)
    return _table(f"{claim.name}.further", claim.further, rows, FURTHER, numbers=FURTHER[1:4])


def unfit(claim: Claim, frame: pd.DataFrame, rows: pd.DataFrame) -> str | None:
    """Say why what a claim reads cannot be judged, or nothing: seeds must be numbers, and apart.

    Every other seed is read again without the rest: the test takes seeds as independent.
    """
    values = values_of(claim, rows)
    names = [part.name for part in claim.parts]
    bad = [part for part in names if not np.isfinite(values[part]).all()]
    if bad:
        return f"{', '.join(bad)}: not a finite number for every seed"
    seeds = sorted(frame["seed"].unique())
    halves = [frame[frame["seed"].isin(half)] for half in (seeds[::2], seeds[1::2])]
    read = [values_of(claim, rows_of(claim, half.reset_index(drop=True))) for half in halves]
    same = np.isclose(pd.concat(read).loc[values.index], values, rtol=1e-9, atol=1e-9)
    mixed = [part for part, apart in zip(names, same.T, strict=True) if not apart.all()]
    if mixed:
        return f"values of a seed depend on other seeds: {', '.join(mixed)}"
    further_of(claim, rows)
    return None


def _table(
    name: str,
    function: Callable[..., Any],
    given: pd.DataFrame,
    columns: Sequence[str],
    numbers: Sequence[str] = (),
    also: Sequence[Any] = (),
) -> pd.DataFrame:
    """Return the table that a claim's function makes of a copy, which it may change."""
    with in_one_line(name, function):
        table = function(given.copy(), *also)
    if not isinstance(table, pd.DataFrame):
        raise ArgumentError(name, type(table).__name__, "must return a DataFrame")
    there = list(table.columns)
    for column in columns:
        if there.count(column) != 1:
            raise ArgumentError(name, there, f"must return a table with one column {column!r}")
    for column in numbers:
        if not is_numeric_dtype(table[column]):
            kind = f"{column}: {table[column].dtype}"
            raise ArgumentError(name, kind, "must return numbers there, such as .astype(float)")
    return table


def _check_seeds(name: str, seeds: Any, given: pd.DataFrame) -> None:
    """Fail unless seeds are those of what was given, each once."""
    asked = set(given["seed"])
    if len(seeds) != len(asked) or set(seeds) != asked:
        told = f"{len(seeds)} seeds" if len(seeds) != len(asked) else "other seeds"
        allowed = f"must return what it reads of each of the {len(asked)} seeds it is given"
        raise ArgumentError(name, told, allowed)
