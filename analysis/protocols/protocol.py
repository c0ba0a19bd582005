"""What a protocol is: how data and initial parameters are drawn, and how networks are trained."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar, Self

import numpy as np
import torch
from torch import Tensor

from analysis.methods.arms import NAMES
from analysis.methods.method import Method, Setup
from analysis.methods.trials import Kept, Split, Trial
from analysis.training.networks import MLP, Parameters
from analysis.training.objectives import Distillation
from analysis.training.optimiser import Optimiser
from synth import stream
from venn import ArgumentError, VennDiagram
from venn.canonical import code
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
        """The arms of `ARMS` that it can train."""

    @property
    @abstractmethod
    def setup(self) -> Setup:
        """What a method does not say itself of how its models are fitted."""

    def sides(self, diagram: VennDiagram) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the modalities that teach, and those that learn: the first and the second."""
        return diagram.modalities[:1], diagram.modalities[1:2]

    @abstractmethod
    def check(self, diagram: VennDiagram, methods: Collection[Method]) -> None:
        """Fail if it cannot draw a diagram, or fit one of these methods on it, and say why."""

    @abstractmethod
    def channels(self, diagram: VennDiagram, method: Method) -> int:
        """Return how many channels the network of a method sees."""

    @abstractmethod
    def draw(
        self, diagram: VennDiagram, seed: int, methods: Collection[Method]
    ) -> Mapping[Method, Trial]:
        """Return what chance gives each method for one diagram and seed."""

    @abstractmethod
    def data(self, diagram: VennDiagram, method: Method) -> Any:
        """Return, as JSON data, all that a method's rows and initial parameters depend on.

        Diagrams of equal data give a method, seed by seed, the same rows, and the same initial
        parameters of one stream and network, to the last bit.
        """

    def network(self, diagram: VennDiagram, method: Method) -> MLP:
        """Return the shape of a method's network."""
        return self.setup.network(method.role, self.channels(diagram, method))

    def numbers(self, diagram: VennDiagram, method: Method) -> int:
        """Return how many numbers its rows hold, and what a network makes of those it learns from."""
        units = sum(width for _, width in self.network(diagram, method).layers)
        channels = sum(map(diagram.dim, diagram.modalities))
        return (self.n_train + self.n_test) * channels + self.n_train * units

    def recipe(self, diagram: VennDiagram, method: Method) -> dict[str, Any]:
        """Return, as JSON data, all that a method's fitted models depend on but their seed.

        Two methods, diagrams or protocols of equal recipe fit, seed by seed, the same models: the
        No-KD student does not depend on the teacher, its features or the distillation.
        """
        return {
            "protocol": {"kind": type(self).__name__, **code(type(self))},
            "n_train": self.n_train,
            "n_test": self.n_test,
            "data": self.data(diagram, method),
            "method": method.depends_on(self.setup, self.network(diagram, method)),
            "needs": {what: self.recipe(diagram, each) for what, each in method.needs.items()},
        }

    def replayed(self, methods: Collection[Method], script: str) -> None:
        """Fail if one of these methods is not among the arms of a script that is replayed."""
        for method in methods:
            if NAMES.get(method) not in self.arms:
                allowed = f"is not in {script}; the synthetic protocol has it"
                raise ArgumentError("arms", NAMES.get(method, method), allowed)


def replay(
    seed: int,
    train: Split,
    test: Split,
    initial: Parameters,
    kept: Callable[[], Kept] | None = None,
) -> Trial:
    """Return the trial of an arm of a script, which has drawn where its network starts."""
    return Trial(train, test, lambda *_: initial, partial(stream, seed), kept=kept)


def tensor(array: np.ndarray) -> Tensor:
    """Return an array as a tensor with a model axis of length 1, real numbers in float32."""
    real = array.dtype.kind == "f"
    return torch.from_numpy(array.astype(np.float32) if real else array)[None]
