import copy
import itertools
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from venn import ArgumentError, Counts, VennDiagram

counts = st.integers(0, 12)


@st.composite
def two_modality_diagrams(draw: st.DrawFn) -> VennDiagram:
    regions = draw(st.fixed_dictionaries({"a": counts, "b": counts, "a&b": counts}))
    noise = draw(st.fixed_dictionaries({"a": st.integers(1, 9), "b": st.integers(1, 9)}))
    if not sum(regions.values()):
        regions["a"] = 1
    return VennDiagram(regions, hidden=draw(counts), noise=noise)


@given(two_modality_diagrams())
def test_shares(diagram: VennDiagram) -> None:
    """alpha + beta + gamma = 1, each its region's count over all visible features."""
    n_a, n_b, n_ab = (diagram.regions[region] for region in ("a", "b", "a&b"))
    visible = n_a + n_b + n_ab
    assert diagram.alpha == n_a / visible
    assert diagram.beta == n_b / visible
    assert diagram.gamma == n_ab / visible
    assert diagram.alpha + diagram.beta + diagram.gamma == pytest.approx(1)


@given(two_modality_diagrams())
def test_what_is_seen(diagram: VennDiagram) -> None:
    """|S_a ∩ S_b| = n_ab, |S_a \\ S_b| = n_a, |S_b \\ S_a| = n_b, hidden: the complement."""
    a, b = set(diagram.sees("a")), set(diagram.sees("b"))
    assert len(a & b) == diagram.regions["a&b"]
    assert len(a - b) == diagram.regions["a"]
    assert len(b - a) == diagram.regions["b"]
    assert a | b == set(range(diagram.visible))
    assert diagram.decisive == diagram.visible + diagram.hidden
    for modality in ("a", "b"):
        assert diagram.dim(modality) == len(diagram.sees(modality)) + diagram.noise[modality]


@given(two_modality_diagrams())
def test_each_of_two_modalities_sees_one_run(diagram: VennDiagram) -> None:
    for modality in ("a", "b"):
        seen = diagram.sees(modality)
        assert list(seen) == list(range(min(seen, default=0), max(seen, default=-1) + 1))


def test_the_student_keeps_its_features_while_the_overlap_grows() -> None:
    """S_b = {0, …, 9} for every overlap: what common random numbers along Figure 2 rest on."""
    for overlap in (0, 4, 10):
        regions = {"a": 10 - overlap, "b": 10 - overlap, "a&b": overlap}
        diagram = VennDiagram(regions, hidden=overlap)
        assert diagram.sees("b") == tuple(range(10))
        assert diagram.sees("a") == tuple(range(10 - overlap, 20 - overlap))


def test_regions_of_three_modalities_differ_by_one_modality_from_their_neighbours() -> None:
    diagram = VennDiagram({"a&b&c": 1}, modalities=("a", "b", "c"))
    regions = [set(region.split("&")) for region in diagram.regions]
    assert len(regions) == 7
    assert all(len(x ^ y) == 1 for x, y in itertools.pairwise(regions))


def test_shares_are_for_two_modalities() -> None:
    diagram = VennDiagram({"a&b&c": 1, "c&a": 2}, modalities=("a", "b", "c"))
    assert diagram.dim("a") == 3
    with pytest.raises(ArgumentError, match="alpha, beta and gamma are defined for two modal"):
        _ = diagram.gamma


def test_a_diagram_survives_copies_and_pickling() -> None:
    diagram = VennDiagram({"a": 1, "a&b": 2}, noise={"b": 3})
    assert pickle.loads(pickle.dumps(diagram)) == diagram
    assert copy.deepcopy(diagram) == diagram
    assert hash(copy.deepcopy(diagram)) == hash(diagram)


def test_a_diagram_cannot_be_changed_through_its_arguments() -> None:
    regions = {"a": 1, "b": 2}
    diagram = VennDiagram(regions)
    regions["a"] = 100
    assert diagram.regions == {"a": 1, "b": 2, "a&b": 0}
    with pytest.raises(TypeError):
        diagram.regions["a"] = 5  # type: ignore[index]  # that it cannot is what is tested


def test_repr_is_an_expression_for_an_equal_diagram() -> None:
    diagram = VennDiagram({"a": 1, "a&b": 2}, hidden=1, noise={"b": 3})
    assert eval(repr(diagram), {"VennDiagram": VennDiagram, "Counts": Counts}) == diagram


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "negative": ({"regions": {"a": -1, "b": 2}}, "regions['a'] = -1: must be a whole number"),
    "fractional": ({"regions": {"a": 2.5}}, "regions['a'] = 2.5: must be a whole number"),
    "boolean": ({"regions": {"a": True}}, "regions['a'] = True: must be a whole number"),
    "unknown modality": (
        {"regions": {"a&c": 3}},
        "regions = {'a&c': 3}: region 'a&c' names the unknown modality 'c'; known modalities: a, b",
    ),
    "region not a name": ({"regions": {5: 3}}, "names the unknown modality '5'"),
    "repeated region": ({"regions": {"a&b": 3, "b&a": 1}}, "region 'b&a' repeats"),
    "repeated modality": ({"regions": {"a&a": 3}}, "region 'a&a' repeats"),
    "not a mapping": ({"regions": [1, 2]}, "must map regions to counts"),
    "empty": ({"regions": {}, "noise": {"a": 1, "b": 1}}, "at least one decisive feature"),
    "only hidden": (
        {"regions": {"a": 0}, "hidden": 3, "noise": {"a": 1, "b": 1}},
        "regions = {'a': 0}: must hold at least one decisive feature",
    ),
    "no channels": ({"regions": {"a": 3}}, "modality 'b' has no channels"),
    "negative hidden": ({"regions": {"a&b": 3}, "hidden": -1}, "hidden = -1: must be a whole"),
    "fractional hidden": ({"regions": {"a&b": 3}, "hidden": 0.5}, "hidden = 0.5: must be a whole"),
    "noise unknown": (
        {"regions": {"a&b": 3}, "noise": {"c": 1}},
        "noise = {'c': 1}: names the unknown modality 'c'; known modalities: a, b",
    ),
    "noise negative": ({"regions": {"a&b": 3}, "noise": {"a": -1}}, "noise['a'] = -1: must be"),
    "noise not a mapping": ({"regions": {"a&b": 3}, "noise": 4}, "noise = 4: must map modal"),
    "one modality": ({"regions": {"a": 3}, "modalities": ("a",)}, "two or more distinct names"),
    "equal modalities": ({"regions": {"a": 3}, "modalities": ("a", "a")}, "two or more distinct"),
    "modality with &": ({"regions": {"a": 3}, "modalities": ("a", "b&c")}, "without '&'"),
    "modalities a string": ({"regions": {"a": 3}, "modalities": "ab"}, "two or more distinct"),
    "modalities a number": ({"regions": {"a": 3}, "modalities": 2}, "two or more distinct"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD.values(), ids=BAD)
def test_bad_diagrams(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        VennDiagram(**arguments)
    assert message in str(error.value)


def test_unknown_modality_of_a_query() -> None:
    diagram = VennDiagram({"a&b": 3})
    for query in (diagram.sees, diagram.dim):
        with pytest.raises(ArgumentError, match="modality = 'c': is unknown; known modalities: a"):
            query("c")
