"""A label that says on which side of a hyperplane, or between which two, the features lie."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from synth.mixing import project
from synth.rules.base import Sliced
from synth.rules.weights import Weighted, unknown_share
from venn.diagram import VennDiagram
from venn.exact import sliced
from venn.slices import flipped, normal_cuts, slices
from venn.truth import Truth


@dataclass(frozen=True, repr=False)
class Hyperplane(Weighted, Sliced):
    r"""The label says on which side of a hyperplane the decisive features lie.

    .. math:: y = \mathbb{1}[\langle w, z \rangle > 0]

    and, for more classes or other probabilities, between which of the parallel hyperplanes
    :math:`\langle w, z \rangle / \|w\| = c_k`.

    Parameters
    ----------
    weights : "ones", "normal" or sequence of float
        One weight per decisive feature, hidden ones included, in the diagram's order of features.
        A larger weight makes its feature count more; ``"ones"`` makes all count alike,
        ``"normal"`` draws them; `balanced` makes them from shares of energy.
    seed : int, optional
        What ``"normal"`` weights are drawn from, and for them only.
    classes : int or sequence of float
        The number of classes, all as likely, or the probability of each.
    temperature : float
        Logistic label noise: :math:`P(y = 1 \mid z) = 1 / (1 + e^{-s / T})` for the score
        :math:`s = \langle w, z \rangle / \|w\|`.
    flip : float
        Probability that a label then becomes one of the other classes, each as likely.

    Raises
    ------
    ArgumentError
        If the weights are not finite or all zero, or another value is not allowed.

    Notes
    -----
    Source: Xue et al. (ICLR 2023), equation 27, where w is called delta.
    """

    def __post_init__(self) -> None:
        Weighted.__post_init__(self)
        Sliced.__post_init__(self)

    def conditional(
        self, diagram: VennDiagram, latents: Float[np.ndarray, "*row feature"]
    ) -> Float[np.ndarray, "*row class_"]:
        """Return the class probabilities of known features."""
        return self._slices(diagram, latents, 0.0)

    def posterior(
        self,
        diagram: VennDiagram,
        mean: Float[np.ndarray, "*row feature"],
        unknown: Float[np.ndarray, "feature feature"],
    ) -> Float[np.ndarray, "*row class_"]:
        """Return the class probabilities where the features are N(mean, unknown)."""
        return self._slices(diagram, mean, unknown_share(self.weights_for(diagram), unknown))

    def truth(self, diagram: VennDiagram, unknown: Float[np.ndarray, "feature feature"]) -> Truth:
        """Return what can be known where `unknown` is the covariance given what is seen."""
        share = unknown_share(self.weights_for(diagram), unknown)
        return sliced(share, self.prior, self.temperature, self.flip)

    def _slices(
        self, diagram: VennDiagram, mean: Float[np.ndarray, "*row feature"], variance: float
    ) -> Float[np.ndarray, "*row class_"]:
        weights = self.weights_for(diagram)
        score = project(mean, weights / math.sqrt(weights @ weights))
        cuts = normal_cuts(self.prior, self.temperature)
        return flipped(slices(score, variance, cuts, self.temperature), self.flip)
