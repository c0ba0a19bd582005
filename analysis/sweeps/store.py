"""The store: the results of sweeps in one SQLite file, each cell once, nothing half-written."""

from __future__ import annotations  # pandas has generics for type checkers alone

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Self

import pandas as pd

from analysis.methods.arms import ARMS
from analysis.sweeps.database import Database
from analysis.sweeps.plan import Plan, Recipe, identity
from analysis.sweeps.records import (
    STORE,
    ask,
    asked_otherwise,
    point_number,
    put,
    recipe_number,
    run_number,
    runs_of,
)
from analysis.sweeps.settings import Point, describe
from venn import ArgumentError, canonical


class Outcome(NamedTuple):
    """What became of a cell: what was measured on its test rows, or the reason why nothing was.

    Parameters
    ----------
    recipe : bytes
        The identity of its recipe.
    seed : int
        Its seed.
    accuracy, balanced_accuracy : float, optional
        Fractions; see `Scores`.
    constant : bool, optional
        Whether the network answers one class to every row.
    reason : str, optional
        Why there is no result.
    """

    recipe: bytes
    seed: int
    accuracy: float | None = None
    balanced_accuracy: float | None = None
    constant: bool | None = None
    reason: str | None = None


MEASURED = Outcome._fields[2:]
"""The columns of what became of a cell."""


@dataclass(frozen=True)
class Holdings:
    """What a store holds.

    Parameters
    ----------
    points, recipes : int
        Points of sweeps, and networks but for their seeds.
    rows, missing : int
        Rows that sweeps asked for, and how many of them have no result yet.
    results, failed, constant : int
        Cells that were trained, how many of them failed, and in how many the network answers one
        class to every row.
    size : int
        Bytes on disk; 0 in memory.
    """

    points: int
    recipes: int
    rows: int
    missing: int
    results: int
    failed: int
    constant: int
    size: int


