"""What is no sweep, and what cannot be drawn of one, is refused where the frame comes in."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from figures.sweeps.frame import Sweep
from figures.sweeps.words import in_order, in_words, label, signed
from tests.figures.sweeps.made import path, sweep
from venn import ArgumentError

FRAME = sweep(path(3), ("teacher", "no_kd", "kd", "um_kd"), seeds=4)
HALF = FRAME.assign(balanced_accuracy=FRAME["accuracy"].where(FRAME["seed"] > 0))


def test_settings_are_neither_names_nor_results() -> None:
    more = FRAME.assign(gain=1.0, part="gain", constant=False, balanced_accuracy=0.5)
    names = ["n_train", "temperature", "rule", "alpha", "beta", "gamma"]
    assert Sweep(more).settings == names


NO_FRAME = {
    "none": (None, "frame = None: must be of kind DataFrame"),
    "no seeds": (FRAME.drop(columns="seed"), "has no column 'seed'; give a sweep"),
    "no share": (FRAME.drop(columns="beta"), "has no column 'beta'"),
    "empty": (FRAME[:0], "frame = '0 rows': holds nothing to draw"),
}


@pytest.mark.parametrize(("frame", "words"), NO_FRAME.values(), ids=NO_FRAME)
def test_what_is_no_sweep(frame: Any, words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        Sweep(frame, ("beta",))


NAMES = {
    "setting": (FRAME, "setting", ("x", "gama", "arm"), "x = 'gama': is unknown; known: arm, n_tr"),
    "result": (FRAME, "setting", ("x", "seed"), "x = 'seed': is unknown"),
    "no value": (FRAME.assign(delta=np.nan), "setting", ("y", "delta"), "no value at point 0"),
    "measure": (
        FRAME,
        "having",
        ("measure", "loss"),
        "measure = 'loss': is unknown; known: accuracy",
    ),
    "not everywhere": (
        HALF,
        "having",
        ("measure", "balanced_accuracy"),
        "is not in every row of arm 'kd'",
    ),
}


@pytest.mark.parametrize(("frame", "what", "names", "words"), NAMES.values(), ids=NAMES)
def test_unknown_names(frame: pd.DataFrame, what: str, names: tuple[Any, ...], words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        getattr(Sweep(frame), what)(*names)


def test_a_failed_run_needs_no_measure() -> None:
    failed = HALF.assign(accuracy=FRAME["accuracy"].where(FRAME["seed"] > 0))
    assert Sweep(failed).having("measure", "balanced_accuracy") == Sweep(failed).arms


def points(**axes: Any) -> list[dict[str, Any]]:
    """Return points at two shares whose further settings vary as listed."""
    values = [dict(zip(axes, each, strict=True)) for each in zip(*axes.values(), strict=True)]
    return [{**point, **more} for point in path(2) for more in values]


ONE = path(1)[0]
SPLIT = [{"alpha": a, "beta": b, "gamma": 0.3} for a, b in ((0.5, 0.2), (0.2, 0.5))]
BOTH = {"teacher_width": (4, 8), "student_width": (4, 8), "width": (4, 8)}
ONLY = {"teacher_width": (4, 8), "student_width": (4, 4), "width": (4, None)}
VARY = {
    "setting": (points(n_train=(50, 3200)), "gamma", r"n_train in 50, 3200'.*n_train=50\)$"),
    "path": (points(n_train=(50, 3200)), "n_train", "gamma in 0, 1': varies at the same n_train a"),
    "shares": (SPLIT, "gamma", r"alpha in 0.2, 0.5'.*--where alpha=0.2\)"),
    "many": ([{**ONE, "temperature": t / 2} for t in range(8)], "gamma", "0, 0.5, 1.* 2.5, …'"),
    "two points alike": ([ONE, ONE], "gamma", "point in 0, 1': varies at the same gamma and arm"),
    "teachers and students": (points(**BOTH), "gamma", r"'width in 4, 8': .*--where width=4\)"),
    "teachers alone": (points(**ONLY), "gamma", r"'teacher_width in 4, 8'.*teacher_width=4\)"),
}


@pytest.mark.parametrize(("settings", "x", "words"), VARY.values(), ids=VARY)
def test_nothing_but_seeds_is_averaged_over(settings: Any, x: str, words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        Sweep(sweep(settings)).of(["kd"], (x, "arm"))


def test_arms_are_not_averaged_over_and_a_line_each_is_offered_where_it_can_be_had() -> None:
    with pytest.raises(ArgumentError, match=r"arm in kd, um_kd'.*--where arm=kd\)$"):
        Sweep(FRAME).of(["kd", "um_kd"], ("gamma",))
    varied = Sweep(sweep(points(n_train=(50, 3200))))
    with pytest.raises(ArgumentError, match=r"or give each a line \(--hue n_train\)"):
        varied.of(["kd"], ("gamma", "arm"), line_each=True)


@pytest.mark.parametrize("x", ["width", "teacher_width"])
def test_what_follows_from_a_setting_that_is_asked_for_may_vary(x: str) -> None:
    along = [{**ONE, **dict.fromkeys(BOTH, w), "diagram": f"d{w}", "view": None} for w in (4, 8)]
    assert len(Sweep(sweep(along)).of(["kd"], (x, "arm"))) == 12


def test_numbers_are_in_order_and_names_as_they_come() -> None:
    assert in_order(pd.Series([3200, 50, 200, 50])) == [50, 200, 3200]
    assert in_order(pd.Series(["quadratic", "hyperplane"])) == ["quadratic", "hyperplane"]
    assert in_order(pd.Series([True, False])) == [True, False]


def test_words() -> None:
    written = {0.3: "0.3", 1 / 3: "0.333", 2.0: "2", 3200: "3200", "a$b": r"a\$b", False: "False"}
    assert {value: in_words(value) for value in written} == written
    assert [signed(gain, 2) for gain in (1.234, -0.5, -0.001)] == ["+1.23", "−0.50", "0.00"]
    assert label("gamma").startswith("γ, share")
    assert label("n_train") == "n_train, training rows"
    assert label("width") == "width, of teachers and students"
    assert label("made$up") == r"made\$up"
