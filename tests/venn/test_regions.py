import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from venn import ArgumentError, FrozenMapping
from venn.regions import (
    canonical_region,
    checked_counts,
    checked_modalities,
    members,
    region_names,
)

TWELVE = tuple("abcdefghijkl")
ALLOWED = "must be 2 to 12 distinct printable names without '&', '=' or spaces, and not 'hidden'"


def test_members_are_the_modalities_that_see_a_region() -> None:
    assert members("a") == {"a"}
    assert members("a&b") == {"a", "b"}
    assert members("video&audio&text") == {"video", "audio", "text"}


def test_the_regions_of_two_and_three_modalities() -> None:
    assert region_names(("a", "b")) == ["b", "a&b", "a"]
    three = ["c", "b&c", "b", "a&b", "a&b&c", "a&c", "a"]
    assert region_names(("a", "b", "c")) == three
    assert region_names(("video", "audio")) == ["audio", "video&audio", "video"]


@given(st.integers(2, 8))
def test_regions_are_a_gray_code(modalities: int) -> None:
    """2^m - 1 regions, each once; neighbours differ by one modality; those of a come last."""
    names = TWELVE[:modalities]
    regions = region_names(names)
    assert len(regions) == len({members(region) for region in regions}) == 2**modalities - 1
    assert all(len(members(x) ^ members(y)) == 1 for x, y in itertools.pairwise(regions))
    assert members(regions[0]) == {names[-1]}
    assert members(regions[-1]) == {names[0]}
    half = 2 ** (modalities - 1) - 1
    assert region_names(names[1:]) == regions[:half]
    assert all("a" in members(region) for region in regions[half:])


def test_two_to_twelve_modalities_are_allowed() -> None:
    for modalities in (("a", "b"), ("teacher", "X-ray"), TWELVE):
        assert checked_modalities(modalities) == modalities
        assert checked_modalities(list(modalities)) == modalities
    assert type(checked_modalities(["b", "a"])) is tuple
    assert checked_modalities(["b", "a"]) == ("b", "a")


BAD_MODALITIES: dict[str, Any] = {
    "one": ("a",),
    "thirteen": (*TWELVE, "m"),
    "equal": ("a", "b", "a"),
    "empty name": ("a", ""),
    "hidden": ("a", "hidden"),
    "with &": ("a", "b&c"),
    "with =": ("a", "b=c"),
    "with a space": ("a", "b c"),
    "with a line": ("a", "b\n"),
    "a string": "ab",
    "a set": {"a", "b"},
}


@pytest.mark.parametrize("modalities", BAD_MODALITIES.values(), ids=BAD_MODALITIES)
def test_bad_modalities(modalities: Any) -> None:
    with pytest.raises(ArgumentError) as error:
        checked_modalities(modalities)
    assert str(error.value) == f"modalities = {modalities!r}: {ALLOWED}"


@given(st.permutations(["a", "c", "d"]))
def test_a_region_may_be_spelled_in_any_order(parts: list[str]) -> None:
    assert canonical_region("region", "&".join(parts), ("a", "b", "c", "d")) == "a&c&d"
    assert canonical_region("region", "&".join(parts), ("d", "c", "b", "a")) == "d&c&a"


BAD_REGION: dict[str, tuple[Any, str]] = {
    "unknown": ("x", "region = 'x': names the unknown modality 'x'; known modalities: a, b"),
    "open end": ("a&", "region = 'a&': names the unknown modality ''; known modalities: a, b"),
    "number": (5, "region = 5: names the unknown modality '5'; known modalities: a, b"),
    "repeated": (
        "a&a",
        "region = 'a&a': region 'a&a' repeats; name each region and modality once",
    ),
}


@pytest.mark.parametrize(("region", "message"), BAD_REGION.values(), ids=BAD_REGION)
def test_bad_regions(region: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        canonical_region("region", region, ("a", "b"))
    assert str(error.value) == message


def test_every_region_gets_a_count() -> None:
    counts = checked_counts({"a": np.int64(3), "c&a": 2}, ("a", "b", "c"))
    assert type(counts) is FrozenMapping
    assert list(counts.items()) == [
        ("c", 0),
        ("b&c", 0),
        ("b", 0),
        ("a&b", 0),
        ("a&b&c", 0),
        ("a&c", 2),
        ("a", 3),
    ]
    assert all(type(count) is int for count in counts.values())


BAD_COUNTS: dict[str, tuple[Any, str]] = {
    "a list": (
        [1, 2],
        "regions = [1, 2]: must map regions to counts, such as {'a': 10, 'b': 10, 'a&b': 5}",
    ),
    "repeated": (
        {"a&b": 3, "b&a": 1},
        "regions = {'a&b': 3, 'b&a': 1}: region 'b&a' repeats; name each region and modality once",
    ),
    "negative": ({"b&a": -1}, "regions['b&a'] = -1: must be a whole number of at least 0"),
}


@pytest.mark.parametrize(("regions", "message"), BAD_COUNTS.values(), ids=BAD_COUNTS)
def test_bad_counts(regions: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        checked_counts(regions, ("a", "b"))
    assert str(error.value) == message
