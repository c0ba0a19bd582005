"""Labels as slices of a score: class k is the number of cuts that the score exceeds."""

import functools
import math
from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float
from scipy import integrate, optimize, special


def flipped(
    probabilities: Float[np.ndarray, "*row class_"], flip: float
) -> Float[np.ndarray, "*row class_"]:
    r"""Return the class probabilities after a flip.

    .. math:: p'_k = (1 - \varepsilon) p_k + \varepsilon \frac{1 - p_k}{K - 1}

    With probability :math:`\varepsilon` the label becomes one of the other classes, each as likely.
    """
    others = probabilities.shape[-1] - 1
    return np.asarray((1 - flip) * probabilities + flip * (1 - probabilities) / others)


def slices(
    mean: Float[np.ndarray, "*row"],
    variance: float,
    cuts: Sequence[float],
    temperature: float = 0.0,
) -> Float[np.ndarray, "*row class_"]:
    r"""Return the class probabilities of a score that is known up to a normal error.

    .. math:: s \sim N(m, v), \quad y = \#\{k : s + T \ell > c_k\}, \quad \ell \sim
              \text{Logistic}(0, 1)

    so that given the score :math:`P(y \le k \mid s) = 1 / (1 + e^{-(c_k - s) / T})`.

    Parameters
    ----------
    mean : array
        The estimates m of the score.
    variance : float
        Their error v, at least 0.
    cuts : sequence of float
        The K - 1 cuts :math:`c_k` between the classes, ascending.
    temperature : float
        T, at least 0; 0 means that the score decides.

    Returns
    -------
    array (…, class)
        Probabilities; exact to 13 decimals.
    """
    below = _noisy_cdf(np.asarray(cuts) - np.asarray(mean)[..., None], variance, temperature)
    return _classes(below)


def shell_slices(
    known: Float[np.ndarray, "*row"],
    unseen: int,
    cuts: Sequence[float],
    temperature: float = 0.0,
) -> Float[np.ndarray, "*row class_"]:
    r"""Return the class probabilities of a sum of squares of which a part is known.

    .. math:: P(y \le k \mid u) = P(\chi^2_j \le c_k - u), \quad \text{or } \frac{1}{1 +
              e^{-(c_k - u) / T}} \text{ where nothing is unseen}

    Parameters
    ----------
    known : array
        The sum u of the squares that are seen.
    unseen : int
        The number j of standard normals that are not.
    cuts : sequence of float
        The cuts :math:`c_k` between the classes, ascending.
    temperature : float
        T, in units of the sum; where it is not 0, nothing may be unseen.

    Returns
    -------
    array (…, class)
        Probabilities.
    """
    if unseen == 0:
        return slices(known, 0.0, cuts, temperature)
    left = np.asarray(cuts) - np.asarray(known)[..., None]
    return _classes(special.chdtr(unseen, np.maximum(left, 0.0)))  # no sum of squares is below 0


@functools.lru_cache(maxsize=1024)
def normal_cuts(prior: tuple[float, ...], temperature: float = 0.0) -> tuple[float, ...]:
    """Return the cuts of a standard normal score that give the classes these probabilities."""
    if temperature == 0:
        return tuple(float(special.ndtri(below)) for below in _cumulated(prior))

    def cdf(t: float) -> float:
        return float(_noisy_cdf(np.array(t), 1.0, temperature))

    reach = 40 * (1 + temperature)
    return tuple(_root(cdf, below, -reach, reach) for below in _cumulated(prior))


@functools.lru_cache(maxsize=1024)
def shell_cuts(
    prior: tuple[float, ...], features: int, temperature: float = 0.0
) -> tuple[float, ...]:
    """Return the cuts of a sum of squares of normals that give the classes these probabilities.

    The temperature is in units of the sum.
    """
    if temperature == 0:
        return tuple(float(special.chdtri(features, 1 - below)) for below in _cumulated(prior))
    largest = largest_radius(features)

    def cdf(t: float) -> float:
        def integrand(radius: float) -> float:
            weight = float(chi_density(np.array(radius), features))
            return weight * float(special.expit((t - radius**2) / temperature))

        breaks = [math.sqrt(t)] if 0 < t < largest**2 else None
        return float(integrate.quad(integrand, 0, largest, points=breaks, epsabs=1e-12)[0])

    reach = 40 * temperature
    return tuple(_root(cdf, below, -reach, largest**2 + reach) for below in _cumulated(prior))


def normal_density(x: Float[np.ndarray, "*point"]) -> Float[np.ndarray, "*point"]:
    """Return the density of a standard normal."""
    return np.asarray(np.exp(-x * x / 2) / math.sqrt(2 * math.pi))


def chi_density(radius: Float[np.ndarray, "*point"], features: int) -> Float[np.ndarray, "*point"]:
    """Return the density of the root of a sum of squares of normals."""
    logarithm = special.xlogy(features - 1, radius) - radius * radius / 2
    constant = (features / 2 - 1) * math.log(2) + math.lgamma(features / 2)
    return np.asarray(np.exp(logarithm - constant))


def largest_radius(features: int) -> float:
    """Return the root that a sum of squares of normals exceeds with probability 1e-16."""
    return math.sqrt(special.chdtri(features, 1e-16))


def _classes(below: Float[np.ndarray, "*row cut"]) -> Float[np.ndarray, "*row cut+1"]:
    """Return the probability of each class from that of a label at or below each cut."""
    edge = (*below.shape[:-1], 1)
    steps = np.diff(np.concatenate([np.zeros(edge), below, np.ones(edge)], axis=-1), axis=-1)
    return np.maximum(steps, 0.0)  # a sum over nodes may leave one 1e-17 below 0


def _cumulated(prior: tuple[float, ...]) -> list[float]:
    """Return the probability of a label at or below each cut."""
    return [math.fsum(prior[:k]) for k in range(1, len(prior))]


def _root(cdf: Callable[[float], float], below: float, low: float, high: float) -> float:
    root: float = optimize.brentq(lambda t: cdf(t) - below, low, high, xtol=1e-13)
    return root


def _noisy_cdf(
    t: Float[np.ndarray, "*point"], variance: float, temperature: float
) -> Float[np.ndarray, "*point"]:
    r"""Return :math:`P(\sqrt v u + T \ell \le t)` for a normal u and a logistic l.

    Where both matter, a sum with equal steps over the narrower of the two: the integrand is
    analytic in a strip around the real line, so that the error falls as
    :math:`e^{-2 \pi a / h}` with the strip's half-width :math:`a \ge \pi` and the step h = 1/2
    (Trefethen and Weideman 2014), below 1e-14 here.
    """
    sd = math.sqrt(variance)
    if temperature == 0:
        with np.errstate(over="ignore"):  # far from the cut, where the answer is 0 or 1
            return np.asarray(special.ndtr(t / sd) if sd > 0 else t >= 0, dtype=np.float64)
    if sd == 0:
        return np.asarray(special.expit(t / temperature))
    if sd < temperature:
        nodes = np.arange(-9, 9.25, 0.5)
        weights = normal_density(nodes) / 2
        inner = special.expit((t[..., None] - sd * nodes) / temperature)
    else:
        nodes = np.arange(-38, 38.25, 0.5)
        weights = special.expit(nodes) * special.expit(-nodes) / 2
        inner = special.ndtr((t[..., None] - temperature * nodes) / sd)
    return np.asarray(inner @ weights)
