"""Names of some of a claim's worlds, by what they have in common."""

import itertools
from collections.abc import Iterable, Sequence

from analysis.verdicts import World


def places(worlds: Iterable[World], among: Sequence[World]) -> str:
    """Name some of a claim's worlds by few words, which fit no other of them.

    Parameters
    ----------
    worlds : iterable of World
        Those to name.
    among : sequence of World
        All in which the claim is tested.

    Returns
    -------
    str
        Such as ``"MLP; linear, rotated"``.
    """
    named = set(worlds)
    if named == set(among):
        return {1: "its one world", 2: "both worlds"}.get(len(named), f"all {len(named)} worlds")
    kinds = [(None, *dict.fromkeys(words)) for words in zip(*map(_words, among), strict=True)]
    groups = sorted(itertools.product(*kinds), key=lambda group: sum(map(bool, group)))
    found, left = [], set(named)
    for group in groups:
        fitting = {world for world in among if _fits(world, group)}
        if fitting & left and fitting <= named:
            found.append(", ".join(filter(None, group)))
            left -= fitting
    return "; ".join(found)


def _words(world: World) -> tuple[str, str, str]:
    return world.models, world.rule, world.view


def _fits(world: World, group: Sequence[str | None]) -> bool:
    return all(asked in (None, word) for word, asked in zip(_words(world), group, strict=True))
