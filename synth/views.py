"""Views: how a modality shows its features."""

import functools
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from synth.mixing import mix
from synth.streams import stream
from venn.checks import ArgumentError, number, whole

SLOPE = 0.2
"""What a leaky rectifier multiplies negative values by."""


@dataclass(frozen=True)
class View(ABC):
    """An invertible map from a modality's sources, its features and noise, to its channels.

    Nothing is lost: what can be known of the label from all channels is the same for every view.

    Parameters
    ----------
    seed : int
        What the map is drawn from; the same for every sample of a population.
    """

    seed: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "seed", whole("seed", self.seed, at_most=None))

    @abstractmethod
    def show(self, sources: Float[np.ndarray, "*row channel"]) -> Float[np.ndarray, "*row channel"]:
        """Return the channels that show these sources."""

    @abstractmethod
    def invert(
        self, channels: Float[np.ndarray, "*row channel"]
    ) -> Float[np.ndarray, "*row channel"]:
        """Return the sources that these channels show."""

    @abstractmethod
    def matrix(self, dim: int) -> Float[np.ndarray, "channel channel"] | None:
        """Return the weight of each source (column) in each channel (row); None if not linear."""


@dataclass(frozen=True)
class Permutation(View):
    """The channels are the sources in a random order."""

    def show(self, sources: Float[np.ndarray, "*row channel"]) -> Float[np.ndarray, "*row channel"]:
        """Return the channels that show these sources."""
        return np.asarray(sources[..., self._order(sources.shape[-1])])

    def invert(
        self, channels: Float[np.ndarray, "*row channel"]
    ) -> Float[np.ndarray, "*row channel"]:
        """Return the sources that these channels show."""
        return np.asarray(channels[..., np.argsort(self._order(channels.shape[-1]))])

    def matrix(self, dim: int) -> Float[np.ndarray, "channel channel"]:
        """Return the weight of each source (column) in each channel (row): a one and zeros."""
        return np.asarray(np.eye(dim)[self._order(dim)])

    def _order(self, dim: int) -> np.ndarray:
        return stream(self.seed, "permutation").permutation(dim)


@dataclass(frozen=True)
class Rotation(View):
    r"""The channels are the sources turned by a random rotation or reflection.

    .. math:: x = Q s, \quad Q \text{ uniform (Haar) on the orthogonal matrices}
    """

    def show(self, sources: Float[np.ndarray, "*row channel"]) -> Float[np.ndarray, "*row channel"]:
        """Return the channels that show these sources."""
        return mix(sources, self.matrix(sources.shape[-1]))

    def invert(
        self, channels: Float[np.ndarray, "*row channel"]
    ) -> Float[np.ndarray, "*row channel"]:
        """Return the sources that these channels show."""
        return mix(channels, self.matrix(channels.shape[-1]).T)

    def matrix(self, dim: int) -> Float[np.ndarray, "channel channel"]:
        """Return the weight of each source (column) in each channel (row)."""
        return _orthogonals(self.seed, "rotation", dim, 1)[0]


@dataclass(frozen=True)
class InvertibleNetwork(View):
    r"""The channels are the outputs of a random invertible network of the sources.

    .. math:: x = Q_L\, g(Q_{L-1} \cdots g(Q_0 s)), \quad g(u) = \max(u, 0.2 u),

    with random orthogonal matrices :math:`Q_l`.

    Parameters
    ----------
    seed : int
        What the matrices are drawn from; the same for every sample of a population.
    layers : int
        The number L of rectified layers, 1 to 10; more could not be inverted in float64.

    Notes
    -----
    Source: the mixing networks with as many leaky units as inputs of Hyvärinen and Morioka (2016).
    """

    layers: int = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "layers", whole("layers", self.layers, at_least=1, at_most=10))

    def show(self, sources: Float[np.ndarray, "*row channel"]) -> Float[np.ndarray, "*row channel"]:
        """Return the channels that show these sources."""
        first, *others = self._drawn(sources.shape[-1])
        shown = mix(sources, first)
        for matrix in others:
            shown = mix(np.where(shown < 0, shown * SLOPE, shown), matrix)
        return shown

    def invert(
        self, channels: Float[np.ndarray, "*row channel"]
    ) -> Float[np.ndarray, "*row channel"]:
        """Return the sources that these channels show."""
        *others, last = [matrix.T for matrix in self._drawn(channels.shape[-1])]
        sources = mix(channels, last)
        for matrix in reversed(others):
            sources = mix(np.where(sources < 0, sources / SLOPE, sources), matrix)
        return sources

    def matrix(self, dim: int) -> None:
        """Return None: the channels are not linear in the sources."""

    def _drawn(self, dim: int) -> Sequence[Float[np.ndarray, "channel channel"]]:
        return _orthogonals(self.seed, "network view", dim, self.layers + 1)


