import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.refusals import refusal
from venn import FrozenMapping
from venn.regions import canonical_region, checked_counts, checked_modalities, members, region_names

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


BAD_MODALITIES: list[Any] = [
    *(("a",), (*TWELVE, "m"), ("a", "b", "a"), ("a", ""), ("a", "hidden")),
    *(("a", "b&c"), ("a", "b=c"), ("a", "b c"), ("a", "b\n"), "ab", {"a", "b"}),
]


@pytest.mark.parametrize("modalities", BAD_MODALITIES)
def test_bad_modalities(modalities: Any) -> None:
    assert refusal(checked_modalities, modalities) == f"modalities = {modalities!r}: {ALLOWED}"


@given(st.permutations(["a", "c", "d"]))
def test_a_region_may_be_spelled_in_any_order(parts: list[str]) -> None:
    assert canonical_region("region", "&".join(parts), ("a", "b", "c", "d")) == "a&c&d"
    assert canonical_region("region", "&".join(parts), ("d", "c", "b", "a")) == "d&c&a"


BAD_REGION: dict[str, Any] = {
    "region = 'x': names the unknown modality 'x'; known modalities: a, b": "x",
    "region = 'a&': names the unknown modality ''; known modalities: a, b": "a&",
    "region = 5: names the unknown modality '5'; known modalities: a, b": 5,
    "region = 'a&a': region 'a&a' repeats; name each region and modality once": "a&a",
}


@pytest.mark.parametrize(("message", "region"), BAD_REGION.items(), ids=BAD_REGION)
def test_bad_regions(region: Any, message: str) -> None:
    assert refusal(canonical_region, "region", region, ("a", "b")) == message


def test_every_region_gets_a_count() -> None:
    counts = checked_counts({"a": np.int64(3), "c&a": 2}, ("a", "b", "c"))
    assert type(counts) is FrozenMapping
    assert list(counts) == region_names(("a", "b", "c"))
    assert {region: count for region, count in counts.items() if count} == {"a&c": 2, "a": 3}
    assert all(type(count) is int for count in counts.values())


TWICE = {"a&b": 3, "b&a": 1}
BAD_COUNTS: dict[str, Any] = {
    "regions = [1, 2]: must map regions to counts, such as {'a': 10, 'b': 10, 'a&b': 5}": [1, 2],
    f"regions = {TWICE}: region 'b&a' repeats; name each region and modality once": TWICE,
    "regions['b&a'] = -1: must be a whole number of at least 0": {"b&a": -1},
}


@pytest.mark.parametrize(("message", "regions"), BAD_COUNTS.items(), ids=BAD_COUNTS)
def test_bad_counts(regions: Any, message: str) -> None:
    assert refusal(checked_counts, regions, ("a", "b")) == message
