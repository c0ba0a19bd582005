import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from venn import (
    ArgumentError,
    VennDiagram,
    growing_alpha,
    growing_beta,
    growing_gamma,
    simplex,
)


def test_growing_gamma_is_the_path_of_figure_2() -> None:
    """gamma = o / (20 - o), 20 features in the label, of which o hidden; 25 and 50 channels."""
    path = growing_gamma()
    for overlap, diagram in zip((0, 2, 4, 6, 8, 10), path, strict=True):
        assert diagram.gamma == pytest.approx(overlap / (20 - overlap))
        assert diagram.alpha == diagram.beta
        assert diagram.hidden == overlap
        assert diagram.decisive == 20
        assert (diagram.dim("a"), diagram.dim("b")) == (25, 50)
        assert len(diagram.sees("a")) == len(diagram.sees("b")) == 10


def test_growing_alpha_is_the_path_of_figure_3() -> None:
    """alpha = s / (s + 10) = 1 - gamma, 50 features in the label; 50 channels each."""
    path = growing_alpha()
    for specific, diagram in zip((0, 10, 20, 30, 40), path, strict=True):
        assert diagram.alpha == pytest.approx(specific / (specific + 10))
        assert diagram.gamma == pytest.approx(1 - diagram.alpha)
        assert diagram.beta == 0
        assert diagram.hidden == 40 - specific
        assert diagram.decisive == 50
        assert (diagram.dim("a"), diagram.dim("b")) == (50, 50)
        assert diagram.sees("b") == tuple(range(10))
        assert diagram.sees("a") == tuple(range(10 + specific))


def test_growing_gamma_takes_other_counts_and_names() -> None:
    """v = 2s - o: with s = 3, 4 visible features at o = 2 and 6 at o = 0."""
    dims = {"video": 8, "audio": 9}
    noise = {"video": 5, "audio": 6}
    names = ("video", "audio")
    assert growing_gamma([2, 0], seen=3, decisive=7, dims=dims) == (
        VennDiagram({"video": 1, "audio": 1, "video&audio": 2}, 3, noise, names),
        VennDiagram({"video": 3, "audio": 3}, 1, noise, names),
    )


def test_growing_alpha_takes_other_counts_and_names() -> None:
    dims = {"video": 5, "audio": 4}
    names = ("video", "audio")
    assert growing_alpha(range(0, 4, 3), general=2, decisive=6, dims=dims) == (
        VennDiagram({"video&audio": 2}, 4, {"video": 3, "audio": 2}, names),
        VennDiagram({"video": 3, "video&audio": 2}, 1, {"audio": 2}, names),
    )


def test_growing_beta_is_the_mirror_image_of_growing_alpha() -> None:
    """beta = s / (s + 10) = 1 - gamma, 50 features in the label; the teacher sees 10 throughout."""
    for specific, diagram in zip((0, 10, 20, 30, 40), growing_beta(), strict=True):
        assert diagram.beta == pytest.approx(specific / (specific + 10))
        assert diagram.gamma == pytest.approx(1 - diagram.beta)
        assert diagram.alpha == 0
        assert diagram.hidden == 40 - specific
        assert diagram.decisive == 50
        assert (diagram.dim("a"), diagram.dim("b")) == (50, 50)
        assert len(diagram.sees("a")) == 10
        assert len(diagram.sees("b")) == 10 + specific
        assert set(diagram.sees("a")) <= set(diagram.sees("b"))


@given(
    st.lists(st.integers(0, 6), min_size=1), st.integers(1, 4), st.integers(0, 3), st.integers(0, 3)
)
def test_beta_is_alpha_with_teacher_and_student_exchanged(
    specific: list[int], general: int, more: int, channels: int
) -> None:
    decisive = general + max(specific) + more
    dims = {"x": decisive + channels, "y": decisive}
    beta = growing_beta(specific, general=general, decisive=decisive, dims=dims)
    swapped = {"y": dims["y"], "x": dims["x"]}
    alpha = growing_alpha(specific, general=general, decisive=decisive, dims=swapped)
    for one, other in zip(beta, alpha, strict=True):
        assert one.modalities == other.modalities[::-1]
        assert (one.alpha, one.beta, one.gamma) == (other.beta, other.alpha, other.gamma)
        assert one.noise == other.noise
        assert (one.regions["x"], one.regions["y"]) == (other.regions["x"], other.regions["y"])
        assert (one.hidden, one.decisive) == (other.hidden, other.decisive)


