"""A label that no linear model knows: how far the features lie from the origin."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from synth.mixing import project
from synth.rules.base import Sliced
from venn.diagram import VennDiagram
from venn.exact import shells
from venn.slices import flipped, shell_cuts, shell_slices
from venn.truth import Truth


@dataclass(frozen=True, repr=False)
class Quadratic(Sliced):
    r"""The label says in which of K shells around the origin the decisive features lie.

    .. math:: y = \#\left\{k : \frac{\|z\|^2 - d}{\sqrt{2d}} + T \ell > c_k\right\}

    for d decisive features.  Every feature counts alike; a linear model does no better than chance.

    Parameters
    ----------
    classes : int or sequence of float
        The number of classes, all as likely, or the probability of each, from the inside out.
    temperature : float
        Logistic label noise T, in standard deviations of the score.
    flip : float
        Probability that a label then becomes one of the other classes, each as likely.

    Notes
    -----
    Where every feature is either seen without noise or not at all, the unseen part of the sum has a
    chi-square distribution, and the truth is an integral over the seen part; otherwise, and with a
    temperature where a part is unseen, it is estimated by Monte Carlo.
    """

    def depends_on(self, diagram: VennDiagram) -> dict[str, Any]:
        """Return the number of decisive features: whose they are does not matter."""
        return {"decisive": diagram.decisive}

    def conditional(
        self, diagram: VennDiagram, latents: Float[np.ndarray, "*row feature"]
    ) -> Float[np.ndarray, "*row class_"]:
        """Return the class probabilities of known features."""
        return self._shells(diagram, latents, 0)

    def posterior(
        self,
        diagram: VennDiagram,
        mean: Float[np.ndarray, "*row feature"],
        unknown: Float[np.ndarray, "feature feature"],
    ) -> Float[np.ndarray, "*row class_"] | None:
        """Return the class probabilities where features are known or not at all, else None."""
        unseen = self._unseen(unknown)
        return None if unseen is None else self._shells(diagram, mean, unseen)

    def truth(
        self, diagram: VennDiagram, unknown: Float[np.ndarray, "feature feature"]
    ) -> Truth | None:
        """Return what can be known where features are known or not at all, else None."""
        unseen = self._unseen(unknown)
        if unseen is None:
            return None
        features = diagram.decisive
        return shells(features - unseen, features, self.prior, self._scale(features), self.flip)

    def _scale(self, features: int) -> float:
        """Return the temperature in units of the sum of squares."""
        return self.temperature * math.sqrt(2 * features)

    def _unseen(self, unknown: Float[np.ndarray, "feature feature"]) -> int | None:
        """Return how many features are unseen, or None where there is no exact form."""
        diagonal = np.diag(unknown)
        half_known = not np.isin(unknown, (0, 1)).all() or (unknown != np.diag(diagonal)).any()
        if half_known or (self.temperature > 0 and 0 < diagonal.sum() < len(diagonal)):
            return None
        return int(diagonal.sum())

    def _shells(
        self, diagram: VennDiagram, mean: Float[np.ndarray, "*row feature"], unseen: int
    ) -> Float[np.ndarray, "*row class_"]:
        # An unseen feature has the estimate 0, which adds nothing.
        known = project(mean * mean, np.ones(diagram.decisive))
        scale = self._scale(diagram.decisive)
        cuts = shell_cuts(self.prior, diagram.decisive, scale)
        return flipped(shell_slices(known, unseen, cuts, scale), self.flip)
