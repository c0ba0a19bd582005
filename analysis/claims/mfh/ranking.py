"""What Algorithm 1 ranks in a world: channels that show one source each, or else hidden units."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from analysis.claims.mfh.preservation import energy
from analysis.methods.algorithm1 import Ranked, algorithm1, permutations
from analysis.methods.labels import Labels
from analysis.methods.saliency import hidden, normalised, saliency
from analysis.methods.trials import Trial
from analysis.protocols.synthetic import PAIR
from analysis.training.networks import Parameters, finite, stack
from analysis.training.outputs import outputs
from analysis.verdicts.worlds import World
from synth.roles import Roles

REPEATS = 5
"""Permutations of each feature; with 20 no mean AUC changes by more than 0.01."""

DIVERGED = "a network diverged; lower the learning rate"

Seen = tuple[Tensor, Tensor, Tensor]
"""What the teacher's and the student's modality show, and labels, with a model axis entry a trial."""


class Energy(NamedTuple):
    """What features are made of: shares of the energy with which each shows sources.

    Parameters
    ----------
    general, specific : array (model, feature)
        Fractions; noise has the rest.
    """

    general: Float[np.ndarray, "model feature"]
    specific: Float[np.ndarray, "model feature"]


def mixed(world: World) -> bool:
    """Return whether channels mix sources here, so that hidden units are ranked in their place."""
    return world.view != "as it is"


def seen(trials: Sequence[Trial], part: Literal["train", "test"]) -> Seen:
    """Return the training or the test rows of trials, side by side."""
    splits = [getattr(trial, part) for trial in trials]
    x, x_student = (
        torch.cat([split.views[sight] for split in splits]) for sight in ("teacher", "student")
    )
    return x, x_student, torch.cat([split.y for split in splits])


def started(world: World, trials: Sequence[Trial], method: Labels) -> Parameters:
    """Return where the networks of a method start."""
    channels = trials[0].train.views[method.input].shape[-1]
    network = world.protocol.setup.network(method.role, channels)
    return stack([trial.start(method.init_stream, network) for trial in trials])


def permuted_rows(values: Tensor, trials: Sequence[Trial]) -> Tensor:
    """Return what belongs to training rows, in each trial's random order."""
    return torch.stack([own[t.order()] for own, t in zip(values, trials, strict=True)])


def checked(parameters: Parameters) -> Parameters:
    """Return parameters, or fail if a network diverged."""
    if not finite(parameters).all():
        raise FloatingPointError(DIVERGED)
    return parameters


def agreed(world: World, trials: Sequence[Trial], rows: Seen, seeds: Sequence[int]) -> Ranked:
    """Rank features of the teacher's modality by Algorithm 1, a pair of networks a trial.

    Parameters
    ----------
    world : World
        Whose optimiser is taken, and whether features are channels or hidden units.
    trials : sequence of Trial
        Of one diagram.
    rows : tuple of tensors
        What to train them on, such as ``seen(trials, "train")``.
    seeds : sequence of int
        What permutations are drawn from.

    Returns
    -------
    Ranked
        The networks of the teacher's modality, and saliencies from 0 to 1 in each.

    Raises
    ------
    FloatingPointError
        If a network diverged.
    """
    x, x_student, y = rows
    first, second = (started(world, trials, method) for method in PAIR)
    orders, optimiser = _orders(world, first, x, seeds), world.protocol.setup.optimiser
    found = algorithm1((first, second), x, x_student, y, orders, optimiser, units=mixed(world))
    checked(found.network)
    if not found.saliency.isfinite().all():
        raise FloatingPointError(DIVERGED)
    return found._replace(saliency=normalised(found.saliency))


def alone(
    world: World,
    parameters: Parameters,
    x: Float[Tensor, "model sample channel"],
    seeds: Sequence[int],
) -> Float[Tensor, "model feature"]:
    """Return how far permuting each feature drives networks from themselves: plain importances."""
    network, features = hidden(parameters, x) if mixed(world) else (parameters, x)
    orders = _orders(world, parameters, x, seeds)
    return normalised(saliency(network, features, outputs(parameters, x), orders))


def _orders(
    world: World, parameters: Parameters, x: Tensor, seeds: Sequence[int]
) -> Int[Tensor, "model repeat feature sample"]:
    features = parameters[-2].shape[2] if mixed(world) else x.shape[2]
    return torch.stack([permutations(seed, x.shape[1], features, REPEATS) for seed in seeds])


def made_of(world: World, parameters: Parameters, roles: Roles) -> Energy:
    r"""Return what the ranked features of each network are made of.

    .. math:: e_{us} = (W M)_{us}^2

    for features u that are :math:`W x`, or a rectified :math:`W x`, of a view :math:`x = M s` of
    sources s: W are the weights of the first layer for hidden units, and the identity for channels.

    Parameters
    ----------
    world : World
        Whether features are channels or hidden units.
    parameters : tuple of tensors, each with a leading model axis
        Of networks that see the view.
    roles : Roles
        Of the view's channels, such as ``population.roles["a"]``.

    Raises
    ------
    ArgumentError
        If the view is not linear in its sources, or has other channels than the networks see.
    """
    models, channels = len(parameters[0]), parameters[0].shape[2]
    channel = np.broadcast_to(np.eye(channels), (models, channels, channels))
    weights = parameters[0].double().numpy() if mixed(world) else channel
    return Energy(energy(weights, roles, "general"), energy(weights, roles, "specific"))


def nullified(
    world: World, parameters: Parameters, gone: Bool[Tensor, "model feature"]
) -> Parameters:
    """Return networks that have 0 where the ranked features are gone: nothing weighs these."""
    layer = len(parameters) - 2 if mixed(world) else 0
    weight = parameters[layer].masked_fill(gone[:, None], 0.0)
    return (*parameters[:layer], weight, *parameters[layer + 1 :])
