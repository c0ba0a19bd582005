import numpy as np
import pytest
from matplotlib.figure import Figure

from analysis.claims.mfh.removal import CLAIM, GENERAL_LEFT, ORDERS, SHARES, SHUFFLED
from analysis.statistics import mean_interval
from analysis.verdicts import PAPER
from figures.claims.removal import APART, ORDER_STYLE, picture
from tests.analysis.claims.features import removed
from tests.figures.claims.made import drawing
from tests.figures.seen import error_bars

ROWS = removed()
ROTATED = "MLP, hyperplane, rotated"


@pytest.fixture(scope="module")
def drawn() -> Figure:
    return drawing(picture, CLAIM, ROWS)


def test_a_line_is_the_mean_over_seeds_with_its_interval(drawn: Figure) -> None:
    left, right = map(error_bars, drawn.axes)
    assert set(left) == set(ORDERS)
    assert set(right) == set(ORDER_STYLE) == {*ORDERS, SHUFFLED}
    gains = ROWS["kd"] - ROWS["no_kd"]
    for panel, values in ((left, ROWS["teacher"]), (right, gains)):
        for order, line in panel.items():
            for share, (x, *shown) in zip(SHARES, line, strict=True):
                own = 100 * values[(ROWS["order"] == order) & (ROWS["removed"] == share)]
                assert share <= x <= share + 4 * APART
                assert shown == pytest.approx([own.mean(), *mean_interval(own.to_numpy())])


def test_the_place_of_the_general_channels_and_of_no_gain_are_marked(drawn: Figure) -> None:
    for ax in drawn.axes:
        upright = [np.unique(line.get_xdata()) for line in ax.lines]
        assert any(list(x) == [GENERAL_LEFT] for x in upright)
    _, right = drawn.axes
    assert any((np.asarray(line.get_ydata()) == 0).all() for line in right.lines)


@pytest.mark.parametrize(("world", "what"), [(PAPER, "channels"), (ROTATED, "hidden units")])
def test_the_axis_says_what_is_removed(world: str, what: str) -> None:
    figure = drawing(picture, CLAIM, ROWS, world)
    assert all(ax.get_xlabel() == f"{what} removed" for ax in figure.axes)
