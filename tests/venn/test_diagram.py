import itertools
import sys
from importlib.metadata import entry_points
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.strategies import diagrams
from tests.refusals import refusal
from venn import FrozenMapping, Shares, VennDiagram
from venn.diagram import noise_to_fill
from venn.regions import members

pairs = diagrams(max_features=12, max_hidden=12)
several = diagrams(max_modalities=4)
triples = diagrams(min_modalities=3, max_modalities=3)


@given(pairs)
def test_shares(diagram: VennDiagram) -> None:
    """alpha + beta + gamma = 1, each its region's count over all visible features."""
    n_a, n_b, n_ab = (diagram.regions[region] for region in ("a", "b", "a&b"))
    visible = n_a + n_b + n_ab
    assert diagram.alpha == n_a / visible
    assert diagram.beta == n_b / visible
    assert diagram.gamma == n_ab / visible
    assert diagram.alpha + diagram.beta + diagram.gamma == pytest.approx(1)


def test_the_shares_count_the_regions_of_the_teacher_and_the_student() -> None:
    diagram = VennDiagram({"a": 1, "b&a": 2, "b": 5}, modalities=("b", "a"))
    assert diagram.share_regions == {"alpha": "b", "gamma": "b&a", "beta": "a"}
    assert (diagram.alpha, diagram.beta, diagram.gamma) == (5 / 8, 1 / 8, 2 / 8)


@given(several)
def test_each_region_is_what_its_modalities_and_no_others_see(diagram: VennDiagram) -> None:
    r"""|⋂_{m ∈ R} S_m \ ⋃_{m ∉ R} S_m| = n_R; hidden: the complement of ⋃ S_m."""
    seen = {modality: set(diagram.sees(modality)) for modality in diagram.modalities}
    everything = set(range(diagram.decisive))
    for region, count in diagram.regions.items():
        inside = set.intersection(*(seen[m] for m in members(region)))
        outside = set().union(*(seen[m] for m in diagram.modalities if m not in members(region)))
        assert inside - outside == set(diagram.features(region))
        assert len(inside - outside) == count
    hidden = everything - set().union(*seen.values())
    assert hidden == set(diagram.features("hidden"))
    assert len(hidden) == diagram.hidden
    assert diagram.decisive == diagram.visible + diagram.hidden
    assert diagram.visible == sum(diagram.regions.values())


@given(several)
def test_channels_are_seen_features_and_noise(diagram: VennDiagram) -> None:
    """d_m = |S_m| + noise_m."""
    for modality in diagram.modalities:
        seen = diagram.sees(modality)
        assert list(seen) == sorted(set(seen))
        assert diagram.dim(modality) == len(seen) + diagram.noise[modality]
        assert diagram.dim(modality) > 0


def test_features_of_a_small_diagram() -> None:
    diagram = VennDiagram({"a": 1, "b": 2, "a&b": 1}, hidden=2)
    assert diagram.feature_regions == ("b", "b", "a&b", "a", "hidden", "hidden")
    assert diagram.features("b") == (0, 1)
    assert diagram.features("b&a") == diagram.features("a&b") == (2,)
    assert diagram.features("hidden") == (4, 5)
    assert VennDiagram({"a&b": 1}).features("hidden") == ()
    assert VennDiagram({"a&b": 1}).features("a") == ()


def test_arguments_are_brought_to_one_form() -> None:
    modalities: Any = ["a", "b"]
    count: Any = np.int64(2)
    diagram = VennDiagram({"a": count, "b": 1}, count, {"b": count}, modalities)
    assert diagram == VennDiagram({"a": 2, "b": 1}, 2, {"b": 2})
    assert type(diagram.modalities) is tuple
    assert type(diagram.hidden) is int
    assert type(diagram.regions) is type(diagram.noise) is FrozenMapping
    assert {type(n) for n in (*diagram.regions.values(), *diagram.noise.values())} == {int}
    assert list(diagram.noise) == ["a", "b"]


@given(pairs)
def test_the_overlap_of_two_modalities_is_their_shares(diagram: VennDiagram) -> None:
    assert diagram.overlap("a", "b") == Shares(diagram.alpha, diagram.beta, diagram.gamma)
    assert diagram.overlap("b", "a") == Shares(diagram.beta, diagram.alpha, diagram.gamma)


couples = st.sampled_from(
    [*itertools.permutations("abc", 2), ("ab", "c"), ("c", "ba"), ("ab", "bc"), ("a", "abc")]
)


