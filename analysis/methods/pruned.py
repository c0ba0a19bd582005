"""A teacher without some of its features, which are removed in an order; it is not trained again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from analysis.methods.method import Method, Model, Role, Setup
from analysis.methods.network import Network, networks, networks_of
from analysis.methods.ranked import Ranked, RankedNetwork
from analysis.methods.trials import Trial
from analysis.training.networks import MLP, stack
from venn import FrozenMapping
from venn.checks import instance, number, one_of, whole

Order = Literal["least", "most", "random"]


@dataclass(frozen=True, kw_only=True)
class Pruned(Method):
    """A teacher whose network has 0 where features are removed: nothing weighs these.

    Parameters
    ----------
    teacher : Method
        Whose network is pruned.
    ranked : Ranked
        What ranks features, and whether these are channels or hidden units.
    share : float
        How many of them are removed, from 0 to 1.
    order : {"least", "most", "random"}
        Which go first: those of the least saliency, those of the most, or as chance has it.
    draw : int
        Which random order it is.
    """

    teacher: Method
    ranked: Ranked
    share: float
    order: Order = "least"
    draw: int = 0

    def __post_init__(self) -> None:
        instance("teacher", self.teacher, Method, "ARMS['teacher']")
        instance("ranked", self.ranked, Ranked, "Ranked(teacher=Agreeing())")
        object.__setattr__(self, "share", number("share", self.share, at_most=1.0))
        one_of("order", self.order, get_args(Order))
        whole("draw", self.draw)

    @property
    def needs(self) -> Mapping[str, Method]:
        """The teacher, and what ranks its features unless chance does."""
        ranked = {} if self.order == "random" else {"ranked": self.ranked}
        return FrozenMapping({"teacher": self.teacher} | ranked)

    @property
    def inputs(self) -> tuple[str, ...]:
        """What the teacher reads."""
        return self.teacher.inputs

    @property
    def role(self) -> Role:
        """A teacher's."""
        return "teacher"

    def depends_on(self, setup: Setup, network: MLP) -> dict[str, Any]:  # noqa: ARG002  # its teacher does
        """Return what is removed."""
        order = {"draw": self.draw} if self.order == "random" else {}
        return {"removed": self.order, "share": self.share, "units": self.ranked.units, **order}

    def fit(
        self,
        trials: Sequence[Trial],
        needed: Mapping[str, Sequence[Model]],
        setup: Setup,  # noqa: ARG002  # nothing is trained
    ) -> Sequence[Network]:
        """Prune each trial's teacher; where nothing ranks its features, nothing finite is left."""
        own = networks_of("Pruned.teacher", needed["teacher"])
        parameters = stack([each.parameters for each in own])
        layer = len(parameters) - 2 if self.ranked.units else 0
        weight = parameters[layer]
        order = self._order(trials, needed, weight.shape[2])  # (model, feature)
        removed = order[:, : round(self.share * order.shape[1])]
        gone = torch.zeros_like(order, dtype=torch.bool).scatter_(1, removed, True)
        left = (
            *parameters[:layer],
            weight.masked_fill(gone[:, None], 0.0),
            *parameters[layer + 1 :],
        )
        pruned = networks(left, [each.sees for each in own], own[0].activation)
        ranked = networks_of("Pruned.ranked", needed.get("ranked", own))
        return [each if known.finite else known for each, known in zip(pruned, ranked, strict=True)]

    def _order(
        self, trials: Sequence[Trial], needed: Mapping[str, Sequence[Model]], features: int
    ) -> Int[Tensor, "model feature"]:
        """Return in which order features are removed."""
        if self.order == "random":
            drawn = [_drawn(trial.chance("removal"), features, self.draw) for trial in trials]
            return torch.from_numpy(np.stack(drawn))
        ranked = [each for each in needed["ranked"] if isinstance(each, RankedNetwork)]
        least = torch.stack([each.saliency for each in ranked]).argsort(dim=1, stable=True)
        return least if self.order == "least" else least.flip(1)


def _drawn(chance: np.random.Generator, features: int, draw: int) -> Int[np.ndarray, " feature"]:
    """Return one of the permutations that a stream gives one after another."""
    return [chance.permutation(features) for _ in range(draw + 1)][-1]
