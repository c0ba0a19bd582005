"""What the decisive features are known to be from what is seen."""

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike
from scipy import linalg

from synth.evidence import Evidence
from synth.views import Shown
from venn.checks import ArgumentError, one_of
from venn.diagram import VennDiagram


@dataclass(frozen=True, eq=False)
class Observation:
    """Normals that are seen: ``weights @ sources``, the sources with observation noise.

    Parameters
    ----------
    modality : str or None
        Whose channels they are; None for features that are seen themselves.
    channels : tuple of int or None
        Which channels; None where all are seen, and so the sources behind them.
    features : tuple of int
        The features that the first sources are; the other sources are noise.
    weights : array (observed, source)
        How much of each source is in what is seen.
    noise : float
        Standard deviation of the observation noise.
    """

    modality: str | None
    channels: tuple[int, ...] | None
    features: tuple[int, ...]
    weights: Float[np.ndarray, "observed source"]
    noise: float

    @property
    def is_aligned(self) -> bool:
        """Whether each observed normal shows one source as it is."""
        return bool((np.count_nonzero(self.weights, axis=1) == 1).all())


@dataclass(frozen=True, eq=False)
class Knowledge:
    r"""The decisive features given what is seen: N(mean, unknown).

    Parameters
    ----------
    unknown : array (feature, feature)
        Their covariance, the same whatever is seen.
    observations : tuple of Observation
        What is seen.
    gains : tuple of array (feature, observed)
        What each observation adds to the mean, per unit.
    shown : mapping of str to Shown
        How modalities show their sources.
    dims : mapping of str to int
        How many channels they have.
    """

    unknown: Float[np.ndarray, "feature feature"]
    observations: tuple[Observation, ...]
    gains: tuple[Float[np.ndarray, "feature _"], ...]
    shown: Mapping[str, Shown]
    dims: Mapping[str, int]

    def mean(self, views: Mapping[str, ArrayLike]) -> Float[np.ndarray, "*row feature"]:
        """Return the best estimate of the decisive features from the views."""
        parts = []
        for observation, gain in zip(self.observations, self.gains, strict=True):
            assert observation.modality is not None  # regions have no views
            view = _checked_view(views, observation.modality, self.dims[observation.modality])
            if observation.channels is None:
                sources = self.shown[observation.modality].invert(view)
                seen = sources[..., : len(observation.features)]
            else:
                seen = view[..., observation.channels]
            parts.append(seen @ gain.T)
        if len({part.shape for part in parts}) > 1:
            shapes = [part.shape[:-1] for part in parts]
            raise ArgumentError("views", shapes, "must have the same rows in each view")
        return functools.reduce(np.add, parts)


def know(diagram: VennDiagram, shown: Mapping[str, Shown], seen: Evidence) -> Knowledge:
    """Return what is known of the decisive features from the evidence."""
    observations = tuple(_observations(diagram, shown, seen))
    solve = _aligned if all(each.is_aligned for each in observations) else _mixed
    unknown, gains = solve(diagram.decisive, observations)
    dims = {modality: diagram.dim(modality) for modality in diagram.modalities}
    return Knowledge(unknown, observations, gains, shown, dims)


def _observations(
    diagram: VennDiagram, shown: Mapping[str, Shown], seen: Evidence
) -> Iterable[Observation]:
    for name in dict.fromkeys((*seen.modalities, *seen.channels)):
        modality = one_of("modality", name, diagram.modalities)
        features, dim = diagram.sees(modality), diagram.dim(modality)
        channels = tuple(seen.channels.get(modality, ()))
        if channels and channels[-1] >= dim:
            allowed = f"must be below {dim}, the channels of {modality!r}"
            raise ArgumentError(f"channels[{modality!r}]", channels[-1], allowed)
        if modality in seen.modalities or len(channels) == dim:
            # Of all sources only the features are kept: noise tells nothing of anything else.
            clear = np.eye(len(features))
            yield Observation(modality, None, features, clear, shown[modality].noise)
        elif channels:
            matrix = shown[modality].matrix(dim)
            if matrix is None:
                allowed = (
                    "some channels of a nonlinear view have no exact truth; name the whole "
                    f"modality {modality!r}"
                )
                raise ArgumentError(f"channels[{modality!r}]", channels, allowed)
            weights = matrix[list(channels)]
            yield Observation(modality, channels, features, weights, shown[modality].noise)
    for region in seen.regions:
        features = diagram.features(region)
        if features:
            yield Observation(None, None, features, np.eye(len(features)), 0.0)


