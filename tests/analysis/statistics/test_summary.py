import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.statistics import intervals, mean_interval, summarise
from tests.analysis.statistics.made import frame
from venn import ArgumentError


@pytest.mark.parametrize("seeds", [1, 6])
def test_a_row_a_point_of_accuracies_and_paired_gains(seeds: int) -> None:
    """Points of equal shares stay apart, in their order, whatever that of the rows."""
    runs = frame(seeds=seeds).sample(frac=1, random_state=0).assign(alpha=0.25, gamma=0.5)
    gains = {"gain": ("kd", "no_kd"), "behind": ("kd", "teacher")}
    table = summarise(runs, gains=gains)
    assert list(table["seeds"]) == [seeds] * 2
    for point, row in table.iterrows():
        assert (row["alpha"], row["gamma"]) == (0.25, 0.5)
        wide = runs[runs["point"] == point].pivot(index="seed", columns="arm", values="accuracy")
        shown = {arm: wide[arm] for arm in wide}
        shown |= {name: 100 * (wide[arm] - wide[over]) for name, (arm, over) in gains.items()}
        for name, values in shown.items():
            each = intervals(pd.DataFrame({"seed": range(seeds), "gain": values}), ()).iloc[0]
            found = row[[str(name), f"{name}_low", f"{name}_high"]].to_list()
            assert found == pytest.approx(each[["mean", "low", "high"]].to_list(), nan_ok=True)
            if name in gains:
                assert row[f"{name}_sd"] == pytest.approx(each["sd"], nan_ok=True)


def test_a_summary_says_which_share_of_networks_and_pairs_collapsed() -> None:
    runs = frame().assign(alpha=0.25, gamma=0.5)
    assert not summarise(runs).columns.str.contains("collapsed").any()
    runs["constant"] = (runs["arm"] == "no_kd") & (runs["point"] == 1) & (runs["seed"] < 3)
    shares = summarise(runs).filter(regex="collapsed").iloc[1]
    assert shares[shares > 0].to_dict() == {"no_kd_collapsed": 0.5, "gain_collapsed": 0.5}


CALLS = {
    "doubled": (lambda runs: pd.concat([runs, runs]), "runs = .* is there twice"),
    "failed": (
        lambda runs: runs.assign(accuracy=runs["accuracy"].where(runs["arm"] != "teacher")),
        r"runs\['accuracy'\] = nan: must be finite",
    ),
    "a gap": (
        lambda runs: runs[(runs["arm"] != "no_kd") | (runs["seed"] != 1)],
        "point 0, seed 1 has no accuracy of arm 'no_kd'",
    ),
    "no such arm": (lambda runs: runs[runs["arm"] != "kd"], "'kd': is unknown"),
}


@pytest.mark.parametrize(("change", "message"), CALLS.values(), ids=CALLS)
def test_bad_calls(change: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        summarise(change(frame().assign(alpha=0.25)))


@pytest.mark.parametrize("level", [0.5, 0.95])
def test_the_interval_is_scipys(level: float) -> None:
    values = np.random.default_rng(0).normal(size=12)
    oracle = stats.ttest_1samp(values, 0).confidence_interval(level)
    assert mean_interval(values, level) == pytest.approx((oracle.low, oracle.high))
    assert all(math.isnan(limit) for limit in mean_interval(values[:1], level))
    with pytest.raises(ArgumentError, match="level = 95: must lie between 0 and 1"):
        mean_interval(values, 95)
