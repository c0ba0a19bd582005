"""Ours: the engine, and the general path, which differentiates any loss."""

import torch
from torch import Tensor

from analysis import Distillation, Optimiser, Parameters, cross_entropy, logits, minimise
from benchmarks.peers.problem import LEARNING_RATE, Arrays, Networks
from benchmarks.peers.trainer import Trainer, Training


def engine(initial: Parameters, data: tuple[Tensor, Tensor], steps: int) -> Parameters:
    """Train with the loss as a value, which the engine knows: the call that is measured."""
    adam = Optimiser("adam", LEARNING_RATE, steps)
    return minimise(Distillation(teacher_weight=0.0), initial, data, adam)


def eager(initial: Parameters, data: tuple[Tensor, Tensor], steps: int) -> Parameters:
    """Train with the loss as a function, which is differentiated."""

    def loss(parameters: Parameters, x: Tensor, y: Tensor) -> Tensor:
        return cross_entropy(logits(parameters, x), y)

    return minimise(loss, initial, data, Optimiser("adam", LEARNING_RATE, steps))


def tensors(networks: Networks) -> tuple[Parameters, tuple[Tensor, Tensor]]:
    """Return initial parameters and rows as the engine takes them, biases as columns."""
    first, offset, second, shift = map(torch.from_numpy, networks.parameters)
    initial = (first, offset[..., None], second, shift[..., None])
    return initial, (torch.from_numpy(networks.x), torch.from_numpy(networks.y))


def arrays(parameters: Parameters, count: int) -> Arrays:
    """Return the parameters of the first networks as all peers give them."""
    first, offset, second, shift = (tensor[:count].numpy() for tensor in parameters)
    return first, offset[..., 0], second, shift[..., 0]


def _engine(networks: Networks, steps: int, _: str) -> Training:
    initial, data = tensors(networks)
    return Training(lambda: engine(initial, data, steps), arrays)


def _eager(networks: Networks, steps: int, _: str) -> Training:
    initial, data = tensors(networks)
    return Training(lambda: eager(initial, data, steps), arrays)


def serve_engine() -> Trainer:
    """Return what the engine's process serves."""
    return Trainer(_engine)


def serve_eager() -> Trainer:
    """Return what the general path's process serves."""
    return Trainer(_eager)
