"""What a general teacher sees: some channels of its modality, given or ranked by Algorithm 1."""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Literal, get_args

import torch
from jaxtyping import Int
from torch import Tensor

from analysis.methods.algorithm1 import algorithm1
from analysis.methods.trials import Kept, Ranking, Split, Trial
from analysis.training.networks import stack
from analysis.training.optimiser import Optimiser

Way = Literal["gt", "alg1", "random"]
WAYS: tuple[Way, ...] = get_args(Way)
"""How channels are picked: by the truth, by Algorithm 1, by chance."""


def channels_kept(
    trials: Sequence[Trial], optimisers: Sequence[Optimiser], device: str = "cpu"
) -> list[Int[Tensor, " kept"] | None]:
    """Return the channels that the general teacher of each trial keeps.

    Parameters
    ----------
    trials : sequence of Trial
        Each with something that its general teacher keeps.
    optimisers : sequence of Optimiser
        With which the general teachers are trained.
    device : {"cpu", "cuda"}
        Where the pairs of Algorithm 1 are trained, those that share a shape side by side.

    Returns
    -------
    list of tensor (kept,) or None
        In the order in which they are picked; None where a pair diverged.
    """
    found: dict[int, Tensor | None] = {}
    batches: dict[tuple[Hashable, Optimiser], list[int]] = {}
    for i, (trial, own) in enumerate(zip(trials, optimisers, strict=True)):
        ranking = kept_of(trial).channels
        if isinstance(ranking, Ranking):
            shapes = *(part.shape for each in ranking.pair for part in each), ranking.orders.shape
            batches.setdefault((shapes, ranking.optimiser or own), []).append(i)
        else:
            found[i] = ranking
    for (_, optimiser), batch in batches.items():
        found |= zip(batch, _ranked([trials[i] for i in batch], optimiser, device), strict=True)
    return [found[i] for i in range(len(trials))]


def kept_of(trial: Trial) -> Kept:
    """Return what the general teacher of a trial keeps, where it does not see it anyway."""
    if trial.kept is None:
        raise ValueError("the trial was drawn for no general teacher that keeps channels")
    return trial.kept


def seeing(trial: Trial, channels: Int[Tensor, " kept"] | None) -> Trial:
    """Return a trial whose general view is what some of the teacher's channels show.

    Where nobody knows which, nothing is shown: NaN, of which no network comes back.
    """
    kept = kept_of(trial)

    def keep(split: Split) -> Split:
        view = split.views["teacher"]
        if channels is None:
            shown = torch.full_like(view if kept.zeroed else view[..., : kept.count], torch.nan)
        elif kept.zeroed:
            others = torch.ones(view.shape[-1], dtype=torch.bool, device="cpu")
            others[channels] = False
            shown = view.masked_fill(others, 0.0)
        else:
            shown = view[..., channels]
        return replace(split, views={**split.views, "general": shown})

    return replace(trial, train=keep(trial.train), test=keep(trial.test), kept=None)


def _ranked(
    trials: Sequence[Trial], optimiser: Optimiser, device: str
) -> list[Int[Tensor, " kept"] | None]:
    """Return the channels that Algorithm 1 ranks highest, on the rows that teachers learn from."""
    kept = [kept_of(trial) for trial in trials]
    rankings = [each.channels for each in kept if isinstance(each.channels, Ranking)]
    rows = [trial.rows("teacher") for trial in trials]
    first, second = (stack([ranking.pair[i] for ranking in rankings]) for i in (0, 1))
    ranked = algorithm1(
        (first, second),
        [split.views["teacher"] for split in rows],
        [split.views["student"] for split in rows],
        [split.y for split in rows],
        torch.cat([ranking.orders for ranking in rankings]),
        optimiser,
        device=device,
    )
    orders = ranked.saliency.argsort(dim=1, descending=True, stable=True)
    known = ranked.saliency.isfinite().all(1).tolist()
    return [
        order[: each.count] if found else None
        for order, each, found in zip(orders, kept, known, strict=True)
    ]
