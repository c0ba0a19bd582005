"""A real target: linear regression."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import special

from synth.mixing import project
from synth.rules.weights import Weighted, unknown_share
from venn.checks import number
from venn.diagram import VennDiagram
from venn.truth import Truth


@dataclass(frozen=True, repr=False)
class Linear(Weighted):
    r"""The label is a real target, linear in the decisive features.

    .. math:: y = \langle w, z \rangle + \sigma \varepsilon, \quad \varepsilon \sim N(0, 1)

    Parameters
    ----------
    weights : "ones", "normal" or sequence of float
        One weight per decisive feature, hidden ones included, in the diagram's order of features.
    seed : int, optional
        What ``"normal"`` weights are drawn from, and for them only.
    noise : float
        The standard deviation :math:`\sigma` of the label noise.

    Raises
    ------
    ArgumentError
        If the weights are not finite or all zero, or the noise is negative.

    Notes
    -----
    With :math:`R^2` the share of the target's variance that its best estimate has,
    :math:`I = -\tfrac12 \log_2(1 - R^2)`; infinite where the target is known without error.
    """

    noise: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "noise", number("noise", self.noise, at_most=1e100))

    @property
    def prior(self) -> None:
        """None: the target is real."""

    @property
    def noisy(self) -> bool:
        """Whether there is label noise."""
        return self.noise > 0

    def conditional(
        self, diagram: VennDiagram, latents: Float[np.ndarray, "*row feature"]
    ) -> Float[np.ndarray, "*row 2"]:
        """Return mean and standard deviation of the target of known features."""
        return self._normal(diagram, latents, self.noise**2)

    def posterior(
        self,
        diagram: VennDiagram,
        mean: Float[np.ndarray, "*row feature"],
        unknown: Float[np.ndarray, "feature feature"],
    ) -> Float[np.ndarray, "*row 2"]:
        """Return mean and standard deviation of the target where the features are normal."""
        return self._normal(diagram, mean, self._residual(diagram, unknown))

    def truth(self, diagram: VennDiagram, unknown: Float[np.ndarray, "feature feature"]) -> Truth:
        """Return what can be known where `unknown` is the covariance given what is seen."""
        weights = self.weights_for(diagram)
        share = self._residual(diagram, unknown) / float(weights @ weights + self.noise**2)
        return Truth(1 - share, math.inf if share == 0 else -math.log2(share) / 2)

    def label(
        self,
        diagram: VennDiagram,
        latents: Float[np.ndarray, "*row feature"],
        uniform: Float[np.ndarray, "*row"] | None = None,
    ) -> Float[np.ndarray, "*row"]:
        """Return the target of each row; see `Rule.label`."""
        mean, sd = np.moveaxis(self.conditional(diagram, latents), -1, 0)
        return np.asarray(mean if uniform is None else mean + sd * special.ndtri(uniform))

    def _residual(
        self, diagram: VennDiagram, unknown: Float[np.ndarray, "feature feature"]
    ) -> float:
        weights = self.weights_for(diagram)
        return float(unknown_share(weights, unknown) * (weights @ weights)) + self.noise**2

    def _normal(
        self, diagram: VennDiagram, mean: Float[np.ndarray, "*row feature"], variance: float
    ) -> Float[np.ndarray, "*row 2"]:
        target = project(mean, self.weights_for(diagram))
        return np.stack([target, np.full_like(target, math.sqrt(variance))], axis=-1)
