"""The store: the results of sweeps in one SQLite file, each cell once, nothing half-written."""

from __future__ import annotations  # pandas has generics for type checkers alone

import contextlib
import json
import math
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Self

import pandas as pd

from analysis.arms import ARMS
from analysis.plan import Plan, Recipe, identity
from analysis.settings import describe
from venn import ArgumentError, canonical

APPLICATION = int.from_bytes(b"mfhs")
"""What the header of a store says of the file, as other SQLite files do not."""

SCHEMA = 1
"""Version of the tables; a newer one is refused, and left as it is."""

TABLES = """
CREATE TABLE runs (
    run INTEGER PRIMARY KEY, started TEXT NOT NULL, plan TEXT NOT NULL, environment TEXT NOT NULL
);
CREATE TABLE points (
    point INTEGER PRIMARY KEY, form TEXT NOT NULL UNIQUE, settings TEXT NOT NULL
);
CREATE TABLE recipes (
    recipe INTEGER PRIMARY KEY, identity BLOB NOT NULL UNIQUE, text TEXT NOT NULL
);
CREATE TABLE asked (
    point INTEGER NOT NULL REFERENCES points, arm TEXT NOT NULL,
    recipe INTEGER NOT NULL REFERENCES recipes, first INTEGER NOT NULL, last INTEGER NOT NULL,
    PRIMARY KEY (point, arm, first)
) WITHOUT ROWID;
CREATE TABLE results (
    recipe INTEGER NOT NULL REFERENCES recipes, seed INTEGER NOT NULL, accuracy REAL, reason TEXT,
    run INTEGER NOT NULL REFERENCES runs, PRIMARY KEY (recipe, seed),
    CHECK ((accuracy IS NULL) <> (reason IS NULL)), CHECK (accuracy BETWEEN 0 AND 1)
) WITHOUT ROWID;
"""


class Outcome(NamedTuple):
    """What became of a cell: an accuracy, or the reason why there is none."""

    recipe: bytes
    seed: int
    accuracy: float | None
    reason: str | None = None


@dataclass(frozen=True)
class Holdings:
    """What a store holds.

    Parameters
    ----------
    points, recipes : int
        Points of sweeps, and networks but for their seeds.
    rows, missing : int
        Rows that sweeps asked for, and how many of them have no result yet.
    results, failed : int
        Cells that were trained, and how many of them failed.
    size : int
        Bytes on disk; 0 in memory.
    """

    points: int
    recipes: int
    rows: int
    missing: int
    results: int
    failed: int
    size: int


