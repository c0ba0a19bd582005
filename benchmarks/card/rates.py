"""How fast a card trains: each road, each layout of a program, recorded steps and plain ones."""

import contextlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from statistics import median
from typing import Any

import torch
from torch import Tensor

from analysis import Optimiser, Parameters, minimise
from analysis.training import fused
from analysis.training.fused.launch import Layout, layout_for
from benchmarks.card.equality import ADAM, apart, told
from benchmarks.card.roads import LABELS, ROADS, Road, of, plain_steps, tf32, without_programs
from benchmarks.card.stages import Case
from benchmarks.card.work import NO_PROGRAMS, Extent, Problem, once, problem, seconds
from benchmarks.peers.problem import LEARNING_RATE, Shape

Under = Callable[[], contextlib.AbstractContextManager[None]]

OTHERS: tuple[Layout, ...] = (
    Layout(64, 4, registers=168, precision="tf32x3"),
    Layout(64, 4, registers=255, precision="tf32"),
    Layout(64, 4, registers=255, precision="tf32x3"),
    Layout(16, 2, registers=255),
    Layout(16, 2, stages=1),
    Layout(16, 2, stages=3),
    Layout(16, 4),
    Layout(16, 2, registers=168),
    Layout(32, 4),
    Layout(16, 2, registers=96),
    Layout(16, 4, registers=168),
    Layout(16, 1, registers=255),
    Layout(32, 4, registers=168, precision="tf32x3"),
    Layout(64, 4, stages=1, registers=255, precision="tf32x3"),
    Layout(64, 8, precision="tf32x3"),
)
"""Tried beside `layout_for`, the most promising first."""
MINUTE = 1_000_000
"""Trainings that a minute is to hold: 200 rows, 50 channels, 32 hidden units, 1000 steps of Adam."""
FEWER = 4
"""How many times fewer networks the roads of torch train at once: their steps are in memory."""


def _adam(steps: int) -> Optimiser:
    return Optimiser("adam", LEARNING_RATE, steps)


# Recorded steps against plain ones.


