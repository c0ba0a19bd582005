import numpy as np
import pandas as pd
import pytest

from analysis.statistics import mean_interval
from figures.sweeps.frame import Sweep
from figures.sweeps.measured import measured
from figures.sweeps.words import in_measure
from tests.figures.sweeps.made import mean_gain, path, sweep
from venn import ArgumentError

FRAME = sweep(path(3), ("teacher", "no_kd", "kd", "um_kd"), seeds=4)


def test_a_gain_is_the_mean_difference_in_points() -> None:
    table = measured(Sweep(FRAME), "gain", ("gamma", "arm")).table
    assert set(table["arm"]) == {"kd", "um_kd"}
    for row in table.itertuples():
        assert row.mean == pytest.approx(mean_gain(FRAME, str(row.arm), gamma=row.gamma))
        assert row.seeds == 4


def test_an_accuracy_is_in_percent_and_its_interval_that_of_its_seeds() -> None:
    table = measured(Sweep(FRAME), "accuracy", ("gamma",), arms=("teacher",)).table
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
    found = measured(Sweep(frame), "gain", ("gamma",), arms=("kd",))
    kept = frame[~((frame["point"] == 0) & frame["seed"].isin([1, 2]))]
    assert found.table["seeds"].tolist() == [2, 4, 4]
    assert found.table["mean"][0] == pytest.approx(mean_gain(kept, "kd", gamma=0.0))
    assert found.note == "2 to 4 seeds; 2 of 12 pairs have no gain"
    note = measured(Sweep(frame), "accuracy", ("gamma", "arm")).note
    assert note == "3 to 4 seeds; 3 of 48 runs failed"


@pytest.mark.parametrize("points", [[0], [0, 1, 2]], ids=["one point", "every point"])
def test_a_point_whose_runs_all_failed_is_there_without_a_value(points: list[int]) -> None:
    frame = FRAME.assign(accuracy=FRAME["accuracy"].where(~FRAME["point"].isin(points)))
    for value in ("gain", "accuracy"):
        table = measured(Sweep(frame), value, ("gamma",), arms=("kd",)).table
        assert table["gamma"].tolist() == [0.0, 0.5, 1.0]
        assert np.flatnonzero(table["mean"].isna()).tolist() == points


def test_several_numbers_are_no_curve_and_no_setting() -> None:
    several = FRAME.assign(recall=pd.Series([(0.5, 0.6)] * len(FRAME), dtype=object))
    several.attrs["measures"] = ["accuracy", "recall"]
    assert "recall" not in Sweep(several).settings
    with pytest.raises(ArgumentError, match="holds several numbers a row"):
        measured(Sweep(several), "recall", ("gamma", "arm"))


def test_any_measure_is_drawn_of_whom_it_was_taken() -> None:
    """A level in its own unit, a gain too; who has none, such as agreement without a teacher, is left out."""
    bits = 1 - FRAME["accuracy"]
    frame = FRAME.assign(
        negative_log_likelihood=bits, agreement=bits.where(FRAME["arm"].isin(["kd", "um_kd"]))
    )
    for arms in (None, ("kd",)):
        found = measured(Sweep(frame), "agreement", ("gamma", "arm"), arms=arms).table
        assert {*found["arm"]} == {*(arms or ("kd", "um_kd"))}
    kd = frame[frame["arm"] == "kd"].groupby("gamma")["agreement"].mean()
    assert list(found["mean"]) == pytest.approx(list(kd))
    gain = measured(
        Sweep(frame), "gain", ("gamma", "arm"), arms=("kd",), measure="negative_log_likelihood"
    ).table
    points = measured(Sweep(frame), "gain", ("gamma", "arm"), arms=("kd",)).table
    assert list(gain["mean"]) == pytest.approx(list(-points["mean"] / 100))
    assert in_measure("gain", "negative_log_likelihood")[1] == " (bits)"
    for value, measure, words in (
        ("agreement", "auroc", "is what a gain is measured by"),
        ("gain", "agreement", "was not measured of no_kd, over whom gains are"),
    ):
        with pytest.raises(ArgumentError, match=words):
            measured(Sweep(frame), value, ("gamma", "arm"), measure=measure)
