from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import FillBetweenPolyCollection
from matplotlib.figure import Figure

from figures import accuracy_curves, gain_curve
from venn import ArgumentError

SUMMARY = pd.DataFrame(
    {
        "alpha": [0.5, 0.2, 0.0],
        "gamma": [0.0, 0.4, 1.0],
        "teacher": [71.0, 71.5, 72.0],
        "no_kd": [68.0, 68.1, 68.0],
        "kd": [66.0, 68.5, 70.0],
        "kd_low": [65.0, 68.0, 69.0],
        "kd_high": [67.0, 69.0, 71.0],
        "gain": [-2.0, 0.4, 2.0],
        "gain_low": [-2.5, 0.1, 1.5],
        "gain_high": [-1.0, 0.6, 2.4],
    }
)
PUBLISHED = SUMMARY[["teacher", "no_kd", "kd", "gain"]] + 0.3


def axes() -> Axes:
    return Figure().subplots()


def lines(ax: Axes) -> dict[str, np.ndarray]:
    return {str(line.get_label()): np.array(line.get_data()) for line in ax.lines}


def legend(ax: Axes) -> list[str]:
    return ax.get_legend_handles_labels()[1]


def test_accuracies_are_drawn_at_their_shares() -> None:
    drawn = lines(accuracy_curves(SUMMARY, "gamma", ax=axes()))
    for label, arm in (("teacher", "teacher"), ("KD student", "kd"), ("No-KD student", "no_kd")):
        np.testing.assert_array_equal(drawn[label], SUMMARY[["gamma", arm]].to_numpy().T)


def test_the_band_is_the_interval_of_the_kd_student() -> None:
    ax = accuracy_curves(SUMMARY, "gamma", ax=axes())
    (band,) = (c for c in ax.collections if isinstance(c, FillBetweenPolyCollection))
    vertices = band.get_paths()[0].vertices
    assert {65.0, 67.0, 68.0, 69.0, 71.0} == set(np.asarray(vertices)[:, 1])


@pytest.mark.parametrize("x", ["alpha", "gamma"])
def test_the_gain_has_its_interval_and_a_zero_line(x: str) -> None:
    ax = gain_curve(SUMMARY, x, ax=axes())  # type: ignore[arg-type]  # a literal in the list
    assert any((np.array(line.get_ydata()) == 0).all() for line in ax.lines)
    (container,) = ax.containers
    segments = container[2][0].get_segments()
    for row, segment in zip(SUMMARY.itertuples(), segments, strict=True):
        expected = [[getattr(row, x), row.gain_low], [getattr(row, x), row.gain_high]]
        np.testing.assert_allclose(segment, expected)
    assert ax.get_ylim()[0] < 0 < ax.get_ylim()[1]


def test_zero_is_in_view_when_all_gains_are_positive() -> None:
    positive = SUMMARY.assign(gain=[5, 6, 7], gain_low=[4.5, 5.5, 6.5], gain_high=[5.5, 6.5, 7.5])
    low, high = gain_curve(positive, "gamma", ax=axes()).get_ylim()
    assert low < 0 < high


def test_published_values_are_marks_of_their_own() -> None:
    accuracy = accuracy_curves(SUMMARY, "gamma", published=PUBLISHED, ax=axes())
    gain = gain_curve(SUMMARY, "gamma", published=PUBLISHED, ax=axes())
    for ax, columns in ((accuracy, ["teacher", "no_kd", "kd"]), (gain, ["gain"])):
        hollow = [line for line in ax.lines if line.get_markerfacecolor() == "none"]
        assert all(line.get_linestyle() == "None" for line in hollow)
        drawn = {tuple(np.array(line.get_ydata())) for line in hollow} - {()}  # the legend's
        assert drawn == {tuple(PUBLISHED[column]) for column in columns}
        shown = ax.get_legend()
        assert shown is not None
        assert [text.get_text() for text in shown.get_texts()][-1] == "published (read off)"


def test_without_intervals_the_curves_are_drawn_alone() -> None:
    one_seed = SUMMARY.assign(gain_low=np.nan, gain_high=np.nan, kd_low=np.nan, kd_high=np.nan)
    accuracy = accuracy_curves(one_seed, "gamma", ax=axes())
    np.testing.assert_array_equal(lines(accuracy)["KD student"][1], SUMMARY["kd"])
    gain = gain_curve(one_seed, "gamma", ax=axes())
    assert any(list(np.array(line.get_ydata())) == list(SUMMARY["gain"]) for line in gain.lines)
    assert gain.containers[0][2] == ()  # no bar, not in the legend either
    assert not any("95 %" in label for ax in (accuracy, gain) for label in legend(ax))
    assert "gain of one seed, no interval" in legend(gain)


@pytest.mark.parametrize("draw", [accuracy_curves, gain_curve])
def test_an_unknown_axis_is_refused(draw: Any) -> None:
    with pytest.raises(ArgumentError, match="x = 'beta': is unknown; known: alpha, gamma"):
        draw(SUMMARY, "beta", ax=axes())


@pytest.mark.parametrize("draw", [accuracy_curves, gain_curve])
def test_an_unknown_style_is_refused(draw: Any) -> None:
    with pytest.raises(ArgumentError, match="style = 'poster': is unknown; known: paper, talk"):
        draw(SUMMARY, "gamma", style="poster", ax=axes())


def test_an_unknown_arm_is_refused() -> None:
    with pytest.raises(ArgumentError, match="arms = 'foo': is unknown; known: teacher, kd, no_kd"):
        accuracy_curves(SUMMARY, "gamma", arms=("foo",), ax=axes())