def _aligned(
    features: int, observations: Sequence[Observation]
) -> tuple[Float[np.ndarray, "feature feature"], tuple[Float[np.ndarray, "feature _"], ...]]:
    r"""Return covariance and gains where every observed normal shows one source.

    Precisions add: with noise :math:`\sigma_m` in the modalities that show a feature, the rest of
    its variance is :math:`1 / (1 + \sum_m \sigma_m^{-2})`, and 0 where one shows it without noise.
    """
    precision = np.zeros(features)
    exact = np.zeros(features, dtype=bool)
    weights = []
    for each in observations:
        shows = np.zeros((features, len(each.weights)))
        for observed, row in enumerate(each.weights):
            source = int(row.argmax())
            if source < len(each.features):
                feature = each.features[source]
                if each.noise > 0:
                    shows[feature, observed] = each.noise**-2
                    precision[feature] += each.noise**-2
                elif not exact[feature]:  # who shows it first without noise is believed
                    shows[feature, observed] = np.inf
                    exact[feature] = True
        weights.append(shows)
    gains = []
    for shows in weights:
        noisy = np.where(exact[:, None], 0.0, shows / (1 + precision)[:, None])
        gains.append(np.where(np.isinf(shows), 1.0, noisy))
    return np.diag(np.where(exact, 0.0, 1 / (1 + precision))), tuple(gains)


def _mixed(
    features: int, observations: Sequence[Observation]
) -> tuple[Float[np.ndarray, "feature feature"], tuple[Float[np.ndarray, "feature _"], ...]]:
    r"""Return covariance and gains of the best linear estimate, which is the mean for normals.

    .. math:: G = \text{Cov}(z, o)\, \text{Cov}(o)^+, \quad \text{unknown} = I - G\,\text{Cov}(o, z)

    for the features that are not known exactly; those that are leave the other observations first, so
    that no rounding of the solve makes them uncertain.
    """
    clear = [i for i, each in enumerate(observations) if each.is_aligned and each.noise == 0]
    left, certain = _aligned(features, [observations[i] for i in clear])
    known = np.diag(left) == 0
    others = [i for i in range(len(observations)) if i not in clear]
    if not others:
        return left, certain
    shared = np.vstack([_in_features(observations[i], features) for i in others])
    own = linalg.block_diag(*(_own_noise(observations[i]) for i in others))
    rest = shared * ~known
    gain = rest.T @ linalg.pinvh(rest @ rest.T + own)
    unknown = np.diag(~known) - gain @ rest
    ends = np.cumsum([len(observations[i].weights) for i in others])[:-1]
    gains = dict(zip(others, np.split(gain, ends, axis=1), strict=True))
    gains |= {i: own - gain @ (shared * known) @ own for i, own in zip(clear, certain, strict=True)}
    return (unknown + unknown.T) / 2, tuple(gains[i] for i in range(len(observations)))


def _in_features(each: Observation, features: int) -> Float[np.ndarray, "observed feature"]:
    weights = np.zeros((len(each.weights), features))
    weights[:, list(each.features)] = each.weights[:, : len(each.features)]
    return weights


def _checked_view(
    views: Mapping[str, ArrayLike], modality: str, dim: int
) -> Float[np.ndarray, "*row channel"]:
    if modality not in views:
        raise ArgumentError("views", tuple(views), f"must hold the view of {modality!r}")
    try:
        view = np.asarray(views[modality], dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"views[{modality!r}]", views[modality], "must be numbers") from error
    if not np.isfinite(view).all():
        raise ArgumentError(f"views[{modality!r}]", "nan or inf", "must be finite numbers")
    if view.ndim == 0 or view.shape[-1] != dim:
        allowed = f"must have {dim} channels, the last axis"
        raise ArgumentError(f"views[{modality!r}].shape", view.shape, allowed)
    return view


def _own_noise(each: Observation) -> Float[np.ndarray, "observed observed"]:
    noise = each.weights[:, len(each.features) :]
    own = noise @ noise.T + each.noise**2 * each.weights @ each.weights.T
    return np.asarray(own)
