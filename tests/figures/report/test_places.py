import itertools

import pytest

from analysis.verdicts import worlds
from figures.report.places import places

EVERY = tuple(worlds())
SOME = tuple(worlds(models=["linear"], rules=["hyperplane"]))
OWN = ("linear, hyperplane, as it is", "my own", "another, of mine")


def named(text: str, among: tuple[str, ...]) -> set[str]:
    """Return the worlds that a text names: those that have all words of one of its groups."""
    groups = [set(group.split(", ")) for group in text.split("; ")]
    return {world for world in among if any(group <= set(world.split(", ")) for group in groups)}


@pytest.mark.parametrize(
    "among", [EVERY, SOME, EVERY[:3], OWN], ids=["all", "a view", "three", "own"]
)
def test_every_choice_of_worlds_is_named_and_no_other(among: tuple[str, ...]) -> None:
    for count in range(1, len(among)):
        for chosen in itertools.combinations(among, count):
            assert named(places(chosen, among), among) == set(chosen)


def test_few_words_name_many_worlds() -> None:
    assert places(EVERY, EVERY) == "all 8 worlds"
    assert places(EVERY[:1], EVERY[:1]) == "its one world"
    assert places(SOME, SOME) == "both worlds"
    assert places(worlds(models=["MLP"]), EVERY) == "MLP"
    assert places(worlds(models=["MLP"], views=["rotated"]), EVERY) == "MLP, rotated"
    linear_rotated = worlds(models=["linear"], views=["rotated"])
    assert places([*worlds(models=["MLP"]), *linear_rotated], EVERY) == "rotated; MLP"
    assert places([EVERY[0], EVERY[-1]], EVERY) == (
        "linear, hyperplane, as it is; MLP, random network, rotated"
    )
