"""The plain loop of ``torch.nn`` and ``torch.optim``, one network after another."""

import torch
from torch import Tensor, nn

from benchmarks.peers.problem import LEARNING_RATE, Arrays, Networks
from benchmarks.peers.trainer import Trainer, Training

THREADS = torch.get_num_threads()


def train(network: nn.Module, x: Tensor, y: Tensor, steps: int) -> None:
    """Train one network, as the tutorials do."""
    optimiser = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE)
    criterion = nn.CrossEntropyLoss()
    for _ in range(steps):
        optimiser.zero_grad()
        loss = criterion(network(x), y)
        loss.backward()
        optimiser.step()


def network_of(initial: tuple[Tensor, ...]) -> nn.Module:
    """Return a network that starts from these parameters."""
    hidden, channels = initial[0].shape
    network = nn.Sequential(
        nn.Linear(channels, hidden), nn.ReLU(), nn.Linear(hidden, len(initial[2]))
    )
    with torch.no_grad():
        for parameter, value in zip(network.parameters(), initial, strict=True):
            parameter.copy_(value)
    return network


def _arrays(trained: list[nn.Module], count: int) -> Arrays:
    each = zip(*(network.parameters() for network in trained[:count]), strict=True)
    return tuple(torch.stack(parameters).detach().numpy() for parameters in each)


def build(networks: Networks, steps: int, variant: str) -> Training:
    """Make the loop ready."""
    threads = 1 if variant == "one thread" else THREADS
    initial = [torch.from_numpy(parameter) for parameter in networks.parameters]
    x, y = torch.from_numpy(networks.x), torch.from_numpy(networks.y)

    def run() -> list[nn.Module]:
        torch.set_num_threads(threads)
        trained = []
        for i in range(len(networks)):
            network = network_of(tuple(parameter[i] for parameter in initial))
            train(network, x[i], y[i], steps)
            trained.append(network)
        return trained

    return Training(run, _arrays)


def serve() -> Trainer:
    """Return what its process serves."""
    return Trainer(build)
