import math
from random import Random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.statistics import paired_gains
from venn import ArgumentError

ARMS = ("teacher", "general_teacher", "no_kd", "kd", "kd_shuffled")


def frame(points: int = 2, seeds: int = 3) -> pd.DataFrame:
    accuracy = np.random.default_rng(0).integers(0, 1000, (points, seeds, len(ARMS))) / 1000
    return pd.DataFrame(
        {
            "point": point,
            "gamma": point / 10,
            "rule": "hyperplane",
            "arm": arm,
            "seed": seed,
            "accuracy": accuracy[point, seed, column],
            "reason": None,
        }
        for point in range(points)
        for seed in range(seeds)
        for column, arm in enumerate(ARMS)
    )


def by_hand(
    table: pd.DataFrame, baseline: str, arms: list[str]
) -> list[tuple[int, int, str, float]]:
    found = {(p, s, a): v for p, s, a, v in table[["point", "seed", "arm", "accuracy"]].to_numpy()}
    return [
        (point, seed, arm, 100 * (value - found[point, seed, baseline]))
        for (point, seed, arm), value in found.items()
        if arm in arms
    ]


@given(st.randoms(use_true_random=False))
def test_each_gain_is_a_difference_of_two_accuracies(random: Random) -> None:
    """gain = 100 (accuracy of the arm - accuracy of no_kd), whatever the order of the rows."""
    table = frame()
    order = list(range(len(table)))
    random.shuffle(order)
    gains = paired_gains(table.iloc[order])
    expected = by_hand(table.iloc[order], "no_kd", ["kd", "kd_shuffled"])
    assert list(gains[["point", "seed", "arm"]].itertuples(index=False, name=None)) == [
        row[:3] for row in expected
    ]
    assert gains["gain"].to_numpy() == pytest.approx([row[3] for row in expected])


def test_settings_are_kept_and_results_are_not() -> None:
    gains = paired_gains(frame())
    assert list(gains.columns) == ["point", "gamma", "rule", "arm", "seed", "gain"]
    assert set(gains["arm"]) == {"kd", "kd_shuffled"}
    assert list(gains.index) == list(range(len(gains)))
    assert (gains["gamma"] == gains["point"] / 10).all()


def test_a_gain_in_balanced_accuracy_is_a_difference_of_two() -> None:
    table = frame()
    table = table.assign(balanced_accuracy=table["accuracy"].to_numpy()[::-1])
    gains = paired_gains(table, measure="balanced_accuracy")
    other = table.assign(accuracy=table["balanced_accuracy"])
    pd.testing.assert_frame_equal(gains, paired_gains(other))
    assert list(gains.columns) == ["point", "gamma", "rule", "arm", "seed", "gain"]
    with pytest.raises(ArgumentError, match="known: accuracy, balanced_accuracy"):
        paired_gains(table, measure="loss")


def test_a_pair_says_whether_either_network_answers_one_class() -> None:
    table = frame()
    alone = (table["arm"] == "no_kd") & (table["point"] == 0) & (table["seed"] == 1)
    own = (table["arm"] == "kd") & (table["point"] == 1) & (table["seed"] == 2)
    marked = (alone | own).astype("boolean").mask(table["arm"] == "kd_shuffled")
    gains = paired_gains(table.assign(constant=marked).sample(frac=1, random_state=0))
    found = gains[gains["constant"].fillna(False)]
    cells = sorted(found[["point", "seed", "arm"]].itertuples(index=False, name=None))
    assert cells == [(0, 1, "kd"), (0, 1, "kd_shuffled"), (1, 2, "kd")]


def test_another_baseline_and_chosen_arms() -> None:
    gains = paired_gains(frame(), baseline="kd_shuffled", arms=["teacher"])
    expected = by_hand(frame(), "kd_shuffled", ["teacher"])
    assert gains["gain"].to_numpy() == pytest.approx([row[3] for row in expected])


def test_an_arm_is_needed_only_at_its_points_and_a_point_at_its_seeds() -> None:
    table = frame()
    table = table[~((table["point"] == 1) & (table["arm"] == "kd_shuffled"))]
    table = table[~((table["point"] == 0) & (table["seed"] == 2))]
    assert paired_gains(table).groupby(["point", "arm"]).size().to_dict() == {
        (0, "kd"): 2,
        (0, "kd_shuffled"): 2,
        (1, "kd"): 3,
    }


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


def test_a_failed_teacher_is_no_reason_to_refuse_the_students() -> None:
    table = frame()
    table.loc[table["arm"] == "teacher", "accuracy"] = math.nan
    pd.testing.assert_frame_equal(paired_gains(table), paired_gains(frame()))


CALLS = {
    "no table": (lambda table: paired_gains(table.to_dict()), "frame = "),
    "no arm column": (lambda table: paired_gains(table.drop(columns="arm")), "'arm': is no column"),
    "doubled": (lambda table: paired_gains(pd.concat([table, table[:1]])), "is there twice"),
    "percent": (
        lambda table: paired_gains(table.assign(accuracy=63.0)),
        "63.0: must be a fraction",
    ),
    "words": (lambda table: paired_gains(table.assign(accuracy="high")), "must hold fractions"),
    "no baseline": (
        lambda table: paired_gains(table, baseline="no"),
        "baseline = 'no': is unknown",
    ),
    "unknown arm": (lambda table: paired_gains(table, arms=["KD"]), "arms = 'KD': is unknown"),
    "the baseline as an arm": (lambda table: paired_gains(table, arms=["no_kd"]), "is unknown"),
    "no arms": (lambda table: paired_gains(table, arms=[]), "must name an arm beside"),
    "teachers alone": (
        lambda table: paired_gains(table[table["arm"].isin(["no_kd", "teacher"])]),
        "must name an arm beside",
    ),
    "missing": (
        lambda table: paired_gains(table, missing="skip"),  # type: ignore[arg-type]
        "missing = 'skip'",
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_bad_calls(name: str) -> None:
    call, message = CALLS[name]
    with pytest.raises(ArgumentError, match=message):
        call(frame())
