"""Names of some of a claim's worlds, by what they have in common."""

import itertools
from collections.abc import Iterable, Sequence


def places(worlds: Iterable[str], among: Sequence[str]) -> str:
    """Name some of a claim's worlds by few of the words in their names, which fit no other of them.

    Parameters
    ----------
    worlds : iterable of str
        Those to name.
    among : sequence of str
        All in which the claim is tested, words with commas between them.

    Returns
    -------
    str
        Such as ``"MLP; linear, rotated"``.
    """
    named = set(worlds)
    if named == set(among):
        return {1: "its one world", 2: "both worlds"}.get(len(named), f"all {len(named)} worlds")
    words = {world: world.split(", ") for world in among}
    if len({*map(len, words.values())}) > 1:
        words = {world: [world] for world in among}
    kinds = [(None, *dict.fromkeys(each)) for each in zip(*words.values(), strict=True)]
    groups = sorted(itertools.product(*kinds), key=lambda group: sum(map(bool, group)))
    found, left = [], set(named)
    for group in groups:
        fitting = {world for world in among if _fits(words[world], group)}
        if fitting & left and fitting <= named:
            found.append(", ".join(filter(None, group)))
            left -= fitting
    return "; ".join(found)


def _fits(words: Sequence[str], group: Sequence[str | None]) -> bool:
    return all(asked in (None, word) for word, asked in zip(words, group, strict=True))
