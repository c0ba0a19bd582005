import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from figures import Circles
from venn import ArgumentError, VennDiagram

Counts = tuple[int, int, int]

counts = given(st.tuples(*[st.integers(0, 60)] * 3).filter(any))


def circles_of(a: int, b: int, both: int) -> Circles:
    return Circles.of(VennDiagram({"a": a, "b": b, "a&b": both}, noise={"a": 1, "b": 1}))


def shared_area(circles: Circles) -> float:
    """Add up thin vertical strips of the shared region, thinner where its outline is steep."""
    left = max(-circles.teacher, circles.distance - circles.student)
    right = min(circles.teacher, circles.distance + circles.student)
    if left >= right:
        return 0.0
    edges = (left + right) / 2 - (right - left) / 2 * np.cos(np.linspace(0, math.pi, 20_001))
    x = (edges[1:] + edges[:-1]) / 2
    at_teacher = circles.teacher**2 - x**2
    at_student = circles.student**2 - (x - circles.distance) ** 2
    heights = 2 * np.sqrt(np.clip(np.minimum(at_teacher, at_student), 0, None))
    return float(heights @ np.diff(edges))


@counts
def test_areas_are_the_counts(found: Counts) -> None:
    """pi r_a² = n_a + n_ab, pi r_b² = n_b + n_ab, lens = n_ab, the last by integration."""
    a, b, both = found
    circles = circles_of(*found)
    assert math.pi * circles.teacher**2 == pytest.approx(a + both)
    assert math.pi * circles.student**2 == pytest.approx(b + both)
    assert circles.lens == pytest.approx(both, abs=1e-6)
    assert shared_area(circles) == pytest.approx(both, abs=1e-4 * max(a, b, both))


@counts
def test_the_outline_encloses_the_shared_area(found: Counts) -> None:
    """The polygon's area by the shoelace formula."""
    x, y = circles_of(*found).lens_outline(points=2000).T
    area = 0.5 * abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) if len(x) else 0.0
    assert area == pytest.approx(found[2], rel=1e-3, abs=1e-3)


@counts
def test_regions_lie_side_by_side(found: Counts) -> None:
    """alpha, gamma and beta follow each other from left to right, empty ones with no width."""
    a, b, both = found
    spans = circles_of(*found).spans
    assert spans["alpha"][0] <= spans["alpha"][1] + 1e-9
    assert spans["beta"][0] <= spans["beta"][1] + 1e-9
    if both:
        assert spans["gamma"][0] < spans["gamma"][1]
        assert spans["alpha"][1] == pytest.approx(spans["gamma"][0])
        assert spans["gamma"][1] == pytest.approx(spans["beta"][0])
    for share, count in (("alpha", a), ("beta", b)):
        if count == 0 and both:
            assert spans[share][1] - spans[share][0] == pytest.approx(0, abs=1e-6)


def test_three_modalities_have_no_such_layout() -> None:
    with pytest.raises(ArgumentError, match="defined for two modalities"):
        Circles.of(VennDiagram({"a&b&c": 1}, modalities=("a", "b", "c")))
