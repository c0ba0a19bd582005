"""What all functions of tidy gains refuse, each of them in the same words."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.statistics import crossing, intervals, page_trend, required_seeds
from tests.analysis.statistics.made import tidy
from venn import ArgumentError

Function = Callable[..., pd.DataFrame]

FUNCTIONS: dict[str, Function] = {
    "intervals": lambda gains, by="arm", **more: intervals(gains, by, **more),
    "page_trend": lambda gains, along="gamma", **more: page_trend(gains, along, **more),
    "crossing": crossing,
    "required_seeds": lambda gains, **more: required_seeds(gains, half_width=1, **more),
}
POOLED = ("intervals", "required_seeds")
ALONG = ("page_trend", "crossing")
LEVEL = ("intervals", "crossing", "required_seeds")
RESAMPLES = ("intervals", "crossing")


def gains(seeds: int = 4, chance: int = 0) -> pd.DataFrame:
    values = np.random.default_rng(chance).normal(size=(seeds, 3))
    return tidy(values, np.arange(3)).sort_values(["gamma", "seed"], ignore_index=True)


Change = Callable[[pd.DataFrame], Any]
BAD: dict[str, tuple[Iterable[str], Change, dict[str, Any], str]] = {
    "no table": (FUNCTIONS, lambda t: t.to_dict(), {}, "gains = "),
    "no rows": (FUNCTIONS, lambda t: t[:0], {}, "must have at least one row"),
    "no seeds": (FUNCTIONS, lambda t: t.drop(columns="seed"), {}, "'seed': is no column"),
    "a seed without a name": (
        FUNCTIONS,
        lambda t: t.assign(seed=t["seed"].where(t["seed"] > 0)),
        {},
        "must name the seed of every row",
    ),
    "no such value": (FUNCTIONS, lambda t: t, {"value": "loss"}, "value = 'loss': is no column"),
    "a gain of NaN": (
        FUNCTIONS,
        lambda t: t.assign(gain=t["gain"].where(t["gamma"] > 0)),
        {},
        r"gains\['gain'\] = nan: must be finite, at seed 0 and 3 other rows",
    ),
    "gains in words": (FUNCTIONS, lambda t: t.assign(gain="high"), {}, "must hold numbers"),
    "no such group": (FUNCTIONS, lambda t: t, {"by": ["arm", "width"]}, "by = 'width': is no col"),
    "a group twice": (FUNCTIONS, lambda t: t, {"by": ["arm", "arm"]}, "must name each column once"),
    "seeds as groups": (FUNCTIONS, lambda t: t, {"by": "seed"}, "have another part here"),
    "levels as groups": (ALONG, lambda t: t, {"by": "gamma"}, "have another part here"),
    "no such path": (ALONG, lambda t: t, {"along": "alpha"}, "along = 'alpha': is no column"),
    "levels in words": (ALONG, lambda t: t, {"along": "arm"}, "the levels of a path are numbers"),
    "level of 95": (LEVEL, lambda t: t, {"level": 95}, "level = 95: must lie between 0 and 1"),
    "few resamples": (RESAMPLES, lambda t: t, {"resamples": 10}, "at least 100"),
    "a negative seed": (RESAMPLES, lambda t: t, {"seed": -1}, "seed = -1"),
}


@pytest.mark.parametrize(
    ("function", "bad"), [(name, bad) for bad, (names, *_) in BAD.items() for name in names]
)
def test_bad_calls(function: str, bad: str) -> None:
    _, change, more, message = BAD[bad]
    with pytest.raises(ArgumentError, match=message):
        FUNCTIONS[function](change(gains()), **more)


def two_sizes() -> pd.DataFrame:
    """Return gains along gamma at two sizes, those of the larger one 5 points higher.

    What is the same at all rows of a point is a setting; the loss is not.
    """
    small = gains().assign(n_train=100, rule="parity", loss=np.arange(12))
    large = small.assign(n_train=1000, gain=small["gain"] + 5, loss=7)
    both = pd.concat([small, large], ignore_index=True)
    return both.assign(point=both.groupby(["gamma", "n_train"]).ngroup())


@pytest.mark.parametrize("function", ALONG)
def test_two_points_at_a_level_are_not_averaged(function: str) -> None:
    call, table = FUNCTIONS[function], two_sizes()
    message = r"gains = '2 points with the same arm, gamma': differ in n_train and .* 'n_train' to"
    with pytest.raises(ArgumentError, match=message) as refused:
        call(table, by="arm")
    assert "pooled" not in str(refused.value)
    assert len(call(table, by=["arm", "n_train"])) == 2


@pytest.mark.parametrize("function", POOLED)
def test_points_are_pooled_where_that_is_asked_for(function: str) -> None:
    call, table = FUNCTIONS[function], two_sizes()
    message = "'6 points with the same arm': differ in gamma, n_train and .* pooled=True"
    with pytest.raises(ArgumentError, match=message):
        call(table, by="arm")
    with pytest.raises(ArgumentError, match=r"2 points with the same arm, gamma.* 'n_train' to by"):
        call(table, by=["arm", "gamma"])
    assert len(call(table, by=["arm", "gamma", "n_train"])) == 6
    pooled = call(table, by="arm", pooled=True)
    pd.testing.assert_frame_equal(pooled, call(table.drop(columns="point"), by="arm"))


@pytest.mark.parametrize("kind", ["arm", "part"])
def test_arms_and_parts_are_not_averaged(kind: str) -> None:
    both = pd.concat([gains().assign(**{kind: name}) for name in ("one", "other")])
    rest = {"arm", "part"} & set(both) - {kind}
    with pytest.raises(ArgumentError, match=f"'2 {kind}s .*: are not averaged .* '{kind}' to by"):
        intervals(both, by=sorted(rest))
    assert len(intervals(both, by=sorted({*rest, kind}))) == 2


def test_points_alike_are_told_apart_by_their_number() -> None:
    table = gains().assign(point=np.arange(12) // 2)
    with pytest.raises(ArgumentError, match=r"'2 points .*: are not averaged over; add 'point' to"):
        intervals(table, ["arm", "gamma"])


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_group_is_the_same_alone_and_in_company(function: str) -> None:
    """Groups come in the order of their key, one without a name last."""
    call, by = FUNCTIONS[function], ["width", "arm"]
    groups = {"a": (4, np.nan), "b": (4, 32.0), "c": (9, 8.0), "d": (4, 8.0)}
    rows = pd.concat(
        gains(seeds, chance=i).assign(arm=arm, width=width)
        for i, (arm, (seeds, width)) in enumerate(groups.items())
    )
    together = call(rows, by=by)
    assert list(together["arm"]) == list("cdba")
    for arm in groups:
        alone = call(rows[rows["arm"] == arm], by=by)
        expected = together[together["arm"] == arm].reset_index(drop=True)
        pd.testing.assert_frame_equal(alone, expected)


@pytest.mark.parametrize("function", ALONG)
def test_rows_of_a_seed_at_a_level_count_as_their_mean(function: str) -> None:
    call, rows = FUNCTIONS[function], gains(seeds=9)
    doubled = pd.concat([rows.assign(gain=rows["gain"] + apart) for apart in (3, -3)])
    pd.testing.assert_frame_equal(call(doubled), call(rows))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_good_call_leaves_the_table_as_it_was(function: str) -> None:
    table = gains()
    assert len(FUNCTIONS[function](table)) == 1
    pd.testing.assert_frame_equal(table, gains())
