r"""What anyone can know of a label: Bayes accuracy and mutual information, without sampling.

Two quantities of a label *y* with posterior :math:`p(x) = P(y \mid x)` and prior
:math:`\pi = P(y)`:

.. math:: \text{Bayes accuracy} = E \max_k p_k(x), \qquad
          I(x; y) = E \sum_k p_k(x) \log_2 \frac{p_k(x)}{\pi_k} \text{ bits}.

The functions below know labels as *slices* of a score.  What is seen then enters through one
number: the share of the score that cannot be known from it.
"""

import itertools
import math
from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float
from scipy import integrate

from venn.information import divergence
from venn.slices import (
    chi_density,
    flipped,
    largest_radius,
    normal_cuts,
    normal_density,
    shell_cuts,
    shell_slices,
    slices,
)
from venn.truth import Truth

Points = Float[np.ndarray, "*point"]
Probabilities = Float[np.ndarray, "*point class_"]

STEPS = (-30, -6, -1, 0, 1, 6, 30)
"""Around each cut, in units of its blur: where an integral is taken in pieces."""


def sliced(
    unknown: float, prior: tuple[float, ...], temperature: float = 0.0, flip: float = 0.0
) -> Truth:
    r"""Return what can be known of slices of a standard normal score, seen through normal features.

    .. math:: m \sim N(0, \rho^2), \quad s \mid m \sim N(m, 1 - \rho^2), \quad
              \text{Bayes accuracy} = \tfrac12 + \tfrac1\pi \arcsin \rho

    for two classes as likely without temperature (Sheppard 1899), and otherwise, as the information
    always is, one integral over m.

    Parameters
    ----------
    unknown : float
        :math:`1 - \rho^2`, the share of the score's variance that cannot be known.
    prior : tuple of float
        The probability of each class, before flips.
    temperature, flip : float
        Label noise, as in `slices` and `flipped`.

    Returns
    -------
    Truth
        Exact to at least 9 decimals.
    """
    known, error = math.sqrt(1 - unknown), math.sqrt(unknown)
    if known == 0:
        return unknowable(prior, flip)
    if error == 0 and temperature == 0:
        return knowable(prior, flip)
    cuts = normal_cuts(prior, temperature)

    def posterior(x: Points) -> Probabilities:
        return flipped(slices(np.asarray(known * x), unknown, cuts, temperature), flip)

    blur = max(error, temperature)
    breaks = [(cut + step * blur) / known for cut in cuts for step in STEPS]
    truth = _expected(posterior, normal_density, (-9.0, 9.0), breaks, prior, flip)
    if prior != (0.5, 0.5) or temperature > 0:
        return truth
    right = 0.5 + math.atan2(known, error) / math.pi  # the arcsine of rho, exact near 1 too
    return Truth((1 - flip) * right + flip * (1 - right), truth.information)


def shells(
    seen: int,
    features: int,
    prior: tuple[float, ...],
    temperature: float = 0.0,
    flip: float = 0.0,
) -> Truth:
    r"""Return what can be known of slices of a sum of squares, seen through some of its terms.

    .. math:: u \sim \chi^2_s, \quad P(y \le k \mid u) = P(\chi^2_{d - s} \le c_k - u)

    Parameters
    ----------
    seen, features : int
        How many of the d normals are seen, and d.
    prior : tuple of float
        The probability of each class, before flips.
    temperature, flip : float
        Label noise, as in `shell_slices` and `flipped`; with a temperature all or none is seen.

    Returns
    -------
    Truth
        Exact to at least 9 decimals.
    """
    if seen == 0:
        return unknowable(prior, flip)
    if seen == features and temperature == 0:
        return knowable(prior, flip)
    cuts = shell_cuts(prior, features, temperature)

    # Over the root of the seen sum: the sum's own density is infinite at 0 for one feature.
    def posterior(radius: Points) -> Probabilities:
        return flipped(
            shell_slices(np.asarray(radius**2), features - seen, cuts, temperature), flip
        )

    edges = (cut + step * temperature for cut in cuts for step in STEPS)
    breaks = [math.sqrt(edge) for edge in edges if edge > 0]
    interval = (0.0, largest_radius(seen))
    return _expected(posterior, lambda r: chi_density(r, seen), interval, breaks, prior, flip)


def unknowable(prior: tuple[float, ...], flip: float = 0.0) -> Truth:
    """Return what can be known of a label from nothing: its most likely class."""
    return Truth(float(flipped(np.array(prior), flip).max()), 0.0)


def knowable(prior: tuple[float, ...], flip: float = 0.0) -> Truth:
    """Return what can be known of a label from what decides it: all but its flips."""
    posteriors = flipped(np.eye(len(prior)), flip)
    information = prior @ divergence(posteriors, flipped(np.array(prior), flip))
    return Truth(1 - flip, float(information))


def _expected(
    posterior: Callable[[Points], Probabilities],
    density: Callable[[Points], Points],
    interval: tuple[float, float],
    breaks: Sequence[float],
    prior: tuple[float, ...],
    flip: float,
) -> Truth:
    """Integrate the accuracy and the information of a posterior of one variable."""
    labels = flipped(np.array(prior), flip)

    def integrand(x: Float[np.ndarray, "point 1"]) -> Float[np.ndarray, "point 2"]:
        p = posterior(x[:, 0])
        values = np.stack([p.max(-1), divergence(p, labels)], axis=-1)
        return np.asarray(density(x) * values)

    inside = sorted({x for x in breaks if interval[0] < x < interval[1]})
    ends = [interval[0], *inside, interval[1]]
    # One call a piece: given the breaks at once, cubature does not always refine the worst piece.
    parts = [
        integrate.cubature(integrand, [low], [high], rtol=0, atol=1e-12)
        for low, high in itertools.pairwise(ends)
    ]
    if any(part.status != "converged" for part in parts):
        raise ArithmeticError("an integral has not converged")
    accuracy, information = np.sum([part.estimate for part in parts], axis=0)
    return Truth(float(accuracy), float(information))
