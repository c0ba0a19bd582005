from typing import Any

import pandas as pd
import pytest

from analysis import ARMS
from figures.sweeps.sweep import PICTURES, sweep_figure
from tests.figures.seen import written
from tests.figures.sweeps.made import STUDENTS, path, sweep, triangle
from venn import ArgumentError

SIX = ("kd", "um_kd", "kd_multimodal", "kd_shuffled", "hard_label", "kd_oracle")
LINES = sweep(path(11), ARMS)
SIZES = sweep(
    [{**p, "n_train": n} for p in path(6) for n in (50, 100, 200, 800, 3200)], STUDENTS[:2]
)
RULES = sweep(
    [{**path(1)[0], "rule": r} for r in ("hyperplane", "quadratic", "parity", "network")], STUDENTS
)
AREA = sweep(triangle(10))
GAP = SIZES.assign(accuracy=SIZES["accuracy"].where(SIZES["point"] != 7))
HOLE = AREA.assign(accuracy=AREA["accuracy"].where(AREA["point"] != 9))
CELLS = {"x": "gamma", "y": "n_train"}

DRAWN: dict[str, tuple[pd.DataFrame, str, dict[str, Any]]] = {
    "gain": (LINES, "curves", {"x": "gamma", "arms": SIX, "title": "The gain grows with γ"}),
    "accuracy": (LINES, "curves", {"x": "gamma", "y": "accuracy"}),
    "sizes": (SIZES, "curves", {"x": "n_train", "hue": "gamma"}),
    "names": (RULES, "curves", {"x": "rule"}),
    "heat map": (GAP, "heat map", {**CELLS, "title": "KD"}),
    "heat map of accuracy": (SIZES, "heat map", {**CELLS, "value": "accuracy"}),
    "simplex": (AREA, "simplex", {"title": "KD"}),
    "simplex with a gap": (HOLE, "simplex", {}),
    "simplex of one class": (AREA.assign(constant=AREA["point"] == 9), "simplex", {}),
}


@pytest.mark.parametrize("drawn", DRAWN)
def test_one_seed_has_no_interval_and_the_picture_says_so(drawn: str) -> None:
    frame, kind, options = DRAWN[drawn]
    figure = sweep_figure(frame[frame["seed"] == 0], kind, **options)
    said = "\n".join(text.get_text() for text in written(figure))
    assert "one seed, no interval" in said
    assert "95 %" not in said


@pytest.mark.parametrize("kind", PICTURES)
def test_no_picture_changes_its_frame(kind: str) -> None:
    frame, _, options = next(each for each in DRAWN.values() if each[1] == kind)
    before = frame.copy()
    sweep_figure(frame, kind, **options)
    pd.testing.assert_frame_equal(frame, before)


BAD: dict[str, tuple[str, dict[str, Any], str]] = {
    "kind": ("bars", {}, "kind = 'bars': is unknown; known: curves, heat map, simplex"),
    "no x": ("curves", {}, "x = None: must be given for curves"),
    "no y": ("heat map", {"x": "gamma"}, "y = None: must be given for heat map"),
    "arm": ("curves", {"arm": "kd"}, "arm = 'kd': is not for curves.* x, y, hue, arms"),
    "x": ("simplex", {"x": "gamma"}, "x = 'gamma': is not for simplex, which takes arm, measure$"),
    "axes": ("curves", {"x": "gamma", "ax": None}, "ax = None: is not for curves"),
}


@pytest.mark.parametrize(("kind", "options", "words"), BAD.values(), ids=BAD)
def test_bad_calls_are_refused(kind: str, options: dict[str, Any], words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        sweep_figure(LINES, kind, **options)
