import math
from random import Random
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.statistics import crossing, intervals, page_trend, paired_gains, required_seeds
from analysis.statistics.gains import students
from analysis.statistics.tidy import ACCURACIES
from tests.analysis.statistics.made import ARMS, frame
from venn import ArgumentError


@given(
    st.randoms(use_true_random=False),
    st.sampled_from(["no_kd", "kd_shuffled"]),
    st.sampled_from(ACCURACIES),
)
def test_each_gain_is_a_difference_of_two_fractions(
    random: Random, baseline: str, measure: str
) -> None:
    """gain = 100 (that of the arm - that of the baseline), whatever the order of the rows.

    An arm is needed only where it is, and a teacher that failed is needed nowhere.
    """
    table = frame()
    table.loc[table["arm"] == "teacher", "accuracy"] = math.nan
    table = table[~((table["point"] == 1) & (table["arm"] == "kd"))]
    table = table[~((table["point"] == 0) & (table["seed"] == 2))]
    order = list(range(len(table)))
    random.shuffle(order)
    table = table.iloc[order]
    gains = paired_gains(table, baseline=baseline, measure=measure)
    arms = [arm for arm in ARMS if not arm.endswith("teacher") and arm != baseline]
    cell = ["point", "seed", "arm"]
    fraction: dict[Any, float] = table.set_index(cell)[measure].to_dict()
    expected = {
        (point, seed, arm): 100 * (value - fraction[point, seed, baseline])
        for (point, seed, arm), value in fraction.items()
        if arm in arms
    }
    assert gains.set_index(cell)["gain"].to_dict() == pytest.approx(expected)
    assert list(gains[cell].itertuples(index=False, name=None)) == list(expected)
    assert list(gains.columns) == ["point", "seed", "arm", "gamma", "gain"]
    assert (gains["gamma"] == gains["point"] / 10).all()
    assert list(gains.index) == list(range(len(gains)))
    alone = paired_gains(table, baseline=baseline, measure=measure, arms=arms[:1])
    chosen = gains[gains["arm"] == arms[0]].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, chosen)


def test_a_pair_says_whether_either_network_answers_one_class() -> None:
    table = frame()
    alone = (table["arm"] == "no_kd") & (table["point"] == 0) & (table["seed"] == 1)
    own = (table["arm"] == "kd") & (table["point"] == 1) & (table["seed"] == 2)
    marked = (alone | own).astype("boolean").mask(table["arm"] == "kd_shuffled")
    gains = paired_gains(table.assign(constant=marked).sample(frac=1, random_state=0))
    found = gains[gains["constant"].fillna(False)]
    cells = sorted(found[["point", "seed", "arm"]].itertuples(index=False, name=None))
    others = [(0, 1, arm) for arm in ("hard_label", "kd", "kd_shuffled", "um_kd")]
    assert cells == [*others, (1, 2, "kd")]


def test_a_pair_says_whether_who_taught_it_answers_one_class_and_means_say_the_share() -> None:
    table = frame()
    table["constant"] = (table["arm"] == "teacher") & (table["point"] == 1) & (table["seed"] < 2)
    gains = paired_gains(table, teachers={"kd": ["teacher", "another"]})
    found = gains[gains["constant"]]
    assert [*found[["point", "seed", "arm"]].itertuples(index=False, name=None)] == [
        (1, 0, "kd"),
        (1, 1, "kd"),
    ]
    shares = intervals(gains, ["arm", "point"]).set_index(["arm", "point"])["collapsed"]
    assert shares["kd", 1] == 2 / 6
    assert shares.sum() == 2 / 6
    assert not paired_gains(table)["constant"].any()
    assert "collapsed" not in intervals(paired_gains(frame()), ["arm", "point"])
    table["constant"] = table["constant"].astype("boolean").mask(table["point"] == 0)
    old = intervals(paired_gains(table), ["arm", "point"]).set_index(["arm", "point"])["collapsed"]
    assert old.isna().tolist() == [point == 0 for _, point in old.index]


@pytest.mark.parametrize("arm", ["kd", "no_kd"])
@pytest.mark.parametrize("gone", [True, False], ids=["row is not there", "training failed"])
def test_a_pair_that_is_not_whole_is_refused_or_left_out_as_told(arm: str, gone: bool) -> None:
    table = frame()
    here = (table["point"] == 1) & (table["seed"] == 2) & (table["arm"] == arm)
    table.loc[here, ["accuracy", "reason"]] = math.nan, "loss is not finite"
    table = table[~here] if gone else table
    with pytest.raises(ArgumentError, match=rf"point 1, seed 2 has no accuracy of arm '{arm}'"):
        paired_gains(table)
    whole = paired_gains(frame())
    lost = (whole["point"] == 1) & (whole["seed"] == 2)
    if arm == "kd":
        lost &= whole["arm"] == "kd"
    left = paired_gains(table, missing="drop")
    pd.testing.assert_frame_equal(left, whole[~lost].reset_index(drop=True))


CALLS = {
    "frame = ": lambda table: paired_gains(table.to_dict()),
    "'arm': is no column": lambda table: paired_gains(table.drop(columns="arm")),
    "is there twice": lambda table: paired_gains(pd.concat([table, table[:1]])),
    "63.0: must be a fraction": lambda table: paired_gains(table.assign(accuracy=63.0)),
    "must hold numbers, one a training": lambda table: paired_gains(table.assign(accuracy="high")),
    "baseline = 'no': is unknown": lambda table: paired_gains(table, baseline="no"),
    "arms = 'KD': is unknown": lambda table: paired_gains(table, arms=["KD"]),
    "arms = 'no_kd': is unknown": lambda table: paired_gains(table, arms=["no_kd"]),
    "must name an arm beside": lambda table: paired_gains(
        table[table["arm"].isin(["no_kd", "teacher"])]
    ),
    "is no column of the table; it has: point": lambda table: paired_gains(table, measure="loss"),
    "missing = 'skip'": lambda table: paired_gains(table, missing="skip"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize(("message", "call"), CALLS.items(), ids=CALLS)
def test_bad_calls(call: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        call(frame())


def test_who_is_needed_alone_is_no_student() -> None:
    arms = ["no_kd", "kd", "teacher", "mine", "mine.assistant", "mine.a.b", "other.x"]
    assert students(arms) == ["no_kd", "kd", "mine", "other.x"]


@pytest.mark.parametrize(
    "told",
    [
        intervals,
        lambda gains, by: page_trend(gains, "level", by=by),
        lambda gains, by: crossing(gains, "level", by=by),
        lambda gains, by: required_seeds(gains, by, half_width=1.0, pooled=True),
    ],
    ids=["intervals", "page_trend", "crossing", "required_seeds"],
)
def test_networks_that_answer_one_class_are_told_of_in_every_table(told: Any) -> None:
    """The share of a group's rows; nothing where no row says it."""
    rows = [
        {
            "arm": arm,
            "seed": s,
            "level": l,
            "gain": float(s * l - 1),
            "constant": arm == "x" and s < 1,
        }
        for arm in ("x", "y")
        for s in range(4)
        for l in range(3)
    ]
    table = pd.DataFrame(rows)
    by = ["arm", "level"] if told is intervals else ["arm"]
    found = told(table, by).groupby("arm")["collapsed"].mean()
    assert found.to_dict() == {"x": 0.25, "y": 0.0}
    assert "collapsed" not in told(table.drop(columns="constant"), by)
