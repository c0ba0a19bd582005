import numpy as np
import pytest
from matplotlib.figure import Figure

from analysis.claims.mfh.linear import AGREEMENTS, CLAIM
from analysis.statistics import mean_interval
from figures.claims.linear import picture
from tests.analysis.claims.made import linear
from tests.figures.claims.made import drawing
from tests.figures.seen import error_bars

ROWS = linear()
LINES = {
    "gain": ("kd", "no_kd"),
    "gain, equal confidence": ("kd_scaled", "no_kd"),
    "lead over shuffled": ("kd", "kd_shuffled"),
}


@pytest.fixture(scope="module")
def drawn() -> Figure:
    return drawing(picture, CLAIM, ROWS)


def test_dots_are_single_teachers_and_marks_means(drawn: Figure) -> None:
    ax = drawn.axes[0]
    diagonal, dots, marks = ax.lines
    places = np.stack([1 - ROWS["preserved"], ROWS["error"]], axis=1)
    np.testing.assert_array_equal(np.array(dots.get_xydata()), places)
    means = [places[(ROWS["agreement"] == each).to_numpy()].mean(axis=0) for each in AGREEMENTS]
    np.testing.assert_allclose(np.array(marks.get_xydata()), means)
    to_data = diagonal.get_transform() - ax.transData
    ends = to_data.transform(np.array(diagonal.get_xydata()))
    np.testing.assert_allclose(ends[:, 0], ends[:, 1], atol=1e-9)  # what is measured as predicted
    assert ends[0, 0] < places.min()
    assert ends[1, 0] > places.max()


@pytest.mark.parametrize("name", LINES)
def test_a_line_is_the_mean_over_seeds_with_its_interval(drawn: Figure, name: str) -> None:
    first, second = LINES[name]
    expected = []
    for agreement in AGREEMENTS:
        own = ROWS[ROWS["agreement"] == agreement]
        points = 100 * (own[first] - own[second])
        expected.append((own["preserved"].mean(), points.mean(), *mean_interval(points)))
    np.testing.assert_allclose(error_bars(drawn.axes[1])[name], expected)
