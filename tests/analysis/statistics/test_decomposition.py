import math
from typing import Any

import pandas as pd
import pytest
from scipy import stats

from analysis.statistics import decompose, gain_parts, intervals
from analysis.statistics.decomposition import CONTRASTS, PARTS
from tests.analysis.statistics.made import frame
from venn import ArgumentError

HOW = {"level": 0.9, "resamples": 500, "seed": 4}


@pytest.mark.parametrize("arm", ["kd", "um_kd", "kd_shuffled"])
def test_each_part_is_that_of_accuracies(arm: str) -> None:
    """Contrasts of arms, worked out from the frame; knowledge is the least lead of the means."""
    against = {
        "gain": (arm, "no_kd"),
        "shrinkage": ("kd_shuffled", "no_kd"),
        "step size": ("hard_label", "no_kd"),
        "beyond shrinkage": (arm, "kd_shuffled"),
        "beyond step size": (arm, "hard_label"),
    }
    rows = frame(points=4).sample(frac=1, random_state=0)
    parts = gain_parts(rows, arm=arm)
    assert list(parts.columns) == ["point", "seed", "gamma", "part", "gain"]
    assert len(parts) == 5 * 24
    found = decompose(rows, arm=arm, **HOW)  # type: ignore[arg-type]
    assert list(found.columns) == ["point", "part", "mean", "low", "high", "sd", "seeds", "rows"]
    assert list(found["part"]) == [*PARTS] * 4
    shown = found.set_index(["point", "part"]).to_dict("index")
    for point in range(4):
        own = rows[rows["point"] == point]
        wide = own.pivot(index="seed", columns="arm", values="accuracy")
        expected = {}
        for part in CONTRASTS:
            first, second = against[part]
            values = 100 * (wide[first] - wide[second])
            here = parts[(parts["point"] == point) & (parts["part"] == part)].set_index("seed")
            pd.testing.assert_series_equal(here["gain"].sort_index(), values, check_names=False)
            table = pd.DataFrame({"seed": range(6), "gain": values})
            limits = intervals(table, (), **HOW).iloc[0]  # type: ignore[arg-type]
            expected[part] = {"mean": values.mean(), "sd": stats.tstd(values)}
            expected[part] |= {"low": limits["low"], "high": limits["high"]}
        leads = [expected[part] for part in ("gain", "beyond shrinkage", "beyond step size")]
        least = min(leads, key=lambda lead: lead["mean"])
        lowest = {name: min(lead[name] for lead in leads) for name in ("mean", "low", "high")}
        expected["knowledge"] = {"sd": least["sd"]} | lowest
        for part in PARTS:
            sizes = {"seeds": 6, "rows": 6}
            assert shown[point, part] == pytest.approx(expected[part] | sizes)


def test_a_part_says_how_often_any_arm_that_it_compares_collapsed() -> None:
    rows = frame()
    rows["constant"] = (rows["arm"] == "hard_label") & (rows["point"] == 1) & (rows["seed"] < 3)
    found = decompose(rows)
    assert found["collapsed"].tolist() == [0.0] * 4 + [0.5] * 4


def test_a_single_seed_has_no_limits_and_points_may_be_pooled() -> None:
    found = decompose(frame(seeds=1))
    assert found[["low", "high", "sd"]].isna().all(axis=None)
    assert found["mean"].notna().all()
    pooled = decompose(frame(), (), pooled=True)
    assert list(pooled["part"]) == list(PARTS)
    assert set(pooled["rows"]) == {12}
    assert set(pooled["seeds"]) == {6}


@pytest.mark.parametrize("arm", ["no_kd", "hard_label"])
def test_a_failed_training_is_refused_or_its_seed_left_out_of_all_parts(arm: str) -> None:
    failed = frame()
    here = (failed["arm"] == arm) & (failed["point"] == 1) & (failed["seed"] == 3)
    failed.loc[here, "accuracy"] = math.nan
    with pytest.raises(ArgumentError, match=f"point 1, seed 3 has no accuracy of arm '{arm}'"):
        decompose(failed)
    rest = frame()[~((frame()["point"] == 1) & (frame()["seed"] == 3))]
    pd.testing.assert_frame_equal(decompose(failed, missing="drop"), decompose(rest))


@pytest.mark.parametrize("arm", ["kd", "kd_shuffled", "hard_label"])
def test_a_point_without_an_arm_is_refused_or_left_out(arm: str) -> None:
    """A store of two sweeps, of which one has no controls."""
    both = frame(points=3)
    both = both[~((both["point"] > 0) & (both["arm"] == arm))]
    message = f"point 1 has no row of arm '{arm}', nor have 1 others; .* missing=\"drop\""
    with pytest.raises(ArgumentError, match=message):
        gain_parts(both)
    pd.testing.assert_frame_equal(decompose(both, missing="drop"), decompose(frame(points=1)))


CALLS = {
    "the baseline": (lambda table: decompose(table, arm="no_kd"), "arms = 'no_kd': is unknown"),
    "two points": (
        lambda table: decompose(table, ()),
        r"frame = '2 points with the same part': differ in gamma and .* 'gamma' to by",
    ),
    "without a control": (
        lambda table: decompose(table[table["arm"] != "kd_shuffled"]),
        "arms = 'kd_shuffled': is unknown",
    ),
    "nothing left": (
        lambda table: decompose(table.assign(accuracy=math.nan), missing="drop"),
        "each of the arms no_kd, kd, kd_shuffled, hard_label",
    ),
    "by part": (lambda table: decompose(table, "part"), "'part', 'seed' have another part here"),
    "level": (lambda table: decompose(table, level=95), "level = 95: must lie between"),
}


@pytest.mark.parametrize(("call", "message"), CALLS.values(), ids=CALLS)
def test_bad_calls(call: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        call(frame())