class Store:
    """Results of sweeps, in a file or in memory.

    A result is stored once, under what it is: the hash of all that its network depends on, and its
    seed.  A transaction holds what one shard found, so a run that is killed loses at most the
    shards in hand.  The file is SQLite, on a local disk, and whole between transactions; one
    process writes at a time.  Any thread may use a store.

    Parameters
    ----------
    path : path, optional
        The file; None keeps everything in memory.
    make : bool
        Whether to make the file if it is missing.

    Raises
    ------
    ArgumentError
        If the file is torn, is no store, was written by a newer version, or has another file's
        journal beside it; all is then left as it is.

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

    def __init__(self, path: str | os.PathLike[str] | None = None, *, make: bool = True) -> None:
        self.path = None if path is None else Path(path)
        self._database = Database(self.path, STORE, make=make)

    def __enter__(self) -> Self:
        """Return the store; it is closed at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the store."""
        self.close()

    def close(self) -> None:
        """Close the file; what was committed is there."""
        self._database.close()

    def ask(self, plan: Plan) -> None:
        """Write down which rows a plan asks for; `frame` shows those that are found."""
        with self._database.writing() as connection:
            points = [point_number(connection, *_form(point)) for point in plan.points]
            recipes = {
                name: recipe_number(connection, name, text) for name, text in plan.texts.items()
            }
            for (i, arm), recipe in plan.uses.items():
                where = (points[i], arm, recipes[recipe.identity])
                ask(connection, where, runs_of(plan.seeds))

    def begin(self, plan: Plan, environment: dict[str, Any]) -> int:
        """Write down how a run is made; return its number, under which it adds results."""
        started = datetime.now(UTC).isoformat(timespec="seconds")
        asked = {**canonical(plan), "seeds": runs_of(plan.seeds)}
        with self._database.writing() as connection:
            return run_number(connection, (started, json.dumps(asked), json.dumps(environment)))

    def done(self, recipes: Iterable[Recipe], *, failed: bool = True) -> set[tuple[bytes, int]]:
        """Return the cells of some recipes that have a result, as identity and seed.

        With ``failed=False`` a failure is no result.
        """
        where = "1" if failed else "accuracy IS NOT NULL"
        return {cell for cell, _ in self._cells(recipes, where)}

    def reasons(self, recipes: Iterable[Recipe]) -> dict[tuple[bytes, int], str]:
        """Return the cells of some recipes that failed, and why."""
        return dict(self._cells(recipes, "accuracy IS NULL"))

    def constant(self, recipes: Iterable[Recipe]) -> set[tuple[bytes, int]]:
        """Return the cells of some recipes whose network answers one class to every row."""
        return {cell for cell, _ in self._cells(recipes, "constant")}

    def _cells(
        self, recipes: Iterable[Recipe], where: str
    ) -> Iterator[tuple[tuple[bytes, int], Any]]:
        """Yield the cells of some recipes whose results meet a condition, and their reasons."""
        query = (
            "SELECT seed, reason FROM results JOIN recipes USING (recipe) "
            f"WHERE identity = ? AND {where}"
        )
        for recipe in recipes:
            for seed, reason in self._database.read(query, (recipe.identity,)):
                yield (recipe.identity, seed), reason

    def add(self, run: int, outcomes: Iterable[Outcome]) -> None:
        """Store the outcomes of a shard, all or none; a result is kept, a failure replaced."""
        columns = ", ".join(MEASURED)
        changed = ", ".join(f"{name} = excluded.{name}" for name in (*MEASURED, "run"))
        with self._database.writing() as connection:
            connection.executemany(
                f"INSERT INTO results (recipe, seed, {columns}, run) "
                "SELECT recipe, ?2, ?3, ?4, ?5, ?6, ?7 FROM recipes WHERE identity = ?1 "
                f"ON CONFLICT DO UPDATE SET {changed} WHERE results.accuracy IS NULL",
                ((*outcome, run) for outcome in outcomes),
            )

    def frame(self) -> pd.DataFrame:
        """Return every row that was asked for and has a result.

        Returns
        -------
        DataFrame
            One row a point, arm and seed: ``point``, the point's number; its settings, as in
            `SETTINGS`, such as ``gamma``, ``n_train`` and ``temperature``; ``arm``; ``seed``;
            ``accuracy`` and ``balanced_accuracy`` on the test rows, fractions; ``constant``,
            whether the network answers one class to every test row; ``reason``, why a training
            failed: there the others are missing.
        """
        columns = ["point", "arm", "seed", *MEASURED]
        query = (
            f"SELECT {', '.join(columns)} FROM asked JOIN results "
            "ON results.recipe = asked.recipe AND seed BETWEEN first AND last "
            "ORDER BY point, arm, first, seed"
        )
        with self._database.snapshot() as found:
            rows = list(found(query))
            points = list(found("SELECT point, settings FROM points"))
        frame = pd.DataFrame(rows, columns=columns)
        scores = ["accuracy", "balanced_accuracy"]
        frame[scores] = frame[scores].astype(float)
        frame["constant"] = frame["constant"].astype("boolean")
        frame["reason"] = pd.Series([row[-1] for row in rows], dtype=object)  # whether any failed
        order = {arm: place for place, arm in enumerate(ARMS)}
        place = frame["arm"].map(lambda arm: order.get(arm, len(order)))
        frame = frame.iloc[place.argsort(kind="stable")]
        frame = frame.sort_values("point", kind="stable", ignore_index=True)
        described = pd.DataFrame(
            [json.loads(settings) for _, settings in points], index=[point for point, _ in points]
        )
        settings = described.reindex(frame["point"]).reset_index(drop=True)
        return pd.concat([frame[["point"]], settings, frame[columns[1:]]], axis=1)

    def failures(self) -> pd.DataFrame:
        """Return the rows of `frame` whose training failed."""
        frame = self.frame()
        return frame[frame["reason"].notna()]

    def holdings(self) -> Holdings:
        """Return how much there is."""
        counts = {name: int(self._database.read(query)[0][0]) for name, query in _COUNTS.items()}
        counts["missing"] = counts["rows"] - counts.pop("found")
        return Holdings(**counts, size=0 if self.path is None else self._database.size)

    def runs(self) -> list[dict[str, Any]]:
        """Return how the results were made: for each run start, plan and environment."""
        rows = self._database.read("SELECT started, plan, environment FROM runs")
        return [
            {"started": started, "plan": json.loads(plan), "environment": json.loads(made)}
            for started, plan, made in rows
        ]

    def check_place(self) -> None:
        """Fail if the file is no longer where it was opened.

        Raises
        ------
        OSError
            If it was moved or deleted; what it held is then kept in another file.
        """
        self._database.check_place()

    def problems(self) -> list[str]:
        """Return all that is wrong: pages, references, and recipes that are not what they say."""
        found = self._database.problems()
        if not found:
            for name, text in self._database.read("SELECT identity, text FROM recipes"):
                if identity(text) != name:
                    found.append(f"recipe {name.hex()} is not the hash of its text")
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
        with self._database.writing() as connection, other._database.snapshot() as rows:
            points = {
                point: point_number(connection, form, settings)
                for point, form, settings in rows("SELECT * FROM points")
            }
            recipes = {
                recipe: recipe_number(connection, name, text)
                for recipe, name, text in rows("SELECT * FROM recipes")
            }
            runs = {run: run_number(connection, made) for run, *made in rows("SELECT * FROM runs")}
            for point, arm, recipe, first, last in rows("SELECT * FROM asked"):
                where = (points[point], arm, recipes[recipe])
                if asked_otherwise(connection, where):
                    allowed = (
                        "was made by another version of mfh, or of your own code, which trains the "
                        "same points otherwise; keep it apart. Nothing was merged from it"
                    )
                    raise ArgumentError("store", str(other.path), allowed)
                ask(connection, where, [(first, last)])
            for recipe, seed, *measured, run in rows("SELECT * FROM results"):
                row = (recipes[recipe], seed, *measured, runs[run])
                differing += put(connection, row)
        return differing


def _form(point: Point) -> tuple[str, str]:
    """Return by what a point is found again, and its settings, as JSON.

    Of code from outside this is the name alone: where it is edited, the point's arms are others, and
    take the place of the old ones.
    """
    form = {"diagram": canonical(point.diagram), "protocol": canonical(point.protocol)}
    if point.fields:
        form["fields"] = canonical(point.fields)
    return json.dumps(_named(form), sort_keys=True), json.dumps(describe(point))


def _named(form: Any) -> Any:
    """Return a canonical form without the hashes of code."""
    if isinstance(form, dict):
        return {key: _named(value) for key, value in form.items() if key != "code"}
    return [_named(value) for value in form] if isinstance(form, list) else form


_COUNTS = {
    "points": "SELECT count(*) FROM points",
    "recipes": "SELECT count(*) FROM recipes",
    "rows": "SELECT coalesce(sum(last - first + 1), 0) FROM asked",
    "found": "SELECT count(*) FROM asked JOIN results "
    "ON results.recipe = asked.recipe AND seed BETWEEN first AND last",
    "results": "SELECT count(*) FROM results",
    "failed": "SELECT count(*) FROM results WHERE accuracy IS NULL",
    "constant": "SELECT count(*) FROM results WHERE constant",
}
