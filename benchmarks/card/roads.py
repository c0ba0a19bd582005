"""The roads of training: each takes a problem to trained parameters, on a device."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor
from torch.nn.functional import mse_loss, normalize

import analysis.training.minimise
from analysis import (
    ARMS,
    Distillation,
    Optimiser,
    Parameters,
    Projector,
    SquaredError,
    Synthetic,
    cross_entropy,
    logits,
    method,
    minimise,
)
from analysis.methods.losses import Said
from analysis.methods.network import Network
from analysis.training import fused, surroundings
from analysis.training.groups import GROUP_BYTES
from analysis.training.layerwise import OfLayers
from analysis.training.networks import layers
from analysis.training.pairs import train_pair
from analysis.training.replay import repeated
from benchmarks.card.work import Problem
from venn import VennDiagram

Road = Callable[[Problem, Optimiser, str], Parameters]

LABELS, KD = Distillation(teacher_weight=0.0), Distillation(0.5, 0.8, temperature=2.0)
DIAGRAM = VennDiagram({"a": 10, "b": 10, "a&b": 10}, noise={"a": 30, "b": 30})


def of(loss: Distillation) -> Road:
    """Return the road of a loss that is a value."""

    def road(given: Problem, optimiser: Optimiser, device: str) -> Parameters:
        taught = (loss.soften(given.teacher),) if loss.teacher_weight else ()
        return minimise(loss, given.first, (given.x, given.y, *taught), optimiser, device=device)

    return road


def own_loss(given: Problem, optimiser: Optimiser, device: str) -> Parameters:
    """Train on a function of parameters."""

    def loss(network: Parameters, x: Tensor, y: Tensor, teacher: Tensor) -> Tensor:
        return KD(logits(network, x), y, KD.soften(teacher))

    data = (given.x, given.y, given.teacher)
    return minimise(loss, given.first, data, optimiser, device=device)


def hidden(given: Problem, optimiser: Optimiser, device: str) -> Parameters:
    """Train on a loss of hidden layers, and of another network's."""

    def loss(said: Any, _: Parameters, y: Tensor, *heard: Tensor) -> Tensor:
        apart: Tensor = (said[-2] - heard[0]).square().mean((1, 2))
        return cross_entropy(said[-1], y) + apart

    heard = layers(given.second, given.other)[0]
    data = (given.x, given.y, heard)
    return minimise(OfLayers(loss, len(given.first)), given.first, data, optimiser, device=device)


def several(given: Problem, optimiser: Optimiser, device: str) -> Parameters:
    """Train two encoders that share the head of the first, on normalised units."""
    own = len(given.first)

    def loss(both: Parameters, x: Tensor, other: Tensor, y: Tensor) -> Tensor:
        total = torch.zeros(len(y), dtype=x.dtype, device=x.device)
        for encoder, seen in ((both[:own], x), (both[own:], other)):
            units = normalize(layers((*encoder[:2], *both[own - 2 : own]), seen)[0], dim=-1)
            total = total + cross_entropy(logits(both[own - 2 : own], units), y)
        return total

    start, data = (*given.first, *given.second[:-2]), (given.x, given.other, given.y)
    return minimise(loss, start, data, optimiser, device=device)


def pairs(given: Problem, optimiser: Optimiser, device: str) -> Parameters:
    """Train two networks that are to agree."""
    x = given.x, given.other
    a, b = train_pair(
        given.first, given.second, *x, given.y, optimiser, agreement=2.5, device=device
    )
    return *a, *b


def real(given: Problem, optimiser: Optimiser, device: str) -> Parameters:
    """Train networks of one output on a target that is a number."""
    *start, head, shift = given.first
    data = (given.x, given.teacher[..., 0].contiguous(), given.teacher[..., 1:2].contiguous())
    network = (*start, head[:, :1].contiguous(), shift[:, :1].contiguous())
    return minimise(SquaredError(0.5, 0.8), network, data, optimiser, device=device)


ROADS: dict[str, Road] = {
    "`kd`": of(KD),
    "a callable": own_loss,
    "hidden layers": hidden,
    "several networks": several,
    "pairs": pairs,
    "real targets": real,
}


@method
def hint(student: Said, teacher: Said, y: Tensor, *, project: Any = Projector()) -> Tensor:  # noqa: B008  # a value
    """Return the loss of a projected hint (FitNets)."""
    apart = mse_loss(project(student.hidden[-1]), teacher.hidden[-1])
    return torch.nn.functional.cross_entropy(student.logits, y) + apart


def by_method(device: str, models: int, steps: int) -> Parameters:
    """Train students of a method of one's own, and their teachers, under a protocol."""
    protocol = Synthetic(n_test=10, width=16)
    setup = replace(protocol.setup, device=device)
    setup = replace(setup, optimiser=replace(setup.optimiser, steps=steps))
    trials = [protocol.trial(DIAGRAM, seed) for seed in range(models)]
    teachers = ARMS["teacher"].fit(trials, {}, setup)
    students = hint().fit(trials, {"teacher": teachers}, setup)
    found = [model.parameters for model in students if isinstance(model, Network)]
    return tuple(torch.cat(part) for part in zip(*found, strict=True))


@contextlib.contextmanager
def without_programs() -> Iterator[None]:
    """Let torch train what a program would."""
    with patch.object(fused, "takes", lambda *_: False):
        yield


@contextlib.contextmanager
def plain_steps() -> Iterator[None]:
    """Take each step as it is, without a recording."""

    def plainly(step: Callable[[], None], device: str) -> Callable[[int], None]:  # noqa: ARG001
        return repeated(step, "cpu")

    with patch.object(analysis.training.minimise, "repeated", plainly):
        yield


@contextlib.contextmanager
def tf32() -> Iterator[None]:
    """Let torch round the factors of products to TensorFloat-32."""
    products: Any = torch.backends.cuda.matmul
    before = products.fp32_precision
    products.fp32_precision = "tf32"
    try:
        with patch.object(surroundings, "PRECISION", ()):
            yield
    finally:
        products.fp32_precision = before


@contextlib.contextmanager
def small_groups(given: Problem, device: str) -> Iterator[None]:
    """Train two or three models at once."""
    one = sum(part[0].nbytes for part in (*given.first, given.x, given.y, given.teacher))
    with patch.dict(GROUP_BYTES, {device: 3 * one}):
        yield
