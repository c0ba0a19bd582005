from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.refusals import refusal
from venn import VennDiagram, growing_alpha, growing_beta, growing_gamma, simplex


def test_growing_gamma_is_the_path_of_figure_2() -> None:
    """20 features in the label, of which o hidden, and 10 that each sees; 25 and 50 channels."""
    assert growing_gamma() == tuple(
        VennDiagram({"a": 10 - o, "b": 10 - o, "a&b": o}, o, {"a": 15, "b": 40})
        for o in (0, 2, 4, 6, 8, 10)
    )


def test_growing_alpha_is_the_path_of_figure_3() -> None:
    """50 features in the label, of which the student sees 10; 50 channels each."""
    assert growing_alpha() == tuple(
        VennDiagram({"a": s, "a&b": 10}, 40 - s, {"a": 40 - s, "b": 40})
        for s in (0, 10, 20, 30, 40)
    )


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
    assert growing_beta() == tuple(
        VennDiagram({"b": s, "a&b": 10}, 40 - s, {"a": 40, "b": 40 - s})
        for s in (0, 10, 20, 30, 40)
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
        assert (diagram.visible, diagram.hidden) == (visible, hidden)


def test_the_simplex_has_66_points_of_20_features_and_channels() -> None:
    grid = simplex()
    assert len(grid) == 66
    assert grid[0] == VennDiagram({"b": 20}, noise={"a": 20})
    assert grid[-1] == VennDiagram({"a&b": 20})


THREE = {"a": 30, "b": 30, "c": 30}
DIMS_ALLOWED = "must map two modalities to channels, the teacher first"

WHOLE = "must be a whole number of at least"
BAD: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "overlaps = (): must be a sequence of whole numbers, at least one": (
        growing_gamma,
        {"overlaps": ()},
    ),
    f"overlaps[1] = 2.5: {WHOLE} 0": (growing_gamma, {"overlaps": (0, 2.5)}),
    "overlaps[1] = 11: must be at most 10": (growing_gamma, {"overlaps": (0, 11)}),
    "decisive = 19: must be at least 20, the features that are seen": (
        growing_gamma,
        {"overlaps": (2, 0), "decisive": 19},
    ),
    f"dims = {THREE}: {DIMS_ALLOWED}": (growing_gamma, {"dims": THREE}),
    f"dims = (25, 50): {DIMS_ALLOWED}": (growing_gamma, {"dims": (25, 50)}),
    f"specific[0] = 1.5: {WHOLE} 0": (growing_alpha, {"specific": (1.5,)}),
    f"general = -1: {WHOLE} 0": (growing_alpha, {"general": -1}),
    "dims['a'] = 49: must be at least 50, the decisive features that 'a' sees": (
        growing_alpha,
        {"dims": {"a": 49, "b": 10}},
    ),
    "hidden = 20: must be below decisive = 20": (simplex, {"hidden": 20}),
    f"step = 0: {WHOLE} 1": (simplex, {"step": 0}),
    "step = 3: must divide the 20 visible features": (simplex, {"step": 3}),
}


@pytest.mark.parametrize("message", BAD)
def test_bad_paths(message: str) -> None:
    path, arguments = BAD[message]
    assert refusal(path, **arguments) == message
