"""The store: the results of sweeps in one SQLite file, each cell once, nothing half-written."""

from __future__ import annotations  # pandas has generics for type checkers alone

import contextlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Self

import pandas as pd

from analysis.arms import ARMS
from analysis.plan import Plan, Recipe, identity
from analysis.records import ask, asked_otherwise, named, put, run_number, runs_of
from analysis.settings import describe
from analysis.storefile import NEWER, SCHEMA, TABLES, check_file, connect, create
from venn import ArgumentError, canonical


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
                create(self.path)
            check_file(self.path)
        with self._explained():
            self._connection = connect(self.path)
        try:
            with self._explained():
                if self.path is None:
                    self._connection.executescript(TABLES)
                self._connection.execute("PRAGMA synchronous = FULL")
                self._connection.execute("PRAGMA foreign_keys = ON")
                (version,) = self._connection.execute("PRAGMA user_version").fetchone()
            if version > SCHEMA:
                raise ArgumentError("store", str(path), NEWER.format(version))
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
                ask(connection, where, runs_of(plan.seeds))

    def begin(self, plan: Plan, environment: dict[str, Any]) -> int:
        """Write down how a run is made; return its number, under which it adds results."""
        started = datetime.now(UTC).isoformat(timespec="seconds")
        asked = {**canonical(plan), "seeds": runs_of(plan.seeds)}
        with self._transaction() as connection:
            return run_number(connection, (started, json.dumps(asked), json.dumps(environment)))

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
                point: named(connection, "points", ("form", "settings"), (form, settings))
                for point, form, settings in source("points")
            }
            recipes = {
                recipe: self._recipe(connection, name, text)
                for recipe, name, text in source("recipes")
            }
            runs = {run: run_number(connection, made) for run, *made in source("runs")}
            for point, arm, recipe, first, last in source("asked"):
                where = (points[point], arm, recipes[recipe])
                if asked_otherwise(connection, where):
                    allowed = (
                        "was made by another version of mfh, which trains the same points "
                        "otherwise; keep it apart. Nothing was merged from it"
                    )
                    raise ArgumentError("store", str(other.path), allowed)
                ask(connection, where, [(first, last)])
            for recipe, seed, accuracy, reason, run in source("results"):
                row = (recipes[recipe], seed, accuracy, reason, runs[run])
                differing += put(connection, row)
        return differing

    def _point(self, connection: sqlite3.Connection, plan: Plan, i: int) -> int:
        point = plan.points[i]
        form = {"diagram": canonical(point.diagram), "protocol": canonical(point.protocol)}
        values = (json.dumps(form, sort_keys=True), json.dumps(describe(point)))
        return named(connection, "points", ("form", "settings"), values)

    def _recipe(self, connection: sqlite3.Connection, name: bytes, text: str) -> int:
        return named(connection, "recipes", ("identity", "text"), (name, text))

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
