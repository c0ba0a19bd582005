"""A sweep that takes a moment, for tests of how sweeps are run and stored."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from analysis import Optimiser, Plan, Store, Synthetic
from analysis.sweeps.store import Outcome
from venn import VennDiagram

Cell = tuple[bytes, int]

DIAGRAMS = tuple(VennDiagram({"a": 2 - n, "b": 2, "a&b": n}, noise={"a": 2}) for n in (0, 1))
FAST = Synthetic(n_train=10, n_test=20, width=2, optimiser=Optimiser("adam", 0.05, 3))


def small(**changes: Any) -> Plan:
    """Return a plan of 2 points, 3 arms and 3 seeds, or other ones."""
    return Plan(**{"diagrams": DIAGRAMS, "protocol": FAST, "seeds": range(3), **changes})


def cells(plan: Plan) -> list[Cell]:
    """Return every cell of a plan."""
    return [(recipe.identity, seed) for seed, family in plan for recipe in family]


def outcome(cell: Cell, *, failed: bool = False) -> Outcome:
    """Return a made-up outcome of a cell, the same every time."""
    identity, seed = cell
    if failed:
        return Outcome(identity, seed, reason="made to fail")
    accuracy = (identity[0] + 256 * seed) % 1000 / 1000
    return Outcome(identity, seed, accuracy, accuracy / 2, constant=seed % 2 == 0)


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
