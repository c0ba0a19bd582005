"""The tables of a store, and their rows, written so that what is there already stays as it is."""

import json
import math
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from analysis.measures.measure import Value
from analysis.measures.named import MEASURES
from analysis.sweeps.database_file import Kind
from analysis.sweeps.plan import identity, measure_text


def _with_columns(*names: str) -> str:
    """Return SQL that shows a file with a column a measure as one of this version."""
    numbers = {name: i for i, name in enumerate(names, start=1)}
    values = ", ".join(f"'{i}', {name}" for name, i in numbers.items())
    texts = {i: measure_text(MEASURES[name]) for name, i in numbers.items()}
    measures = " UNION ALL ".join(
        f"SELECT {i} AS measure, X'{identity(text).hex()}' AS identity, '{text}' AS text"
        for i, text in texts.items()
    )
    columns = " UNION ALL ".join(
        f"SELECT DISTINCT point, arm, '{name}' AS name, {i} AS measure FROM main.asked"
        for name, i in numbers.items()
    )
    return (
        "CREATE TEMP VIEW results AS SELECT recipe, seed, CASE WHEN accuracy IS NOT NULL THEN "
        f"json_object({values}) END AS measured, reason, run FROM main.results;"
        f"CREATE TEMP VIEW columns AS {columns}; CREATE TEMP VIEW measures AS {measures};"
    )


STORE = Kind(
    name="store of mfh",
    application=b"mfhs",
    version=3,
    tables={
        "runs": """(
            run INTEGER PRIMARY KEY, started TEXT NOT NULL, plan TEXT NOT NULL,
            environment TEXT NOT NULL
        )""",
        "points": """(
            point INTEGER PRIMARY KEY, form TEXT NOT NULL UNIQUE, settings TEXT NOT NULL
        )""",
        "recipes": """(
            recipe INTEGER PRIMARY KEY, identity BLOB NOT NULL UNIQUE, text TEXT NOT NULL
        )""",
        "measures": """(
            measure INTEGER PRIMARY KEY, identity BLOB NOT NULL UNIQUE, text TEXT NOT NULL
        )""",
        "asked": """(
            point INTEGER NOT NULL REFERENCES points, arm TEXT NOT NULL,
            recipe INTEGER NOT NULL REFERENCES recipes, first INTEGER NOT NULL,
            last INTEGER NOT NULL, PRIMARY KEY (point, arm, first)
        ) WITHOUT ROWID""",
        "columns": """(
            point INTEGER NOT NULL REFERENCES points, arm TEXT NOT NULL, name TEXT NOT NULL,
            measure INTEGER NOT NULL REFERENCES measures, PRIMARY KEY (point, arm, name)
        ) WITHOUT ROWID""",
        "results": """(
            recipe INTEGER NOT NULL REFERENCES recipes, seed INTEGER NOT NULL,
            measured TEXT, reason TEXT,
            run INTEGER NOT NULL REFERENCES runs, PRIMARY KEY (recipe, seed),
            CHECK ((measured IS NULL) <> (reason IS NULL))
        ) WITHOUT ROWID""",
    },
    reads={
        1: _with_columns("accuracy"),
        2: _with_columns("accuracy", "balanced_accuracy", "constant"),
    },
)
"""What a store's file holds; of each cell what was measured, as JSON by the numbers of measures, or why
nothing was.

In files of version 2 and before, what was measured are columns.
"""


class Row(NamedTuple):
    """What became of a cell, with numbers for what is known by them.

    Parameters
    ----------
    recipe, seed : int
        The cell.
    measured : mapping of int to value
        Values by the numbers of measures.
    reason : str or None
        Why there are none.
    run : int
        Which run found it.
    """

    recipe: int
    seed: int
    measured: Mapping[int, Value]
    reason: str | None
    run: int


def point_number(connection: sqlite3.Connection, form: str, settings: str) -> int:
    """Return the number of a point, written if it is not there."""
    query = "INSERT INTO points (form, settings) VALUES (?, ?) ON CONFLICT DO NOTHING"
    connection.execute(query, (form, settings))
    query = "SELECT point FROM points WHERE form = ?"
    return int(connection.execute(query, (form,)).fetchone()[0])


def number_of(
    connection: sqlite3.Connection,
    kind: Literal["recipe", "measure"],
    identity: bytes,
    text: str,
) -> int:
    """Return the number of a recipe or a measure, written if it is not there."""
    query = f"INSERT INTO {kind}s (identity, text) VALUES (?, ?) ON CONFLICT DO NOTHING"
    connection.execute(query, (identity, text))
    query = f"SELECT {kind} FROM {kind}s WHERE identity = ?"
    return int(connection.execute(query, (identity,)).fetchone()[0])


