"""Weights of decisive features: how much each counts in the label."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from synth.rules.base import Rule
from synth.streams import stream
from venn.checks import ArgumentError, instance, number, whole
from venn.diagram import VennDiagram
from venn.ratios import checked_shares
from venn.regions import canonical_region

LEAST_ENERGY = 1e-200
"""Below it, and above its inverse, squares of weights lose digits."""

Weights = Literal["ones", "normal"] | Sequence[float]


@dataclass(frozen=True, repr=False)
class Weighted(Rule):
    """A rule that weighs the decisive features, each by itself, whatever region it belongs to.

    Parameters
    ----------
    weights : "ones", "normal" or sequence of float
        One weight per decisive feature, hidden ones included, in the diagram's order of features.
    seed : int, optional
        What ``"normal"`` weights are drawn from, and for them only.
    """

    weights: Weights = "ones"
    seed: int | None = None

    def __post_init__(self) -> None:
        weights, seed = checked_weights(self.weights, self.seed)
        object.__setattr__(self, "weights", weights)
        object.__setattr__(self, "seed", seed)

    def check(self, diagram: VennDiagram) -> None:
        """Fail if there is not one weight per decisive feature."""
        if not isinstance(self.weights, str) and len(self.weights) != diagram.decisive:
            allowed = (
                f"must be one weight per decisive feature, hidden ones included: {diagram.decisive}"
            )
            raise ArgumentError("weights", self.weights, allowed)

    def depends_on(self, diagram: VennDiagram) -> dict[str, Any]:
        """Return the number of decisive features: whose they are does not matter."""
        return {"decisive": diagram.decisive}

    def weights_for(self, diagram: VennDiagram) -> Float[np.ndarray, " feature"]:
        """Return one weight per decisive feature of a diagram."""
        self.check(diagram)
        if self.weights == "ones":
            return np.ones(diagram.decisive)
        if self.seed is not None:  # a longer vector begins with the shorter one
            return stream(self.seed, "weights").standard_normal(diagram.decisive)
        return np.array(self.weights)


def balanced(diagram: VennDiagram, shares: Mapping[str, float]) -> tuple[float, ...]:
    r"""Return weights whose energy is shared by the regions as asked.

    .. math:: w_j^2 = \frac{v\, s_r}{n_r} \text{ for the features j of region r}, \quad
              v = \sum_r n_r,

    and 1 for hidden features, so that the energy :math:`\|w\|^2` is the number of decisive
    features.  With it alpha, beta and gamma by energy can take any value at fixed counts.

    Parameters
    ----------
    diagram : VennDiagram
        The regions and their counts.
    shares : mapping of str to float
        The share :math:`s_r` of each region in the visible energy, such as
        ``{"a": 0.3, "b": 0.3, "a&b": 0.4}``; regions left out have none.  They sum to 1.

    Returns
    -------
    tuple of float
        One weight per decisive feature, in the diagram's order.

    Raises
    ------
    ArgumentError
        If the shares do not sum to 1, or a region that has a share has no feature.

    Examples
    --------
    >>> diagram = VennDiagram({"a": 10, "b": 10, "a&b": 5})
    >>> weights = balanced(diagram, {"a": 0.25, "b": 0.25, "a&b": 0.5})
    >>> [round(share, 12) for share in diagram.overlap("a", "b", weights=weights)]
    [0.25, 0.25, 0.5]
    """
    instance("diagram", diagram, VennDiagram, "VennDiagram({'a': 10, 'b': 10, 'a&b': 5})")
    instance("shares", shares, Mapping, "{'a': 0.3, 'b': 0.3, 'a&b': 0.4}")
    names = {name: canonical_region("shares", name, diagram.modalities) for name in shares}
    if len(set(names.values())) < len(names):
        raise ArgumentError("shares", dict(shares), "names one region twice")
    checked = checked_shares({f"shares[{name!r}]": share for name, share in shares.items()})
    energy = dict.fromkeys(diagram.regions, 0.0)
    for (name, region), share in zip(names.items(), checked.values(), strict=True):
        if share and not diagram.regions[region]:
            raise ArgumentError(f"shares[{name!r}]", share, "must be 0: the region has no feature")
        energy[region] = share * diagram.visible
    return tuple(
        1.0 if region == "hidden" else math.sqrt(energy[region] / diagram.regions[region])
        for region in diagram.feature_regions
    )


def checked_weights(weights: Any, seed: Any) -> tuple[Weights, int | None]:
    """Return weights and seed in canonical form, or fail."""
    allowed = "must be 'ones', 'normal' or finite numbers"
    if isinstance(weights, str):
        if weights not in {"ones", "normal"}:
            raise ArgumentError("weights", weights, allowed)
    elif isinstance(weights, Sequence | np.ndarray):
        weights = tuple(
            number(f"weights[{i}]", weight, at_least=-math.inf) for i, weight in enumerate(weights)
        )
        energy = math.fsum(min(abs(weight), 1e150) ** 2 for weight in weights)
        if not LEAST_ENERGY <= energy <= 1 / LEAST_ENERGY:
            allowed = "must have an energy (sum of squares) between 1e-200 and 1e+200"
            raise ArgumentError("weights", weights, allowed)
    else:
        raise ArgumentError("weights", weights, allowed)
    if weights == "normal":
        return weights, whole("seed", seed, at_most=None)
    if seed is not None:
        raise ArgumentError("seed", seed, "is for weights='normal' only")
    return weights, None


def unknown_share(
    weights: Float[np.ndarray, " feature"], unknown: Float[np.ndarray, "feature feature"]
) -> float:
    """Return the share of the weighted sum's variance that is unknown, between 0 and 1."""
    share = float((weights @ unknown @ weights) / (weights @ weights))
    return min(max(share, 0.0), 1.0)  # a solve may leave it 1e-16 outside
