"""Which channels of its modality a general teacher keeps: by the truth, Algorithm 1 or chance."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, get_args

import numpy as np
import torch
from jaxtyping import Bool, Int
from torch import Tensor

from analysis.methods.distillation import Trial
from analysis.methods.saliency import saliency, train_together
from analysis.protocols.synthetic import Native
from analysis.training.networks import finite, stack
from analysis.training.outputs import outputs
from synth import stream
from venn import ArgumentError, VennDiagram
from venn.checks import one_of

Way = Literal["gt", "alg1", "random"]
WAYS: tuple[Way, ...] = get_args(Way)
"""By the truth, by Algorithm 1, by chance."""

REPEATS = 20
"""Permutations of each channel that Algorithm 1 averages over."""

Pick = Bool[np.ndarray, " channel"] | None
"""Which channels are kept; None for the truth, which may be no choice of channels."""

NEEDED = ("teacher", "um_teacher")
"""Arms that the trials must have been drawn for."""


def checked_ways(ways: Sequence[Way]) -> list[Way]:
    """Return ways as a list, or fail if one is unknown or there twice."""
    for way in ways:
        one_of("ways", way, WAYS)
    if len(set(ways)) < len(ways):
        raise ArgumentError("ways", ways, "must name each way once")
    return list(ways)


def picks(
    way: Way,
    protocol: Native,
    diagram: VennDiagram,
    trials: Mapping[int, Trial],
    device: str = "cpu",
) -> dict[int, Pick]:
    """Pick channels of the teacher's modality for each seed, as many as features are general.

    Parameters
    ----------
    way : {"gt", "alg1", "random"}
        ``"random"`` draws channels without replacement, so that chance has as many as the others;
        ``"alg1"`` takes those of the largest saliency on the training rows.
    protocol : Native
        How data are drawn and networks trained, those of Algorithm 1 too.
    diagram : VennDiagram
        What the trials were drawn from.
    trials : mapping of seed to Trial
        Drawn for the arms `NEEDED` at least, where the two networks of Algorithm 1 start.
    device : {"cpu", "cuda"}
        Where to train those.

    Returns
    -------
    dict of seed to array (channel,) or None
        True where a channel is kept; None for ``"gt"``, where the protocol draws what is seen.

    Raises
    ------
    ArgumentError
        If the way is unknown.
    FloatingPointError
        If a network of Algorithm 1 diverged.

    Notes
    -----
    The weight of agreement is 1.  Source: Xue et al. (ICLR 2023), Algorithm 1.
    """
    if one_of("way", way, WAYS) == "gt":
        return dict.fromkeys(trials)
    modality = diagram.modalities[0]
    channels = diagram.dim(modality)
    general = protocol.population(diagram).roles[modality].sources.count("general")
    if way == "random":
        drawn = (stream(s, "random channels").permutation(channels)[:general] for s in trials)
    else:
        drawn = (order[:general] for order in _ranked(protocol, trials, device))
    return {
        seed: np.isin(np.arange(channels), kept) for seed, kept in zip(trials, drawn, strict=True)
    }


def share(protocol: Native, diagram: VennDiagram, pick: Bool[np.ndarray, " channel"]) -> float:
    r"""Return the share of what is general that the picked channels hold.

    .. math:: \sum_{j \in K} \sum_{s \in G} M_{js}^2 \Big/ \sum_j \sum_{s \in G} M_{js}^2

    for the kept channels K, the general sources G and their weights M in the channels: where
    channels are not mixed, the share of the general ones that are kept.

    Returns
    -------
    float
        A fraction; NaN where nothing is general.

    Raises
    ------
    ArgumentError
        If the view is not linear in its sources.
    """
    roles = protocol.population(diagram).roles[diagram.modalities[0]]
    if roles.matrix is None:
        raise ArgumentError("teacher_view", protocol.teacher_view, "is not linear in its sources")
    energy = roles.matrix[:, [source == "general" for source in roles.sources]] ** 2
    return float(energy[pick].sum() / energy.sum()) if energy.size else math.nan


def _ranked(
    protocol: Native, trials: Mapping[int, Trial], device: str
) -> Iterator[Int[np.ndarray, " channel"]]:
    """Yield each seed's channels of the teacher's modality, those of most saliency first."""
    drawn = list(trials.values())
    x, x_student = (
        torch.cat([trial.train.views[sight] for trial in drawn]) for sight in ("teacher", "student")
    )
    y = torch.cat([trial.train.y for trial in drawn])
    start, start_student = (stack([trial.initial[arm] for trial in drawn]) for arm in NEEDED)
    first, second = train_together(
        start, start_student, x, x_student, y, protocol.optimiser, device=device
    )
    if not all(finite(network).all() for network in (first, second)):
        message = "a network of Algorithm 1 diverged; lower the learning rate"
        raise FloatingPointError(message)
    orders = torch.stack([_orders(seed, *x.shape[1:]) for seed in trials])
    for each in saliency(first, x, outputs(second, x_student, device), orders):
        yield each.argsort(descending=True, stable=True).numpy()


def _orders(seed: int, rows: int, channels: int) -> Int[Tensor, "repeat channel sample"]:
    in_order = np.broadcast_to(np.arange(rows), (REPEATS, channels, rows))
    return torch.from_numpy(stream(seed, "saliency").permuted(in_order, axis=-1))
