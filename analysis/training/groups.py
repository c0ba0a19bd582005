"""Many models cut into groups that are computed side by side."""

import itertools
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from venn.checks import ArgumentError, one_of

Models = Tensor | Sequence[Tensor]
"""A tensor with a leading model axis, or a tensor with a model axis of length 1 for each model.

Models that share rows can share one tensor; they meet in memory for as long as they are computed.
"""

GROUP_BYTES = {"cpu": 2 * 2**20, "cuda": 2**30}
"""Data and parameters of the models computed side by side.

On a CPU, so few that they and their activations stay in the cache; on a GPU, enough to fill it.
"""


def check_models(name: str, part: Any) -> None:
    """Fail if a part is no tensor with a model axis, nor alike tensors with one of length 1."""
    if isinstance(part, Tensor):
        if part.dim() > 0:
            return
        raise ArgumentError(name, part, "must have a leading model axis")
    allowed = "must be a tensor with a leading model axis, or a tensor with one of length 1 for each model"
    if not isinstance(part, list | tuple) or not part:
        shown = f"{type(part).__module__}.{type(part).__name__}"
        raise ArgumentError(name, shown, f"{allowed}; torch.as_tensor makes one")
    kinds = {
        (tuple(own.shape), own.dtype) if isinstance(own, Tensor) else type(own) for own in part
    }
    (first, *others) = kinds
    if others or not isinstance(first, tuple) or first[0][:1] != (1,):
        raise ArgumentError(name, sorted(map(str, kinds)), allowed + ", all of one shape and kind")


def stacked(part: Models) -> Tensor:
    """Return models as one tensor with a leading model axis."""
    return part if isinstance(part, Tensor) else torch.cat(list(part))


def own(part: Models, model: int) -> Tensor:
    """Return what is one model's own, without the model axis."""
    return part[model] if isinstance(part, Tensor) else part[model][0]


def count(parts: Sequence[Models]) -> int:
    """Return the number of models, which every part has."""
    counts = [len(part) for part in parts]
    if len(set(counts)) > 1:
        raise ArgumentError("models", counts, "must be as many in each tensor or list")
    return counts[0]


def groups(parts: Sequence[Models], device: str, at_once: int = 1) -> list[slice]:
    """Cut models into groups of `GROUP_BYTES`, and into as many as are computed at once.

    None has one model where it could have two: alone, it may be computed in another way.
    """
    models = count(parts)
    one_of("device", device, GROUP_BYTES)
    fits = max(1, GROUP_BYTES[device] // sum(own(part, 0).nbytes for part in parts))
    number = max(-(-models // fits), min(at_once, models // 2), 1)
    ends = [i * models // number for i in range(number + 1)]
    return [slice(*pair) for pair in itertools.pairwise(ends)]


def taken(parts: Sequence[Models], group: slice, device: str) -> tuple[Tensor, ...]:
    """Return the models of a group, moved to the device."""
    return tuple(stacked(part[group]).to(device) for part in parts)
