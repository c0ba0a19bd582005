import inspect
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures import save
from figures.sweeps.sweep import PICTURES, sweep_figure
from tests.figures.sweeps.made import EVERY_ARM, STUDENTS, clashes, path, sweep, texts, triangle
from venn import ArgumentError

SIX = ("kd", "um_kd", "kd_multimodal", "kd_shuffled", "hard_label", "kd_oracle")
LINES = sweep(path(11), EVERY_ARM)
SIZES = sweep(
    [{**p, "n_train": n} for p in path(6) for n in (50, 100, 200, 800, 3200)], STUDENTS[:2]
)
RULES = sweep(
    [{**path(1)[0], "rule": r} for r in ("hyperplane", "quadratic", "parity", "network")], STUDENTS
)
AREA = sweep(triangle(10))
GAP = SIZES.assign(accuracy=SIZES["accuracy"].where(SIZES["point"] != 7))

DRAWN: dict[str, tuple[pd.DataFrame, str, dict[str, Any]]] = {
    "gain": (LINES, "curves", {"x": "gamma", "arms": SIX, "title": "The gain grows with γ"}),
    "accuracy": (LINES, "curves", {"x": "gamma", "y": "accuracy"}),
    "sizes": (SIZES, "curves", {"x": "n_train", "hue": "gamma"}),
    "names": (RULES, "curves", {"x": "rule"}),
    "heat map": (GAP, "heat map", {"x": "gamma", "y": "n_train", "title": "KD"}),
    "heat map of accuracy": (
        SIZES,
        "heat map",
        {"x": "gamma", "y": "n_train", "value": "accuracy"},
    ),
    "simplex": (AREA, "simplex", {"title": "KD"}),
    "simplex with a gap": (
        AREA.assign(accuracy=AREA["accuracy"].where(AREA["point"] != 9)),
        "simplex",
        {},
    ),
}


@pytest.fixture(scope="module", params=DRAWN)
def figure(request: pytest.FixtureRequest) -> Figure:
    frame, kind, options = DRAWN[request.param]
    return sweep_figure(frame, kind, **options)


def test_texts_do_not_overlap_and_lie_on_the_page(figure: Figure) -> None:
    assert clashes(figure) == []


def test_it_fits_a_page_and_is_written_the_same_twice(figure: Figure, tmp_path: Path) -> None:
    assert figure.get_figwidth() <= 7.2
    for name in ("one", "two"):
        save(figure, tmp_path / f"{name}.svg")
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


@pytest.mark.parametrize("drawn", DRAWN)
def test_one_seed_has_no_interval_and_the_picture_says_so(drawn: str) -> None:
    frame, kind, options = DRAWN[drawn]
    written = "\n".join(texts(sweep_figure(frame[frame["seed"] == 0], kind, **options)))
    assert "one seed, no interval" in written
    assert "95 %" not in written


@pytest.mark.parametrize("kind", PICTURES)
def test_every_picture_takes_a_frame_and_axes_and_returns_the_axes(kind: str) -> None:
    frame, _, options = next(each for each in DRAWN.values() if each[1] == kind)
    ax = Figure().subplots()
    options = {name: value for name, value in options.items() if name != "title"}
    assert PICTURES[kind].draw(frame, ax=ax, **options) is ax
    parameters = inspect.signature(PICTURES[kind].draw).parameters
    assert parameters["ax"].default is None
    assert inspect.signature(PICTURES[kind].draw).return_annotation is Axes


def test_the_style_is_left_behind_and_the_frame_as_it_was() -> None:
    before, copy = mpl.rcParams["font.size"], AREA.copy()
    sweep_figure(AREA, "simplex")
    assert mpl.rcParams["font.size"] == before
    pd.testing.assert_frame_equal(AREA, copy)


@pytest.mark.parametrize(
    ("kind", "options", "words"),
    [
        ("bars", {}, "kind = 'bars': is unknown; known: curves, heat map, simplex"),
        ("curves", {}, "x = None: must be given for curves"),
        ("heat map", {"x": "gamma"}, "y = None: must be given for heat map"),
        ("curves", {"x": "gamma", "arm": "kd"}, "arm = 'kd': is not for curves.* x, y, hue, arms"),
        ("simplex", {"x": "gamma"}, "x = 'gamma': is not for simplex, which takes arm, measure$"),
        ("heat map", {"x": "gamma", "y": "n_train", "hue": "arm"}, "hue = 'arm': is not for heat"),
        ("curves", {"x": "gamma", "ax": None}, "ax = None: is not for curves"),
        ("curves", {"x": "gamma", "style": "poster"}, "style = 'poster': is unknown; known: paper"),
    ],
    ids=[
        "kind",
        "no x",
        "no y",
        "arm of curves",
        "x of a simplex",
        "hue of a map",
        "axes",
        "style",
    ],
)
def test_bad_calls_are_refused(kind: str, options: dict[str, Any], words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        sweep_figure(LINES, kind, **options)
