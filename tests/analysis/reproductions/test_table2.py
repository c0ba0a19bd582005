"""Table 2 under its protocols: what is run, and what is said of it."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from analysis.reproductions.kept import Kept, networks
from analysis.reproductions.picks import WAYS
from analysis.reproductions.released_table2 import ReleasedTable2
from analysis.reproductions.table2_runs import replayed
from scipy import stats

from analysis import Optimiser, Synthetic
from analysis.reproductions.table2 import (
    ARMS,
    PATH,
    PUBLISHED,
    TABLE2_PROTOCOLS,
    Table2,
    by_way,
    reproduce_table2,
    table2,
)
from venn import ArgumentError

STEP = Optimiser("sgd", 0.1, 2)
QUICK: dict[str, Synthetic | ReleasedTable2] = {
    "corrected": ReleasedTable2(
        swapped=False, n_train=10, n_test=20, optimiser=STEP, joint=STEP, repeats=1
    ),
    "synthetic": Synthetic(n_train=10, n_test=20, width=2, optimiser=STEP),
    "released": ReleasedTable2(
        swapped=True, n_train=10, n_test=20, optimiser=STEP, joint=STEP, repeats=1
    ),
}


def test_the_rows_are_the_published_shares_and_the_scripts() -> None:
    gammas = [diagram.gamma for diagram in PATH]
    known = [gammas[point] for point in PUBLISHED.dropna().index]
    assert known == pytest.approx([0.25, 0.33, 0.50, 0.66, 0.75], abs=0.01)
    assert gammas[1:] == pytest.approx([s / (10 + s) for s in (5, 10, 15, 20, 25, 30)])
    for diagram in PATH:
        assert (diagram.dim("a"), diagram.dim("b"), diagram.beta, diagram.hidden) == (50, 50, 0, 0)


def test_the_published_table_is_that_of_the_paper() -> None:
    """Two of its statements: MG-KD is best, and is so by at most 2.4 points."""
    assert list(PUBLISHED) == list(ARMS)
    rows = PUBLISHED.dropna()
    assert rows.shape == (5, 5)
    assert PUBLISHED.iloc[1].tolist() == [89.41, 68.42, 61.98, 62.16, 64.50]
    assert (rows["kd_general"] - rows["kd"]).max() == pytest.approx(2.39)
    assert (rows["kd"] > rows["no_kd"]).all()
    assert (rows["teacher"] > rows["general_teacher"]).all()


def test_defaults() -> None:
    assert table2() == Table2("synthetic", Synthetic(), range(100))
    assert table2("released") == Table2("released", ReleasedTable2(swapped=True), range(42, 52))
    assert table2("corrected", 3).seeds == range(42, 45)
    assert table2("corrected").protocol == ReleasedTable2(swapped=False)
    assert table2(seeds=2, width=8).protocol == Synthetic(width=8)
    assert table2(width=0).protocol == Synthetic(width=0)
    assert table2(seeds=2).networks == networks() * 7 * 2
    assert table2("released").networks == replayed() * 7 * 10


@pytest.mark.parametrize("name", TABLE2_PROTOCOLS)
def test_what_is_run_is_what_was_described(name: str) -> None:
    chosen = replace(table2(name, 2), protocol=QUICK[name])
    counts: list[int] = []
    result = reproduce_table2(chosen, device="cpu", progress=counts.append)
    assert sum(counts) == chosen.networks
    assert list(result.summary["way"]) == [way for way in WAYS for _ in PATH]
    assert result.summary["gamma"].tolist() == 3 * [diagram.gamma for diagram in PATH]
    assert (result.summary["seeds"] == 2).all()
    assert result.summary[list(ARMS)].notna().all(axis=None)
    pd.testing.assert_frame_equal(result.summary, by_way(result.kept))
    configuration = json.loads(json.dumps(result.configuration))
    assert configuration["protocol"] == name
    assert configuration["settings"]["n_train"] == 10
    assert configuration["settings"]["kind"] == type(chosen.protocol).__name__
    assert configuration["seeds"] == list(chosen.seeds)
    assert configuration["ways"] == list(WAYS)
    assert configuration["path"][0]["regions"] == {"b": 0, "a&b": 5, "a": 15}
    assert configuration["environment"]["versions"]["torch"].startswith("2.")


def rows_of(scores: dict[tuple[str, str], list[float]]) -> Kept:
    runs = [
        (point, gamma, seed, arm, way, value + point / 64)
        for (arm, way), values in scores.items()
        for point, gamma in enumerate((0.25, 0.5))
        for seed, value in enumerate(values)
    ]
    found = [(point, 0.0, seed, "alg1", (point + seed) / 4) for point in (0, 1) for seed in (0, 1)]
    return Kept.of(runs, found)


SHARED: dict[tuple[str, str], list[float]] = {
    ("teacher", ""): [0.75, 0.8125, 0.875],
    ("no_kd", ""): [0.5, 0.5625, 0.53125],
    ("kd", ""): [0.53125, 0.5625, 0.5],
    ("um_kd", ""): [0.1, 0.2, 0.3],
    ("general_teacher", "gt"): [0.625, 0.6875, 0.65625],
    ("kd_general", "gt"): [0.5625, 0.59375, 0.5625],
    ("general_teacher", "alg1"): [0.6875, 0.625, 0.65625],
    ("kd_general", "alg1"): [0.5, 0.59375, 0.5625],
}


def test_a_summary_is_means_and_paired_intervals() -> None:
    """Against numpy and scipy, at both points and in both ways."""
    rows = by_way(rows_of(SHARED)).to_dict("records")
    pairs = [(row["way"], row["point"]) for row in rows]
    assert pairs == [("gt", 0), ("gt", 1), ("alg1", 0), ("alg1", 1)]
    for row, (way, point) in zip(rows, pairs, strict=True):
        student = np.array(SHARED["kd_general", way])
        for arm in ARMS:
            values = SHARED.get((arm, way), SHARED.get((arm, "")))
            assert values is not None
            assert row[arm] == pytest.approx(100 * (np.mean(values) + point / 64))
        for baseline in ("kd", "no_kd"):
            lead = 100 * (student - SHARED[baseline, ""])
            interval = stats.ttest_1samp(lead, 0).confidence_interval(0.95)
            assert row[f"over_{baseline}"] == pytest.approx(lead.mean())
            assert row[f"over_{baseline}_low"] == pytest.approx(interval.low)
            assert row[f"over_{baseline}_high"] == pytest.approx(interval.high)
        assert row["found"] == (100 if way == "gt" else 25 * point + 12.5)
        assert row["seeds"] == 3


def test_a_way_with_arms_of_its_own_is_compared_with_them() -> None:
    """As in the script, whose ways are runs of their own."""
    own = {(arm, "alg1"): [value / 2 for value in SHARED[arm, ""]] for arm in ("no_kd", "kd")}
    first = {(arm, way or "gt"): values for (arm, way), values in SHARED.items() if way != "alg1"}
    rest = {("teacher", "alg1"): SHARED["teacher", ""], **SHARED}
    scores = {**first, **own, **{key: rest[key] for key in rest if key[1] == "alg1"}}
    summary = by_way(rows_of(scores)).query("point == 0").set_index("way")
    assert summary.loc["gt", "no_kd"] == pytest.approx(53.125)
    assert summary.loc["alg1", "no_kd"] == pytest.approx(53.125 / 2)
    lead = np.mean(SHARED["kd_general", "alg1"]) - np.mean(SHARED["kd", ""]) / 2
    assert summary.loc["alg1", "over_kd"] == pytest.approx(100 * lead)


def test_one_seed_has_no_interval() -> None:
    summary = by_way(rows_of({key: values[:1] for key, values in SHARED.items()}))
    assert summary[["over_kd_low", "over_kd_high", "over_no_kd_low"]].isna().all(axis=None)
    assert summary["over_kd"].notna().all()


BAD: dict[str, tuple[Any, str]] = {
    "unknown protocol": (
        lambda: table2("x"),
        "protocol = 'x': is unknown; known: corrected, synthetic, released",
    ),
    "a protocol of the figures": (
        lambda: table2("published"),
        "protocol = 'published': is for the figures; for Table 2",
    ),
    "no seeds": (lambda: table2(seeds=0), "seeds = 0: must be a whole number of at least 1"),
    "fractional seeds": (lambda: table2(seeds=1.5), "seeds = 1.5: must be a whole number"),  # type: ignore[arg-type]
    "negative width": (lambda: table2(width=-1), "width = -1: must be a whole number of at lea"),
    "width of released": (
        lambda: table2("released", width=3),
        "width = 3: only the synthetic protocol has a width",
    ),
    "width of corrected": (
        lambda: table2("corrected", width=0),
        "width = 0: only the synthetic protocol has a width",
    ),
    "no experiment": (
        lambda: reproduce_table2("corrected"),  # type: ignore[arg-type]  # a bad call
        "experiment = 'corrected': must be of kind Table2, such as table2('corrected')",
    ),
    "unknown device": (
        lambda: reproduce_table2(table2("released"), device="tpu"),
        "device = 'tpu': is unknown; known: auto, cpu, cuda",
    ),
}


@pytest.mark.parametrize(("call", "message"), BAD.values(), ids=BAD)
def test_bad_calls(call: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        call()
    assert message in str(error.value)
