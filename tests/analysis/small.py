"""Sweeps that take a moment, for tests of how they are run and stored, and values of any setting."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from analysis import Optimiser, Plan, Point, Store, Synthetic
from analysis.sweeps.settings import change, describe
from analysis.sweeps.store import Outcome
from venn import ArgumentError, VennDiagram

Cell = tuple[bytes, int]

DIAGRAMS = tuple(VennDiagram({"a": 2 - n, "b": 2, "a&b": n}, noise={"a": 2}) for n in (0, 1))
FAST = Synthetic(n_train=10, n_test=20, width=2, optimiser=Optimiser("adam", 0.05, 3))
POINT = Point(
    VennDiagram({"a": 2, "b": 2, "a&b": 3}, hidden=1, noise={"a": 1, "b": 4}),
    replace(FAST, optimiser=replace(FAST.optimiser, validation=0.2)),
)


_OTHERS: dict[str, list[Any]] = {"snapshots": [1, 2], "clip": [0.01, 0.02]}
"""No more than there are steps; shorter than gradients are."""

SIDES = {"teacher": ["a", "a&b"], "student": ["b", "a&b"]}


def values_of(name: str) -> list[Any]:
    """Return values of any setting that can be changed: words that it names, or numbers."""
    if name in SIDES:
        return [*SIDES[name]]
    if name in _OTHERS:
        return _OTHERS[name]
    now = describe(POINT)[name]
    if not isinstance(now, str):
        return [3, 4] if isinstance(now, int) else [0.25, 0.5]
    with pytest.raises(ArgumentError, match="is unknown; known: ") as error:
        change(POINT, {name: "?"})
    return error.value.allowed.partition("known: ")[2].split(", ")


def small(**changes: Any) -> Plan:
    """Return a plan of 2 points, 3 arms and 3 seeds, or other ones."""
    return Plan(**{"diagrams": DIAGRAMS, "protocol": FAST, "seeds": range(3), **changes})


MEASURED = small().columns[0, "no_kd"]
"""The identities of accuracy, balanced accuracy and constant."""


def cells(plan: Plan) -> list[Cell]:
    """Return every cell of a plan."""
    return [(recipe.identity, seed) for seed, family in plan for recipe in family]


def outcome(cell: Cell, *, failed: bool = False) -> Outcome:
    """Return a made-up outcome of a cell, the same every time."""
    identity, seed = cell
    if failed:
        return Outcome(identity, seed, reason="made to fail")
    accuracy = (identity[0] + 256 * seed) % 1000 / 1000
    values = accuracy, accuracy / 2, float(seed % 2 == 0)
    return Outcome(identity, seed, dict(zip(MEASURED.values(), values, strict=True)))


def fill(store: Store, plan: Plan, some: Iterable[Cell] | None = None, **how: bool) -> Store:
    """Ask a store for a plan and give it made-up outcomes, of all cells or of some."""
    store.ask(plan)
    number = store.begin(plan, {})
    store.add(number, [outcome(cell, **how) for cell in (cells(plan) if some is None else some)])
    return store


def content(store: Store) -> pd.DataFrame:
    """Return a store's rows without the numbers of their points, in an order of their own."""
    frame = store.frame().drop(columns="point")
    return frame.sort_values(["diagram", "arm", "seed"], ignore_index=True)


def sql(store: Store, query: str) -> Any:
    """Run SQL in a store's file, past all that watches over it."""
    return store._database._there().execute(query)
