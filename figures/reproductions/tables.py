"""Tables of words, as text for a terminal, as Markdown and as LaTeX."""

from __future__ import annotations  # pandas has generics for type checkers alone

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import pandas as pd

Columns = Mapping[tuple[str, str], "pd.Series[str]"]
"""Columns of words by the two lines of their heads; the second may be empty."""


class Table(NamedTuple):
    """A table and what is said above it.

    Parameters
    ----------
    columns : mapping of (str, str) to Series of str
        Its columns, all of one length.
    caption : str
        A line or two above it, where there are any.
    """

    columns: Columns
    caption: str = ""


def as_text(table: Table) -> str:
    """Return a table for a terminal."""
    text = _frame(table).to_string(index=False, col_space=6)
    return "\n\n".join(part for part in (table.caption, text) if part)


def as_markdown(table: Table) -> str:
    """Return a table as Markdown, its columns by one line."""
    heads = [
        f"{upper} {lower}" if lower and _ambiguous(table.columns, lower) else lower or upper
        for upper, lower in table.columns
    ]
    rows = zip(*table.columns.values(), strict=True)
    lines = [heads, ["---:"] * len(heads), *map(list, rows)]
    cells = ([cell.replace("|", r"\|") for cell in line] for line in lines)
    text = "\n".join(f"| {' | '.join(line)} |" for line in cells)
    return "\n\n".join(part for part in (table.caption, text) if part)


def as_latex(table: Table) -> str:
    """Return a table as a LaTeX tabular with the rules of booktabs."""
    style = _frame(table).style.hide(axis="index").format_index(escape="latex", axis="columns")
    style = style.format(lambda cell: SIGNED.sub(r"$\1$", str(cell)), escape="latex")
    sides = "r" * len(table.columns)
    text = style.to_latex(hrules=True, multicol_align="c", column_format=sides)
    comment = "".join(f"% {line}\n" for line in table.caption.splitlines())
    return comment + text


SIGNED = re.compile(r"([+-])(?=\d)")
"""A sign, which LaTeX writes as mathematics."""


def _frame(table: Table) -> pd.DataFrame:
    """Return a table with two lines of heads, or one where the second would be empty."""
    heads: pd.Index[Any] = pd.MultiIndex.from_tuples(table.columns)
    if not any(lower for _, lower in table.columns):
        heads = heads.get_level_values(0)
    return pd.concat(table.columns.values(), axis=1).set_axis(heads, axis=1)


def _ambiguous(columns: Columns, lower: str) -> bool:
    return sum(each == lower for _, each in columns) > 1
