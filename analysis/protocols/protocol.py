"""What a protocol is: how data and initial parameters are drawn, and how networks are trained."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import torch
from torch import Tensor

from analysis.methods.arms import ARMS, POSTERIOR
from analysis.methods.trials import Trial
from analysis.training.networks import MLP
from analysis.training.objectives import Distillation
from analysis.training.optimiser import Optimiser
from venn import VennDiagram, canonical
from venn.checks import whole

PAPER_LOSS = Distillation(reduction="mean")
"""The loss of the paper, whose divergence is averaged over classes too."""


@dataclass(frozen=True, kw_only=True)
class Protocol(ABC):
    """How an experiment draws and trains.

    Parameters
    ----------
    n_train, n_test : int
        Rows to train and to test on.
    optimiser : Optimiser
        How every network is trained.
    distillation : Distillation
        The loss of arms that imitate a teacher.
    """

    n_train: int = 200
    n_test: int = 1000
    optimiser: Optimiser
    distillation: Distillation = PAPER_LOSS

    largest_seed: ClassVar[int] = 2**63 - 1
    """The largest seed that it can draw with."""

    def __post_init__(self) -> None:
        for name in ("n_train", "n_test"):
            object.__setattr__(self, name, whole(name, getattr(self, name), at_least=1))

    @property
    def seeds(self) -> range:
        """The seeds that are run unless told otherwise."""
        return range(100)

    @property
    def drawing(self) -> Self:
        """The protocol as far as draws depend on it: how networks are trained is no draw."""
        plain: dict[str, Any] = {"optimiser": Optimiser("sgd", 1.0, 1), "distillation": PAPER_LOSS}
        return replace(self, **plain)

    @property
    @abstractmethod
    def arms(self) -> Sequence[str]:
        """The arms that it can train."""

    @abstractmethod
    def check(self, diagram: VennDiagram, arms: Collection[str]) -> None:
        """Fail if it cannot draw a diagram, or train one of these arms on it, and say why."""

    @abstractmethod
    def network(self, diagram: VennDiagram, arm: str) -> MLP:
        """Return the shape of an arm's network."""

    @abstractmethod
    def draw(self, diagram: VennDiagram, seed: int, arms: Collection[str]) -> Trial:
        """Draw the data and initial parameters of one diagram and seed, for some arms."""

    @abstractmethod
    def data(self, diagram: VennDiagram, arm: str) -> Any:
        """Return, as JSON data, all that the rows and initial parameters of an arm depend on.

        Diagrams of equal data give an arm, seed by seed, the same rows and initial parameters to
        the last bit.
        """

    def numbers(self, diagram: VennDiagram, arm: str) -> int:
        """Return how many numbers its rows hold, and what a network makes of those it learns from."""
        units = sum(width for _, width in self.network(diagram, arm).layers)
        channels = sum(map(diagram.dim, diagram.modalities))
        return (self.n_train + self.n_test) * channels + self.n_train * units

    def recipe(self, diagram: VennDiagram, arm: str) -> dict[str, Any]:
        """Return, as JSON data, all that an arm's trained network depends on but its seed.

        Two arms, diagrams or protocols of equal recipe train, seed by seed, the same network: the
        No-KD student does not depend on the teacher, its features or the distillation.
        """
        kind, network = ARMS[arm], self.network(diagram, arm)
        weights = self.distillation.weights(network.classes)
        recipe: dict[str, Any] = {
            "protocol": type(self).__name__,
            "n_train": self.n_train,
            "n_test": self.n_test,
            "data": self.data(diagram, arm),
            "network": canonical(network),
            "optimiser": canonical(self.optimiser),
            "loss": kind.loss,
        }
        if kind.loss == "heavier labels":
            recipe["weight"] = sum(weights)
        if kind.loss == "distillation":
            recipe["weights"] = list(weights)
            recipe["temperature"] = self.distillation.temperature
            recipe["shuffled"] = kind.shuffled
            recipe["imitates"] = (
                {POSTERIOR: self.data(diagram, "teacher")}
                if kind.teacher is None
                else self.recipe(diagram, kind.teacher)
            )
        return recipe


def tensor(array: np.ndarray) -> Tensor:
    """Return an array as a tensor with a model axis of length 1, real numbers in float32."""
    real = array.dtype.kind == "f"
    return torch.from_numpy(array.astype(np.float32) if real else array)[None]
