"""What a program is to do with what it is given, in torch: in the place of Triton's where that is not."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor


class StandIn:
    """Takes the call of a program for many models, in which each tensor has a model axis."""

    def __getitem__(self, models: tuple[int]) -> Callable[..., None]:
        self.models = models
        return self.train

    def train(
        self,
        x: Tensor,
        pull: Tensor,
        *layers: Any,
        CHANNELS: int,
        UNITS: int,
        CLASSES: int,
        COUNT: int,
        ROWS: int,
        HIDDEN: bool,
        ADAM: bool,
        TWICE: bool,
        FLAT: bool,
        PRECISION: str,
        **_: int,
    ) -> None:
        """Train all models in place."""
        weight, bias, head, shift, sizes, rows, blocks, steps, decay, kept, *factors = layers
        (own, taught, sharp), (models,) = factors, self.models
        assert x.shape == (models, blocks * ROWS, CHANNELS)
        assert pull.shape == (models, blocks * ROWS, CLASSES)
        assert 0 <= blocks * ROWS - rows < ROWS
        assert (len(sizes), PRECISION) == (steps, "ieee")
        own_layers = [weight, bias, head, shift] if HIDDEN else [head, shift]
        assert head.shape == (models, CLASSES, UNITS if HIDDEN else CHANNELS)
        means, squares = ([torch.zeros_like(part) for part in own_layers] for _ in range(2))
        seen, real = x[:, :rows], torch.arange(CLASSES) < COUNT
        for size, root in sizes:
            units = (seen @ weight + bias).relu() if HIDDEN else seen
            logits = (units @ head.mT + shift.mT).where(real, -torch.inf).double()
            slope = own * logits.softmax(-1)
            if TWICE:
                slope += taught * ((logits * sharp).softmax(-1) - FLAT / COUNT)
            slope = (slope.float() + pull[:, :rows]).where(real, 0)
            back = (slope @ head) * (units > 0)
            slopes = [slope.mT @ units, slope.sum(1)[..., None]]
            if HIDDEN:
                slopes = [seen.mT @ back, back.sum(1, keepdim=True), *slopes]
            for p, along, mean, square in zip(own_layers, slopes, means, squares, strict=True):
                g = along + decay * p
                mean.lerp_(g, 0.1) if ADAM else mean.mul_(kept).add_(g)
                square.lerp_(g * g, 0.001)
                p.sub_(size * (mean / (square.sqrt() * root + 1e-8) if ADAM else mean))
