"""A label that is pure synergy: no part of it is known before all of it is."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from synth.mixing import project
from synth.rules.base import Classification
from synth.rules.weights import unknown_share
from venn.checks import ArgumentError, whole
from venn.diagram import VennDiagram
from venn.exact import sliced, unknowable
from venn.slices import flipped, normal_cuts, slices
from venn.truth import Truth


@dataclass(frozen=True, repr=False)
class Parity(Classification):
    r"""The label is the parity of one bit per region.

    .. math:: b_r = \#\{k : s_r > c_k\}, \quad s_r = n_r^{-1/2} \sum_{j \in r} z_j, \quad
              y = \sum_r b_r \bmod K

    for the chosen regions r; with two classes each bit says whether the region's sum is positive,
    and y is their exclusive or.  Every bit is uniform, so that whoever lacks one knows nothing of
    the label: with ``("a", "b")`` no modality alone knows anything, both together everything.

    Parameters
    ----------
    regions : sequence of str
        Two or more regions with features, such as ``("a", "b")``; features of other regions do not
        enter the label.
    classes : int
        K; for more than two, bits are digits.
    flip : float
        Probability that the label becomes one of the other classes, each as likely.

    Raises
    ------
    ArgumentError
        If there are fewer than two regions, one repeats, or a value is not allowed.
    """

    regions: Sequence[str] = ("a", "b")
    classes: int = 2

    def __post_init__(self) -> None:
        allowed = "must be two or more distinct regions, such as ('a', 'b')"
        listed = isinstance(self.regions, tuple | list)
        if not listed or not all(isinstance(region, str) for region in self.regions):
            raise ArgumentError("regions", self.regions, allowed)
        if len(set(self.regions)) < max(2, len(self.regions)):
            raise ArgumentError("regions", self.regions, allowed)
        object.__setattr__(self, "regions", tuple(self.regions))
        object.__setattr__(self, "classes", whole("classes", self.classes, at_least=2, at_most=100))
        super().__post_init__()

    @property
    def prior(self) -> tuple[float, ...]:
        """The probability of each class: all are as likely."""
        return (1 / self.classes,) * self.classes

    def check(self, diagram: VennDiagram) -> None:
        """Fail if a chosen region has no feature, or two names mean one region."""
        for region in self.regions:
            if not diagram.features(region):
                allowed = f"region {region!r} has no feature in this diagram; its bit needs one"
                raise ArgumentError("regions", self.regions, allowed)
        if len({diagram.features(region) for region in self.regions}) < len(self.regions):
            raise ArgumentError("regions", self.regions, "names one region twice")

    def depends_on(self, diagram: VennDiagram) -> dict[str, Any]:
        """Return the features of the chosen regions."""
        return {"features": {region: list(diagram.features(region)) for region in self.regions}}

    def conditional(
        self, diagram: VennDiagram, latents: Float[np.ndarray, "*row feature"]
    ) -> Float[np.ndarray, "*row class_"]:
        """Return the class probabilities of known features."""
        return self._sum_of_digits(diagram, latents, [0.0] * len(self.regions))

    def posterior(
        self,
        diagram: VennDiagram,
        mean: Float[np.ndarray, "*row feature"],
        unknown: Float[np.ndarray, "feature feature"],
    ) -> Float[np.ndarray, "*row class_"] | None:
        """Return the class probabilities where regions are known independently, else None."""
        unknowns = self._unknowns(diagram, unknown)
        return None if unknowns is None else self._sum_of_digits(diagram, mean, unknowns)

    def truth(
        self, diagram: VennDiagram, unknown: Float[np.ndarray, "feature feature"]
    ) -> Truth | None:
        """Return what can be known where at most one region is known in part, else None.

        A digit that is not known at all is uniform and hides the sum; with all others known the
        label is as uncertain as the one digit that remains.
        """
        unknowns = self._unknowns(diagram, unknown)
        if unknowns is None:
            return None
        if max(unknowns) == 1:
            return unknowable(self.prior, self.flip)
        if sum(share > 0 for share in unknowns) > 1:
            return None
        return sliced(max(unknowns), self.prior, flip=self.flip)

    def _unknowns(
        self, diagram: VennDiagram, unknown: Float[np.ndarray, "feature feature"]
    ) -> list[float] | None:
        """Return the unknown share of each region's sum, or None where regions are correlated."""
        sums = np.array([self._indicator(diagram, region) for region in self.regions])
        shared = sums @ unknown @ sums.T
        if (shared != np.diag(np.diag(shared))).any():
            return None
        return [unknown_share(weights, unknown) for weights in sums]

    @staticmethod
    def _indicator(diagram: VennDiagram, region: str) -> Float[np.ndarray, " feature"]:
        weights = np.zeros(diagram.decisive)
        weights[list(diagram.features(region))] = 1
        return weights

    def _sum_of_digits(
        self,
        diagram: VennDiagram,
        mean: Float[np.ndarray, "*row feature"],
        unknowns: Sequence[float],
    ) -> Float[np.ndarray, "*row class_"]:
        digits = []
        for region, unknown in zip(self.regions, unknowns, strict=True):
            features = list(diagram.features(region))
            score = project(mean[..., features], np.full(len(features), len(features) ** -0.5))
            digits.append(slices(score, unknown, normal_cuts(self.prior)))
        return flipped(functools.reduce(_add_modulo, digits), self.flip)


def _add_modulo(
    first: Float[np.ndarray, "*row class_"], second: Float[np.ndarray, "*row class_"]
) -> Float[np.ndarray, "*row class_"]:
    """Return the distribution of the sum, modulo the number of classes, of two independent digits."""
    shifted = (
        first[..., digit, None] * np.roll(second, digit, axis=-1)
        for digit in range(first.shape[-1])
    )
    return functools.reduce(np.add, shifted)
