"""What a sweep costs beside its training, and what a store of a million rows costs.

Run from the repository's root, about fifteen minutes on two cores:

    python -m benchmarks.sweeps

writes ``sweeps.json`` and ``sweeps.md`` to ``benchmarks/results``.  ``--quick`` takes a hundredth of
each, prints and writes nothing.
"""

import contextlib
import itertools
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from tqdm import tqdm

import analysis.methods.distilled
import analysis.methods.fitting
import analysis.methods.network
import analysis.protocols.synthetic
import analysis.sweeps.shards
from analysis import Plan, Store, Synthetic, progress, resolve_device, run
from analysis.sweeps.provenance import environment
from analysis.sweeps.store import Outcome
from benchmarks.written import write
from synth import Population
from venn import growing_gamma

ARMS = ("no_kd", "kd", "um_kd", "kd_shuffled", "hard_label", "kd_oracle")
PATH = growing_gamma(range(11))
DRAWING = "drawing rows and parameters"
PARTS = {
    (analysis.methods.network, "trajectory"): "training",
    (analysis.sweeps.shards, "drawn_for"): DRAWING,
    (analysis.protocols.synthetic, "_view"): DRAWING,
    (analysis.protocols.synthetic, "start"): DRAWING,
    (Population, "posterior"): DRAWING,
    (analysis.methods.distilled, "outputs_of"): "asking teachers",
    (analysis.sweeps.shards, "measured"): "testing",
}
"""The functions that time is spent in; what is drawn when a teacher is asked is drawing."""
SHARD = 400
REPEATS = 9


