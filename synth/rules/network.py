"""A label made by a random network."""

import functools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy import special

from synth.mixing import mix, project
from synth.rules.base import Sliced
from synth.streams import stream
from venn.checks import whole
from venn.diagram import VennDiagram
from venn.slices import flipped, slices

CALIBRATION = 2**16
"""Draws that find the score's mean, spread and cuts: a class is as likely as asked to 0.2 points."""


@dataclass(frozen=True, repr=False)
class RandomNetwork(Sliced):
    r"""The label slices the output of a random network of the decisive features.

    .. math:: s = \langle v, \tanh(W z + b) \rangle, \quad
              W_{ij} \sim N(0, 4 / d), \quad b_i \sim N(0, 1), \quad v_i \sim N(0, 1)

    for d decisive features; s is then scaled to mean 0 and variance 1.

    Parameters
    ----------
    seed : int
        What the network is drawn from.
    width : int
        Hidden units, at least 1.
    classes : int or sequence of float
        The number of classes, all as likely, or the probability of each.
    temperature : float
        Logistic label noise T, in standard deviations of the score.
    flip : float
        Probability that a label then becomes one of the other classes, each as likely.

    Notes
    -----
    Scale and cuts are quantiles of a fixed sample of 65,536 scores, so that the classes have the
    probabilities asked for up to a standard error of at most 0.2 percentage points.  What can be
    known is estimated by Monte Carlo.
    """

    seed: int = 0
    width: int = 16

    def __post_init__(self) -> None:
        object.__setattr__(self, "seed", whole("seed", self.seed, at_most=None))
        object.__setattr__(self, "width", whole("width", self.width, at_least=1, at_most=4096))
        super().__post_init__()

    def depends_on(self, diagram: VennDiagram) -> dict[str, Any]:
        """Return the number of decisive features: whose they are does not matter."""
        return {"decisive": diagram.decisive}

    def conditional(
        self, diagram: VennDiagram, latents: Float[np.ndarray, "*row feature"]
    ) -> Float[np.ndarray, "*row class_"]:
        """Return the class probabilities of known features."""
        centre, spread, cuts = _calibrated(self, diagram.decisive)
        score = (self._output(latents) - centre) / spread
        return flipped(slices(score, 0.0, cuts, self.temperature), self.flip)

    def _output(self, latents: Float[np.ndarray, "*row feature"]) -> Float[np.ndarray, "*row"]:
        features = latents.shape[-1]
        drawn = stream(self.seed, "network").standard_normal((self.width, features + 2))
        inner = mix(latents, drawn[:, 2:] * (2 / math.sqrt(features))) + drawn[:, 0]
        return project(np.tanh(inner), drawn[:, 1])


@functools.lru_cache(maxsize=128)
def _calibrated(rule: RandomNetwork, features: int) -> tuple[float, float, tuple[float, ...]]:
    """Return mean and standard deviation of the output, and the cuts of the score."""
    chance = stream(rule.seed, "calibration")
    output = rule._output(chance.standard_normal((CALIBRATION, features)))
    centre, spread = float(output.mean()), float(output.std())
    noise = special.logit(np.maximum(chance.random(CALIBRATION), 2.0**-54))
    noisy = (output - centre) / spread + rule.temperature * noise
    cuts = np.quantile(noisy, np.cumsum(rule.prior)[:-1])
    return centre, spread, tuple(float(cut) for cut in cuts)