def run_number(connection: sqlite3.Connection, made: Sequence[str]) -> int:
    """Return the number of a run, written unless an earlier merge brought it."""
    columns = "started, plan, environment"
    query = f"SELECT run FROM runs WHERE ({columns}) = (?, ?, ?)"
    if found := connection.execute(query, made).fetchone():
        return int(found[0])
    cursor = connection.execute(f"INSERT INTO runs ({columns}) VALUES (?, ?, ?)", made)
    return int(cursor.lastrowid or 0)


def runs_of(seeds: Sequence[int]) -> list[tuple[int, int]]:
    """Return seeds as runs of neighbours, ``(first, last)``, ascending."""
    runs: list[tuple[int, int]] = []
    for seed in sorted(seeds):
        if runs and seed == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], seed)
        else:
            runs.append((seed, seed))
    return runs


def ask(
    connection: sqlite3.Connection,
    where: tuple[int, str, int],
    wanted: Sequence[tuple[int, int]],
) -> None:
    """Add runs of seeds to those that are asked of a point's arm; the runs stay disjoint."""
    point, arm, recipe = where
    query = "SELECT first, last, recipe FROM asked WHERE point = ? AND arm = ?"
    known = connection.execute(query, (point, arm)).fetchall()
    joined: list[tuple[int, int]] = []
    for first, last in sorted([*(run[:2] for run in known), *wanted]):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    rows = [(first, last, recipe) for first, last in joined]
    if rows == sorted(known):
        return
    connection.execute("DELETE FROM asked WHERE point = ? AND arm = ?", (point, arm))
    connection.executemany(
        "INSERT INTO asked (point, arm, first, last, recipe) VALUES (?, ?, ?, ?, ?)",
        ((point, arm, *row) for row in rows),
    )


def show(
    connection: sqlite3.Connection, row: tuple[int, str, str, int], *, keep: bool = False
) -> bool:
    """Name what is measured of a point's arm, in the place of what had the name before.

    With ``keep`` that is kept; return whether it is the same.
    """
    query = "SELECT measure FROM columns WHERE (point, arm, name) = (?, ?, ?)"
    found = connection.execute(query, row[:3]).fetchone()
    if found is None or not keep:
        connection.execute("REPLACE INTO columns VALUES (?, ?, ?, ?)", row)
        return True
    return bool(found[0] == row[3])


def asked_otherwise(connection: sqlite3.Connection, where: tuple[int, str, int]) -> bool:
    """Return whether another recipe is asked of a point's arm."""
    query = "SELECT 1 FROM asked WHERE point = ? AND arm = ? AND recipe <> ?"
    return connection.execute(query, where).fetchone() is not None


def put(connection: sqlite3.Connection, row: Row) -> bool:
    """Add a result, or what it has more than one that is there; return whether they differ.

    What is there is kept; a failure is replaced.
    """
    query = "SELECT measured FROM results WHERE (recipe, seed) = (?, ?) AND reason IS NULL"
    found = connection.execute(query, (row.recipe, row.seed)).fetchone()
    there = {} if found is None else from_text(found[0])
    differ = any(_apart(there[i], row.measured[i]) for i in there.keys() & row.measured.keys())
    if found is None or not row.measured.keys() <= there.keys():
        text = as_text({**row.measured, **there}) if row.reason is None else None
        values = row.recipe, row.seed, text, row.reason, row.run
        connection.execute("REPLACE INTO results VALUES (?, ?, ?, ?, ?)", values)
    return differ


def as_text(measured: Mapping[int, Value]) -> str:
    """Return values as a file has them: JSON by the numbers of measures, with null for nan."""
    plain = {i: _without_nan(value) for i, value in measured.items()}
    return json.dumps(plain, allow_nan=False, separators=(",", ":"))


def _without_nan(value: Value) -> Any:
    if isinstance(value, tuple):
        return [_without_nan(each) for each in value]
    return None if math.isnan(value) else value


def from_text(text: str) -> dict[int, Value]:
    """Return values that a file has."""
    return {int(i): _with_nan(value) for i, value in json.loads(text).items()}


def _with_nan(value: Any) -> Value:
    if isinstance(value, list):
        return tuple(math.nan if each is None else each for each in value)
    return math.nan if value is None else value


def _apart(one: Value, other: Value) -> bool:
    """Return whether two values differ by more than rounding."""
    first, second = np.atleast_1d(one), np.atleast_1d(other)
    same = first.shape == second.shape
    return not (same and np.allclose(first, second, rtol=0.0, atol=1e-9, equal_nan=True))
