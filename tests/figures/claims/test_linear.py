import numpy as np
import pytest
from matplotlib.figure import Figure

from analysis.claims.mfh.agreeing import AGREEMENTS
from analysis.claims.mfh.linear import CLAIM
from analysis.statistics import mean_interval
from analysis.verdicts import PAPER, Finding
from figures.claims.linear import picture
from figures.style.theme import styled
from tests.analysis.claims.made import linear
from tests.figures.claims.made import canvas

ROWS = linear()
LINES = {
    "gain": ("kd", "no_kd"),
    "gain, equal confidence": ("kd_scaled", "no_kd"),
    "lead over shuffled": ("kd", "kd_shuffled"),
}


@pytest.fixture(scope="module")
def drawn() -> Figure:
    with styled():
        figure, part = canvas()
        picture(part, Finding(CLAIM, PAPER, ROWS, 0, 0.0))
        figure.draw_without_rendering()
    return figure


def test_dots_are_single_teachers_and_marks_means(drawn: Figure) -> None:
    diagonal, dots, marks = drawn.axes[0].lines
    places = np.stack([1 - ROWS["preserved"], ROWS["error"]], axis=1)
    np.testing.assert_array_equal(np.array(dots.get_xydata()), places)
    means = [places[(ROWS["agreement"] == each).to_numpy()].mean(axis=0) for each in AGREEMENTS]
    np.testing.assert_allclose(np.array(marks.get_xydata()), means)
    ax = drawn.axes[0]
    ends = ax.transData.inverted().transform(
        diagonal.get_transform().transform(np.array(diagonal.get_xydata()))
    )
    np.testing.assert_allclose(ends[:, 0], ends[:, 1], atol=1e-9)  # what is measured as predicted
    assert ends[0, 0] < places.min()
    assert ends[1, 0] > places.max()


@pytest.mark.parametrize("name", LINES)
def test_a_line_is_the_mean_over_seeds_with_its_interval(drawn: Figure, name: str) -> None:
    (container,) = (each for each in drawn.axes[1].containers if each.get_label() == name)
    line, _, (bars,) = container.lines  # type: ignore[attr-defined]
    first, second = LINES[name]
    for i, agreement in enumerate(AGREEMENTS):
        own = ROWS[ROWS["agreement"] == agreement]
        points = 100 * (own[first] - own[second])
        place = (own["preserved"].mean(), points.mean())
        assert tuple(line.get_xydata()[i]) == pytest.approx(place)
        assert bars.get_segments()[i][:, 1] == pytest.approx(mean_interval(points))