class Store:
    """Results of sweeps, in a file or in memory.

    A result is stored once, under what it is: the hash of all that its network depends on, and its
    seed.  A transaction holds what one shard found, so a run that is killed loses at most the
    shards in hand.  The file is SQLite in WAL mode, on a local disk; one run writes at a time,
    while others may read.

    Parameters
    ----------
    path : path, optional
        The file, made if it is missing; None keeps everything in memory.

    Raises
    ------
    ArgumentError
        If the file is torn, is no store, or was written by a newer version; it is then left as it
        is.

    Examples
    --------
    >>> from analysis import Plan, Store, run
    >>> from venn import growing_gamma
    >>> store = run(Plan(growing_gamma((0, 10)), seeds=range(2)), Store())
    >>> store.frame()[["gamma", "arm", "seed"]].head(3)
       gamma      arm  seed
    0    0.0  teacher     0
    1    0.0  teacher     1
    2    0.0    no_kd     0
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.path = None if path is None else Path(path)
        if self.path is not None:
            if not self.path.exists():
                _create(self.path)
            check_file(self.path)
        with self._explained():
            self._connection = _connect(self.path)
        try:
            with self._explained():
                if self.path is None:
                    self._connection.executescript(TABLES)
                self._connection.execute("PRAGMA synchronous = FULL")
                self._connection.execute("PRAGMA foreign_keys = ON")
                (version,) = self._connection.execute("PRAGMA user_version").fetchone()
            if version > SCHEMA:
                raise ArgumentError("store", str(path), _NEWER.format(version))
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        """Return the store; it is closed at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the store."""
        self.close()

    def close(self) -> None:
        """Close the file; what was committed is there."""
        self._connection.close()

    def ask(self, plan: Plan) -> None:
        """Write down which rows a plan asks for; `frame` shows those that are found."""
        with self._transaction() as connection:
            points = [self._point(connection, plan, i) for i in range(len(plan.points))]
            recipes = {
                recipe.identity: self._recipe(connection, recipe.identity, recipe.text)
                for recipe in dict.fromkeys(plan.uses.values())
            }
            for (i, arm), recipe in plan.uses.items():
                where = (points[i], arm, recipes[recipe.identity])
                _ask(connection, where, _runs_of(plan.seeds))

    def begin(self, plan: Plan, environment: dict[str, Any]) -> int:
        """Write down how a run is made; return its number, under which it adds results."""
        started = datetime.now(UTC).isoformat(timespec="seconds")
        asked = {**canonical(plan), "seeds": _runs_of(plan.seeds)}
        with self._transaction() as connection:
            return _run(connection, (started, json.dumps(asked), json.dumps(environment)))

    def done(self, recipes: Iterable[Recipe], *, failed: bool = True) -> set[tuple[bytes, int]]:
        """Return the cells of some recipes that have a result, as identity and seed.

        With ``failed=False`` a failure is no result.
        """
        found = set()
        query = "SELECT seed FROM results JOIN recipes USING (recipe) WHERE identity = ?" + (
            "" if failed else " AND accuracy IS NOT NULL"
        )
        with self._explained():
            for recipe in recipes:
                cursor = self._connection.execute(query, (recipe.identity,))
                found |= {(recipe.identity, seed) for (seed,) in cursor}
        return found

    def reasons(self, recipes: Iterable[Recipe]) -> dict[tuple[bytes, int], str]:
        """Return the cells of some recipes that failed, and why."""
        query = (
            "SELECT seed, reason FROM results JOIN recipes USING (recipe) "
            "WHERE identity = ? AND accuracy IS NULL"
        )
        found = {}
        with self._explained():
            for recipe in recipes:
                for seed, reason in self._connection.execute(query, (recipe.identity,)):
                    found[recipe.identity, seed] = reason
        return found

    def add(self, run: int, outcomes: Iterable[Outcome]) -> None:
        """Store the outcomes of a shard, all or none; a result is kept, a failure replaced."""
        with self._transaction() as connection:
            connection.executemany(
                "INSERT INTO results (recipe, seed, accuracy, reason, run) "
                "SELECT recipe, ?2, ?3, ?4, ?5 FROM recipes WHERE identity = ?1 "
                "ON CONFLICT DO UPDATE SET accuracy = excluded.accuracy, "
                "reason = excluded.reason, run = excluded.run WHERE results.accuracy IS NULL",
                ((*outcome, run) for outcome in outcomes),
            )

    def frame(self) -> pd.DataFrame:
        """Return every row that was asked for and has a result.

        Returns
        -------
        DataFrame
            One row a point, arm and seed: ``point``, the point's number; its settings, as in
            `SETTINGS`, such as ``gamma``, ``n_train`` and ``temperature``; ``arm``; ``seed``;
            ``accuracy`` on the test rows, a fraction; ``reason``, why a training failed: there the
            accuracy is nan.
        """
        query = (
            "SELECT point, arm, seed, accuracy, reason FROM asked JOIN results "
            "ON results.recipe = asked.recipe AND seed BETWEEN first AND last "
            "ORDER BY point, arm, first, seed"
        )
        with self._explained():
            rows = self._connection.execute(query).fetchall()
            points = self._connection.execute("SELECT point, settings FROM points").fetchall()
        columns = ["point", "arm", "seed", "accuracy", "reason"]
        frame = pd.DataFrame(rows, columns=columns)
        frame["accuracy"] = frame["accuracy"].astype(float)
        frame["reason"] = pd.Series([row[-1] for row in rows], dtype=object)  # whether any failed
        order = {arm: place for place, arm in enumerate(ARMS)}
        place = frame["arm"].map(lambda arm: order.get(arm, len(order)))
        frame = frame.iloc[place.argsort(kind="stable")]
        frame = frame.sort_values("point", kind="stable", ignore_index=True)
        described = pd.DataFrame(
            [json.loads(settings) for _, settings in points], index=[point for point, _ in points]
        )
        found = described.reindex(frame["point"]).reset_index(drop=True)
        return pd.concat([frame[["point"]], found, frame[columns[1:]]], axis=1)

    def failures(self) -> pd.DataFrame:
        """Return the rows of `frame` whose training failed."""
        frame = self.frame()
        return frame[frame["reason"].notna()]

    def holdings(self) -> Holdings:
        """Return how much there is."""
        with self._explained():
            counts = {
                name: int(self._connection.execute(query).fetchone()[0])
                for name, query in _COUNTS.items()
            }
        counts["missing"] = counts["rows"] - counts.pop("found")
        size = 0 if self.path is None else self.path.stat().st_size
        return Holdings(**counts, size=size)

    def runs(self) -> list[dict[str, Any]]:
        """Return how the results were made: for each run start, plan and environment."""
        with self._explained():
            rows = self._connection.execute("SELECT started, plan, environment FROM runs")
            return [
                {"started": started, "plan": json.loads(plan), "environment": json.loads(made)}
                for started, plan, made in rows
            ]

    def problems(self) -> list[str]:
        """Return all that is wrong: pages, references, and recipes that are not what they say."""
        found: list[str] = []
        try:
            pages = [row[0] for row in self._connection.execute("PRAGMA integrity_check")]
            found += [page for page in pages if page != "ok"]
            for table, *_ in self._connection.execute("PRAGMA foreign_key_check"):
                found.append(f"a row of {table} refers to what is not there")
            for name, text in self._connection.execute("SELECT identity, text FROM recipes"):
                if identity(text) != name:
                    found.append(f"recipe {name.hex()} is not the hash of its text")
        except sqlite3.DatabaseError as error:
            found.append(f"it cannot be read to its end: {error}")
        return found

    def merge(self, other: Store) -> int:
        """Add all that another store holds.

        Parameters
        ----------
        other : Store
            Read, not changed.

        Returns
        -------
        int
            How many results both hold with different accuracies, as other hardware may give; those
            of this store are kept.

        Raises
        ------
        ArgumentError
            If the other store has other recipes for the same points; nothing is then merged.
        """
        differing = 0
        with other._snapshot() as source, self._transaction() as connection:
            points = {
                point: self._named(connection, "points", ("form", "settings"), (form, settings))
                for point, form, settings in source("points")
            }
            recipes = {
                recipe: self._recipe(connection, name, text)
                for recipe, name, text in source("recipes")
            }
            runs = {run: _run(connection, made) for run, *made in source("runs")}
            for point, arm, recipe, first, last in source("asked"):
                where = (points[point], arm, recipes[recipe])
                if _asked_otherwise(connection, where):
                    allowed = (
                        "was made by another version of mfh, which trains the same points "
                        "otherwise; keep it apart. Nothing was merged from it"
                    )
                    raise ArgumentError("store", str(other.path), allowed)
                _ask(connection, where, [(first, last)])
            for recipe, seed, accuracy, reason, run in source("results"):
                row = (recipes[recipe], seed, accuracy, reason, runs[run])
                differing += _put(connection, row)
        return differing

    def _point(self, connection: sqlite3.Connection, plan: Plan, i: int) -> int:
        point = plan.points[i]
        form = {"diagram": canonical(point.diagram), "protocol": canonical(point.protocol)}
        values = (json.dumps(form, sort_keys=True), json.dumps(describe(point)))
        return self._named(connection, "points", ("form", "settings"), values)

    def _recipe(self, connection: sqlite3.Connection, name: bytes, text: str) -> int:
        return self._named(connection, "recipes", ("identity", "text"), (name, text))

    @staticmethod
    def _named(
        connection: sqlite3.Connection, table: str, columns: Sequence[str], values: Sequence[Any]
    ) -> int:
        """Return the number of a row of unique first column, written if it is not there."""
        connection.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES (?, ?) ON CONFLICT DO NOTHING",
            values,
        )
        query = f"SELECT rowid FROM {table} WHERE {columns[0]} = ?"
        (number,) = connection.execute(query, values[:1]).fetchone()
        return int(number)

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection; all that is written in the block is kept, or nothing."""
        with self._explained():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def _snapshot(self) -> Iterator[Callable[[str], Iterator[tuple[Any, ...]]]]:
        """Yield what reads the rows of a table, as all tables are at the start of the block."""

        def rows(table: str) -> Iterator[tuple[Any, ...]]:
            with self._explained():
                yield from self._connection.execute(f"SELECT * FROM {table}")

        with self._explained():
            self._connection.execute("BEGIN")
        try:
            yield rows
        finally:
            self._connection.execute("ROLLBACK")

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """Raise what SQLite says as an error of the house."""
        try:
            yield
        except sqlite3.OperationalError as error:
            kept = "what was committed is intact, and the same command resumes"
            busy = " (another run is writing to it)" if "locked" in str(error) else ""
            message = f"{self.path}: {error}{busy}; {kept}"
            raise OSError(message) from error
        except sqlite3.DatabaseError as error:
            allowed = f"is torn or no store ({error}); it was left as it is"
            raise ArgumentError("store", str(self.path), allowed) from error


