import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from figures.sweeps.simplex import SHARES, simplex_map, ternary
from tests.figures.seen import contours, level_at
from tests.figures.sweeps.made import axes, mean_gain, path, sweep, triangle
from venn import ArgumentError

FRAME = sweep(triangle(5), ("no_kd", "kd", "um_kd"))


def plane(alpha: float, beta: float, gamma: float) -> pd.DataFrame:
    """Return a sweep whose gain is alpha, beta and gamma times their shares, without noise."""
    frame = sweep(triangle(5))
    gain = alpha * frame["alpha"] + beta * frame["beta"] + gamma * frame["gamma"]
    return frame.assign(accuracy=0.7 + 0.01 * gain.where(frame["arm"] == "kd", 0.0))


def zero_line(ax: Axes) -> np.ndarray:
    (drawn,) = contours(ax, filled=False)
    (index,) = np.flatnonzero(np.isclose(drawn.levels, 0))
    assert drawn.get_linewidths()[index] > 2
    return np.asarray(drawn.get_paths()[index].vertices)


@pytest.mark.parametrize("share", SHARES)
def test_a_gain_at_one_corner_is_drawn_at_that_corner(share: str) -> None:
    gains = {name: 2.0 if name == share else -1.0 for name in SHARES}
    ax = simplex_map(plane(**gains), ax=axes())
    inside = 0.94 * np.eye(3) + 0.02
    for name, place in zip(SHARES, ternary(inside), strict=True):
        assert (level_at(ax, place) > 0) == (name == share)


def test_each_corner_says_what_is_whole_there() -> None:
    ax = simplex_map(FRAME, ax=axes())
    named = {
        text.get_text()[0]: text.get_position() for text in ax.texts if "= 1" in text.get_text()
    }
    for symbol, place in zip("αβγ", ternary(np.eye(3)), strict=True):
        near = {name: np.hypot(*(place - where)) for name, where in named.items()}
        assert min(near, key=near.__getitem__) == symbol


def test_ticks_lie_on_their_sides() -> None:
    """A number stands beyond the place of its share on the side that its tick leaves."""
    ax = simplex_map(FRAME, ax=axes())
    numbers = [text for text in ax.texts if text.get_text() in {"0.2", "0.4", "0.6", "0.8"}]
    assert len(numbers) == 12
    sides = {"α": (0, 2), "β": (1, 0), "γ": (2, 1)}
    symbols = {t.get_text(): t.get_color() for t in ax.texts if t.get_text() in sides}
    for symbol, (share, before) in sides.items():
        mine = [text for text in numbers if text.get_color() == symbols[symbol]]
        for text in mine:
            shares = np.zeros(3)
            shares[share] = float(text.get_text())
            shares[before] = 1 - shares[share]
            away = np.hypot(*(ternary(shares[None])[0] - text.get_position()))
            assert away == pytest.approx(0.05)


def test_the_zero_line_is_where_the_gain_is_zero() -> None:
    line = zero_line(simplex_map(plane(-1.5, -1.5, 2.5), ax=axes()))
    gamma = line[:, 1] / (np.sqrt(3) / 2)
    np.testing.assert_allclose(gamma, 1.5 / 4.0, atol=1e-6)
    assert np.ptp(line[:, 0]) == pytest.approx(1 - 1.5 / 4.0)


@pytest.mark.parametrize("gains", [(-1, -2, -3), (1, 2, 3), (0, 0, 0), (1, 1, 1)], ids=str)
def test_without_a_change_of_sign_there_is_no_zero_line(gains: tuple[int, int, int]) -> None:
    """Nor is there any line on a flat map."""
    ax = simplex_map(plane(*gains), ax=axes())
    drawn = contours(ax, filled=False)
    assert len(drawn) == (len(set(gains)) > 1)
    assert all((np.sign(gains[0]) * each.levels > 0).all() for each in drawn)


def test_the_points_are_where_they_were_measured_and_have_their_gain() -> None:
    ax = simplex_map(FRAME, arm="um_kd", ax=axes())
    (dots,) = (line for line in ax.lines if line.get_label() == "measured")
    expected = ternary(np.array([[p[share] for share in SHARES] for p in triangle(5)]))
    np.testing.assert_allclose(np.array(dots.get_xydata()), expected)
    (filled,) = contours(ax, filled=True)
    ranges = filled.levels
    for point in triangle(5):
        assert ranges[0] <= mean_gain(FRAME, "um_kd", **point) <= ranges[-1]
    assert ranges[0] == -ranges[-1]


def test_a_point_that_failed_is_a_cross_and_is_interpolated() -> None:
    frame = plane(-1.5, -1.5, 2.5)
    frame = frame.assign(accuracy=frame["accuracy"].where(frame["point"] != 8))
    ax = simplex_map(frame, ax=axes())
    (cross,) = (line for line in ax.lines if line.get_label() == "failed")
    expected = ternary(np.array([[triangle(5)[8][share] for share in SHARES]]))
    np.testing.assert_allclose(np.array(cross.get_xydata()), expected)
    assert any("×" in text.get_text() for text in ax.texts)
    np.testing.assert_allclose(zero_line(ax)[:, 1] / (np.sqrt(3) / 2), 1.5 / 4.0, atol=1e-6)


def test_a_point_of_networks_that_answer_one_class_has_a_ring() -> None:
    marked = (FRAME["arm"] == "no_kd") & (FRAME["point"] == 8) & (FRAME["seed"] == 1)
    ax = simplex_map(FRAME.assign(constant=marked), ax=axes())
    (ring,) = (line for line in ax.lines if line.get_markerfacecolor() == "none")
    expected = ternary(np.array([[triangle(5)[8][share] for share in SHARES]]))
    np.testing.assert_allclose(np.array(ring.get_xydata()), expected)
    assert any("ringed: 5 % or more" in text.get_text() for text in ax.texts)


MIXED = sweep([{**p, "temperature": t} for p in triangle(2) for t in (1.0, 4.0)])
BAD = {
    "arm": (FRAME, "no_kd", "arm = 'no_kd': is unknown; known: kd, um_kd"),
    "setting": (MIXED, "kd", r"temperature in 1, 4': varies .*--where temperature=1\)$"),
    "path": (sweep(path(6)), "kd", r"'6 points with a gain': have their shares on one .*x gamma"),
    "two points": (sweep(triangle(5)[:2]), "kd", "'2 points with a gain': have their shares on"),
    "all failed": (FRAME.assign(accuracy=np.nan), "kd", "'0 points with a gain'"),
    "shares": (FRAME.drop(columns="beta"), "kd", "frame = .*: has no column 'beta'"),
}


@pytest.mark.parametrize(("frame", "arm", "words"), BAD.values(), ids=BAD)
def test_bad_calls_are_refused(frame: pd.DataFrame, arm: str, words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        simplex_map(frame, arm=arm, ax=axes())
