from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest

from analysis.statistics import mean_interval
from figures.style.theme import SHARE_LABEL
from figures.sweeps.measured import Value, in_order, in_words, label, measured, settings, signed
from tests.figures.sweeps.made import mean_gain, path, sweep
from venn import ArgumentError

FRAME = sweep(path(3), ("teacher", "no_kd", "kd", "um_kd"), seeds=4)


def test_a_gain_is_the_mean_difference_in_points() -> None:
    table = measured(FRAME, "gain", ("gamma", "arm")).table
    assert set(table["arm"]) == {"kd", "um_kd"}
    for row in table.itertuples():
        expected = mean_gain(FRAME, str(row.arm), gamma=row.gamma)
        assert row.mean == pytest.approx(expected)
        assert row.seeds == 4


def test_an_accuracy_is_in_percent_and_its_interval_that_of_its_seeds() -> None:
    table = measured(FRAME, "accuracy", ("gamma",), arms=("teacher",)).table
    for row in table.itertuples():
        rows = FRAME[(FRAME["gamma"] == row.gamma) & (FRAME["arm"] == "teacher")]
        values = 100 * rows["accuracy"].to_numpy()
        assert row.mean == pytest.approx(values.mean())
        assert (row.low, row.high) == pytest.approx(mean_interval(values))  # four seeds: Student's


def test_failed_runs_are_left_out_and_counted() -> None:
    frame = FRAME.copy()
    for point, arm, seed in ((0, "kd", 1), (0, "no_kd", 2), (1, "teacher", 0)):
        here = (frame["point"] == point) & (frame["arm"] == arm) & (frame["seed"] == seed)
        frame.loc[here, "accuracy"] = np.nan
    found = measured(frame, "gain", ("gamma",), arms=("kd",))
    kept = frame[~((frame["point"] == 0) & frame["seed"].isin([1, 2]))]
    assert found.table["seeds"].tolist() == [2, 4, 4]
    assert found.table["mean"][0] == pytest.approx(mean_gain(kept, "kd", gamma=0.0))
    assert found.note == "2 to 4 seeds; 2 of 12 pairs have no gain"
    note = measured(frame, "accuracy", ("gamma", "arm")).note
    assert note == "3 to 4 seeds; 3 of 48 runs failed"


@pytest.mark.parametrize("points", [[0], [0, 1, 2]], ids=["one point", "every point"])
def test_a_point_whose_runs_all_failed_is_there_without_a_value(points: list[int]) -> None:
    frame = FRAME.assign(accuracy=FRAME["accuracy"].where(~FRAME["point"].isin(points)))
    for value in get_args(Value):
        table = measured(frame, value, ("gamma",), arms=("kd",)).table
        assert table["gamma"].tolist() == [0.0, 0.5, 1.0]
        assert np.flatnonzero(table["mean"].isna()).tolist() == points


@pytest.mark.parametrize(("seeds", "words"), [(1, "1 seed"), (3, "3 seeds")])
def test_the_note_counts_seeds(seeds: int, words: str) -> None:
    assert measured(sweep(path(2), seeds=seeds), "gain", ("gamma",)).note == words


TWO = [{**point, "n_train": n} for point in path(2) for n in (50, 3200)]
SPLIT = [
    {"alpha": 0.5, "beta": 0.2, "gamma": 0.3},
    {"alpha": 0.2, "beta": 0.5, "gamma": 0.3},
]
MANY = [{**path(1)[0], "temperature": 0.5 * k} for k in range(1, 9)]
TWINS = [path(1)[0], path(1)[0]]


@pytest.mark.parametrize(
    ("points", "by", "words"),
    [
        (TWO, ("gamma", "arm"), "n_train in 50, 3200': varies at the same gamma and arm"),
        (TWO, ("gamma", "arm"), r"--where n_train=50\)$"),
        (TWO, ("n_train", "arm"), "gamma in 0, 1': varies at the same n_train and arm"),
        (SPLIT, ("gamma", "arm"), r"alpha in 0.2, 0.5'.*--where alpha=0.2\)"),
        (MANY, ("gamma", "arm"), "temperature in 0.5, 1, 1.5, 2, 2.5, 3, …'"),
        (TWINS, ("gamma", "arm"), "point in 0, 1': varies at the same gamma and arm"),
    ],
    ids=["setting", "fix", "path", "shares", "many values", "two points alike"],
)
def test_nothing_but_seeds_is_averaged_over(
    points: list[dict[str, Any]], by: tuple[str, ...], words: str
) -> None:
    with pytest.raises(ArgumentError, match=words):
        measured(sweep(points), "gain", by)


def test_arms_are_not_averaged_over_either() -> None:
    with pytest.raises(ArgumentError, match=r"arm in kd, um_kd'.*--where arm=kd"):
        measured(FRAME, "gain", ("gamma",))


def test_a_line_each_is_offered_where_it_can_be_had() -> None:
    with pytest.raises(ArgumentError, match=r"or give each a line \(--hue n_train\)"):
        measured(sweep(TWO), "gain", ("gamma", "arm"), line_each=True)


def test_what_varies_with_a_setting_that_is_asked_for_may_vary() -> None:
    points = [{**point, "hidden": i, "diagram": f"d{i}"} for i, point in enumerate(path(4))]
    assert len(measured(sweep(points), "gain", ("gamma", "arm")).table) == 4


def test_settings_are_neither_names_nor_results() -> None:
    assert settings(FRAME) == ["n_train", "temperature", "rule", "alpha", "beta", "gamma"]


def test_numbers_are_in_order_and_names_as_they_come() -> None:
    assert in_order(pd.Series([200, 50, 200])) == [50, 200]
    assert in_order(pd.Series(["parity", "hyperplane", "parity"])) == ["parity", "hyperplane"]
    assert in_order(pd.Series([True, False])) == [True, False]


@pytest.mark.parametrize(
    ("value", "words"),
    [(3200, "3200"), (2.0, "2"), (1 / 9, "0.111"), ("as it is", "as it is"), ("a$b$", r"a\$b\$")],
)
def test_values_in_words(value: Any, words: str) -> None:
    assert in_words(value) == words


@pytest.mark.parametrize(
    ("number", "words"), [(1.234, "+1.23"), (-0.5, "−0.50"), (0.001, "0.00"), (-0.001, "0.00")]
)
def test_signs(number: float, words: str) -> None:
    assert signed(number, 2) == words


def test_a_label_says_name_and_meaning() -> None:
    assert label("gamma") == SHARE_LABEL["gamma"]
    assert label("n_train").startswith("n_train, ")
    assert label("made_up") == "made_up"