@given(triples, couples, st.data())
def test_overlap_by_energy(diagram: VennDiagram, couple: tuple[str, str], data: Any) -> None:
    r"""alpha = E(S_t \ S_s) / E(S_t ∪ S_s) with E(S) = sum_{j ∈ S} w_j^2."""
    least, most = diagram.decisive, diagram.decisive
    weights = data.draw(st.lists(st.integers(-4, 4), min_size=least, max_size=most))
    energies = [0, 0, 0]
    for feature, region in enumerate(diagram.feature_regions):
        teaches, learns = (bool(set(side) & members(region)) for side in couple)
        sight = teaches, learns
        if any(sight):
            part = {(True, False): 0, (False, True): 1, (True, True): 2}[sight]
            energies[part] += weights[feature] ** 2
    total = sum(energies)
    if total:
        shares = diagram.overlap("&".join(couple[0]), tuple(couple[1]), weights=weights)
        assert shares == tuple(energy / total for energy in energies)
        assert sum(shares) == pytest.approx(1)
    else:
        said = refusal(diagram.overlap, *map(tuple, couple), weights=weights)
        assert "see no decisive feature of any weight" in said


FEW = "must be one weight per decisive feature, hidden ones included: 3"
BAD_OVERLAP: dict[str, tuple[Any, Any, Any]] = {
    "teacher = 'x': is unknown; known: a, b, c": ("x", "b", None),
    "student = 'x': is unknown; known: a, b, c": ("a", "x", None),
    "student = 'a': must not have just the teacher's modalities": ("a", "a", None),
    "student = 'c': sees no decisive feature, nor does 'b'": ("b", "c", None),
    "teacher = ['a', 'a']: must be a modality or several, each once, such as 'a' or ('a', 'b')": (
        ["a", "a"],
        "b",
        None,
    ),
    f"weights = (1, 1, 1, 1): {FEW}": ("a", "b", (1, 1, 1, 1)),
    "weights = 5: must be a sequence of numbers": ("a", "b", 5),
    "weights = [0, 0, 1]: 'a' and 'b' see no decisive feature of any weight": ("a", "b", [0, 0, 1]),
}


@pytest.mark.parametrize(("message", "arguments"), BAD_OVERLAP.items(), ids=BAD_OVERLAP)
def test_bad_overlaps(message: str, arguments: tuple[Any, Any, Any]) -> None:
    diagram = VennDiagram({"a": 2}, 1, {"b": 1, "c": 1}, ("a", "b", "c"))
    teacher, student, weights = arguments
    assert refusal(diagram.overlap, teacher, student, weights=weights) == message


FOR_TWO = "alpha, beta and gamma are defined for two modalities; overlap(…) takes any pair"


@pytest.mark.parametrize("share", ["alpha", "beta", "gamma", "share_regions"])
def test_shares_are_for_two_modalities(share: str) -> None:
    diagram = VennDiagram({"a&b&c": 1, "c&a": 2}, modalities=("a", "b", "c"))
    assert refusal(getattr, diagram, share) == f"modalities = ('a', 'b', 'c'): {FOR_TWO}"


@given(pairs)
def test_a_diagram_is_that_of_its_shares_and_dimensions(diagram: VennDiagram) -> None:
    """n_a = alpha v, n_b = beta v, n_ab = gamma v, v = decisive - hidden."""
    assert diagram == VennDiagram.from_ratios(
        alpha=diagram.alpha,
        beta=diagram.beta,
        gamma=diagram.gamma,
        decisive=diagram.decisive,
        hidden=diagram.hidden,
        dims={modality: diagram.dim(modality) for modality in diagram.modalities},
    )


def test_from_ratios_takes_other_names_teacher_first() -> None:
    names = ("video", "audio")
    shares: Any = {"alpha": 0.1 + 0.2, "beta": 0.7, "gamma": 0}
    dims, noise = {"audio": 9, "video": 4}, {"video": 1, "audio": 2}
    found = VennDiagram.from_ratios(**shares, decisive=11, hidden=1, dims=dims, modalities=names)
    assert found == VennDiagram({"video": 3, "audio": 7}, 1, noise, names)


def test_from_ratios_takes_the_nearest_shares_if_it_may() -> None:
    """4 * (0.3, 0.3, 0.4) = (1.2, 1.2, 1.6)."""
    thirds = VennDiagram.from_ratios(
        alpha=0.3, beta=0.3, gamma=0.4, decisive=5, hidden=1, rounding="nearest"
    )
    assert thirds == VennDiagram({"a": 1, "b": 1, "a&b": 2}, hidden=1)


BAD_RATIOS: dict[str, dict[str, Any]] = {
    "decisive = 0: must be a whole number of at least 1": {"decisive": 0},
    "hidden = 4: must be below decisive = 4": {"hidden": 4},
    "rounding = 'up': is unknown; known: exact, nearest": {"rounding": "up"},
    f"modalities = ('a', 'b', 'c'): {FOR_TWO}": {"modalities": ["a", "b", "c"]},
}


@pytest.mark.parametrize(("message", "changes"), BAD_RATIOS.items(), ids=BAD_RATIOS)
def test_bad_ratios(changes: dict[str, Any], message: str) -> None:
    arguments: dict[str, Any] = {"alpha": 0.5, "beta": 0.25, "gamma": 0.25, "decisive": 4}
    assert refusal(VennDiagram.from_ratios, **{**arguments, **changes}) == message


