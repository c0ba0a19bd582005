import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from figures.style.canvas import canvas, points, sized
from figures.style.theme import styled


def test_lengths_are_those_of_a_page_and_twice_that_on_a_slide() -> None:
    look = {"color": "red", "linewidth": 1.1, "markersize": 8.5, "zorder": 3, "elinewidth": 0.9}
    assert (points(1.1), sized(**look)) == (1.1, look)  # matplotlib's own lines are as wide
    with styled("talk"):
        assert points(1.1) == 2.2
        assert sized(**look) == {**look, "linewidth": 2.2, "markersize": 17, "elinewidth": 1.8}


def test_the_style_is_left_behind_when_a_drawing_fails() -> None:
    before = dict(mpl.rcParams)
    with pytest.raises(ZeroDivisionError), canvas(Figure().subplots(), "talk"):
        raise ZeroDivisionError
    assert dict(mpl.rcParams) == before
