"""What Algorithm 1 ranks in a world: channels that show one source each, or else hidden units."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from analysis.claims.worlds import World
from analysis.networks import Parameters, finite
from analysis.picks import REPEATS
from analysis.saliency import hidden, normalised, saliency, train_together
from synth import stream
from synth.roles import Roles
from venn.checks import ArgumentError


class Energy(NamedTuple):
    """What a feature is made of: shares of the energy with which it shows sources.

    Parameters
    ----------
    general, specific : array (model, feature)
        Fractions; noise has the rest.
    """

    general: Float[np.ndarray, "model feature"]
    specific: Float[np.ndarray, "model feature"]


class Rows(NamedTuple):
    """Rows that pairs of networks are trained on, a model axis entry a pair.

    Parameters
    ----------
    x, x_student : tensor (model, sample, channel)
        What the teacher's and the student's modality show.
    y : tensor (model, sample)
        Labels.
    """

    x: Tensor
    x_student: Tensor
    y: Tensor


def hides(world: World) -> bool:
    """Return whether hidden units are ranked here: where no channel has a role of its own."""
    return world.view != "as it is"


def agreed(
    world: World, starts: tuple[Parameters, Parameters], rows: Rows
) -> tuple[Parameters, Parameters]:
    """Train pairs by the first step of Algorithm 1, with the world's optimiser, to the end."""
    first, second = train_together(*starts, *rows, world.protocol.optimiser)
    return checked(first), checked(second)


def checked(parameters: Parameters) -> Parameters:
    """Return parameters, or fail if a network diverged."""
    if not finite(parameters).all():
        raise FloatingPointError("a network diverged; lower the learning rate")
    return parameters


def ranked(
    world: World,
    parameters: Parameters,
    x: Float[Tensor, "model sample channel"],
    reference: Float[Tensor, "model sample class_"],
    seeds: Sequence[int],
) -> Float[Tensor, "model feature"]:
    """Return the normalised saliency of each feature, by the second step of Algorithm 1.

    Parameters
    ----------
    world : World
        Says whether features are channels or hidden units.
    parameters : tuple of tensors, each with a leading model axis
        Of one network a seed.
    x : tensor (model, sample, channel)
        What each sees.
    reference : tensor (model, sample, class)
        Logits that permuted ones are held against: those of the other network of a pair or, for a
        plain permutation importance, the network's own.
    seeds : sequence of int
        What permutations are drawn from.

    Returns
    -------
    tensor (model, feature)
        From 0 to 1 in each model.
    """
    seen = hidden(parameters, x) if hides(world) else (parameters, x)
    rows, features = seen[1].shape[1:]
    in_order = np.broadcast_to(np.arange(rows), (REPEATS, features, rows))
    orders = [stream(seed, "saliency").permuted(in_order, axis=-1) for seed in seeds]
    return normalised(saliency(*seen, reference, torch.from_numpy(np.stack(orders))))


def energy(world: World, parameters: Parameters, roles: Roles) -> Energy:
    r"""Return what each ranked feature is made of.

    .. math:: e_{us} = (W M)_{us}^2

    for features u that are :math:`W x` of a view :math:`x = M s` of sources s: W has the weights of
    the first layer for hidden units, and is the identity for channels.

    Raises
    ------
    ArgumentError
        If the view is not linear in its sources.
    """
    if roles.matrix is None:
        raise ArgumentError("roles", tuple(roles), "must be of a view that is linear")
    channels = np.broadcast_to(np.eye(len(roles)), (len(parameters[0]), len(roles), len(roles)))
    weights = parameters[0].double().numpy() if hides(world) else channels
    made = (weights @ roles.matrix) ** 2  # (model, feature, source)
    total = made.sum(axis=-1)
    general, specific = (
        made[..., [source == role for source in roles.sources]].sum(axis=-1) / total
        for role in ("general", "specific")
    )
    return Energy(general, specific)


def nullified(
    world: World, parameters: Parameters, gone: Bool[Tensor, "model feature"]
) -> Parameters:
    """Return networks whose features are 0 where they are gone: nothing weighs them any more."""
    layer = len(parameters) - 2 if hides(world) else 0
    kept = parameters[layer].masked_fill(gone[:, None], 0.0)
    return (*parameters[:layer], kept, *parameters[layer + 1 :])
