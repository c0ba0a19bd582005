import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.statistics import decompose, gain_parts, intervals, paired_gains
from analysis.statistics.decomposition import CONTRASTS, PARTS
from venn import ArgumentError

ARMS = ("teacher", "no_kd", "kd", "um_kd", "kd_shuffled", "hard_label")


def frame(points: int = 2, seeds: int = 6) -> pd.DataFrame:
    accuracy = np.random.default_rng(0).integers(0, 1000, (points, seeds, len(ARMS))) / 1000
    return pd.DataFrame(
        {
            "point": point,
            "gamma": point / 10,
            "seed": seed,
            "arm": arm,
            "accuracy": accuracy[point, seed, column],
            "reason": None,
        }
        for point in range(points)
        for seed in range(seeds)
        for column, arm in enumerate(ARMS)
    )


def table(accuracies: dict[str, list[float]]) -> pd.DataFrame:
    """Return one point: the accuracy of each arm at each seed."""
    return pd.DataFrame(
        {"point": 0, "seed": seed, "arm": arm, "accuracy": value}
        for arm, values in accuracies.items()
        for seed, value in enumerate(values)
    )


def means(accuracies: dict[str, list[float]], arm: str = "kd") -> dict[str, float]:
    found = decompose(table(accuracies), arm=arm, resamples=100)
    return dict(zip(found["part"], found["mean"], strict=True))


def test_by_hand() -> None:
    one = {"no_kd": [0.70], "kd": [0.75], "kd_shuffled": [0.69], "hard_label": [0.72]}
    parts = gain_parts(table(one))
    assert list(parts["part"]) == list(CONTRASTS)
    assert parts["gain"].to_numpy() == pytest.approx([5, -1, 2, 6, 3])
    assert means(one) == pytest.approx({"gain": 5, "shrinkage": -1, "step size": 2, "knowledge": 3})


@pytest.mark.parametrize("arm", ["kd", "um_kd"])
def test_identities(arm: str) -> None:
    """Leads are gains less those of a control; knowledge is gain - max(0, shrinkage, step size)."""
    parts = gain_parts(frame(), arm=arm)
    wide = parts.pivot(index=["point", "seed"], columns="part", values="gain")
    for control in ("shrinkage", "step size"):
        lead = wide["gain"] - wide[control]
        assert lead.to_numpy() == pytest.approx(wide[f"beyond {control}"].to_numpy(), abs=1e-12)
    found = decompose(frame(), arm=arm).pivot(index="point", columns="part", values="mean")
    explained = found[["shrinkage", "step size"]].max(axis=1).clip(lower=0)
    expected = found["gain"] - explained
    assert found["knowledge"].to_numpy() == pytest.approx(expected.to_numpy(), abs=1e-12)


ACCURACIES = st.fixed_dictionaries(
    {
        arm: st.lists(st.integers(0, 500), min_size=3, max_size=3).map(
            lambda counts: [count / 1000 for count in counts]
        )
        for arm in ("no_kd", "kd", "kd_shuffled", "hard_label")
    }
)


@given(ACCURACIES)
def test_knowledge_is_the_arms_least_lead_over_means(accuracies: dict[str, list[float]]) -> None:
    """knowledge = 100 (mean kd - max(mean no_kd, mean kd_shuffled, mean hard_label)) <= gain."""
    arm = {name: 100 * sum(values) / 3 for name, values in accuracies.items()}
    found = means(accuracies)
    best = max(arm["no_kd"], arm["kd_shuffled"], arm["hard_label"])
    assert found["knowledge"] == pytest.approx(arm["kd"] - best, abs=1e-9)
    assert found["knowledge"] <= found["gain"]


@given(ACCURACIES, st.integers(0, 400))
def test_what_all_arms_gain_changes_nothing(accuracies: dict[str, list[float]], c: int) -> None:
    moved = {arm: [value + c / 1000 for value in values] for arm, values in accuracies.items()}
    assert means(moved) == pytest.approx(means(accuracies), abs=1e-9)


