"""How long a sweep will take, going by a short probe of it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import torch

from analysis.sweeps.executors import Workers
from analysis.sweeps.plan import Recipe
from analysis.sweeps.shards import Shard, train_shard

PROBES = 3
"""Shards that are probed, spread over the sweep."""

SHARE = 10
"""A probe trains for one of so many steps."""


def estimate(
    shards: Sequence[Shard], device: str = "auto", workers: Workers | None = None
) -> float:
    """Return about how many seconds the training of shards will take on this machine.

    A few shards are trained for a tenth of their steps.  The others are taken to train as fast, by
    the number of their operations, and what comes before and after it to take as long, by the
    number of their networks.

    Parameters
    ----------
    shards : sequence of Shard
        What is to be trained.
    device : {"auto", "cpu", "cuda"}
        Where.
    workers : Workers, optional
        The processes that share the work, unless it is this one: the probe has the threads of one
        of them, and each is taken to train as fast beside the others.

    Returns
    -------
    float
        Seconds; 0 for no shards.
    """
    if not shards:
        return 0.0
    if workers is not None:
        threads = torch.get_num_threads()
        torch.set_num_threads(workers.threads)
        try:
            return estimate(shards, device) / min(workers.count, len(shards))
        finally:
            torch.set_num_threads(threads)
    _seconds(_brief(shards[0], 1), device)  # what only a first training needs
    chosen = {i * (len(shards) - 1) // (PROBES - 1) for i in range(PROBES)}
    probed = [shards[i] for i in sorted(chosen)]
    around = training = 0.0
    for shard in probed:
        fixed = _seconds(_brief(shard, 1), device)
        around += fixed
        training += SHARE * max(0.0, _seconds(_brief(shard), device) - fixed)
    networks = _share(shards, probed, lambda _: 1)
    operations = _share(shards, probed, lambda recipe: recipe.flops)
    return around * networks + training * operations


def _share(
    shards: Sequence[Shard], probed: Sequence[Shard], size: Callable[[Recipe], float]
) -> float:
    """Return how many times as large all shards are as those that were probed."""

    def total(some: Sequence[Shard]) -> float:
        return sum(size(r) for shard in some for family in shard.families for r in family.recipes)

    return total(shards) / total(probed)


def _seconds(shard: Shard, device: str) -> float:
    started = time.perf_counter()
    train_shard(shard, device)
    return time.perf_counter() - started


def _brief(shard: Shard, steps: int | None = None) -> Shard:
    """Return a shard whose networks are trained for so many steps, or a share of theirs."""

    def brief(recipe: Recipe) -> Recipe:
        protocol = recipe.point.protocol
        fewer = max(1, protocol.optimiser.steps // SHARE) if steps is None else steps
        optimiser = replace(protocol.optimiser, steps=fewer)
        point = recipe.point._replace(protocol=replace(protocol, optimiser=optimiser))
        return replace(recipe, point=point)

    return Shard(
        tuple(each._replace(recipes=tuple(map(brief, each.recipes))) for each in shard.families)
    )