def sweep(cells: int) -> dict[str, float]:
    """Run a sweep in a file with all threads."""
    per_seed = Plan(PATH, arms=ARMS, seeds=range(1)).cells
    plan = Plan(PATH, arms=ARMS, seeds=range(-(-cells // per_seed)))
    with (
        tempfile.TemporaryDirectory() as folder,
        Store(Path(folder) / "sweep.db") as store,
        tqdm(desc="sweep", unit="network") as bar,
        progress(bar),
    ):
        started = time.perf_counter()
        run(plan, store)
        total = time.perf_counter() - started
    return {"cells": plan.cells, "seconds": total, "cells_per_second": plan.cells / total}


def shares(cells: int) -> dict[str, float]:
    """Run a sweep in one thread and return on what its time is spent."""
    spent = dict.fromkeys(PARTS.values(), 0.0)
    inside = [0.0]  # what was spent in parts, within each call that is under way

    def timed(place: Any, name: str) -> Any:
        function, part = getattr(place, name), PARTS[place, name]

        def wrapped(*arguments: Any, **options: Any) -> Any:
            started = time.perf_counter()
            inside.append(0.0)
            try:
                return function(*arguments, **options)
            finally:
                total = time.perf_counter() - started
                spent[part] += total - inside.pop()
                inside[-1] += total

        return patch.object(place, name, wrapped)

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with contextlib.ExitStack() as stack:
            for place, name in PARTS:
                stack.enter_context(timed(place, name))
            total = sweep(cells)["seconds"]
    finally:
        torch.set_num_threads(threads)
    found = {part: seconds / total for part, seconds in spent.items()}
    return found | {"all else": 1 - sum(found.values())}


def of_rows(rows: int) -> Plan:
    """Return a plan of about so many rows, each a cell of its own."""
    return Plan(PATH, arms=("kd",), seeds=range(10**6, 10**6 + -(-rows // (2 * len(PATH)))))


def outcomes(plan: Plan) -> Iterator[list[Outcome]]:
    """Yield made-up results of every cell, a shard at a time."""
    chance = np.random.default_rng(0)
    cells = (
        Outcome(
            recipe.identity,
            seed,
            dict.fromkeys(recipe.measures, round(chance.uniform(0.5, 1), 3)),
        )
        for seed, family in plan
        for recipe in family
    )
    return iter(lambda: list(itertools.islice(cells, SHARD)), [])


def fill(store: Store, plan: Plan) -> float:
    """Store made-up results shard by shard, each committed; return the seconds that took."""
    made = environment("cpu")
    found = list(outcomes(plan))
    started = time.perf_counter()
    store.ask(plan)
    number = store.begin(plan, made)
    for shard in tqdm(found, desc="fill", unit="shard"):
        store.add(number, shard)
    return time.perf_counter() - started


def store_of(rows: int) -> dict[str, float]:
    """Write and read a store of so many rows."""
    plan = of_rows(rows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        with Store(path) as store:
            written = fill(store, plan)
        started = time.perf_counter()
        with Store(path) as store:
            frame = store.frame()
        read = time.perf_counter() - started
        if len(frame) != plan.rows:
            raise AssertionError(f"{len(frame)} rows of {plan.rows} came back")
        size = path.stat().st_size
    return {"rows": plan.rows, "write_s": written, "read_s": read, "MiB": size / 2**20}


def rate_beside(sizes: tuple[int, ...], cells: int) -> dict[int, list[float]]:
    """Return cells per second of one sweep in stores that already hold so many rows."""
    quick = replace(Synthetic(), optimiser=replace(Synthetic().optimiser, steps=20))
    rates: dict[int, list[float]] = {size: [] for size in sizes}
    with tempfile.TemporaryDirectory() as folder:
        stores = {}
        for size in sizes:
            stores[size] = Store(Path(folder) / f"{size}.db")
            fill(stores[size], of_rows(size))
        per_seed = Plan(PATH, arms=ARMS, seeds=range(1)).cells
        for repeat in range(REPEATS):
            count = -(-cells // per_seed)
            seeds = range(repeat * count, (repeat + 1) * count)
            plan = Plan(PATH, quick, ARMS, seeds)
            for size in sizes if repeat % 2 else reversed(sizes):
                started = time.perf_counter()
                run(plan, stores[size])
                rates[size].append(plan.cells / (time.perf_counter() - started))
        for store in stores.values():
            store.close()
    return rates


def main(quick: bool) -> None:
    """Measure everything and write it down."""
    scale = 100 if quick else 1
    held = store_of(1_000_000 // scale)
    sizes = tuple(size // scale for size in (1_000, 100_000, 1_000_000))
    rates = rate_beside(sizes, 2_000 // scale)
    swept = sweep(10_000 // scale)
    parts = shares(10_000 // scale)
    result = {
        "sweep": swept | {"shares": parts},
        "store": held,
        "cells_per_second_by_rows_stored": {str(size): rate for size, rate in rates.items()},
        "environment": environment(resolve_device("auto")),
    }
    lines = [
        f"A sweep of {swept['cells']:,} cells (path gamma, 11 points, arms {', '.join(ARMS)}; "
        f"{swept['seconds']:.0f} s, {swept['cells_per_second']:.0f} cells/s) spends, in one thread:",
        "",
        "| on | share of its time |",
        "|---|---|",
        *(f"| {part} | {100 * share:.1f} % |" for part, share in parts.items()),
        "",
        f"A store of {held['rows']:,} rows: written in {held['write_s']:.1f} s "
        f"({SHARD} rows a transaction), read as a table in {held['read_s']:.1f} s, "
        f"{held['MiB']:.0f} MiB.",
        "",
        "| rows already stored | cells/s, median | least | most |",
        "|---|---|---|---|",
        *(
            f"| {size:,} | {median(rate):.0f} | {min(rate):.0f} | {max(rate):.0f} |"
            for size, rate in rates.items()
        ),
        "",
        f"{REPEATS} repeats, interleaved, of a sweep of 20 steps a network.",
    ]
    print("\n".join(lines))
    if quick:
        return
    write("sweeps", result, lines)


if __name__ == "__main__":
    main("--quick" in sys.argv[1:])
