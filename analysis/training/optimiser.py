"""How far and along what a step goes, on which rows, and when it is enough."""

import functools
import math
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import numpy as np
from jaxtyping import Float

from venn.canonical import LATER
from venn.checks import ArgumentError, number, one_of, whole

OptimiserName = Literal["sgd", "adam", "momentum", "adamw"]
Schedule = Literal["constant", "cosine", "step"]

LARGEST = 1e12
"""A weight of a loss, or of its decay.  Adam squares gradients: in float32 those of much larger
weights would be infinite, and the network would stay as it was."""

DECAY = (0.1, 0.03, 0.01, 0.003, 0.001, 0.0003, 0.0)
"""Weight decay for one hidden layer, two, …, seven and more: with that of one layer less, some
networks answer the same to every row, from two layers on (``docs/defaults.md``)."""


@dataclass(frozen=True)
class Optimiser:
    r"""Gradient descent, plain, with momentum or Adam's step sizes, on a penalised loss.

    .. math:: L(\theta) + \tfrac{\lambda}{2} \lVert \theta \rVert^2

    Parameters
    ----------
    name : {"sgd", "adam", "momentum", "adamw"}
        ``"sgd"`` steps along the gradient; ``"adam"`` is Adam with betas 0.9 and 0.999;
        ``"momentum"`` steps along :math:`v \leftarrow 0.9 v + \nabla`, which starts from 0;
        ``"adamw"`` is Adam on the loss alone, and multiplies parameters with
        :math:`1 - \eta \lambda` before each step (Loshchilov and Hutter, ICLR 2019).
    learning_rate : float
        Size :math:`\eta` of a step, above 0.
    steps : int
        Number of steps, at least 1.
    weight_decay : float, optional
        :math:`\lambda`, from 0 to 1e12; weights and biases alike.  None leaves it to the depth of
        the networks, which a protocol knows: see `settled`.
    batch : int
        Rows of a step, drawn without repetition until all have been seen, and then anew; 0 for all.
    schedule : {"constant", "cosine", "step"}
        The rate of step :math:`t = 0, …, T - 1`: always :math:`\eta`; or
        :math:`\tfrac{\eta}{2} (1 + \cos(\pi t / T))`; or a tenth of it after half of the steps, and a
        hundredth after three quarters.
    clip : float
        The largest length of a gradient, over all parameters of a model and without the penalty's;
        longer ones are shortened to it, unless it is 0.
    validation : float
        The share of training rows that are held out, the last ones.  The parameters of the step that
        does best on them are kept: that of the least loss, among those that are looked at.
    validate_every : int
        Steps from one look to the next; after the last step there is one.
    patience : int
        Looks without a better one after which training stops; 0 never stops.
    snapshots : int
        How many states on the way are kept, at equal distances, the last one among them.

    Raises
    ------
    ArgumentError
        If an argument is not allowed.
    """

    name: OptimiserName
    learning_rate: float
    steps: int
    weight_decay: float | None = 0.0
    batch: int = field(default=0, metadata=LATER)
    schedule: Schedule = field(default="constant", metadata=LATER)
    clip: float = field(default=0.0, metadata=LATER)
    validation: float = field(default=0.0, metadata=LATER)
    validate_every: int = field(default=10, metadata=LATER)
    patience: int = field(default=0, metadata=LATER)
    snapshots: int = field(default=0, metadata=LATER)

    def __post_init__(self) -> None:
        def settle(name: str, value: object) -> None:
            object.__setattr__(self, name, value)

        one_of("name", self.name, get_args(OptimiserName))
        one_of("schedule", self.schedule, get_args(Schedule))
        settle("learning_rate", number("learning_rate", self.learning_rate, above=True))
        settle("steps", whole("steps", self.steps, at_least=1))
        if self.weight_decay is not None:
            settle("weight_decay", number("weight_decay", self.weight_decay, at_most=LARGEST))
        settle("batch", whole("batch", self.batch))
        settle("clip", number("clip", self.clip))
        settle("validation", number("validation", self.validation))
        if self.validation >= 1:
            allowed = "must be a share of training rows below 1"
            raise ArgumentError("validation", self.validation, allowed)
        settle("validate_every", whole("validate_every", self.validate_every, at_least=1))
        settle("patience", whole("patience", self.patience))
        if self.patience and not self.validation:
            allowed = "needs rows to judge by; set validation, such as 0.25"
            raise ArgumentError("patience", self.patience, allowed)
        settle("snapshots", whole("snapshots", self.snapshots))
        if self.snapshots > self.steps:
            allowed = f"must be at most {self.steps}, as many as there are steps"
            raise ArgumentError("snapshots", self.snapshots, allowed)

    def settled(self, depth: int) -> "Optimiser":
        """Return the optimiser with the weight decay for so many hidden layers, if it has none."""
        if self.weight_decay is not None:
            return self
        return replace(self, weight_decay=DECAY[min(max(depth, 1), len(DECAY)) - 1])

    @property
    def decay(self) -> float:
        """The weight decay; fails where it is not settled."""
        self.check_settled()
        return self.weight_decay or 0.0

    def check_settled(self) -> None:
        """Fail if the weight decay is left to the depth of networks, which nobody tells."""
        if self.weight_decay is None:
            allowed = "is left to the depth of networks; give a number, or call settled(depth)"
            raise ArgumentError("weight_decay", None, allowed)

    @property
    def momentum(self) -> float:
        """What a step keeps of the one before: 0.9 or, of plain descent and of Adam, nothing."""
        return 0.9 if self.name == "momentum" else 0.0

    @property
    def rates(self) -> Float[np.ndarray, " step"]:
        """The learning rate of each step."""
        done = np.arange(self.steps) / self.steps
        share = {
            "constant": np.ones(self.steps),
            "cosine": (1 + np.cos(math.pi * done)) / 2,
            "step": np.where(done < 1 / 2, 1.0, np.where(done < 3 / 4, 0.1, 0.01)),
        }[self.schedule]
        return self.learning_rate * share

    @functools.cached_property
    def stops(self) -> tuple[int, ...]:
        """The steps after which a state is kept, the last step last."""
        count = max(1, self.snapshots)
        return tuple(self.steps * i // count for i in range(1, count + 1))

    def kept(self, rows: int) -> int:
        """Return of how many rows it learns: of those that are not held out."""
        kept = rows - round(self.validation * rows)
        if not 0 < kept <= rows - (self.validation > 0):
            allowed = f"leaves {kept} of {rows} training rows to learn from; hold out some, not all"
            raise ArgumentError("validation", self.validation, allowed)
        if self.batch > kept:
            allowed = f"must be at most {kept}, as many rows as there are to learn from"
            raise ArgumentError("batch", self.batch, allowed)
        return kept
