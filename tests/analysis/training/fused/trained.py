"""What the programs make of networks: on a card, or without one as Triton's interpreter runs them.

Triton reads ``TRITON_INTERPRET`` when it is imported, so this is a process of its own; it prints, as
JSON, how far each parameter is from that of the same training in float64 on the CPU.
"""

import json
from typing import NamedTuple
from unittest.mock import patch

import torch

from analysis import MLP, Distillation, Optimiser, minimise, progress
from analysis.training import fused
from analysis.training.groups import GROUP_BYTES
from analysis.training.kernel import library
from tests.analysis.bars import Shown
from tests.analysis.plain import LABELS, networks

MODELS, STEPS = 3, 4
DIVERGED = "a model that diverges"


class Case(NamedTuple):
    """Networks and how they are trained; rows and channels fill no block."""

    loss: Distillation
    optimiser: str = "adam"
    width: int = 5
    classes: int = 2
    channels: int = 20
    rows: int = 37


CASES = {
    "labels": Case(LABELS, width=32, channels=50),
    "a teacher as sharp": Case(Distillation(0.5, 0.8), "momentum", classes=3),
    "softened": Case(Distillation(0.5, 0.8, temperature=2.0), classes=4, rows=32),
    "no labels": Case(Distillation(0.0, 1.0, 0.5, "mean"), "sgd", width=17, channels=16),
    "flat": Case(Distillation(0.5, 0.8, temperature=40.0), classes=3),
    "matching": Case(Distillation(0.0, 1.0, temperature=1e12), "sgd", rows=5),
    "linear": Case(Distillation(0.5, 0.8, temperature=2.0), "momentum", width=0, classes=3),
}


def distances(case: Case, device: str) -> list[float]:
    """Train by programs, in groups of one or two, and in float64; return how far they are apart."""
    chance = torch.Generator().manual_seed(1)
    initial = networks(MLP(case.channels, case.width, case.classes), MODELS)
    x = torch.randn(MODELS, case.rows, case.channels, generator=chance)
    y = torch.randint(case.classes, (MODELS, case.rows), generator=chance)
    teacher = torch.randn(MODELS, case.rows, case.classes, generator=chance)
    given = case.loss.soften(teacher), case.loss.soften(teacher.double())
    taught, exact = ((each,) if case.loss.teacher_weight else () for each in given)
    optimiser = Optimiser(case.optimiser, 0.05, STEPS, 0.1)  # type: ignore[arg-type]
    shown = Shown()
    group = {device: 2 * (x[0].nbytes + sum(part[0].nbytes for part in initial))}
    with (
        patch.object(library, "kernel", lambda: None),
        patch.object(fused, "takes", lambda *_: True),
        patch.dict(GROUP_BYTES, group),
        progress(shown),
    ):
        data = [x[i : i + 1] for i in range(MODELS)], y, *taught
        found = minimise(case.loss, initial, data, optimiser, device=device)
    if shown.n != MODELS or len(shown.seen) == 2:
        raise AssertionError(shown.seen)
    double = tuple(part.double() for part in initial)
    expected = minimise(case.loss, double, (x.double(), y, *exact), optimiser)
    return [
        float((one.double() - two).abs().max()) for one, two in zip(found, expected, strict=True)
    ]


def diverged(device: str) -> list[float]:
    """Train a model on what is not finite beside two that are sound; return how far these are."""
    initial, rate = networks(MLP(20, 5, 2), MODELS), torch.full((STEPS,), 0.05)
    x = torch.randn(MODELS, 37, 20, generator=torch.Generator().manual_seed(1))
    y, optimiser = (x[..., 0] > 0).long(), Optimiser("adam", 0.05, STEPS)
    start = tuple(part.to(device) for part in initial)

    def trained() -> list[torch.Tensor]:
        data = x.to(device), y.to(device)
        return [part.cpu() for part in fused.descend(LABELS, start, data, optimiser, rate)]

    expected = trained()
    x[1, 5] = torch.inf
    found = trained()
    if all(bool(part[1].isfinite().all()) for part in found):
        raise AssertionError("it is not told")
    return [
        float((one - two)[[0, 2]].abs().max()) for one, two in zip(found, expected, strict=True)
    ]


def main() -> None:
    """Train every case."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    found = {name: distances(case, device) for name, case in CASES.items()}
    print(json.dumps(found | {DIVERGED: diverged(device)}))


if __name__ == "__main__":
    main()
