"""Networks one at a time, in plain torch: the oracle of the claims' own teachers."""

from collections.abc import Sequence
from dataclasses import replace

from torch import Tensor, nn
from torch.nn import functional

from analysis import Optimiser, Protocol, Synthetic
from analysis.methods.arms import NO_KD, TEACHER, UM_TEACHER
from analysis.methods.labels import Labels
from analysis.methods.trials import Trial
from analysis.protocols import LINEAR
from tests.analysis import plain

Network = Sequence[Tensor]

DIVERGING = replace(LINEAR, optimiser=Optimiser("sgd", 10, 50, weight_decay=10))


def short(protocol: Protocol, steps: int) -> Synthetic:
    """Return a protocol whose networks are trained for so many steps."""
    assert isinstance(protocol, Synthetic)
    return replace(protocol, optimiser=replace(protocol.setup.optimiser, steps=steps))


def says(network: Network, x: Tensor, gone: Tensor | None = None, *, units: bool = False) -> Tensor:
    """Return logits, with some channels, or some units of the last hidden layer, at 0."""
    if gone is not None and not units:
        x = x * ~gone
    for weight, bias in zip(network[:-2:2], network[1:-2:2], strict=True):
        x = functional.linear(x, weight, bias.flatten()).relu()
    if gone is not None and units:
        x = x * ~gone
    return functional.linear(x, network[-2], network[-1].flatten())


def start(protocol: Protocol, trial: Trial, method: Labels) -> nn.Sequential:
    """Return the network of a method as it starts."""
    channels = trial.train.views[method.input].shape[-1]
    shape = protocol.setup.network(method.role, channels)
    return plain.module(trial.start(method.init_stream, shape))


def pair(
    protocol: Protocol, trial: Trial, recipe: Optimiser, agreement: float = 1.0
) -> list[list[Tensor]]:
    """Return networks of both modalities, trained to agree."""
    both = [start(protocol, trial, method) for method in (TEACHER, UM_TEACHER)]
    views = [trial.train.views[name][0] for name in ("teacher", "student")]
    plain.fit_pair(both, views, trial.train.y[0], recipe, agreement)
    return [[part.detach() for part in network.parameters()] for network in both]


def taught(
    protocol: Protocol, trial: Trial, method: Labels, said: Tensor | None, recipe: Optimiser
) -> list[Tensor]:
    """Return a method's network after training on labels and, where they are given, on logits."""
    network, x = start(protocol, trial, method), trial.train.views[method.input][0]
    soft = None if said is None else said.softmax(1)
    plain.fit(network, x, trial.train.y[0], recipe, soft=soft)
    return [part.detach() for part in network.parameters()]


def student(protocol: Protocol, trial: Trial, said: Tensor | None, recipe: Optimiser) -> float:
    """Return the accuracy of a student of labels and, where they are given, of logits."""
    network = taught(protocol, trial, NO_KD, said, recipe)
    return right(says(network, trial.test.views["student"][0]), trial)


def right(said: Tensor, trial: Trial) -> float:
    """Return the share of test rows that logits put into their class."""
    return float((said.argmax(1) == trial.test.y[0]).double().mean())
