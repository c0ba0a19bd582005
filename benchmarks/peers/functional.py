"""``torch.func``: the gradient of one network's loss, vectorised over networks."""

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, linear

from benchmarks.peers.problem import LEARNING_RATE, Arrays, Networks
from benchmarks.peers.trainer import Trainer, Training


def loss(parameters: tuple[Tensor, ...], x: Tensor, y: Tensor) -> Tensor:
    """Return the loss of one network."""
    first, offset, second, shift = parameters
    return cross_entropy(linear(linear(x, first, offset).relu(), second, shift), y)


def train(initial: tuple[Tensor, ...], x: Tensor, y: Tensor, steps: int) -> tuple[Tensor, ...]:
    """Train all networks as one: stacked parameters, and torch's fused Adam over them."""
    gradient = torch.func.vmap(torch.func.grad(loss))
    parameters = tuple(parameter.clone() for parameter in initial)
    optimiser = torch.optim.Adam(parameters, lr=LEARNING_RATE, fused=True)
    for _ in range(steps):
        for parameter, found in zip(parameters, gradient(parameters, x, y), strict=True):
            parameter.grad = found
        optimiser.step()
    return parameters


def build(networks: Networks, steps: int, variant: str) -> Training:
    """Make the training ready, in groups of networks or not."""
    tensors = [torch.from_numpy(each) for each in (*networks.parameters, networks.x, networks.y)]
    size = int(variant.rpartition(" ")[2]) if "groups of" in variant else len(networks)
    groups = list(zip(*(torch.split(tensor, size) for tensor in tensors), strict=True))

    def run() -> list[tuple[Tensor, ...]]:
        return [train(group[:-2], group[-2], group[-1], steps) for group in groups]

    return Training(run, _arrays)


def _arrays(trained: list[tuple[Tensor, ...]], count: int) -> Arrays:
    joined = (torch.cat(each) for each in zip(*trained, strict=True))
    return tuple(parameter[:count].numpy() for parameter in joined)


def serve() -> Trainer:
    """Return what its process serves."""
    return Trainer(build)
