"""A sweep from the plan to the store on a card, and how the host keeps up with it."""

import contextlib
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import analysis.methods.network
import analysis.sweeps.shards
from analysis import PAPER_ARMS, Plan, Store, Synthetic, run
from benchmarks.card.roads import without_programs
from benchmarks.card.stages import Case
from benchmarks.card.work import Extent
from venn import growing_gamma

PARTS = {
    "drawing, in a thread of its own": (analysis.sweeps.shards, "drawn_for"),
    "training": (analysis.methods.network, "trajectory"),
    "testing": (analysis.sweeps.shards, "measured"),
    "storing": (Store, "add"),
}
WIDTH, SECONDS = 32, 50.0


def cases(extent: Extent) -> dict[str, Case]:
    """Return the cases: a small sweep, which shows that it works at all, the large one, and torch's."""
    small = max(13, extent.sweep // 50)
    return {
        f"{small:,} networks": partial(sweep, extent, small),
        f"{extent.sweep:,} networks": partial(large, extent, small),
        f"{small:,} networks, torch's road": partial(by_torch, extent, small),
    }


def by_torch(extent: Extent, small: int) -> dict[str, Any]:
    """Run the small sweep as it is where there is no Triton."""
    with without_programs():
        return sweep(extent, small)


def large(extent: Extent, small: int) -> dict[str, Any]:
    """Run the large sweep, or as much of it as a small one lets expect in time."""
    rate = sweep(extent, small)["cells_a_second"]
    return sweep(extent, max(small, min(extent.sweep, int(SECONDS * rate))))


def sweep(extent: Extent, networks: int) -> dict[str, Any]:
    """Run a sweep in a file."""
    synthetic = Synthetic()
    optimiser = replace(synthetic.optimiser, steps=extent.steps)
    protocol = replace(synthetic, optimiser=optimiser, width=WIDTH, teacher_width=WIDTH)
    one = Plan(growing_gamma(), protocol, PAPER_ARMS, range(1)).cells
    plan = Plan(growing_gamma(), protocol, PAPER_ARMS, range(-(-networks // one)))
    spent = dict.fromkeys(PARTS, 0.0)
    started = time.perf_counter()
    with (
        tempfile.TemporaryDirectory() as folder,
        Store(Path(folder) / "sweep.db") as store,
        _timed(spent),
    ):
        run(plan, store, device=extent.device)
        took = time.perf_counter() - started
        whole = len(store.frame()) == plan.rows
    return {
        "cells": plan.cells,
        "steps": extent.steps,
        "took_s": took,
        "cells_a_second": plan.cells / took,
        "spent_s": spent,
        "ok": whole,
    }


@contextlib.contextmanager
def _timed(spent: dict[str, float]) -> Iterator[None]:
    """Add up how long each part takes, whichever thread it is in."""
    lock = threading.Lock()

    def timed(part: str, place: Any, name: str) -> Any:
        function = getattr(place, name)

        def wrapped(*arguments: Any, **options: Any) -> Any:
            started = time.perf_counter()
            try:
                return function(*arguments, **options)
            finally:
                with lock:
                    spent[part] += time.perf_counter() - started

        return patch.object(place, name, wrapped)

    with contextlib.ExitStack() as stack:
        for part, (place, name) in PARTS.items():
            stack.enter_context(timed(part, place, name))
        yield
