import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure

from analysis.claims.mfh.removal import CLAIM, GENERAL_LEFT, ORDERS, SHARES, SHUFFLED
from analysis.statistics import mean_interval
from analysis.verdicts import PAPER, Finding, World
from figures.claims.removal import APART, ORDER_STYLE, picture
from figures.style.theme import styled
from tests.analysis.claims.features import removed
from tests.figures.claims.made import canvas

ROWS = removed()
ROTATED = World("MLP", "hyperplane", "rotated")


def draw(world: World) -> Figure:
    with styled():
        figure, part = canvas()
        picture(part, Finding(CLAIM, world, ROWS, 0, 0.0))
        figure.draw_without_rendering()
    return figure


@pytest.fixture(scope="module")
def drawn() -> Figure:
    return draw(PAPER)


def lines(ax: Axes) -> dict[str, ErrorbarContainer]:
    return {str(each.get_label()): each for each in ax.containers}  # type: ignore[misc]


@pytest.mark.parametrize("order", [*ORDERS, SHUFFLED])
def test_a_line_is_the_mean_over_seeds_with_its_interval(drawn: Figure, order: str) -> None:
    left, right = drawn.axes
    panels = [(right, ROWS["kd"] - ROWS["no_kd"])]
    if order != SHUFFLED:
        panels.append((left, ROWS["teacher"]))
    for ax, values in panels:
        line, _, (bars,) = lines(ax)[order].lines
        for i, share in enumerate(SHARES):
            own = 100 * values[(ROWS["order"] == order) & (ROWS["removed"] == share)]
            x, y = np.array(line.get_xydata())[i]
            assert share <= x <= share + 4 * APART
            assert y == pytest.approx(own.mean())
            assert bars.get_segments()[i][:, 1] == pytest.approx(mean_interval(own.to_numpy()))


def test_each_panel_has_its_lines(drawn: Figure) -> None:
    left, right = drawn.axes
    assert set(lines(left)) == set(ORDERS)
    assert set(lines(right)) == {*ORDERS, SHUFFLED}
    assert set(ORDER_STYLE) == {*ORDERS, SHUFFLED}


def test_the_place_of_the_general_channels_and_of_no_gain_are_marked(drawn: Figure) -> None:
    for ax in drawn.axes:
        upright = [np.unique(line.get_xdata()) for line in ax.lines]
        assert any(list(x) == [GENERAL_LEFT] for x in upright)
    _, right = drawn.axes
    assert any((np.asarray(line.get_ydata()) == 0).all() for line in right.lines)


@pytest.mark.parametrize(("world", "what"), [(PAPER, "channels"), (ROTATED, "hidden units")])
def test_the_axis_says_what_is_removed(world: World, what: str) -> None:
    figure = draw(world)
    assert all(ax.get_xlabel() == f"{what} removed" for ax in figure.axes)
