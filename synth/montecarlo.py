"""What can be known of a label, estimated with a bound on its own error."""

import math
from collections.abc import Callable, Iterator

import numpy as np
from jaxtyping import Float
from scipy import special

from synth.rules import Rule
from synth.streams import stream
from venn.diagram import VennDiagram
from venn.information import divergence
from venn.truth import Truth

DRAWS = 8192
"""Estimates that are drawn unless told otherwise."""

INNER = 256
"""Draws of what is unknown behind each half of an estimated posterior."""

BLOCK = 64
"""Estimates that are handled at once, to bound memory."""


def estimate(
    rule: Rule,
    diagram: VennDiagram,
    unknown: Float[np.ndarray, "feature feature"],
    draws: int,
    seed: int,
) -> Truth:
    r"""Return Bayes accuracy and information, each with a standard error that includes the bias.

    Estimates of the features are drawn; the posterior of each is exact where the rule has one, and
    otherwise found twice, each time from draws of what is unknown.  With :math:`\hat p, \hat p'` the
    two and :math:`\bar p` their mean,

    .. math::
        E\, \hat p'_{\arg\max \hat p} \le \text{Bayes accuracy} \le E \max_k \bar p_k, \qquad
        E \sum_k \hat p'_k \log_2 \frac1{\hat p_k} \ge H(y \mid x) \ge E H(\bar p).

    The value is the middle of the two bounds, and half their distance is part of its error.  The
    entropy of the label is that of the mean posterior, corrected for its bias, which the error
    includes too.

    Parameters
    ----------
    rule, diagram
        The label, and the features.
    unknown : array (feature, feature)
        The covariance of the features given what is seen.
    draws : int
        Estimates that are drawn.
    seed : int
        What they are drawn from.

    Returns
    -------
    Truth
        With the method "monte carlo".
    """
    chance = stream(seed, "truth")
    known = _root(np.eye(len(unknown)) - unknown)
    means = chance.standard_normal((draws, len(known))) @ known.T
    first, second = posteriors(rule, diagram, means, unknown, lambda: chance)
    accuracy, information = _bounds(first, second)
    (score, score_error), (bits, bits_error) = _middle(*accuracy), _middle(*information)
    bias = _entropy_bias((first + second) / 2)
    return Truth(score, bits + bias, score_error, math.hypot(bits_error, bias), "monte carlo")


Bounds = tuple[Float[np.ndarray, " draw"], Float[np.ndarray, " draw"]]


def _bounds(
    first: Float[np.ndarray, "draw class_"], second: Float[np.ndarray, "draw class_"]
) -> tuple[Bounds, Bounds]:
    """Return upper and lower bounds of accuracy and information, a value a draw."""
    both = (first + second) / 2
    largest, known = both.max(-1), divergence(both, both.mean(0))
    if first is second:  # exact: the bounds meet
        return (largest, largest), (known, known)
    rows = np.arange(len(both))
    chosen = (second[rows, first.argmax(-1)] + first[rows, second.argmax(-1)]) / 2
    # Any guess of a posterior costs at least its entropy; a little of the prior keeps it finite.
    guesses = [(INNER * half + both.mean(0)) / (INNER + 1) for half in (first, second)]
    cost = -(first * np.log2(guesses[1]) + second * np.log2(guesses[0])).sum(-1) / 2
    label = -special.xlogy(both, both.mean(0)).sum(-1) / math.log(2)
    return (largest, chosen), (known, np.asarray(label - cost))


def _entropy_bias(posteriors: Float[np.ndarray, "draw class_"]) -> float:
    r"""Return by how much the entropy of the mean posterior falls short, in bits.

    .. math:: H(p) - E H(\bar p) \approx \sum_k \frac{\text{Var}(p_k)}{2 n p_k \ln 2}
    """
    mean = posteriors.mean(0)
    spread = posteriors.var(0)[mean > 0] / mean[mean > 0]
    return float(spread.sum()) / (2 * len(posteriors) * math.log(2))


def posteriors(
    rule: Rule,
    diagram: VennDiagram,
    means: Float[np.ndarray, "row feature"],
    unknown: Float[np.ndarray, "feature feature"],
    chance: Callable[[], np.random.Generator],
    *,
    same_errors: bool = False,
) -> tuple[Float[np.ndarray, "row class_"], Float[np.ndarray, "row class_"]]:
    """Return two independent estimates of each posterior, or the exact one twice.

    With `same_errors` every row has the same draws of what is unknown, so that its estimate is a
    function of the row alone; without, estimates of different rows are independent.
    """
    exact = rule.posterior(diagram, means, unknown)
    if exact is not None:
        return exact, exact
    if not unknown.any():
        known = rule.conditional(diagram, means)
        return known, known
    root, generator = _root(unknown), chance()

    def drawn(rows: int) -> Float[np.ndarray, "2 row draw feature"]:
        return np.asarray(generator.standard_normal((2, rows, INNER, len(root))) @ root.T)

    same = drawn(1) if same_errors else None

    def halves() -> Iterator[Float[np.ndarray, "2 block class_"]]:
        for start in range(0, len(means), BLOCK):
            block = means[start : start + BLOCK]
            errors = drawn(len(block)) if same is None else same
            yield rule.conditional(diagram, block[:, None] + errors).mean(-2)

    first, second = np.concatenate(list(halves()), axis=1)
    return first, second


def _middle(
    upper: Float[np.ndarray, " draw"], lower: Float[np.ndarray, " draw"]
) -> tuple[float, float]:
    """Return the middle of two bounds and its error: that of the draws, and half their distance."""
    middle = (upper + lower) / 2
    spread = float(middle.std(ddof=1)) / math.sqrt(len(middle))
    return float(middle.mean()), math.hypot(spread, float(upper.mean() - lower.mean()) / 2)


def _root(covariance: Float[np.ndarray, "feature feature"]) -> Float[np.ndarray, "feature feature"]:
    """Return a matrix R with R Rᵀ = covariance, which may be singular."""
    values, vectors = np.linalg.eigh(covariance)
    root: Float[np.ndarray, "feature feature"] = vectors * np.sqrt(np.maximum(values, 0))
    return root