@given(ACCURACIES, st.integers(0, 400))
def test_a_better_arm_has_as_much_more_knowledge(
    accuracies: dict[str, list[float]], c: int
) -> None:
    better = {**accuracies, "kd": [value + c / 1000 for value in accuracies["kd"]]}
    more = means(accuracies)["knowledge"] + c / 10
    assert means(better)["knowledge"] == pytest.approx(more, abs=1e-9)


@given(ACCURACIES, st.sampled_from(["no_kd", "kd_shuffled", "hard_label"]))
def test_a_copy_of_a_control_has_no_knowledge(accuracies: dict[str, list[float]], of: str) -> None:
    """Whatever the other controls do: that they hurt is no merit of the arm."""
    assert means({**accuracies, "kd": accuracies[of]})["knowledge"] <= 1e-9
    if of != "no_kd":
        assert means(accuracies, arm=of)["knowledge"] <= 1e-9


def test_a_teacher_who_is_sure_of_the_wrong_rows_gives_no_knowledge() -> None:
    """Shuffled, its outputs are label noise; an arm that copies the hard labels knows nothing."""
    generator = np.random.default_rng(5)
    base = generator.normal(0.8, 0.02, 20)
    hard = base + generator.normal(0.01, 0.005, 20)
    shuffled = base + generator.normal(-0.05, 0.005, 20)
    arms = {"no_kd": base, "kd": hard, "kd_shuffled": shuffled, "hard_label": hard}
    found = decompose(table({arm: values.tolist() for arm, values in arms.items()}))
    rows = found.set_index("part")[["low", "mean", "high"]].to_numpy()
    assert rows[PARTS.index("knowledge")] == pytest.approx([0, 0, 0], abs=1e-9)
    assert rows[PARTS.index("shrinkage")].max() < -4


def test_each_part_is_that_of_accuracies() -> None:
    """Means, limits and sd are those of contrasts of the four arms, worked out from the frame."""
    contrasts = {  # no_kd, kd, kd_shuffled, hard_label
        "gain": [-1, 1, 0, 0],
        "shrinkage": [-1, 0, 1, 0],
        "step size": [-1, 0, 0, 1],
        "beyond shrinkage": [0, 1, -1, 0],
        "beyond step size": [0, 1, 0, -1],
    }
    found = decompose(frame(points=4)).set_index(["point", "part"])
    for point, rows in frame(points=4).groupby("point"):
        wide = rows.pivot(index="seed", columns="arm", values="accuracy")
        arms = wide[["no_kd", "kd", "kd_shuffled", "hard_label"]].to_numpy()
        expected: dict[str, dict[str, float]] = {}
        for part, weights in contrasts.items():
            values = 100 * arms @ weights
            limits = intervals(pd.DataFrame({"seed": range(6), "gain": values}), ()).iloc[0]
            row = {"mean": values.mean(), "sd": stats.tstd(values)}
            expected[part] = row | {"low": limits["low"], "high": limits["high"]}
        leads = [expected[part] for part in contrasts if part not in {"shrinkage", "step size"}]
        least = min(leads, key=lambda lead: lead["mean"])
        expected["knowledge"] = {
            **{name: min(lead[name] for lead in leads) for name in ("mean", "low", "high")},
            "sd": least["sd"],
        }
        for part in PARTS:
            assert found.loc[(point, part), list(expected[part])].to_dict() == pytest.approx(
                expected[part]
            )
            assert (found.loc[(point, part), ["seeds", "rows"]] == 6).all()


def test_knowledge_is_shown_only_where_each_lead_is() -> None:
    """The low limit is above 0 where those of all three contrasts are."""
    many = frame(points=60)
    many["accuracy"] = many["accuracy"] / 2 + 0.3 * (many["arm"] == "kd")
    each = intervals(gain_parts(many), ["point", "part"])
    leads = each[~each["part"].isin(["shrinkage", "step size"])]
    found = decompose(many)
    shown = found[found["part"] == "knowledge"].set_index("point")["low"] > 0
    each_is = (leads.set_index("point")["low"] > 0).groupby("point").all()
    pd.testing.assert_series_equal(shown, each_is)
    assert 0 < shown.sum() < 60
    knowledge = found[found["part"] == "knowledge"]
    assert (
        (knowledge["low"] <= knowledge["mean"]) & (knowledge["mean"] <= knowledge["high"])
    ).all()


