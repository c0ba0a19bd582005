"""Regions: the sets of modalities that see the same decisive features, and their names."""

from collections.abc import Mapping
from typing import Any

from venn.checks import ArgumentError, one_of, whole
from venn.frozen import FrozenMapping


def members(region: str) -> frozenset[str]:
    """Return the modalities that see a region: ``"a&b"`` is seen by a and by b."""
    return frozenset(region.split("&"))


def region_names(modalities: tuple[str, ...]) -> list[str]:
    """Name every region, in Gray-code order: each differs from the one before by one modality."""
    highest = len(modalities) - 1
    codes = (i ^ (i >> 1) for i in range(1, 2 ** len(modalities)))
    return [
        "&".join(name for bit, name in enumerate(modalities) if code >> (highest - bit) & 1)
        for code in codes
    ]


def checked_modalities(modalities: Any) -> tuple[str, ...]:
    """Return the modalities as a tuple, or fail if they are not distinct names that can be used."""
    allowed = (
        "must be 2 to 12 distinct printable names without '&', '=' or spaces, and not 'hidden'"
    )
    if not isinstance(modalities, tuple | list) or not all(isinstance(m, str) for m in modalities):
        raise ArgumentError("modalities", modalities, allowed)
    names = tuple(modalities)
    bad = any(not name or name == "hidden" or any(map(_is_reserved, name)) for name in names)
    if bad or not 2 <= len(names) <= 12 or len(set(names)) < len(names):
        raise ArgumentError("modalities", modalities, allowed)
    return names


def checked_counts(regions: Any, modalities: tuple[str, ...]) -> FrozenMapping[int]:
    """Return a count for every region, or fail where a region is unknown or repeats."""
    if not isinstance(regions, Mapping):
        allowed = "must map regions to counts, such as {'a': 10, 'b': 10, 'a&b': 5}"
        raise ArgumentError("regions", regions, allowed)
    counts = dict.fromkeys(region_names(modalities), 0)
    named: set[str] = set()
    for region, count in regions.items():
        name = canonical_region("regions", region, modalities)
        if name in named:
            raise ArgumentError("regions", dict(regions), f"region {region!r} {_REPEATS}")
        named.add(name)
        counts[name] = whole(f"regions[{region!r}]", count)
    return FrozenMapping(counts)


def canonical_region(argument: str, region: Any, modalities: tuple[str, ...]) -> str:
    """Return a region's name with its modalities in the diagram's order, or fail."""
    parts = str(region).split("&")
    for part in parts:
        if part not in modalities:
            known = f"known modalities: {', '.join(modalities)}"
            raise ArgumentError(argument, region, f"names the unknown modality {part!r}; {known}")
    if len(set(parts)) < len(parts):
        raise ArgumentError(argument, region, f"region {region!r} {_REPEATS}")
    return "&".join(modality for modality in modalities if modality in parts)


def side(argument: str, given: Any) -> tuple[str, ...]:
    """Return the modalities of one side, a name or several, sorted; ``"a&b"`` names two."""
    names = given.split("&") if isinstance(given, str) else given
    listed = isinstance(names, tuple | list) and all(isinstance(name, str) for name in names)
    if not listed or not names or len(set(names)) < len(names):
        allowed = "must be a modality or several, each once, such as 'a' or ('a', 'b')"
        raise ArgumentError(argument, given, allowed)
    return tuple(sorted(names))


def sides(
    teacher: Any, student: Any, modalities: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the modalities of a teacher and of a student, in the diagram's order.

    One may be on both sides, such as the student's with a multimodal teacher; all may not.
    """
    pair = []
    for argument, given in (("teacher", teacher), ("student", student)):
        names = side(argument, given)
        for name in names:
            one_of(argument, name, modalities)
        pair.append(tuple(name for name in modalities if name in names))
    if pair[0] == pair[1]:
        named = "&".join(pair[1])
        raise ArgumentError("student", named, "must not have just the teacher's modalities")
    return pair[0], pair[1]


def _is_reserved(character: str) -> bool:
    return character in "&= " or not character.isprintable()


_REPEATS = "repeats; name each region and modality once"
