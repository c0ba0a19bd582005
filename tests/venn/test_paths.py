from typing import Any

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


def test_the_simplex_has_66_points_of_20_features_and_channels() -> None:
    grid = simplex()
    assert len(grid) == 66
    for diagram in grid:
        assert (diagram.decisive, diagram.hidden) == (20, 0)
        assert (diagram.dim("a"), diagram.dim("b")) == (20, 20)
        assert all(count % 2 == 0 for count in diagram.regions.values())
    assert grid[0] == VennDiagram({"b": 20}, noise={"a": 20})


NAMES_ALLOWED = (
    "must be 2 to 12 distinct printable names without '&', '=' or spaces, and not 'hidden'"
)
DIMS_ALLOWED = "must map two modalities to channels, the teacher first"

BAD_GAMMA: dict[str, tuple[dict[str, Any], str]] = {
    "no overlap": (
        {"overlaps": ()},
        "overlaps = (): must be a sequence of whole numbers, at least one",
    ),
    "fractional": (
        {"overlaps": (0, 2.5)},
        "overlaps[1] = 2.5: must be a whole number of at least 0",
    ),
    "more than seen": ({"overlaps": (0, 11)}, "overlaps[1] = 11: must be at most 10"),
    "too few features": (
        {"overlaps": (2, 0), "decisive": 19},
        "decisive = 19: must be at least 20, the features that are seen",
    ),
    "three modalities": (
        {"dims": {"a": 30, "b": 30, "c": 30}},
        f"dims = {{'a': 30, 'b': 30, 'c': 30}}: {DIMS_ALLOWED}",
    ),
    "dims a pair": ({"dims": (25, 50)}, f"dims = (25, 50): {DIMS_ALLOWED}"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD_GAMMA.values(), ids=BAD_GAMMA)
def test_bad_paths_of_gamma(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        growing_gamma(**arguments)
    assert str(error.value) == message


BAD_ALPHA: dict[str, tuple[dict[str, Any], str]] = {
    "fractional": ({"specific": (1.5,)}, "specific[0] = 1.5: must be a whole number of at least 0"),
    "negative general": ({"general": -1}, "general = -1: must be a whole number of at least 0"),
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


BAD_SIMPLEX: dict[str, tuple[dict[str, Any], str]] = {
    "all hidden": ({"hidden": 20}, "hidden = 20: must be below decisive = 20"),
    "no step": ({"step": 0}, "step = 0: must be a whole number of at least 1"),
    "uneven step": ({"step": 3}, "step = 3: must divide the 20 visible features"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD_SIMPLEX.values(), ids=BAD_SIMPLEX)
def test_bad_simplexes(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        simplex(**arguments)
    assert str(error.value) == message
