"""The tables of a store, and their rows, written so that what is there already stays as it is."""

import math
import sqlite3
import struct
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from analysis.measures.measure import Value
from analysis.measures.named import MEASURES
from analysis.sweeps.database_file import Kind
from analysis.sweeps.plan import identity, measure_text


def _as_measured(*names: str) -> str:
    """Return SQL that shows a file whose results have measures as columns as one that has rows."""
    numbers = {name: i for i, name in enumerate(names, start=1)}
    measured = " UNION ALL ".join(
        f"SELECT recipe, seed, {i} AS measure, {name} AS value, run FROM main.results "
        "WHERE accuracy IS NOT NULL"
        for name, i in numbers.items()
    )
    columns = " UNION ALL ".join(
        f"SELECT DISTINCT point, arm, '{name}' AS name, {i} AS measure FROM main.asked"
        for name, i in numbers.items()
    )
    texts = {i: measure_text(MEASURES[name]) for name, i in numbers.items()}
    measures = " UNION ALL ".join(
        f"SELECT {i} AS measure, X'{identity(text).hex()}' AS identity, '{text}' AS text"
        for i, text in texts.items()
    )
    return (
        "CREATE TEMP VIEW results AS SELECT recipe, seed, reason, run FROM main.results;"
        f"CREATE TEMP VIEW measured AS {measured}; CREATE TEMP VIEW columns AS {columns};"
        f"CREATE TEMP VIEW measures AS {measures};"
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
            reason TEXT, run INTEGER NOT NULL REFERENCES runs, PRIMARY KEY (recipe, seed)
        ) WITHOUT ROWID""",
        "measured": """(
            recipe INTEGER NOT NULL, seed INTEGER NOT NULL,
            measure INTEGER NOT NULL REFERENCES measures, value,
            run INTEGER NOT NULL REFERENCES runs, PRIMARY KEY (recipe, seed, measure),
            FOREIGN KEY (recipe, seed) REFERENCES results
        ) WITHOUT ROWID""",
    },
    reads={
        1: _as_measured("accuracy"),
        2: _as_measured("accuracy", "balanced_accuracy", "constant"),
    },
)
"""What a store's file holds: of each cell that it was fitted, or why not, and what was measured of it.

In files of version 2 and before, what was measured are columns of the results.
"""


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


UNLESS_THERE = (
    "ON CONFLICT DO UPDATE SET reason = excluded.reason, run = excluded.run "
    "WHERE results.reason IS NOT NULL"
)
"""SQL by which a result is added: one that is there is kept, a failure replaced."""


def put(connection: sqlite3.Connection, row: tuple[Any, ...]) -> None:
    """Add a result unless there is one; a failure is replaced."""
    columns = "(recipe, seed, reason, run)"
    query = f"INSERT INTO results {columns} VALUES (?, ?, ?, ?) {UNLESS_THERE}"
    connection.execute(query, row)


def put_measured(connection: sqlite3.Connection, row: tuple[Any, ...]) -> bool:
    """Add what was measured of a result unless it is there; return whether it is there otherwise."""
    recipe, seed, measure, value, _ = row
    query = "SELECT value FROM measured WHERE (recipe, seed, measure) = (?, ?, ?)"
    found = connection.execute(query, (recipe, seed, measure)).fetchone()
    if found is None:
        connection.execute("INSERT INTO measured VALUES (?, ?, ?, ?, ?)", row)
        return False
    there, other = np.atleast_1d(decoded(found[0])), np.atleast_1d(decoded(value))
    same = there.shape == other.shape
    return not (same and np.allclose(there, other, rtol=0.0, atol=1e-9, equal_nan=True))


def encoded(value: Value) -> float | bytes | None:
    """Return a value as a file has it; nan, which SQLite has not, is nothing."""
    if isinstance(value, tuple):
        return struct.pack(f"<{len(value)}d", *value)
    return None if math.isnan(value) else value


def decoded(value: float | bytes | None) -> Value:
    """Return a value that a file has."""
    if isinstance(value, bytes):
        return struct.unpack(f"<{len(value) // 8}d", value)
    return math.nan if value is None else value
