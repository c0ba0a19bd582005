"""How long a sweep will take, going by a short probe of it."""

import time
from collections.abc import Sequence
from dataclasses import replace

from analysis.plan import flops
from analysis.shards import Member, Shard, train_shard

PROBES = 3
"""Shards that are probed, spread over the sweep."""

SHARE = 10
"""A probe trains for one of so many steps."""


def estimate(shards: Sequence[Shard], device: str = "auto") -> float:
    """Return about how many seconds the training of shards will take in this process.

    A few shards are trained for a tenth of their steps, with all that comes before and after it,
    and each of the others is taken to last as its kind did, by the number of its operations.

    Parameters
    ----------
    shards : sequence of Shard
        What is to be trained.
    device : {"auto", "cpu", "cuda"}
        Where.

    Returns
    -------
    float
        Seconds; 0 for no shards.
    """
    if not shards:
        return 0.0
    _seconds(_brief(shards[0], 1), device)  # what only a first training needs
    chosen = {i * (len(shards) - 1) // (PROBES - 1) for i in range(PROBES)}
    seconds = operations = 0.0
    for shard in (shards[i] for i in chosen):
        fixed = _seconds(_brief(shard, 1), device)
        part = _seconds(_brief(shard), device)
        seconds += fixed + SHARE * max(0.0, part - fixed)
        operations += _flops(shard)
    return seconds * sum(map(_flops, shards)) / operations


def _seconds(shard: Shard, device: str) -> float:
    started = time.perf_counter()
    train_shard(shard, device)
    return time.perf_counter() - started


def _flops(shard: Shard) -> float:
    return sum(flops(m.point, m.arm) for _, members, _ in shard.families for m in members)


def _brief(shard: Shard, steps: int | None = None) -> Shard:
    """Return a shard whose networks are trained for fewer steps."""

    def brief(member: Member) -> Member:
        protocol = member.point.protocol
        fewer = max(1, protocol.optimiser.steps // SHARE) if steps is None else steps
        optimiser = replace(protocol.optimiser, steps=fewer)
        point = member.point._replace(protocol=replace(protocol, optimiser=optimiser))
        return replace(member, point=point)

    return Shard(
        tuple(
            (seed, tuple(map(brief, members)), wanted) for seed, members, wanted in shard.families
        )
    )
