"""Networks one at a time, in plain torch: the oracle of claims that train by themselves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional

from analysis.methods.trials import Trial
from analysis.protocols.synthetic import Synthetic
from analysis.training.optimiser import Optimiser
from analysis.verdicts import World

Network = Sequence[Tensor]


@dataclass(frozen=True)
class Short(World):
    """A world whose networks are trained by another recipe, or for other steps."""

    recipe: Optimiser

    @classmethod
    def of(cls, world: World, steps: int) -> "Short":
        """Return a world whose networks are trained for so many steps."""
        recipe = replace(world.protocol.optimiser, steps=steps)
        return cls(world.models, world.rule, world.view, recipe)

    @property
    def protocol(self) -> Synthetic:
        """How data are drawn and networks trained here."""
        return replace(super().protocol, optimiser=self.recipe)


DIVERGING = Short("linear", "hyperplane", "as it is", Optimiser("sgd", 10, 50, weight_decay=10))


def start(trial: Trial, arm: str) -> list[Tensor]:
    """Return where a network of a trial starts."""
    return [part[0] for part in trial.initial[arm]]


def says(network: Network, x: Tensor, gone: Tensor | None = None, *, units: bool = False) -> Tensor:
    """Return logits, with some channels, or some units of the last hidden layer, at 0."""
    if gone is not None and not units:
        x = x * ~gone
    for weight, bias in zip(network[:-2:2], network[1:-2:2], strict=True):
        x = functional.linear(x, weight, bias.flatten()).relu()
    if gone is not None and units:
        x = x * ~gone
    return functional.linear(x, network[-2], network[-1].flatten())


def descended(
    networks: Sequence[Network], loss: Callable[..., Tensor], recipe: Optimiser
) -> list[list[Tensor]]:
    """Return networks after gradient descent on one loss of them all."""
    copies = [[part.clone().requires_grad_() for part in network] for network in networks]
    kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[recipe.name]
    parts = [part for network in copies for part in network]
    descent = kind(parts, lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
    for _ in range(recipe.steps):
        descent.zero_grad()
        loss(*copies).backward()
        descent.step()
    return [[part.detach() for part in network] for network in copies]


def pair(
    trial: Trial, recipe: Optimiser, agreement: float = 1.0, order: Tensor | None = None
) -> list[list[Tensor]]:
    """Return networks of both modalities, trained to agree on rows, or on rows out of order."""
    x, x_student = (trial.train.views[name][0] for name in ("teacher", "student"))
    x_student, y = x_student if order is None else x_student[order], trial.train.y[0]

    def loss(first: Network, second: Network) -> Tensor:
        a, b = says(first, x), says(second, x_student)
        labels = functional.cross_entropy(a, y) + functional.cross_entropy(b, y)
        return labels + agreement * functional.mse_loss(a, b)

    return descended([start(trial, "teacher"), start(trial, "um_teacher")], loss, recipe)


def student(trial: Trial, said: Tensor | None, recipe: Optimiser) -> float:
    """Return the accuracy of a student of labels and, where they are given, of logits."""
    x, y = trial.train.views["student"][0], trial.train.y[0]

    def loss(network: Network) -> Tensor:
        logits = says(network, x)
        labels = functional.cross_entropy(logits, y)
        if said is None:
            return labels
        log_p = logits.log_softmax(1)
        return labels + functional.kl_div(log_p, said.softmax(1), reduction="batchmean") / 2

    (network,) = descended([start(trial, "no_kd")], loss, recipe)
    return right(says(network, trial.test.views["student"][0]), trial)


def right(said: Tensor, trial: Trial) -> float:
    """Return the share of test rows that logits put into their class."""
    return float((said.argmax(1) == trial.test.y[0]).double().mean())


def saliencies(network: Network, reference: Tensor, x: Tensor, orders: Tensor) -> Tensor:
    """Return, from 0 to 1, how far each feature's permutations drive outputs from a reference."""
    repeats, features, _ = orders.shape
    apart = torch.zeros(features)
    for repeat in range(repeats):
        for feature in range(features):
            copy = x.clone()
            copy[:, feature] = x[orders[repeat, feature], feature]
            apart[feature] += functional.mse_loss(says(network, copy), reference)
    return (apart - apart.min()) / (apart.max() - apart.min())
