"""Whether a card trains what a CPU trains, on every road."""

import itertools
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch

from analysis import Distillation, Optimiser, Parameters
from analysis.training import fused
from analysis.training.fused.launch import Layout, Precision, layout_for
from analysis.training.outputs import outputs
from benchmarks.card.roads import (
    KD,
    LABELS,
    ROADS,
    Road,
    by_method,
    of,
    plain_steps,
    small_groups,
    without_programs,
)
from benchmarks.card.stages import Case
from benchmarks.card.work import NO_PROGRAMS, Extent, Problem, problem
from benchmarks.peers.problem import Shape

STEPS, MODELS = 20, 5
LOSSES = {
    "labels": LABELS,
    "as sharp": Distillation(0.5, 0.8),
    "softened": KD,
    "flat": Distillation(0.5, 0.8, temperature=40.0),
    "mean, no labels": Distillation(0.0, 1.0, 1e6, "mean"),
}
OPTIMISERS = (
    Optimiser("sgd", 0.1, STEPS, 0.02),
    Optimiser("momentum", 0.02, STEPS, 0.02),
    Optimiser("adam", 0.01, STEPS, 0.1),
)
ADAM = OPTIMISERS[-1]
TOLERANCE = 1e-4
"""Of parameters after 20 steps, in which Adam's go up to 0.2: in float32 they are apart by the order of
additions alone."""
TOLERANCES: dict[Precision, float] = {"ieee": TOLERANCE, "tf32x3": 1e-3, "tf32": 0.4}
"""By the precision of products; where their factors are rounded, Adam may go the other way where a slope is
almost 0, so that is told and hardly judged."""


def cases(extent: Extent) -> dict[str, Case]:
    """Return the cases: what programs train, each other road, then deeper networks."""
    found = _of_depths(extent, (1, 0))
    precisions: tuple[Precision, ...] = ("ieee", "tf32x3", "tf32")
    for precision, shape in itertools.product(precisions, extent.shapes):
        found[f"programs in {precision}, {shape}"] = partial(programs, extent, shape, precision)
    found |= {name: partial(_one, extent, road) for name, road in list(ROADS.items())[1:]}
    found |= {
        "a `@method` with a projector": partial(_method, extent),
        "`kd`, torch's road": partial(_one, extent, ROADS["`kd`"], without_programs),
        "a callable, plain steps": partial(_one, extent, ROADS["a callable"], plain_steps),
        "in groups": partial(_grouped, extent),
        "a model alone": partial(_one, extent, ROADS["`kd`"], None, 1),
        "outputs": partial(_one, extent, said),
    }
    return found | _of_depths(extent, (2, 3))


def _of_depths(extent: Extent, depths: Sequence[int]) -> dict[str, Case]:
    return {
        f"built-in loss, {depth} hidden layers, {classes} classes": partial(
            built_in, extent, depth, classes
        )
        for depth, classes in itertools.product(depths, (2, 4))
    }


def apart(ours: Parameters, theirs: Parameters) -> float:
    """Return the largest difference; not a number where one has none."""
    pairs = zip(ours, theirs, strict=True)
    return float(torch.stack([(a.double() - b.double()).abs().max() for a, b in pairs]).max())


def told(distance: float, tolerance: float = TOLERANCE, **more: Any) -> dict[str, Any]:
    """Return what is written of an equality."""
    return {"apart": distance, "tolerance": tolerance, "ok": distance <= tolerance, **more}


def built_in(extent: Extent, depth: int, classes: int) -> dict[str, Any]:
    """Train networks on every kind of loss with every rule; tell the worst."""
    shape = Shape(37, 12 if depth else 0, 10)
    given = problem(shape, MODELS, classes, max(1, depth))
    found = {}
    for (name, loss), optimiser in itertools.product(LOSSES.items(), OPTIMISERS):
        road = of(loss)
        here, there = (road(given, optimiser, device) for device in ("cpu", extent.device))
        found[f"{name}, {optimiser.name}"] = apart(there, here)
    worst = max(found, key=lambda name: (found[name] != found[name], found[name]))
    by_program = fused.takes(given.first, ADAM, extent.device)
    return told(found[worst], worst=worst, road="programs" if by_program else "torch")


def _one(
    extent: Extent,
    road: Road,
    under: Callable[[], Any] | None = None,
    models: int = MODELS,
) -> dict[str, Any]:
    given = problem(Shape(50, 16, 12), models)
    expected = road(given, ADAM, "cpu")
    if under is None:
        return told(apart(road(given, ADAM, extent.device), expected))
    with under():
        return told(apart(road(given, ADAM, extent.device), expected))


def said(given: Problem, _: Optimiser, device: str) -> Parameters:
    """Return what networks say of rows."""
    return (outputs(given.first, given.x, device),)


def _grouped(extent: Extent) -> dict[str, Any]:
    """Train in groups of two or three: a model must not depend on which these are."""
    given = problem(Shape(50, 16, 12), 11)
    roads = ROADS["`kd`"], ROADS["a callable"]

    def both() -> Parameters:
        return tuple(part for road in roads for part in road(given, ADAM, extent.device))

    whole = both()
    with small_groups(given, extent.device):
        return told(apart(both(), whole))


def _method(extent: Extent) -> dict[str, Any]:
    here, there = (by_method(device, MODELS, STEPS) for device in ("cpu", extent.device))
    return told(apart(there, here))


def programs(extent: Extent, shape: Shape, precision: Precision) -> dict[str, Any]:
    """Compare programs with float64, beside float32 on the CPU."""
    if not extent.programs:
        return {"left out": NO_PROGRAMS}
    given, loss = problem(shape, MODELS), KD
    exact = of(loss)(given.double(), ADAM, "cpu")
    on_cpu = apart(of(loss)(given, ADAM, "cpu"), exact)
    start = tuple(part.to(extent.device) for part in given.first)
    data = (given.x, given.y, loss.soften(given.teacher))
    layout = layout_of(start, precision)
    rates = torch.full((STEPS,), ADAM.learning_rate)
    found = fused.descend(
        loss, start, tuple(part.to(extent.device) for part in data), ADAM, rates, layout
    )
    distance = apart(tuple(part.cpu() for part in found), exact)
    return told(distance, TOLERANCES[precision], cpu_from_float64=on_cpu)


def layout_of(start: Parameters, precision: Precision) -> Layout:
    """Return the layout for a precision: tensor cores take 64 rows at once."""
    return (
        layout_for(start)
        if precision == "ieee"
        else Layout(64, 4, registers=255, precision=precision)
    )