def test_growing_beta_takes_other_counts_and_names() -> None:
    dims = {"video": 4, "audio": 5}
    names = ("video", "audio")
    assert growing_beta(range(0, 4, 3), general=2, decisive=6, dims=dims) == (
        VennDiagram({"video&audio": 2}, 4, {"video": 2, "audio": 3}, names),
        VennDiagram({"audio": 3, "video&audio": 2}, 1, {"video": 2}, names),
    )


def test_the_teacher_is_the_first_of_the_dimensions() -> None:
    (diagram,) = growing_alpha((2,), general=1, decisive=3, dims={"b": 3, "a": 1})
    assert diagram.modalities == ("b", "a")
    assert diagram.alpha == pytest.approx(2 / 3)
    assert diagram.regions == {"a": 0, "b&a": 1, "b": 2}


def test_counts_may_be_numpys() -> None:
    count: Callable[[int], Any] = np.int64
    assert growing_gamma((count(2),), seen=count(10), decisive=count(20)) == growing_gamma((2,))
    assert growing_alpha((count(20),), general=count(10)) == growing_alpha((20,))
    assert growing_beta((count(20),), general=count(10)) == growing_beta((20,))
    assert simplex(decisive=count(9), hidden=count(1), step=count(4)) == simplex(
        decisive=9, hidden=1, step=4
    )


sizes = st.integers(1, 3)


@given(sizes, sizes, st.integers(0, 9), st.integers(0, 9))
def test_all_diagrams_of_a_path_have_the_same_dimensions_and_decisive_features(
    seen: int, general: int, teacher: int, student: int
) -> None:
    decisive = 2 * seen + general
    dims = {"x": decisive + teacher, "y": decisive + student}
    for path in (
        growing_gamma(range(seen + 1), seen=seen, decisive=decisive, dims=dims),
        growing_alpha(range(2 * seen + 1), general=general, decisive=decisive, dims=dims),
        growing_beta(range(2 * seen + 1), general=general, decisive=decisive, dims=dims),
        simplex(decisive=decisive, step=1, dims=dims),
    ):
        assert {diagram.decisive for diagram in path} == {decisive}
        assert {(diagram.dim("x"), diagram.dim("y")) for diagram in path} == {tuple(dims.values())}
        assert len(set(path)) == len(path)


@given(sizes)
def test_the_students_features_stay_while_the_path_grows(seen: int) -> None:
    """S_s is the same everywhere: what common random numbers along a path rest on."""
    dims = {"x": 2 * seen, "y": 2 * seen}
    for path in (
        growing_gamma(range(seen + 1), seen=seen, decisive=2 * seen, dims=dims),
        growing_alpha(range(seen + 1), general=seen, decisive=2 * seen, dims=dims),
    ):
        assert {diagram.sees("y") for diagram in path} == {tuple(range(seen))}


@given(st.integers(1, 8), st.integers(1, 3), st.integers(0, 3))
def test_the_simplex_is_a_grid_over_all_shares(steps: int, step: int, hidden: int) -> None:
    """(k + 1)(k + 2) / 2 distinct points with alpha + beta + gamma = 1, in multiples of 1 / k."""
    visible = steps * step
    dims = {"x": visible, "y": visible + 1}
    grid = simplex(decisive=visible + hidden, hidden=hidden, step=step, dims=dims)
    points = [(diagram.gamma, diagram.alpha) for diagram in grid]
    assert len(points) == (steps + 1) * (steps + 2) // 2
    assert points == [
        (i / steps, j / steps) for i in range(steps + 1) for j in range(steps + 1 - i)
    ]
    for diagram in grid:
        assert diagram.alpha + diagram.beta + diagram.gamma == pytest.approx(1)
        assert diagram.hidden == hidden
        assert diagram.visible == visible
        assert (diagram.dim("x"), diagram.dim("y")) == (visible, visible + 1)


