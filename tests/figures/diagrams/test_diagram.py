import math

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from matplotlib.text import Annotation

from figures import venn_diagram, venn_path
from figures.style.theme import Style
from venn import VennDiagram, growing_alpha, growing_gamma

DIAGRAM = VennDiagram({"a": 10, "b": 10, "a&b": 5}, hidden=6, noise={"a": 15, "b": 35})


def axes() -> Axes:
    return Figure(figsize=(4.8, 5.0)).add_axes((0.05, 0.32, 0.9, 0.64))


def words(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


def test_circles_have_the_areas_of_their_counts_the_hidden_one_too() -> None:
    ax = venn_diagram(DIAGRAM, ax=axes())
    radii = [patch.radius for patch in ax.patches if isinstance(patch, Circle)]
    assert {round(math.pi * radius**2, 6) for radius in radii} == {15.0, 6.0}
    assert ax.get_aspect() == 1


def test_counts_are_written_and_zero_is_not() -> None:
    assert sorted(words(venn_diagram(DIAGRAM, ax=axes()))) == ["10", "10", "5", "6"]
    assert words(venn_diagram(VennDiagram({"a&b": 7}), ax=axes())) == ["7"]


@pytest.mark.parametrize(("style", "width"), [("paper", 0.6), ("talk", 1.2)])
def test_a_count_that_does_not_fit_has_a_line_to_its_region(style: Style, width: float) -> None:
    ax = venn_diagram(VennDiagram({"a": 1000, "b": 1000, "a&b": 1}), style=style, ax=axes())
    (note,) = (text for text in ax.texts if isinstance(text, Annotation))
    assert note.get_text() == "1"
    assert note.arrow_patch is not None
    assert note.arrow_patch.get_linewidth() == pytest.approx(width)


@pytest.mark.parametrize("path", [growing_gamma(), growing_alpha()], ids=["gamma", "alpha"])
def test_a_path_has_one_scale(path: tuple[VennDiagram, ...]) -> None:
    panels = list(Figure(figsize=(9, 2)).subplots(1, len(path)))
    venn_path(path, panels)
    heights = np.array([panel.get_ylim() for panel in panels])
    widths = np.diff([panel.get_xlim() for panel in panels])
    np.testing.assert_allclose(heights, heights[:1].repeat(len(path), axis=0))
    np.testing.assert_allclose(widths, widths[0, 0])
    for diagram, panel in zip(path, panels, strict=True):
        (low, high), (left, right) = panel.get_ylim(), panel.get_xlim()
        for patch in panel.patches:
            box = patch.get_extents().transformed(panel.transData.inverted())
            assert left <= box.x0 <= box.x1 <= right
            assert low <= box.y0 <= box.y1 <= high
        assert str(diagram.hidden) in words(panel) or not diagram.hidden
