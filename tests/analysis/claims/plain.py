"""Networks one at a time, in plain torch: the oracle of claims that train by themselves."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from torch import Tensor, nn
from torch.nn import functional

from analysis import Optimiser, Synthetic
from analysis.methods.arms import NO_KD, TEACHER, UM_TEACHER
from analysis.methods.labels import Labels
from analysis.methods.trials import Trial
from analysis.verdicts import World
from tests.analysis import plain

Network = Sequence[Tensor]


@dataclass(frozen=True)
class Short(World):
    """A world whose networks are trained by another recipe, or for other steps."""

    recipe: Optimiser

    @classmethod
    def of(cls, world: World, steps: int) -> "Short":
        """Return a world whose networks are trained for so many steps."""
        recipe = replace(world.protocol.setup.optimiser, steps=steps)
        return cls(world.models, world.rule, world.view, recipe)

    @property
    def protocol(self) -> Synthetic:
        """How data are drawn and networks trained here."""
        return replace(super().protocol, optimiser=self.recipe)


DIVERGING = Short("linear", "hyperplane", "as it is", Optimiser("sgd", 10, 50, weight_decay=10))


def says(network: Network, x: Tensor, gone: Tensor | None = None, *, units: bool = False) -> Tensor:
    """Return logits, with some channels, or some units of the last hidden layer, at 0."""
    if gone is not None and not units:
        x = x * ~gone
    for weight, bias in zip(network[:-2:2], network[1:-2:2], strict=True):
        x = functional.linear(x, weight, bias.flatten()).relu()
    if gone is not None and units:
        x = x * ~gone
    return functional.linear(x, network[-2], network[-1].flatten())


def start(world: World, trial: Trial, method: Labels) -> nn.Sequential:
    """Return the network of a method as it starts."""
    channels = trial.train.views[method.input].shape[-1]
    shape = world.protocol.setup.network(method.role, channels)
    return plain.module(trial.start(method.init_stream, shape))


def pair(
    world: World, trial: Trial, recipe: Optimiser, agreement: float = 1.0
) -> list[list[Tensor]]:
    """Return networks of both modalities, trained to agree."""
    both = [start(world, trial, method) for method in (TEACHER, UM_TEACHER)]
    views = [trial.train.views[name][0] for name in ("teacher", "student")]
    plain.fit_pair(both, views, trial.train.y[0], recipe, agreement)
    return [[part.detach() for part in network.parameters()] for network in both]


def taught(
    world: World, trial: Trial, method: Labels, said: Tensor | None, recipe: Optimiser
) -> list[Tensor]:
    """Return a method's network after training on labels and, where they are given, on logits."""
    network, x = start(world, trial, method), trial.train.views[method.input][0]
    soft = None if said is None else said.softmax(1)
    plain.fit(network, x, trial.train.y[0], recipe, soft=soft)
    return [part.detach() for part in network.parameters()]


def student(world: World, trial: Trial, said: Tensor | None, recipe: Optimiser) -> float:
    """Return the accuracy of a student of labels and, where they are given, of logits."""
    network = taught(world, trial, NO_KD, said, recipe)
    return right(says(network, trial.test.views["student"][0]), trial)


def right(said: Tensor, trial: Trial) -> float:
    """Return the share of test rows that logits put into their class."""
    return float((said.argmax(1) == trial.test.y[0]).double().mean())
