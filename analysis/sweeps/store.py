"""The store: the results of sweeps in one SQLite file, each cell once, nothing half-written."""

from __future__ import annotations  # pandas has generics for type checkers alone

import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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
from analysis.sweeps.plan import Plan, Recipe, identity, measure_text
from analysis.sweeps.records import (
    STORE,
    Row,
    ask,
    asked_otherwise,
    from_text,
    number_of,
    point_number,
    put,
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
        recipes = list(recipes)
        numbers = self._numbers("measure", {name for each in recipes for name in each.measures})
        found = set()
        for recipe in recipes:
            wanted = {numbers.get(name, 0) for name in recipe.measures}
            for cell, measured, _ in self._cells(recipe):
                if failed if measured is None else wanted <= measured.keys():
                    found.add(cell)
        return found

    def reasons(self, recipes: Iterable[Recipe]) -> dict[tuple[bytes, int], str]:
        """Return the cells of some recipes that failed, and why."""
        return {
            cell: reason
            for recipe in recipes
            for cell, measured, reason in self._cells(recipe)
            if measured is None
        }

    def constant(self, recipes: Iterable[Recipe]) -> set[tuple[bytes, int]]:
        """Return the cells of some recipes whose network answers one class to every row."""
        name = identity(measure_text(MEASURES["constant"]))
        number = self._numbers("measure", [name]).get(name, 0)
        return {
            cell
            for recipe in recipes
            for cell, measured, _ in self._cells(recipe)
            if measured is not None and measured.get(number) == 1
        }

    def _numbers(
        self, kind: Literal["recipe", "measure"], names: Iterable[bytes]
    ) -> dict[bytes, int]:
        """Return the numbers of those recipes or measures that are there, by their identities."""
        query = f"SELECT {kind} FROM {kind}s WHERE identity = ?"
        found = {name: self._database.read(query, (name,)) for name in names}
        return {name: rows[0][0] for name, rows in found.items() if rows}

    def _cells(
        self, recipe: Recipe
    ) -> Iterator[tuple[tuple[bytes, int], dict[int, Value] | None, Any]]:
        """Yield the cells of a recipe, what was measured of each, and why nothing was."""
        query = (
            "SELECT seed, measured, reason FROM results JOIN recipes USING (recipe) "
            "WHERE recipes.identity = ?"
        )
        for seed, text, reason in self._database.read(query, (recipe.identity,)):
            measured = None if text is None else from_text(text)
            yield (recipe.identity, seed), measured, reason

    def add(self, run: int, outcomes: Iterable[Outcome]) -> None:
        """Store the outcomes of a shard, all or none; a result is kept, a failure replaced."""
        outcomes = list(outcomes)
        with self._database.writing() as connection:
            recipes = self._numbers("recipe", {each.recipe for each in outcomes})
            measures = self._numbers(
                "measure", {name for each in outcomes for name in each.measured}
            )
            for each in outcomes:
                measured = {measures[name]: value for name, value in each.measured.items()}
                put(connection, Row(recipes[each.recipe], each.seed, measured, each.reason, run))

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
            described, asked, columns = self._asked(found) if plan is None else self._of(plan)
            names = {name: None for own in columns.values() for name in own}
            order = [*MEASURES, *sorted(names)]
            shown = sorted(names or dict.fromkeys(USUAL["classes"]), key=order.index)
            rows = []
            for point, arm, recipe, seeds in asked:
                numbers = [columns[point, arm].get(name, 0) for name in shown]
                query = "SELECT seed, measured, reason FROM results WHERE recipe = ?"
                for seed, text, reason in found(query, (recipe,)):
                    if seed in seeds:
                        values = {} if text is None else from_text(text)
                        rows.append((point, arm, seed, *map(values.get, numbers), reason))
        keys = ["point", "arm", "seed"]
        frame = pd.DataFrame(rows, columns=[*keys, *shown, "reason"])
        frame["reason"] = pd.Series([row[-1] for row in rows], dtype=object)  # whether any failed
        for name in shown:
            frame[name] = _column(name, frame[name])
        arms = {arm: place for place, arm in enumerate(ARMS)}
        place = frame["arm"].map(lambda arm: arms.get(arm, len(arms)))
        frame = frame.iloc[place.argsort(kind="stable")]
        frame = frame.sort_values("point", kind="stable", ignore_index=True)
        table = pd.DataFrame([*described.values()], index=[*described])
        settings = table.reindex(frame["point"]).reset_index(drop=True)
        whole = pd.concat([frame[["point"]], settings, frame.drop(columns="point")], axis=1)
        whole.attrs["measures"] = shown
        return whole

    def _asked(self, found: Any) -> _Wanted:
        """Return what all plans asked for."""
        points = found("SELECT point, settings FROM points")
        columns: dict[tuple[int, str], dict[str, int]] = {}
        for point, arm, name, measure in found("SELECT point, arm, name, measure FROM columns"):
            columns.setdefault((point, arm), {})[name] = measure
        asked = [
            (point, arm, recipe, range(first, last + 1))
            for point, arm, recipe, first, last in found(
                "SELECT point, arm, recipe, first, last FROM asked ORDER BY point, arm, first"
            )
        ]
        return {point: json.loads(text) for point, text in points}, asked, columns

    def _of(self, plan: Plan) -> _Wanted:
        """Return what a plan asks for."""
        recipes = self._numbers("recipe", plan.texts)
        measures = self._numbers("measure", plan.measure_texts)
        seeds = plan.seeds if isinstance(plan.seeds, range) else frozenset(plan.seeds)
        asked = [
            (i, arm, recipes.get(recipe.identity, 0), seeds)
            for (i, arm), recipe in sorted(plan.uses.items(), key=lambda use: use[0])
        ]
        columns = {
            place: {name: measures.get(measure, 0) for name, measure in own.items()}
            for place, own in plan.columns.items()
        }
        return {i: describe(point) for i, point in enumerate(plan.points)}, asked, columns

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
            differing = 0
            for recipe, seed, text, reason, run in rows("SELECT * FROM results"):
                values = {} if text is None else from_text(text)
                measured = {measures[i]: value for i, value in values.items()}
                differing += put(
                    connection, Row(recipes[recipe], seed, measured, reason, runs[run])
                )
        return differing


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


_Wanted = tuple[
    dict[int, Any],
    Sequence[tuple[int, str, int, Collection[int]]],
    Mapping[tuple[int, str], Mapping[str, int]],
]
"""Settings of points; the recipe and the seeds of each point's arm; and the measures of each by name.

Where a store has no such recipe or measure, its number is 0.
"""


def _column(name: str, values: pd.Series[Any]) -> pd.Series[Any]:
    """Return what was measured under a name, missing where nothing was."""
    if name == "constant":
        return values.astype("Float64").astype("boolean")
    several = values.map(lambda value: isinstance(value, tuple)).any()
    return values.astype(object if several else float)


KINDS: tuple[Literal["recipe"], Literal["measure"]] = ("recipe", "measure")
"""What has an identity and a text."""

_COUNTS = {
    "points": "SELECT count(*) FROM points",
    "recipes": "SELECT count(*) FROM recipes",
    "rows": "SELECT coalesce(sum(last - first + 1), 0) FROM asked",
    "found": "SELECT count(*) FROM asked JOIN results "
    "ON results.recipe = asked.recipe AND seed BETWEEN first AND last",
    "results": "SELECT count(*) FROM results",
    "failed": "SELECT count(*) FROM results WHERE reason IS NOT NULL",
    "constant": "SELECT count(*) FROM results, (SELECT DISTINCT measure FROM columns "
    "WHERE name = 'constant') AS c WHERE json_extract(measured, '$.\"' || c.measure || '\"') = 1",
}
