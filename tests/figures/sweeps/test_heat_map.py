from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import to_rgb

from figures.sweeps.frame import Sweep
from figures.sweeps.heat_map import heat_map
from figures.sweeps.measured import measured
from figures.sweeps.words import signed
from tests.figures.seen import contrast
from tests.figures.sweeps.made import axes, mean_gain, path, sweep
from venn import ArgumentError

SIZES = (3200, 50, 200)
GAMMAS = (0.0, 0.25, 0.5, 0.75, 1.0)
FRAME = sweep(
    [{**p, "n_train": n} for p in path(5) for n in SIZES], ("teacher", "no_kd", "kd", "um_kd")
)


def mesh(ax: Axes) -> QuadMesh:
    (drawn,) = (each for each in ax.collections if isinstance(each, QuadMesh))
    return drawn


def cells(ax: Axes) -> dict[tuple[float, int], Any]:
    """Return the number of each cell by what its ticks say."""
    columns = [float(tick.get_text()) for tick in ax.get_xticklabels()]
    rows = [int(tick.get_text()) for tick in ax.get_yticklabels()]
    places = {text.get_position(): text for text in ax.texts}
    return {
        (gamma, size): places[i + 0.5, j + 0.5]
        for i, gamma in enumerate(columns)
        for j, size in enumerate(rows)
    }


def test_each_cell_has_the_colour_and_the_number_of_its_gain() -> None:
    ax = heat_map(FRAME, "gamma", "n_train", ax=axes())
    expected = [
        [mean_gain(FRAME, "kd", gamma=gamma, n_train=size) for gamma in GAMMAS]
        for size in sorted(SIZES)
    ]
    np.testing.assert_allclose(np.asarray(mesh(ax).get_array()), expected)
    for (gamma, size), text in cells(ax).items():
        assert text.get_text() == signed(mean_gain(FRAME, "kd", gamma=gamma, n_train=size), 2)


def test_zero_is_white_and_colours_are_symmetric() -> None:
    more = FRAME.assign(accuracy=FRAME["accuracy"] + 0.01 * (FRAME["arm"] == "kd"))
    drawn = mesh(heat_map(more, "gamma", "n_train", ax=axes()))
    low, high = drawn.get_clim()
    assert low == -high
    assert high == np.abs(np.asarray(drawn.get_array())).max()
    hurts, none, helps = drawn.to_rgba(np.array([low, 0.0, high]))[:, :3]
    assert none.min() > 0.95
    assert helps[2] > helps[0]  # blue
    assert hurts[2] < hurts[0]  # orange


def test_numbers_are_bold_where_the_interval_excludes_zero() -> None:
    found = measured(Sweep(FRAME), "gain", ("gamma", "n_train"), arms=("kd",)).table
    drawn = cells(heat_map(FRAME, "gamma", "n_train", ax=axes()))
    bold = {cell for cell, text in drawn.items() if text.get_fontweight() == "bold"}
    decided = found[(found["low"] > 0) | (found["high"] < 0)]
    assert bold == set(zip(decided["gamma"], decided["n_train"], strict=True))
    assert 0 < len(bold) < len(drawn)


def test_accuracies_are_in_percent_and_never_bold() -> None:
    ax = heat_map(FRAME, "gamma", "n_train", arm="teacher", value="accuracy", ax=axes())
    for (gamma, size), text in cells(ax).items():
        here = (FRAME["gamma"] == gamma) & (FRAME["n_train"] == size) & (FRAME["arm"] == "teacher")
        assert text.get_text() == f"{100 * FRAME.loc[here, 'accuracy'].mean():.1f}"
        assert text.get_fontweight() == "normal"
    assert ax.get_figure().axes[1].get_ylabel() == "test accuracy, teacher (%)"  # type: ignore[union-attr]


def test_a_combination_without_a_value_has_a_dash() -> None:
    frame = FRAME[~((FRAME["gamma"] == 0.5) & (FRAME["n_train"] == 50))]
    frame = frame.assign(accuracy=frame["accuracy"].where(frame["point"] != 0))  # at γ 0, n 3200
    drawn = cells(heat_map(frame, "gamma", "n_train", ax=axes()))
    dashes = {cell for cell, text in drawn.items() if text.get_text() == "–"}
    assert dashes == {(0.5, 50), (0.0, 3200)}
    failed = heat_map(FRAME.assign(accuracy=np.nan), "gamma", "n_train", ax=axes())
    assert {text.get_text() for text in failed.texts} == {"–"}


def test_a_combination_of_networks_that_answer_one_class_has_a_star() -> None:
    alone = (FRAME["arm"] == "no_kd") & (FRAME["point"] == 0) & (FRAME["seed"] == 1)
    ax = heat_map(FRAME.assign(constant=alone), "gamma", "n_train", ax=axes())
    starred = {cell for cell, text in cells(ax).items() if text.get_text().endswith("*")}
    assert starred == {(0.0, 3200)}
    assert ax.get_title(loc="left").endswith("answers one class to every row; *: 5 % or more")


def test_texts_can_be_read_on_their_colours() -> None:
    ax = heat_map(FRAME, "gamma", "n_train", ax=axes())
    for text in ax.texts:
        column, row = (int(place) for place in text.get_position())
        behind = mesh(ax).to_rgba(np.asarray(mesh(ax).get_array())[row, column])
        assert contrast(to_rgb(tuple(behind)), to_rgb(text.get_color())) > 3.8


BAD = {
    "x": ({"x": "gama"}, "x = 'gama': is unknown; known: n_train"),
    "y": ({"y": "arm"}, "y = 'arm': is unknown; known: n_train"),
    "y on x": ({"y": "gamma"}, "y = 'gamma': is on the horizontal axis already"),
    "arm": ({"arm": "no_kd"}, "arm = 'no_kd': is unknown; known: teacher, kd, um_kd"),
    "value": ({"value": "loss"}, "value = 'loss': is unknown; known: gain, accuracy"),
    "another setting": ({"y": "rule"}, r"n_train in 50, 200, 3200': varies .*n_train=50\)$"),
}


@pytest.mark.parametrize(("changes", "words"), BAD.values(), ids=BAD)
def test_bad_calls_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        heat_map(FRAME, **{"x": "gamma", "y": "n_train", **changes}, ax=axes())