def test_a_single_seed_has_no_limits() -> None:
    found = decompose(frame(seeds=1))
    assert found[["low", "high", "sd"]].isna().all(axis=None)
    assert found["mean"].notna().all()


def test_the_gain_has_the_interval_of_the_gain() -> None:
    found = decompose(frame(), "gamma", level=0.9, resamples=500, seed=4)
    gains = paired_gains(frame(), arms=["kd"])
    expected = intervals(gains, "gamma", level=0.9, resamples=500, seed=4)
    part = found[found["part"] == "gain"].drop(columns="part").reset_index(drop=True)
    pd.testing.assert_frame_equal(part, expected)


def test_parts_come_in_their_order_and_points_may_be_pooled() -> None:
    found = decompose(frame())
    assert list(found["part"]) == [*PARTS, *PARTS]
    assert list(found.columns) == ["point", "part", "mean", "low", "high", "sd", "seeds", "rows"]
    pooled = decompose(frame(), (), pooled=True)
    assert list(pooled["part"]) == list(PARTS)
    assert set(pooled["rows"]) == {12}
    assert set(pooled["seeds"]) == {6}


def test_settings_are_kept() -> None:
    parts = gain_parts(frame())
    assert list(parts.columns) == ["point", "gamma", "seed", "part", "gain"]
    assert (parts["gamma"] == parts["point"] / 10).all()
    assert len(parts) == 5 * 12


@pytest.mark.parametrize("arm", ["no_kd", "kd", "kd_shuffled", "hard_label"])
def test_a_failed_training_is_refused_or_its_seed_left_out_of_all_parts(arm: str) -> None:
    failed = frame()
    here = (failed["arm"] == arm) & (failed["point"] == 1) & (failed["seed"] == 3)
    failed.loc[here, "accuracy"] = math.nan
    with pytest.raises(ArgumentError, match=f"point 1, seed 3 has no accuracy of arm '{arm}'"):
        decompose(failed)
    found = decompose(failed, missing="drop")
    assert found.groupby("point")["seeds"].unique().map(list).to_dict() == {0: [6], 1: [5]}
    rest = frame()[~((frame()["point"] == 1) & (frame()["seed"] == 3))]
    pd.testing.assert_frame_equal(found, decompose(rest))


@pytest.mark.parametrize("arm", ["kd", "kd_shuffled", "hard_label"])
def test_a_point_without_an_arm_is_refused_or_left_out(arm: str) -> None:
    """A store of two sweeps, of which one has no controls."""
    both = frame(points=3)
    both = both[~((both["point"] > 0) & (both["arm"] == arm))]
    message = f"point 1 has no row of arm '{arm}', nor have 1 others; .* missing=\"drop\""
    for function in (decompose, gain_parts):
        with pytest.raises(ArgumentError, match=message):
            function(both)
    pd.testing.assert_frame_equal(decompose(both, missing="drop"), decompose(frame(points=1)))


def test_where_nothing_is_left_the_arms_that_are_needed_are_named() -> None:
    failed = frame().assign(accuracy=math.nan)
    with pytest.raises(ArgumentError, match="each of the arms no_kd, kd, kd_shuffled, hard_label"):
        decompose(failed, missing="drop")


CALLS = {
    "the baseline": (lambda table: decompose(table, arm="no_kd"), "arms = 'no_kd': is unknown"),
    "two points": (
        lambda table: decompose(table, ()),
        r"frame = '2 points with the same part': differ in gamma and .* 'gamma' to by",
    ),
    "unknown arm": (lambda table: decompose(table, arm="KD"), "arms = 'KD': is unknown"),
    "without a control": (
        lambda table: decompose(table[table["arm"] != "kd_shuffled"]),
        "arms = 'kd_shuffled': is unknown",
    ),
    "by": (lambda table: decompose(table, "width"), "by = 'width': is no column"),
    "by part": (lambda table: decompose(table, "part"), "must name each column once"),
    "level": (lambda table: decompose(table, level=95), "level = 95: must lie between"),
}


@pytest.mark.parametrize("name", CALLS)
def test_bad_calls(name: str) -> None:
    call, message = CALLS[name]
    with pytest.raises(ArgumentError, match=message):
        call(frame())