@dataclass(frozen=True)
class ObservationNoise:
    r"""A modality observes its sources with noise of its own, before a view shows them.

    .. math:: \tilde s = s + \sigma \eta, \quad \eta \sim N(0, I)

    so that two modalities see a general feature each with another error.

    Parameters
    ----------
    sd : float
        :math:`\sigma`, 1e-6 to 1e6, in standard deviations of a feature.
    """

    sd: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "sd", number("sd", self.sd, at_least=1e-6, at_most=1e6))


VIEWS: Mapping[str, type[View | ObservationNoise]] = {
    "invertible network": InvertibleNetwork,
    "observation noise": ObservationNoise,
    "permutation": Permutation,
    "rotation": Rotation,
}
"""Every view by its name."""


@dataclass(frozen=True, repr=False)
class Shown:
    """How one modality shows its sources: observation noise, if any, and then views in order.

    Parameters
    ----------
    noise : float
        Standard deviation of the observation noise; 0 means none.
    steps : tuple of View
        Applied one after another; none means that channels are the sources as they are.
    """

    noise: float = 0.0
    steps: tuple[View, ...] = ()

    def __repr__(self) -> str:
        """Show the sequence of views that makes it."""
        return repr([*([ObservationNoise(self.noise)] if self.noise else []), *self.steps])

    @classmethod
    def of(cls, argument: str, given: Any) -> "Shown":
        """Return what one view, or a sequence of views, does."""
        if isinstance(given, Shown):
            return given
        parts = tuple(given) if isinstance(given, tuple | list) else (given,)
        allowed = "must be a view, such as Rotation(seed=1), or a sequence of views"
        if not all(isinstance(part, View | ObservationNoise) for part in parts):
            raise ArgumentError(argument, given, allowed)
        noise = 0.0
        if parts and isinstance(parts[0], ObservationNoise):
            noise, parts = parts[0].sd, parts[1:]
        if not all(isinstance(part, View) for part in parts):
            allowed = "must have its observation noise first, and once: it is noise of the sources"
            raise ArgumentError(argument, given, allowed)
        return cls(noise, parts)

    def show(self, sources: Float[np.ndarray, "*row channel"]) -> Float[np.ndarray, "*row channel"]:
        """Return the channels that show these sources, noise already added."""
        for step in self.steps:
            sources = step.show(sources)
        return sources

    def invert(
        self, channels: Float[np.ndarray, "*row channel"]
    ) -> Float[np.ndarray, "*row channel"]:
        """Return the sources, noise still added, that these channels show."""
        for step in reversed(self.steps):
            channels = step.invert(channels)
        return channels

    def matrix(self, dim: int) -> Float[np.ndarray, "channel channel"] | None:
        """Return the weight of each source (column) in each channel (row); None if not linear."""
        product = np.eye(dim)
        for step in self.steps:
            matrix = step.matrix(dim)
            if matrix is None:
                return None
            product = mix(product.T, matrix).T
        return product


@functools.lru_cache(maxsize=128)
def _orthogonals(
    seed: int, purpose: str, dim: int, count: int
) -> tuple[Float[np.ndarray, "channel channel"], ...]:
    chance = stream(seed, purpose)
    drawn = tuple(orthogonal(chance, dim) for _ in range(count))
    for matrix in drawn:
        matrix.flags.writeable = False  # it is shared by all who ask
    return drawn


def orthogonal(chance: np.random.Generator, dim: int) -> Float[np.ndarray, "channel channel"]:
    """Draw an orthogonal matrix from the Haar measure.

    A product of random reflections (Stewart 1980), each applied element by element: a library's QR
    decomposition may round by the number of its threads, and a view must be the same bits anywhere.
    """
    matrix = np.eye(dim)
    for size in range(dim, 1, -1):
        direction = chance.standard_normal(size)
        sign = 1.0 if direction[0] >= 0 else -1.0
        direction[0] += sign * np.sqrt(np.sum(direction**2))
        direction /= np.sqrt(np.sum(direction**2))
        part = matrix[-size:]
        part -= 2 * direction[:, None] * np.sum(direction[:, None] * part, axis=0)
        matrix[-size] *= -sign
    matrix[-1] *= 1.0 if chance.standard_normal() >= 0 else -1.0
    return matrix
