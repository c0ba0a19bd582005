"""Features of a teacher ranked by Algorithm 1: how far permuting each drives its outputs away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from analysis.methods.agreeing import Agreed
from analysis.methods.algorithm1 import permutations
from analysis.methods.method import Method, Model, Role, Setup
from analysis.methods.network import Network, networks_of, outputs_of
from analysis.methods.saliency import hidden, normalised, saliency
from analysis.methods.trials import Trial
from analysis.training.networks import MLP, stack
from venn import FrozenMapping
from venn.checks import instance, whole


@dataclass(frozen=True, eq=False)
class RankedNetwork(Network):
    """A network that knows how salient its features are.

    Parameters
    ----------
    saliency : tensor (feature,)
        From 0 to 1, of the least and the most salient.
    units : bool
        Whether features are the units of the last hidden layer, not channels.
    """

    saliency: Float[Tensor, " feature"]
    units: bool

    @property
    def finite(self) -> bool:
        """Whether parameters and saliencies are finite."""
        return super().finite and bool(self.saliency.isfinite().all())


@dataclass(frozen=True, kw_only=True)
class Ranked(Method):
    r"""A teacher's network, with the saliency of each of its features on the training rows.

    The saliency is how far permuting a feature drives the outputs from those of the teacher's
    partner, as `Agreeing` has one; of a teacher by itself, from its own: plain importances.

    Parameters
    ----------
    teacher : Method
        Whose network is ranked.
    units : bool
        Whether features are the units of the last hidden layer, not channels.
    repeats : int
        Permutations of each feature.

    Notes
    -----
    Source: Xue et al. (ICLR 2023), Algorithm 1, step 2.
    """

    teacher: Method
    units: bool = False
    repeats: int = 5

    def __post_init__(self) -> None:
        instance("teacher", self.teacher, Method, "Agreeing()")
        whole("repeats", self.repeats, at_least=1)

    @property
    def needs(self) -> Mapping[str, Method]:
        """The teacher."""
        return FrozenMapping({"teacher": self.teacher})

    @property
    def inputs(self) -> tuple[str, ...]:
        """What the teacher reads."""
        return self.teacher.inputs

    @property
    def role(self) -> Role:
        """A teacher's."""
        return "teacher"

    def depends_on(self, setup: Setup, network: MLP) -> dict[str, Any]:  # noqa: ARG002  # its teacher does
        """Return what is ranked, and how."""
        return {"ranked": "units" if self.units else "channels", "repeats": self.repeats}

    def fit(
        self, trials: Sequence[Trial], needed: Mapping[str, Sequence[Model]], setup: Setup
    ) -> Sequence[RankedNetwork]:
        """Rank the features of each trial's teacher."""
        own = networks_of("Ranked.teacher", needed["teacher"])
        parameters, rows = stack([each.parameters for each in own]), [t.train for t in trials]
        partners = [each.partner if isinstance(each, Agreed) else each for each in own]
        reference = outputs_of(partners, rows, setup.device)
        x = torch.cat([each.sees(split) for each, split in zip(own, rows, strict=True)])
        units = own[0].activation
        network, features = hidden(parameters, x, units) if self.units else (parameters, x)
        count, size = features.shape[1:]
        orders = torch.stack(
            [permutations(t.chance("saliency"), count, size, self.repeats) for t in trials]
        )
        found = normalised(saliency(network, features, reference, orders, units))
        return [
            RankedNetwork(each.parameters, each.sees, scores, self.units, activation=units)
            for each, scores in zip(own, found, strict=True)
        ]