def test_gamma_grows_slowest_then_alpha() -> None:
    points = [(diagram.gamma, diagram.alpha) for diagram in simplex()]
    assert points == sorted(points)
    assert all(x != y for x, y in itertools.pairwise(points))


def test_the_simplex_has_66_points_of_20_features_and_channels() -> None:
    grid = simplex()
    assert len(grid) == 66
    for diagram in grid:
        assert (diagram.decisive, diagram.hidden) == (20, 0)
        assert (diagram.dim("a"), diagram.dim("b")) == (20, 20)
        assert all(count % 2 == 0 for count in diagram.regions.values())
    assert grid[0] == VennDiagram({"b": 20}, noise={"a": 20})


def test_one_visible_feature_is_a_simplex_of_three_corners() -> None:
    grid = simplex(decisive=3, hidden=2, step=1, dims={"a": 1, "b": 1})
    assert [diagram.regions for diagram in grid] == [
        {"b": 1, "a&b": 0, "a": 0},
        {"b": 0, "a&b": 0, "a": 1},
        {"b": 0, "a&b": 1, "a": 0},
    ]


NAMES_ALLOWED = (
    "must be 2 to 12 distinct printable names without '&', '=' or spaces, and not 'hidden'"
)
DIMS_ALLOWED = "must map two modalities to channels, the teacher first"

BAD_GAMMA: dict[str, tuple[dict[str, Any], str]] = {
    "no overlap": (
        {"overlaps": ()},
        "overlaps = (): must be a sequence of whole numbers, at least one",
    ),
    "text": (
        {"overlaps": "12"},
        "overlaps = '12': must be a sequence of whole numbers, at least one",
    ),
    "a number": (
        {"overlaps": 5},
        "overlaps = 5: must be a sequence of whole numbers, at least one",
    ),
    "a set": (
        {"overlaps": {5}},
        "overlaps = {5}: must be a sequence of whole numbers, at least one",
    ),
    "fractional": (
        {"overlaps": (0, 2.5)},
        "overlaps[1] = 2.5: must be a whole number of at least 0",
    ),
    "negative": ({"overlaps": (-1, 0)}, "overlaps[0] = -1: must be a whole number of at least 0"),
    "more than seen": ({"overlaps": (0, 11)}, "overlaps[1] = 11: must be at most 10"),
    "more than none": ({"overlaps": (1,), "seen": 0}, "overlaps[0] = 1: must be at most 0"),
    "negative seen": ({"seen": -1}, "seen = -1: must be a whole number of at least 0"),
    "fractional seen": ({"seen": 2.5}, "seen = 2.5: must be a whole number of at least 0"),
    "too few features": (
        {"overlaps": (2, 0), "decisive": 19},
        "decisive = 19: must be at least 20, the features that are seen",
    ),
    "fractional features": (
        {"decisive": 19.5},
        "decisive = 19.5: must be a whole number of at least 0",
    ),
    "one modality": ({"dims": {"a": 30}}, f"dims = {{'a': 30}}: {DIMS_ALLOWED}"),
    "three modalities": (
        {"dims": {"a": 30, "b": 30, "c": 30}},
        f"dims = {{'a': 30, 'b': 30, 'c': 30}}: {DIMS_ALLOWED}",
    ),
    "dims a pair": ({"dims": (25, 50)}, f"dims = (25, 50): {DIMS_ALLOWED}"),
    "dims of bad names": (
        {"dims": {"a": 30, "b&c": 30}},
        f"modalities = ('a', 'b&c'): {NAMES_ALLOWED}",
    ),
    "too few channels": (
        {"dims": {"a": 10, "b": 9}},
        "dims['b'] = 9: must be at least 10, the decisive features that 'b' sees",
    ),
    "fractional channels": (
        {"dims": {"a": 12.5, "b": 20}},
        "dims['a'] = 12.5: must be a whole number of at least 0",
    ),
    "nothing seen": (
        {"overlaps": (0,), "seen": 0},
        "regions = {'a': 0, 'b': 0, 'a&b': 0}: must hold at least one decisive feature that a "
        "modality sees",
    ),
}


