"""What Algorithm 1 ranks in a world, channels or else hidden units, and what these are made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from analysis.claims.mfh.preservation import energy, taught_by
from analysis.measures.measure import Answers, Measure
from analysis.methods.method import Method, Setup
from analysis.methods.ranked import Ranked, RankedNetwork
from analysis.protocols import Protocol, Synthetic
from venn import VennDiagram
from venn.checks import one_of


def mixed(protocol: Protocol, diagram: VennDiagram) -> bool:
    """Return whether channels of the teacher's modality mix sources, so that hidden units are ranked."""
    return isinstance(protocol, Synthetic) and "mixed" in taught_by(protocol, diagram).channels


class _OfFeatures(Measure):
    """A number of each feature that is ranked."""

    def applies(self, method: Method, setup: Setup) -> bool:  # noqa: ARG002  # whatever is learned
        """Return whether a method ranks features."""
        return isinstance(method, Ranked)


@dataclass(frozen=True)
class Saliency(_OfFeatures):
    """The saliency of each feature, from 0 to 1."""

    def of(self, answers: Answers) -> Sequence[Any]:
        """Return those of each model."""
        return [each.saliency.double().tolist() for each in _ranked(answers)]


@dataclass(frozen=True)
class MadeOf(_OfFeatures):
    r"""What each feature is made of: the share of its energy that sources of a role have.

    .. math:: \sum_{s \in \text{role}} (W M)_{us}^2 \Big/ \sum_s (W M)_{us}^2

    for features u that are :math:`W x`, or a rectified :math:`W x`, of a view :math:`x = M s` of
    sources s: W are the weights of the first layer for hidden units, and the identity for channels.

    Parameters
    ----------
    role : {"general", "specific"}
        Noise has the rest.
    """

    role: Literal["general", "specific"]
    unit = "fraction"
    of_point = True

    def __post_init__(self) -> None:
        one_of("role", self.role, ("general", "specific"))

    def of(self, answers: Answers) -> Sequence[Any]:
        """Return the shares of each model."""
        found = []
        for network, place in zip(_ranked(answers), answers.places, strict=True):
            first = network.parameters[0][0].double().numpy()
            weights = first if network.units else np.eye(first.shape[1])
            roles = taught_by(place.protocol, place.diagram)
            found.append(energy(weights, roles, self.role).tolist())
        return found


def _ranked(answers: Answers) -> list[RankedNetwork]:
    return [model for model in answers.models if isinstance(model, RankedNetwork)]
