"""Networks laid out for the program that trains them: tensors of a GPU in, tensors out."""

import importlib.util
from dataclasses import dataclass
from typing import Any, Literal

import torch
from jaxtyping import Float
from torch import Tensor

from analysis.training.networks import Activation, Parameters
from analysis.training.objectives import Distillation
from analysis.training.optimiser import Optimiser

Precision = Literal["ieee", "tf32x3", "tf32"]
"""How products of float32 are made: as they are; each of three products of TensorFloat-32, exact to
about as many digits; or rounded to it, to 11 binary digits."""

LARGEST = 8192
"""Weights, padded, of the first layer of a network that a program can hold in its registers."""

MOST_CLASSES = 16
LEAST = 16
"""Rows and columns of the smallest product of matrices."""


@dataclass(frozen=True)
class Layout:
    """How a program is laid out on the chip; it changes no result but by rounding.

    Parameters
    ----------
    rows : int
        Rows that go through the network at once, a power of two from 16 on.
    warps : int
        Groups of 32 threads that train one network.
    stages : int
        Blocks of rows that are on their way at once.
    registers : int
        Most that a thread may have; the fewer, the more networks are trained beside each other.
    precision : {"ieee", "tf32x3", "tf32"}
        How products are made.
    """

    rows: int
    warps: int
    stages: int = 2
    registers: int = 128
    precision: Precision = "ieee"


def takes(
    initial: Parameters, optimiser: Optimiser, device: str, activation: Activation = "relu"
) -> bool:
    """Return whether a program can train such networks: on a GPU, in float32, where there is Triton.

    They have one hidden layer of ReLUs, or none, and so few weights that the registers hold them; and
    they learn from all rows at every step, until the last.
    """
    if device != "cuda" or len(initial) > 4 or activation != "relu":
        return False
    plain = not (optimiser.batch or optimiser.clip or optimiser.validation or optimiser.snapshots)
    if not plain or optimiser.name == "adamw":
        return False
    single = all(part.dtype == torch.float32 for part in initial)
    fits = _weights(initial) <= LARGEST and initial[-1].shape[1] <= MOST_CLASSES
    return single and fits and importlib.util.find_spec("triton") is not None


def layout_for(initial: Parameters) -> Layout:
    """Return the layout with which a compiled step has the fewest instructions, and enough in flight.

    Each thread has 32 or 64 weights, and as few registers as keep what it needs within a block: the
    fewer, the more networks are trained beside each other.
    """
    weights = _weights(initial)
    warps = max(1, min(weights // 1024, max(2, weights // 2048)))
    registers = 200 if warps == 1 else 128 if weights == 1024 * warps else 168
    return Layout(LEAST, warps, registers=registers)


def descend(
    loss: Distillation,
    initial: Parameters,
    data: tuple[Tensor, ...],
    optimiser: Optimiser,
    rates: Float[Tensor, " step"],
    layout: Layout | None = None,
) -> Parameters:
    """Return networks after all steps, a program each; they are where the tensors are.

    Parameters
    ----------
    loss : Distillation
        Of labels and maybe targets.
    initial : tuple of tensors, each with a leading model axis
        Parameters to start from, of networks that `takes` takes; not changed.
    data : tuple of tensors
        Rows x, labels y and, unless the teacher weight is 0, targets.
    optimiser : Optimiser
        The rule and the weight decay.
    rates : tensor (step,)
        The learning rate of each step.
    layout : Layout, optional
        On the chip; `layout_for` says which unless told.
    """
    from analysis.training.fused.programs import train  # noqa: PLC0415  # there may be no Triton

    layout = layout or layout_for(initial)
    (x, y, *targets), classes = data, initial[-1].shape[1]
    models, rows, _ = x.shape
    blocks, across = -(-rows // layout.rows), _padded(classes, 2)
    channels, hidden = _padded(x.shape[2], LEAST), len(initial) == 4
    units = _padded(initial[0].shape[1], LEAST) if hidden else channels
    given = loss.logit_gradient(classes, y, *targets)
    once = given.teacher_weight == 0 or given.temperature == 1
    own = given.label_weight + (given.teacher_weight if once else 0)
    layers = [
        _filled(part, models, *size)
        for part, size in (
            *([(initial[0].mT, (channels, units)), (initial[1].mT, (1, units))] if hidden else []),
            (initial[-2], (across, units)),
            (initial[-1], (across, 1)),
        )
    ]
    programs: Any = train[(models,)]
    programs(
        _filled(x, models, blocks * layout.rows, channels),
        _filled(given.target / -rows, models, blocks * layout.rows, across),
        *layers[:2],  # of a linear network the head, which is not looked at twice
        *layers[-2:],
        _sizes(optimiser, rates).to(x.device),
        rows,
        blocks,
        len(rates),
        optimiser.decay,
        optimiser.momentum,
        own / rows,
        given.teacher_weight / rows,
        1 / given.temperature,
        CHANNELS=channels,
        UNITS=units,
        CLASSES=across,
        COUNT=classes,
        ROWS=layout.rows,
        HIDDEN=hidden,
        ADAM=optimiser.name == "adam",
        TWICE=not once,
        FLAT=given.flat,
        PRECISION=layout.precision,
        num_warps=layout.warps,
        num_stages=layout.stages,
        maxnreg=layout.registers,
    )
    turned = [part.mT for part in layers[:-2]] + layers[-2:]
    return tuple(
        part[:, : size.shape[1], : size.shape[2]].contiguous()
        for part, size in zip(turned, initial, strict=True)
    )


def _padded(size: int, least: int) -> int:
    """Return the next power of two."""
    return max(least, 1 << (size - 1).bit_length())


def _weights(initial: Parameters) -> int:
    """Return the weights of a first layer, padded, or as many as a block of rows has numbers."""
    units = _padded(initial[0].shape[1], LEAST) if len(initial) == 4 else LEAST
    return _padded(initial[0].shape[2], LEAST) * units


def _filled(part: Tensor, *size: int) -> Tensor:
    """Return a tensor in one piece, padded with zeros."""
    found = torch.zeros(size, dtype=torch.float32, device=part.device)
    found[tuple(slice(length) for length in part.shape)] = part
    return found


def _sizes(optimiser: Optimiser, rates: Float[Tensor, " step"]) -> Float[Tensor, "step 2"]:
    """Return how far each step goes, and one over the root of what Adam's mean square has seen."""
    rates, past = rates.double().cpu(), torch.arange(1, len(rates) + 1, dtype=torch.float64)
    if optimiser.name != "adam":
        return torch.stack([rates, torch.ones_like(rates)], 1).float()
    return torch.stack([rates / (1 - 0.9**past), (1 - 0.999**past).rsqrt()], 1).float()