@pytest.mark.parametrize(("arguments", "message"), BAD_GAMMA.values(), ids=BAD_GAMMA)
def test_bad_paths_of_gamma(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        growing_gamma(**arguments)
    assert str(error.value) == message


BAD_ALPHA: dict[str, tuple[dict[str, Any], str]] = {
    "no count": (
        {"specific": []},
        "specific = []: must be a sequence of whole numbers, at least one",
    ),
    "text": (
        {"specific": "12"},
        "specific = '12': must be a sequence of whole numbers, at least one",
    ),
    "fractional": ({"specific": (1.5,)}, "specific[0] = 1.5: must be a whole number of at least 0"),
    "negative": ({"specific": (0, -1)}, "specific[1] = -1: must be a whole number of at least 0"),
    "huge": ({"specific": (10**9 + 1,)}, "specific[0] = 1000000001: must be at most 1000000000"),
    "largest": (
        {"specific": (10**9,)},
        "decisive = 50: must be at least 1000000010, the features that are seen",
    ),
    "negative general": ({"general": -1}, "general = -1: must be a whole number of at least 0"),
    "fractional general": ({"general": 2.5}, "general = 2.5: must be a whole number of at least 0"),
    "too few features": (
        {"decisive": 49},
        "decisive = 49: must be at least 50, the features that are seen",
    ),
    "negative features": (
        {"decisive": -1},
        "decisive = -1: must be a whole number of at least 0",
    ),
    "dims a number": ({"dims": 50}, f"dims = 50: {DIMS_ALLOWED}"),
    "too few channels": (
        {"dims": {"a": 49, "b": 10}},
        "dims['a'] = 49: must be at least 50, the decisive features that 'a' sees",
    ),
}


@pytest.mark.parametrize(("arguments", "message"), BAD_ALPHA.values(), ids=BAD_ALPHA)
def test_bad_paths_of_alpha(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        growing_alpha(**arguments)
    assert str(error.value) == message


@pytest.mark.parametrize(("arguments", "message"), BAD_ALPHA.values(), ids=BAD_ALPHA)
def test_bad_paths_of_beta(arguments: dict[str, Any], message: str) -> None:
    """The mistakes of alpha, seen from the other side."""
    if arguments.get("dims") == {"a": 49, "b": 10}:
        arguments = {"dims": {"a": 10, "b": 49}}
        message = "dims['b'] = 49: must be at least 50, the decisive features that 'b' sees"
    with pytest.raises(ArgumentError) as error:
        growing_beta(**arguments)
    assert str(error.value) == message


BAD_SIMPLEX: dict[str, tuple[dict[str, Any], str]] = {
    "no feature": ({"decisive": 0}, "decisive = 0: must be a whole number of at least 1"),
    "fractional": ({"decisive": 2.5}, "decisive = 2.5: must be a whole number of at least 1"),
    "negative hidden": ({"hidden": -1}, "hidden = -1: must be a whole number of at least 0"),
    "all hidden": ({"hidden": 20}, "hidden = 20: must be below decisive = 20"),
    "more hidden": ({"decisive": 3, "hidden": 9}, "hidden = 9: must be below decisive = 3"),
    "no step": ({"step": 0}, "step = 0: must be a whole number of at least 1"),
    "fractional step": ({"step": 0.5}, "step = 0.5: must be a whole number of at least 1"),
    "uneven step": ({"step": 3}, "step = 3: must divide the 20 visible features"),
    "uneven step of the visible": (
        {"decisive": 6, "hidden": 2, "step": 3},
        "step = 3: must divide the 4 visible features",
    ),
    "large step": ({"step": 40}, "step = 40: must divide the 20 visible features"),
    "dims a pair": ({"dims": (20, 20)}, f"dims = (20, 20): {DIMS_ALLOWED}"),
    "too few channels": (
        {"dims": {"a": 20, "b": 19}},
        "dims['b'] = 19: must be at least 20, the decisive features that 'b' sees",
    ),
}


@pytest.mark.parametrize(("arguments", "message"), BAD_SIMPLEX.values(), ids=BAD_SIMPLEX)
def test_bad_simplexes(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        simplex(**arguments)
    assert str(error.value) == message
