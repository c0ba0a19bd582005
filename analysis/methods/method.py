"""What a method is: a value that says how models come about, and which others it needs first."""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from jaxtyping import Float
from torch import Tensor

from analysis.methods.trials import Split, Trial
from analysis.training.networks import MLP, Activation
from analysis.training.objectives import Objective
from analysis.training.optimiser import Optimiser
from venn import FrozenMapping, canonical
from venn.canonical import LATER

Role = Literal["teacher", "student"]


@dataclass(frozen=True)
class Setup:
    """How a protocol has models fitted, as far as a method does not say so itself.

    Parameters
    ----------
    optimiser : Optimiser
        Rule, learning rate, steps and weight decay of students.
    distillation : Objective
        The loss of who imitates a teacher.
    teacher_optimiser : Optimiser
        Of teachers, whose depth may ask for another weight decay.
    student, teacher : (int, int)
        Width and depth of their networks; of which 0 is a linear model.
    classes : int
        Logits; 1 where the target is real.
    activation : {"relu", "tanh", "gelu"}
        Of hidden units.
    device : {"cpu", "cuda"}
        Where; no result depends on it, but for rounding.
    """

    optimiser: Optimiser
    distillation: Objective
    teacher_optimiser: Optimiser
    student: tuple[int, int] = (0, 1)
    teacher: tuple[int, int] = (0, 1)
    classes: int = 2
    activation: Activation = dataclasses.field(default="relu", metadata=LATER)
    device: str = dataclasses.field(default="cpu", compare=False)

    def trained(self, role: Role) -> Optimiser:
        """Return how the networks of a role are trained."""
        return self.teacher_optimiser if role == "teacher" else self.optimiser

    def network(self, role: Role, channels: int) -> MLP:
        """Return the shape of the network of a role that sees so many channels."""
        width, depth = getattr(self, role)
        units = self.activation if width and depth else "relu"
        return MLP(channels, width, self.classes, depth, units)


class Model(ABC):
    """A fitted model of one trial."""

    @property
    @abstractmethod
    def finite(self) -> bool:
        """Whether it is one: fitting it did not diverge."""

    @abstractmethod
    def outputs(self, rows: Split) -> Float[Tensor, "model sample class_"]:
        """Return its logits of some rows, with a model axis of length 1."""

    def hidden(self, rows: Split) -> tuple[Float[Tensor, "model sample unit"], ...]:  # noqa: ARG002  # a model with hidden layers reads them
        """Return its hidden layers, after their activation; none unless it has some to show."""
        return ()


class Method(ABC):
    """How models come about.

    A method is a frozen dataclass: its fields are all that its models depend on, beside the rows
    and starts of a trial, the protocol's `Setup`, and the models that it `needs`.
    """

    @property
    def needs(self) -> Mapping[str, "Method"]:
        """The methods whose models are fitted first, by what they are to this one."""
        return FrozenMapping({})

    @property
    def inputs(self) -> tuple[str, ...]:
        """What it reads of a trial, for its own models; the first is what its network sees.

        Inputs of rows, and ``"posterior"``.
        """
        return ("student",)

    @property
    def role(self) -> Role:
        """Whose width and depth its network has."""
        return "student"

    def depends_on(self, setup: Setup, network: MLP) -> dict[str, Any]:
        """Return, as JSON data, what the models depend on beside rows and needs.

        It is the method and all of the setup unless a method says that less will do.
        """
        return {"method": canonical(self), "setup": canonical(setup), "network": canonical(network)}

    @abstractmethod
    def fit(
        self, trials: Sequence[Trial], needed: Mapping[str, Sequence[Model]], setup: Setup
    ) -> Sequence[Model]:
        """Fit the models of many trials at once.

        Parameters
        ----------
        trials : sequence of Trial
            With rows of equal shapes.
        needed : mapping of str to sequence of Model
            For each of `needs` its model of every trial.
        setup : Setup
            Of the protocol.

        Returns
        -------
        sequence of Model
            One a trial.  None depends on which trials are beside it.
        """
