"""What Algorithm 1 ranks in a world: channels that show one source each, or else hidden units."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from analysis.methods.distillation import Trial
from analysis.methods.saliency import hidden, normalised, saliency, train_together
from analysis.training.networks import Parameters, finite, stack
from analysis.verdicts.worlds import World
from synth import stream
from synth.roles import Roles
from venn.checks import ArgumentError

PAIR = ("teacher", "um_teacher")
"""Arms where the two networks of Algorithm 1 start; trials must have been drawn for them."""

REPEATS = 5
"""Permutations of each feature; with 20 no mean AUC changes by more than 0.01."""

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


def started(trials: Sequence[Trial], arm: str) -> Parameters:
    """Return where the networks of an arm start."""
    return stack([trial.initial[arm] for trial in trials])


def checked(parameters: Parameters) -> Parameters:
    """Return parameters, or fail if a network diverged."""
    if not finite(parameters).all():
        raise FloatingPointError("a network diverged; lower the learning rate")
    return parameters


def agreed(world: World, trials: Sequence[Trial], rows: Seen) -> tuple[Parameters, Parameters]:
    """Train a pair of networks a trial to know the labels and to agree: Algorithm 1, step 1.

    Parameters
    ----------
    world : World
        Whose optimiser is taken.
    trials : sequence of Trial
        Drawn for the arms `PAIR` at least, where the two start.
    rows : tuple of tensors
        What to train them on, such as ``seen(trials, "train")``.

    Returns
    -------
    tuple of two Parameters
        Of the teacher's modality and of the student's.

    Raises
    ------
    FloatingPointError
        If a network diverged.
    """
    x, x_student, y = rows
    first, second = (started(trials, arm) for arm in PAIR)
    pair = train_together(first, second, x, x_student, y, world.protocol.optimiser)
    checked((*pair[0], *pair[1]))
    return pair


def ranked(
    world: World,
    parameters: Parameters,
    x: Float[Tensor, "model sample channel"],
    reference: Float[Tensor, "model sample class_"],
    seeds: Sequence[int],
) -> Float[Tensor, "model feature"]:
    """Return how far permuting each feature drives outputs from others: Algorithm 1, step 2.

    Parameters
    ----------
    world : World
        Whether features are channels or hidden units.
    parameters : tuple of tensors, each with a leading model axis
        One network a seed.
    x : tensor (model, sample, channel)
        What each sees.
    reference : tensor (model, sample, class)
        Logits to be driven from: of the other network of a pair or, for a plain permutation
        importance, the network's own.
    seeds : sequence of int
        What permutations are drawn from.

    Returns
    -------
    tensor (model, feature)
        Normalised, from 0 to 1 in each model.
    """
    network, features = hidden(parameters, x) if mixed(world) else (parameters, x)
    rows, count = features.shape[1:]
    in_order = np.broadcast_to(np.arange(rows), (REPEATS, count, rows))
    orders = np.stack([stream(seed, "saliency").permuted(in_order, axis=-1) for seed in seeds])
    return normalised(saliency(network, features, reference, torch.from_numpy(orders)))


def energy(world: World, parameters: Parameters, roles: Roles) -> Energy:
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
    if roles.matrix is None:
        allowed = "must be of a view that is linear in its sources"
        raise ArgumentError("roles", tuple(roles), allowed)
    models, channels = len(parameters[0]), parameters[0].shape[2]
    if channels != len(roles):
        raise ArgumentError("roles", tuple(roles), f"must be of {channels} channels, one a weight")
    weights = parameters[0].double().numpy() if mixed(world) else np.eye(channels)[None]
    made = (weights @ roles.matrix) ** 2  # (model, feature, source)
    total = made.sum(axis=-1)
    general, specific = (
        made[..., [source == role for source in roles.sources]].sum(axis=-1) / total
        for role in ("general", "specific")
    )
    shape = models, total.shape[1]
    return Energy(np.broadcast_to(general, shape), np.broadcast_to(specific, shape))


def nullified(
    world: World, parameters: Parameters, gone: Bool[Tensor, "model feature"]
) -> Parameters:
    """Return networks that have 0 where the ranked features are gone: nothing weighs these."""
    layer = len(parameters) - 2 if mixed(world) else 0
    weight = parameters[layer].masked_fill(gone[:, None], 0.0)
    return (*parameters[:layer], weight, *parameters[layer + 1 :])
