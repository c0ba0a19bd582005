"""Label rules: how decisive features make a label."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, Int

from venn.checks import ArgumentError, number


@dataclass(frozen=True)
class Hyperplane:
    r"""The label says on which side of a hyperplane the decisive features lie.

    .. math:: y = \mathbb{1}[\langle w, z \rangle > 0]

    Parameters
    ----------
    weights : "ones" or sequence of float
        One weight per decisive feature, hidden ones included, in the diagram's order of features.
        A larger weight makes its feature count more; ``"ones"`` makes all count alike.

    Raises
    ------
    ArgumentError
        If the weights are not finite or all zero.

    Notes
    -----
    Source: Xue et al. (ICLR 2023), equation 27, where w is called delta.
    """

    weights: Literal["ones"] | Sequence[float] = "ones"

    def __post_init__(self) -> None:
        """Check the weights and make them immutable."""
        if isinstance(self.weights, str):
            if self.weights != "ones":
                raise ArgumentError("weights", self.weights, "must be 'ones' or finite numbers")
            return
        if not isinstance(self.weights, Sequence | np.ndarray):
            raise ArgumentError("weights", self.weights, "must be 'ones' or finite numbers")
        weights = tuple(
            number(f"weights[{i}]", weight, at_least=-math.inf)
            for i, weight in enumerate(self.weights)
        )
        if not any(weights):
            raise ArgumentError("weights", weights, "must not all be zero")
        object.__setattr__(self, "weights", weights)

    def check(self, decisive: int) -> None:
        """Fail if the rule cannot label `decisive` features."""
        if self.weights != "ones" and len(self.weights) != decisive:
            allowed = f"must be one weight per decisive feature, hidden ones included: {decisive}"
            raise ArgumentError("weights", self.weights, allowed)

    def label(self, latents: Float[np.ndarray, "sample feature"]) -> Int[np.ndarray, " sample"]:
        """Return the label, 0 or 1, of each row of decisive features."""
        self.check(latents.shape[1])
        weights = np.ones(latents.shape[1]) if self.weights == "ones" else np.array(self.weights)
        labels: Int[np.ndarray, " sample"] = (latents @ weights > 0).astype(np.int64)
        return labels