_COUNTS = {
    "points": "SELECT count(*) FROM points",
    "recipes": "SELECT count(*) FROM recipes",
    "rows": "SELECT coalesce(sum(last - first + 1), 0) FROM asked",
    "found": "SELECT count(*) FROM asked JOIN results "
    "ON results.recipe = asked.recipe AND seed BETWEEN first AND last",
    "results": "SELECT count(*) FROM results",
    "failed": "SELECT count(*) FROM results WHERE accuracy IS NULL",
}

_NEWER = (
    "was written by a newer version of mfh (tables of version {}, "
    f"this one knows {SCHEMA}); update mfh. It was left as it is"
)


def check_file(path: Path) -> None:
    """Fail, without opening it as a database, if a file is not a whole store of this version.

    Raises
    ------
    ArgumentError
        If the file is not there, torn, of another kind, or of a newer version.
    """
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except OSError as error:
        raise ArgumentError("store", str(path), f"cannot be read ({error.strerror})") from None
    application, version = (int.from_bytes(header[at : at + 4]) for at in (68, 60))
    if header[:16] != b"SQLite format 3\0" or len(header) < 100 or application != APPLICATION:
        raise ArgumentError("store", str(path), "is not a store of mfh; it was left as it is")
    if version > SCHEMA:
        raise ArgumentError("store", str(path), _NEWER.format(version))
    if _log(path).exists():
        return  # a run was killed, maybe as it moved pages; SQLite finishes that
    page = int.from_bytes(header[16:18])
    expected = int.from_bytes(header[28:32]) * (65536 if page == 1 else page)
    size = path.stat().st_size
    if size < expected:
        allowed = f"is torn: {size} of at least {expected} bytes; it was left as it is"
        raise ArgumentError("store", str(path), allowed)


