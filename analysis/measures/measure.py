"""What a measure is: a value that says what is measured of fitted models on their test rows."""

import functools
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from analysis.methods.method import Method, Model, Setup
from analysis.methods.network import outputs_of
from analysis.methods.trials import Trial
from analysis.protocols.protocol import Protocol
from venn import VennDiagram

Value = float | tuple[float, ...]
"""What is measured of one model: a number, or several, such as one a channel."""

Target = Literal["classes", "real"]
"""What labels are."""


def target_of(setup: Setup) -> Target:
    """Return what the labels of a protocol are."""
    return "real" if setup.classes == 1 else "classes"


class Place(NamedTuple):
    """Where a model was fitted.

    Parameters
    ----------
    protocol : Protocol
        How its rows were drawn.
    diagram : VennDiagram
        What they were drawn from.
    seed : int
        The seed.
    """

    protocol: Protocol
    diagram: VennDiagram
    seed: int


@dataclass(frozen=True, eq=False)
class Answers:
    """What fitted models say of their test rows.

    Parameters
    ----------
    models : sequence of Model
        As they were fitted, each finite.
    logits : tensor (model, sample, class)
        What they say.
    trials : sequence of Trial
        On what each was fitted, and on which rows it is tested.
    needed : mapping of str to sequence of Model
        Whom each needed, such as its teacher, by what they are to it.
    places : sequence of Place
        Where each was fitted.
    device : {"cpu", "cuda"}
        Where those that they needed are asked.
    """

    models: Sequence[Model]
    logits: Float[Tensor, "model sample class_"]
    trials: Sequence[Trial]
    needed: Mapping[str, Sequence[Model]]
    places: Sequence[Place]
    device: str = "cpu"

    @functools.cached_property
    def y(self) -> Int[Tensor, "model sample"] | Float[Tensor, "model sample"]:
        """The labels of their test rows."""
        return torch.cat([trial.test.y for trial in self.trials])

    @functools.cached_property
    def answers(self) -> Int[Tensor, "model sample"]:
        """The class that each answers to a row."""
        return self.logits.argmax(-1)

    def said_by(self, what: str) -> Float[Tensor, "model sample class_"]:
        """Return the logits of those that they needed, on the same rows."""
        return outputs_of(self.needed[what], [trial.test for trial in self.trials], self.device)


class Measure(ABC):
    """What is measured of a fitted model on its test rows.

    A measure is a frozen dataclass: its fields are all that a value depends on, beside the model and
    its rows, and with `of_point` the diagram and the protocol.
    """

    unit: ClassVar[str] = ""
    """Of its values: ``"fraction"``, ``"bits"``; empty for a number without one."""

    target: ClassVar[Target | None] = None
    """What labels it is for; None for any."""

    of_point: ClassVar[bool] = False
    """Whether it reads what the model does not depend on, such as the roles of channels: its values
    are then those of one point, where a model that many points share is measured at each."""

    def applies(self, method: Method, setup: Setup) -> bool:  # noqa: ARG002  # some measure teachers
        """Return whether a method's models have such a value under a protocol's setup."""
        return self.target in {None, target_of(setup)}

    @abstractmethod
    def of(self, answers: Answers) -> Sequence[Any] | Tensor:
        """Return the value of each model: a number, nan where it has none, or several numbers."""