def graphs(extent: Extent) -> dict[str, Case]:
    """Return the cases in which a step is recorded as a CUDA graph, and run as it is."""
    shape = extent.shapes[0]
    return {
        f"{name}, {models} models": partial(recorded, extent, road, shape, models)
        for name, road in ROADS.items()
        for models in ((50,) if name != "`kd`" else (50, max(2, extent.models // FEWER)))
    }


def recorded(extent: Extent, road: Road, shape: Shape, models: int) -> dict[str, Any]:
    """Train with steps recorded and with plain ones, few to compare and more to time."""
    given = problem(shape, models, device=extent.device)

    def run(optimiser: Optimiser) -> Parameters:
        return road(given, optimiser, extent.device)

    def both() -> tuple[Parameters, float]:
        timed = partial(run, _adam(extent.steps))
        return run(ADAM), median(seconds(timed, extent))

    with without_programs():
        graph, took = both()
        with plain_steps():
            plain, plainly = both()
    return told(apart(graph, plain), recorded_s=took, plain_s=plainly, models=models)


# Rates.


def rates(extent: Extent) -> dict[str, Case]:
    """Return the cases: programs as they are, torch's roads, then other layouts of programs."""
    found: dict[str, Case] = {}
    for shape in extent.shapes:
        found[f"programs, {shape}"] = partial(by_programs, extent, shape)
        found[f"`minimise` from the host, {shape}"] = partial(from_host, extent, shape)
    for name, road in ROADS.items():
        for shape in extent.shapes:
            found[f"torch, {name}, {shape}"] = partial(by_torch, extent, road, shape)
    for name in ("`kd`", "a callable"):
        for shape in extent.shapes:
            rounded = partial(by_torch, extent, ROADS[name], shape, tf32)
            found[f"torch, {name}, TF32, {shape}"] = rounded
    for shape in extent.shapes:
        for layout in OTHERS:
            of_layout = partial(by_programs, extent, shape, layout)
            found[f"programs, {_words(layout)}, {shape}"] = of_layout
    return found


def _words(layout: Layout) -> str:
    return (
        f"{layout.precision}, {layout.rows} rows, {layout.warps} warps, {layout.stages} stages, "
        f"{layout.registers} registers"
    )


def rate(shape: Shape, models: int, steps: int, took: float) -> dict[str, Any]:
    """Return what is written of a rate: useful operations, and rows, each read twice a step."""
    return {
        "models": models,
        "steps": steps,
        "training_s": took,
        "trainings_a_second": models / took,
        "flops": models * steps * shape.flops / took,
        "row_bytes": models * steps * shape.rows * shape.channels * 8 / took,
    }


def by_programs(extent: Extent, shape: Shape, layout: Layout | None = None) -> dict[str, Any]:
    """Train networks that are on the card already, on labels, by programs."""
    if not extent.programs:
        return {"left out": NO_PROGRAMS}
    models = extent.count(shape)
    given = problem(shape, models, device=extent.device)
    adam, start = _adam(extent.steps), given.first
    chosen = layout or layout_for(start)
    each = torch.full((extent.steps,), LEARNING_RATE)

    def run() -> object:
        return fused.descend(LABELS, start, (given.x, given.y), adam, each, chosen)

    took = median(seconds(run, extent))
    return rate(shape, models, extent.steps, took) | {"layout": _words(chosen)}


def from_host(extent: Extent, shape: Shape) -> dict[str, Any]:
    """Train networks as a user does: rows come from the host, parameters go back there."""
    models = extent.count(shape)
    given, adam = _hosted(extent, shape, models), _adam(extent.steps)

    def run() -> object:
        return minimise(LABELS, given.first, (given.x, given.y), adam, device=extent.device)

    return rate(shape, models, extent.steps, median(seconds(run, extent)))


def _hosted(extent: Extent, shape: Shape, models: int) -> Problem:
    """Return a problem on the host, which is longer in drawing one than the card."""
    return problem(shape, models, device=extent.device).of(Tensor.cpu)


def by_torch(
    extent: Extent, road: Road, shape: Shape, under: Under = contextlib.nullcontext
) -> dict[str, Any]:
    """Train networks by torch's calls, a step recorded."""
    models = max(2, extent.count(shape) // FEWER)
    given, adam = problem(shape, models, device=extent.device), _adam(extent.steps)
    with without_programs(), under():
        took = median(seconds(lambda: road(given, adam, extent.device), extent))
    return rate(shape, models, extent.steps, took)


# The target.


def target(extent: Extent) -> dict[str, Case]:
    """Return the cases: as many trainings as fit, of 1000 steps, and what a minute would hold."""
    found: dict[str, Case] = {"programs": partial(minute, extent, None)}
    for layout in OTHERS[:2]:
        found[f"programs, {_words(layout)}"] = partial(minute, extent, layout)
    return found | {"`minimise` from the host": partial(whole_minute, extent)}


def minute(extent: Extent, layout: Layout | None) -> dict[str, Any]:
    """Train networks that are on the card, group after group, for some seconds."""
    if not extent.programs:
        return {"left out": NO_PROGRAMS}
    shape, models = extent.shapes[0], extent.models
    given, adam = problem(shape, models, device=extent.device), _adam(extent.target_steps)
    each = torch.full((extent.target_steps,), LEARNING_RATE)
    fewer = replace(adam, steps=1)
    fused.descend(LABELS, given.first, (given.x, given.y), fewer, each[:1], layout)  # compiled now

    def run() -> object:
        return fused.descend(LABELS, given.first, (given.x, given.y), adam, each, layout)

    return _minute(extent, run, models)


def whole_minute(extent: Extent) -> dict[str, Any]:
    """Train networks from rows on the host, by the call that users make."""
    shape, models = extent.shapes[0], extent.models
    given, adam = _hosted(extent, shape, models), _adam(extent.target_steps)
    road = of(LABELS)
    road(given, replace(adam, steps=1), extent.device)
    return _minute(extent, lambda: road(given, adam, extent.device), models)


def _minute(extent: Extent, run: Callable[[], object], models: int) -> dict[str, Any]:
    took = [once(run, extent)]
    while sum(took) < extent.seconds:
        took.append(once(run, extent))
    trained = models * len(took)
    found = rate(extent.shapes[0], models, extent.target_steps, sum(took) / len(took))
    found |= {"trained": trained, "took_s": sum(took)}
    if extent.card:  # else it is no such training
        found |= {"trainings_a_minute": 60 * trained / sum(took), "target": MINUTE}
    return found