def _create(path: Path) -> None:
    """Make an empty store that appears whole or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".mfh-", dir=path.parent) as folder:
            draft = Path(folder) / "store"
            with contextlib.closing(sqlite3.connect(draft)) as connection:
                connection.executescript(
                    f"PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {SCHEMA};"
                    + TABLES
                )
                connection.execute("PRAGMA journal_mode = WAL")
            _put_there(draft, path)
    except (OSError, sqlite3.Error) as error:
        raise ArgumentError("store", str(path), f"cannot be written ({error})") from error


def _put_there(draft: Path, path: Path) -> None:
    """Give a new store its name, unless another run did so a moment earlier."""
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    except OSError:  # a file system without links
        if not path.exists():
            draft.rename(path)


def _connect(path: Path | None) -> sqlite3.Connection:
    """Open a store; one that lies where nothing can be written, as it is and only to read."""
    name, is_uri = ":memory:" if path is None else str(path), False
    if path is not None:
        there = path.resolve()
        writable = os.access(there, os.W_OK) and os.access(there.parent, os.W_OK)
        if not writable and not _log(path).exists():
            name, is_uri = f"{there.as_uri()}?mode=ro&immutable=1", True
    return sqlite3.connect(name, isolation_level=None, timeout=60.0, uri=is_uri)


def _log(path: Path) -> Path:
    """Return where SQLite keeps what was committed and is not yet in the file itself."""
    return Path(f"{path.resolve()}-wal")


def _run(connection: sqlite3.Connection, made: Sequence[str]) -> int:
    """Return the number of a run, written unless an earlier merge brought it."""
    columns = "started, plan, environment"
    query = f"SELECT run FROM runs WHERE ({columns}) = (?, ?, ?)"
    if found := connection.execute(query, made).fetchone():
        return int(found[0])
    cursor = connection.execute(f"INSERT INTO runs ({columns}) VALUES (?, ?, ?)", made)
    return int(cursor.lastrowid or 0)


def _runs_of(seeds: Sequence[int]) -> list[tuple[int, int]]:
    """Return seeds as runs of neighbours, ``(first, last)``, ascending."""
    runs: list[tuple[int, int]] = []
    for seed in sorted(seeds):
        if runs and seed == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], seed)
        else:
            runs.append((seed, seed))
    return runs


def _ask(
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


def _asked_otherwise(connection: sqlite3.Connection, where: tuple[int, str, int]) -> bool:
    """Return whether another recipe is asked of a point's arm."""
    query = "SELECT 1 FROM asked WHERE point = ? AND arm = ? AND recipe <> ?"
    return connection.execute(query, where).fetchone() is not None


def _put(connection: sqlite3.Connection, row: tuple[Any, ...]) -> bool:
    """Add a result unless there is one; return whether there is another one."""
    recipe, seed, accuracy, _, _ = row
    query = "SELECT accuracy FROM results WHERE recipe = ? AND seed = ?"
    found = connection.execute(query, (recipe, seed)).fetchone()
    if found is None:
        connection.execute("INSERT INTO results VALUES (?, ?, ?, ?, ?)", row)
        return False
    if found[0] is None and accuracy is not None:
        connection.execute("REPLACE INTO results VALUES (?, ?, ?, ?, ?)", row)
        return False
    return accuracy is not None and not math.isclose(found[0], accuracy, abs_tol=1e-9)