@given(several, st.data())
def test_noise_fills_the_dimensions(diagram: VennDiagram, data: Any) -> None:
    noise = {modality: data.draw(st.integers(1, 5)) for modality in diagram.modalities}
    dims = {modality: len(diagram.sees(modality)) + n for modality, n in noise.items()}
    backwards = dict(reversed(dims.items()))
    filled = noise_to_fill(backwards, diagram.regions, diagram.modalities)
    assert filled == noise
    assert list(filled) == list(diagram.modalities)
    noisy = VennDiagram(diagram.regions, diagram.hidden, filled, diagram.modalities)
    assert {modality: noisy.dim(modality) for modality in dims} == dims


BAD_DIMS: dict[str, Any] = {
    "dims = (3, 2): must map each modality to its channels: a, b": (3, 2),
    "dims = {'b': 3}: must map each modality to its channels: a, b": {"b": 3},
    "dims['b'] = 1: must be at least 2, the decisive features that 'b' sees": {"a": 3, "b": 1},
}


@pytest.mark.parametrize(("message", "dims"), BAD_DIMS.items(), ids=BAD_DIMS)
def test_bad_dimensions(dims: Any, message: str) -> None:
    assert refusal(noise_to_fill, dims, {"a": 1, "a&b": 2}, ("a", "b")) == message


@given(several)
def test_repr_is_an_expression_for_an_equal_diagram(diagram: VennDiagram) -> None:
    assert eval(repr(diagram), {"VennDiagram": VennDiagram}) == diagram


def test_a_notebook_shows_the_text_of_three_modalities() -> None:
    assert VennDiagram({"a&b&c": 1}, modalities=("a", "b", "c"))._repr_svg_() is None


def test_the_picture_is_what_is_installed_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(entry_points(group="modality_venn.pictures", name="VennDiagram")) == 1
    asked: list[dict[str, str]] = []
    installed = [SimpleNamespace(load=lambda: lambda diagram: f"drawn: {diagram}")]

    def found(**names: str) -> list[SimpleNamespace]:
        asked.append(names)
        return installed

    monkeypatch.setattr("venn.diagram.entry_points", found)
    diagram = VennDiagram({"a&b": 1})
    assert diagram._repr_svg_() == f"drawn: {diagram}"
    installed.clear()
    assert diagram._repr_svg_() is None
    assert asked == [{"group": "modality_venn.pictures", "name": "VennDiagram"}] * 2


def test_a_notebook_shows_the_text_where_something_is_in_the_way_of_the_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "figures.py").write_text("raise SystemExit('a file of their own')\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "figures", raising=False)
    with pytest.warns(UserWarning, match=r"no picture of a diagram: .*figures\.py is in its place"):
        assert VennDiagram({"a&b": 1})._repr_svg_() is None


NONE_VISIBLE = "must hold at least one decisive feature that a modality sees"
NO_CHANNELS = "has no channels; give it decisive features or noise"

WHOLE = "must be a whole number of at least 0"
UNKNOWN = "names the unknown modality 'c'; known modalities: a, b"

BAD: dict[str, tuple[Any, ...]] = {
    f"regions['a'] = 2.5: {WHOLE}": ({"a": 2.5},),
    f"regions = {{}}: {NONE_VISIBLE}": ({}, 0, {"a": 1, "b": 1}),
    f"regions = {{'a': 0}}: {NONE_VISIBLE}": (FrozenMapping({"a": 0}), 3),
    f"regions = {{'a': 3}}: modality 'b' {NO_CHANNELS}": ({"a": 3},),
    f"hidden = 0.5: {WHOLE}": ({"a&b": 3}, 0.5),
    f"noise = {{'a': 2, 'c': 1}}: {UNKNOWN}": ({"a&b": 3}, 0, {"a": 2, "c": 1}),
    f"noise['b'] = -1: {WHOLE}": ({"a&b": 3}, 0, {"b": -1}),
    "noise = 4: must map modalities to counts, such as {'a': 15}": ({"a&b": 3}, 0, 4),
}


@pytest.mark.parametrize(("message", "arguments"), BAD.items(), ids=BAD)
def test_bad_diagrams(message: str, arguments: tuple[Any, ...]) -> None:
    assert refusal(VennDiagram, *arguments) == message


@pytest.mark.parametrize("query", ["sees", "dim"])
@pytest.mark.parametrize("modality", ["c", "a&b", "hidden", 0, None])
def test_unknown_modality_of_a_query(query: str, modality: Any) -> None:
    diagram = VennDiagram({"a&b": 3})
    said = refusal(getattr(diagram, query), modality)
    assert said == f"modality = {modality!r}: is unknown; known modalities: a, b"


@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200])
def test_an_overlap_has_no_scale(scale: float) -> None:
    """Squares of these weights leave the range of floats; their shares do not."""
    diagram = VennDiagram({"a": 1, "b": 1, "a&b": 1})
    weights = [3 * scale, 0.5 * scale, scale]
    assert diagram.overlap("a", "b", weights=weights) == pytest.approx(
        (1 / 10.25, 9 / 10.25, 0.25 / 10.25)
    )
