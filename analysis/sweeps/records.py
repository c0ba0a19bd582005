"""The tables of a store, and their rows, written so that what is there already stays as it is."""

import math
import sqlite3
from collections.abc import Sequence
from typing import Any

from analysis.sweeps.database_file import Kind

STORE = Kind(
    name="store of mfh",
    application=b"mfhs",
    version=2,
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
        "asked": """(
            point INTEGER NOT NULL REFERENCES points, arm TEXT NOT NULL,
            recipe INTEGER NOT NULL REFERENCES recipes, first INTEGER NOT NULL,
            last INTEGER NOT NULL, PRIMARY KEY (point, arm, first)
        ) WITHOUT ROWID""",
        "results": """(
            recipe INTEGER NOT NULL REFERENCES recipes, seed INTEGER NOT NULL,
            accuracy REAL CHECK (accuracy BETWEEN 0 AND 1),
            balanced_accuracy REAL CHECK (balanced_accuracy BETWEEN 0 AND 1),
            constant INTEGER CHECK (constant IN (0, 1)),
            reason TEXT, run INTEGER NOT NULL REFERENCES runs, PRIMARY KEY (recipe, seed),
            CHECK ((accuracy IS NULL) <> (reason IS NULL))
        ) WITHOUT ROWID""",
    },
    reads={
        1: "CREATE TEMP VIEW results AS SELECT recipe, seed, accuracy, NULL AS balanced_accuracy, "
        "NULL AS constant, reason, run FROM main.results"
    },
)
"""What a store's file holds; those of version 1 knew accuracies alone."""


def point_number(connection: sqlite3.Connection, form: str, settings: str) -> int:
    """Return the number of a point, written if it is not there."""
    query = "INSERT INTO points (form, settings) VALUES (?, ?) ON CONFLICT DO NOTHING"
    connection.execute(query, (form, settings))
    query = "SELECT point FROM points WHERE form = ?"
    return int(connection.execute(query, (form,)).fetchone()[0])


def recipe_number(connection: sqlite3.Connection, identity: bytes, text: str) -> int:
    """Return the number of a recipe, written if it is not there."""
    query = "INSERT INTO recipes (identity, text) VALUES (?, ?) ON CONFLICT DO NOTHING"
    connection.execute(query, (identity, text))
    query = "SELECT recipe FROM recipes WHERE identity = ?"
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


def asked_otherwise(connection: sqlite3.Connection, where: tuple[int, str, int]) -> bool:
    """Return whether another recipe is asked of a point's arm."""
    query = "SELECT 1 FROM asked WHERE point = ? AND arm = ? AND recipe <> ?"
    return connection.execute(query, where).fetchone() is not None


def put(connection: sqlite3.Connection, row: tuple[Any, ...]) -> bool:
    """Add a result unless there is one; return whether there is another one."""
    recipe, seed, accuracy, *_ = row
    query = "SELECT accuracy FROM results WHERE recipe = ? AND seed = ?"
    found = connection.execute(query, (recipe, seed)).fetchone()
    if found is None or (found[0] is None and accuracy is not None):
        connection.execute("REPLACE INTO results VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        return False
    return accuracy is not None and not math.isclose(found[0], accuracy, abs_tol=1e-9)
