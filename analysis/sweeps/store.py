"""The store: the results of sweeps in one SQLite file, each cell once, nothing half-written."""

from __future__ import annotations  # pandas has generics for type checkers alone

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, Self

import pandas as pd

from analysis.measures.measure import Value
from analysis.measures.named import MEASURES, USUAL
from analysis.methods.arms import ARMS
from analysis.sweeps.database import Database
from analysis.sweeps.plan import Plan, Recipe, identity
from analysis.sweeps.records import (
    STORE,
    UNLESS_THERE,
    ask,
    asked_otherwise,
    decoded,
    encoded,
    number_of,
    point_number,
    put,
    put_measured,
    run_number,
    runs_of,
    show,
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
    measured : mapping of bytes to value
        Values by the identities of measures.
    reason : str, optional
        Why there is no result.
    """

    recipe: bytes
    seed: int
    measured: Mapping[bytes, Value] = MappingProxyType({})
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
                name: number_of(connection, "recipe", name, text)
                for name, text in plan.texts.items()
            }
            measures = {
                name: number_of(connection, "measure", name, text)
                for name, text in plan.measure_texts.items()
            }
            for (i, arm), recipe in plan.uses.items():
                where = (points[i], arm, recipes[recipe.identity])
                ask(connection, where, runs_of(plan.seeds))
                for name, measure in plan.columns[i, arm].items():
                    show(connection, (points[i], arm, name, measures[measure]))

    def begin(self, plan: Plan, environment: dict[str, Any]) -> int:
        """Write down how a run is made; return its number, under which it adds results."""
        started = datetime.now(UTC).isoformat(timespec="seconds")
        asked = {**canonical(plan), "seeds": runs_of(plan.seeds)}
        with self._database.writing() as connection:
            return run_number(connection, (started, json.dumps(asked), json.dumps(environment)))

    def done(self, recipes: Iterable[Recipe], *, failed: bool = True) -> set[tuple[bytes, int]]:
        """Return the cells of some recipes that need no training, as identity and seed.

        All that is asked of them was measured, or they failed; with ``failed=False`` a failure is
        no result.
        """
        found = set()
        for recipe in recipes:
            marks = ", ".join("?" * len(recipe.measures))
            there = (
                "(SELECT count(*) FROM measured AS m JOIN measures USING (measure) "
                "WHERE (m.recipe, m.seed) = (results.recipe, results.seed) "
                f"AND measures.identity IN ({marks})) = {len(recipe.measures)}"
            )
            where = f"(reason IS NULL AND {there})" + (" OR reason IS NOT NULL" if failed else "")
            cells = self._cells(recipe, where, *recipe.measures)
            found |= {cell for cell, _ in cells}
        return found

    def reasons(self, recipes: Iterable[Recipe]) -> dict[tuple[bytes, int], str]:
        """Return the cells of some recipes that failed, and why."""
        return {
            cell: reason
            for recipe in recipes
            for cell, reason in self._cells(recipe, "reason IS NOT NULL")
        }

    def constant(self, recipes: Iterable[Recipe]) -> set[tuple[bytes, int]]:
        """Return the cells of some recipes whose network answers one class to every row."""
        where = (
            "EXISTS (SELECT 1 FROM measured AS m WHERE (m.recipe, m.seed) = (results.recipe, "
            f"results.seed) AND m.value = 1 AND m.measure IN ({_CONSTANT}))"
        )
        return {cell for recipe in recipes for cell, _ in self._cells(recipe, where)}

    def _cells(
        self, recipe: Recipe, where: str, *values: Any
    ) -> Iterator[tuple[tuple[bytes, int], Any]]:
        """Yield the cells of a recipe whose results meet a condition, and their reasons."""
        query = (
            "SELECT seed, reason FROM results JOIN recipes USING (recipe) "
            f"WHERE recipes.identity = ? AND ({where})"
        )
        for seed, reason in self._database.read(query, (recipe.identity, *values)):
            yield (recipe.identity, seed), reason

    def add(self, run: int, outcomes: Iterable[Outcome]) -> None:
        """Store the outcomes of a shard, all or none; a result is kept, a failure replaced."""
        held = [*outcomes]
        with self._database.writing() as connection:
            connection.executemany(
                "INSERT INTO results (recipe, seed, reason, run) "
                f"SELECT recipe, ?2, ?3, ?4 FROM recipes WHERE identity = ?1 {UNLESS_THERE}",
                ((each.recipe, each.seed, each.reason, run) for each in held),
            )
            connection.executemany(
                "INSERT INTO measured SELECT recipe, ?2, measure, ?4, ?5 FROM recipes, measures "
                "WHERE recipes.identity = ?1 AND measures.identity = ?3 ON CONFLICT DO NOTHING",
                (
                    (each.recipe, each.seed, name, encoded(value), run)
                    for each in held
                    for name, value in each.measured.items()
                ),
            )

    def frame(self, plan: Plan | None = None) -> pd.DataFrame:
        """Return every row that was asked for and has a result.

        Parameters
        ----------
        plan : Plan, optional
            Of whose rows alone; points are then numbered along ``plan.points``, from 0.

        Returns
        -------
        DataFrame
            One row a point, arm and seed: ``point``, the point's number; its settings, as in
            `SETTINGS`, such as ``gamma``, ``n_train`` and ``temperature``; ``arm``; ``seed``; what
            was measured on the test rows, such as ``accuracy`` and ``balanced_accuracy``, fractions,
            and ``constant``, whether the model says the same of every test row; ``reason``, why a
            training failed: there the others are missing.
        """
        with self._database.snapshot() as found:
            tables, given = "", ("", "")
            if plan is None:
                names = [name for (name,) in found("SELECT DISTINCT name FROM columns")]
                names = names or [*USUAL["classes"]]
            else:
                numbers = {
                    name: i for kind in KINDS for i, name, _ in found(f"SELECT * FROM {kind}s")
                }
                tables, given = _TABLES, _tables_of(plan, numbers)
                names = [*{name for own in plan.columns.values() for name in own}]
            names.sort(key=lambda name: ([*MEASURES, name].index(name), name))
            held = [list(found(_rows_of(some, tables), (*given, *some))) for some in _parts(names)]
            points = list(found("SELECT point, settings FROM points"))
        described = {point: json.loads(settings) for point, settings in points}
        if plan is not None:
            described = {i: describe(point) for i, point in enumerate(plan.points)}
        keys = ["point", "arm", "seed", "reason"]
        frame = pd.DataFrame([row[:4] for row in held[0]], columns=keys)
        frame["reason"] = pd.Series([row[3] for row in held[0]], dtype=object)  # whether any failed
        for some, rows in zip(_parts(names), held, strict=True):
            for i, name in enumerate(some, start=4):
                frame[name] = _column(name, [row[i] for row in rows])
        order = {arm: place for place, arm in enumerate(ARMS)}
        place = frame["arm"].map(lambda arm: order.get(arm, len(order)))
        frame = frame.iloc[place.argsort(kind="stable")]
        frame = frame.sort_values("point", kind="stable", ignore_index=True)
        table = pd.DataFrame([*described.values()], index=[*described])
        settings = table.reindex(frame["point"]).reset_index(drop=True)
        shown = frame[["arm", "seed", *names, "reason"]]
        return pd.concat([frame[["point"]], settings, shown], axis=1)

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
            for kind in KINDS:
                for name, text in self._database.read(f"SELECT identity, text FROM {kind}s"):
                    if identity(text) != name:
                        found.append(f"{kind} {name.hex()} is not the hash of its text")
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
            How many results both hold with different values, as other hardware may give; those of
            this store are kept.

        Raises
        ------
        ArgumentError
            If the other store has other recipes or measures for the same points; nothing is then merged.
        """
        with self._database.writing() as connection, other._database.snapshot() as rows:
            points = {
                point: point_number(connection, form, settings)
                for point, form, settings in rows("SELECT * FROM points")
            }
            recipes, measures = (
                {
                    number: number_of(connection, kind, name, text)
                    for number, name, text in rows(f"SELECT * FROM {kind}s")
                }
                for kind in KINDS
            )
            runs = {run: run_number(connection, made) for run, *made in rows("SELECT * FROM runs")}
            for point, arm, recipe, first, last in rows("SELECT * FROM asked"):
                where = (points[point], arm, recipes[recipe])
                if asked_otherwise(connection, where):
                    raise ArgumentError("store", str(other.path), _OTHERWISE)
                ask(connection, where, [(first, last)])
            for point, arm, name, measure in rows("SELECT * FROM columns"):
                if not show(connection, (points[point], arm, name, measures[measure]), keep=True):
                    raise ArgumentError("store", str(other.path), _OTHERWISE)
            for recipe, seed, reason, run in rows("SELECT * FROM results"):
                put(connection, (recipes[recipe], seed, reason, runs[run]))
            differing = set()
            for recipe, seed, measure, value, run in rows("SELECT * FROM measured"):
                row = (recipes[recipe], seed, measures[measure], value, runs[run])
                if put_measured(connection, row):
                    differing.add((recipe, seed))
        return len(differing)


_OTHERWISE = (
    "was made by another version of mfh, or of your own code, which trains or measures the same "
    "points otherwise; keep it apart. Nothing was merged from it"
)


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


def _tables_of(plan: Plan, numbers: Mapping[bytes, int]) -> tuple[str, str]:
    """Return what a plan asks for and a store has, as JSON: rows of `asked` and of `columns`.

    Parameters
    ----------
    plan : Plan
        The sweep.
    numbers : mapping of bytes to int
        Of recipes and measures in the store, by their identities.
    """
    asked = [
        (i, arm, numbers[recipe.identity], first, last)
        for (i, arm), recipe in plan.uses.items()
        if recipe.identity in numbers
        for first, last in runs_of(plan.seeds)
    ]
    columns = [
        (i, arm, name, numbers.get(measure))
        for (i, arm), own in plan.columns.items()
        for name, measure in own.items()
    ]
    return json.dumps(asked), json.dumps(columns)


def _from_json(place: int, *columns: str) -> str:
    """Return SQL that reads the rows of a table from a value of the query."""
    parts = (f"json_extract(value, '$[{i}]') AS {name}" for i, name in enumerate(columns))
    return f"AS MATERIALIZED (SELECT {', '.join(parts)} FROM json_each(?{place}))"


_TABLES = (
    f"WITH asked {_from_json(1, 'point', 'arm', 'recipe', 'first', 'last')}, "
    f"columns {_from_json(2, 'point', 'arm', 'name', 'measure')}"
)
"""What `_tables_of` a plan returns, in the place of what all plans asked for."""


def _rows_of(names: Sequence[str], tables: str) -> str:
    """Return the query of rows with some measures, whose names are its values from the third on."""
    values = "".join(f", m{i}.value" for i, _ in enumerate(names))
    joins = "".join(
        f" LEFT JOIN columns AS c{i} ON (c{i}.point, c{i}.arm) = (asked.point, asked.arm) "
        f"AND c{i}.name = ?{i + 3} LEFT JOIN measured AS m{i} ON (m{i}.recipe, m{i}.seed, "
        f"m{i}.measure) = (results.recipe, results.seed, c{i}.measure)"
        for i, _ in enumerate(names)
    )
    return (
        f"{tables} SELECT asked.point, asked.arm, results.seed, reason{values} FROM asked "
        f"JOIN results ON results.recipe = asked.recipe AND results.seed BETWEEN first AND last"
        f"{joins} ORDER BY asked.point, asked.arm, first, results.seed"
    )


def _parts(names: Sequence[str]) -> list[Sequence[str]]:
    """Return names in parts that one query can join."""
    return [names[i : i + 25] for i in range(0, max(len(names), 1), 25)]


def _column(name: str, values: list[Any]) -> pd.Series:
    """Return a column of values, missing where there are none."""
    if name == "constant":
        return pd.Series(values, dtype="Float64").astype("boolean")
    if any(isinstance(value, bytes) for value in values):
        found = [None if value is None else decoded(value) for value in values]
        return pd.Series(found, dtype=object)
    return pd.Series(values, dtype=float)


KINDS: tuple[Literal["recipe"], Literal["measure"]] = ("recipe", "measure")
"""What has an identity and a text."""

_CONSTANT = "SELECT measure FROM columns WHERE name = 'constant'"
_COUNTS = {
    "points": "SELECT count(*) FROM points",
    "recipes": "SELECT count(*) FROM recipes",
    "rows": "SELECT coalesce(sum(last - first + 1), 0) FROM asked",
    "found": "SELECT count(*) FROM asked JOIN results "
    "ON results.recipe = asked.recipe AND seed BETWEEN first AND last",
    "results": "SELECT count(*) FROM results",
    "failed": "SELECT count(*) FROM results WHERE reason IS NOT NULL",
    "constant": f"SELECT count(*) FROM measured WHERE value = 1 AND measure IN ({_CONSTANT})",
}
