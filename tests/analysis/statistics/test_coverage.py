"""Intervals for 95 % hold the truth in 95 % of simulated data sets, and simpler ones do not.

A small version of `benchmarks.coverage`, whose results it checks too.  Streams are fixed, so that a
test fails only when a method changes.
"""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.statistics import crossing, decompose, intervals
from analysis.statistics.bootstrap import resampled_weights

ROOT = Path(__file__).parents[3]
RESULT = ROOT / "benchmarks" / "results" / "coverage.json"
SEEDS, SETS = 10, 2000
LEVELS = np.linspace(0, 1, 6)

DRAWS: dict[str, Callable[[np.random.Generator], np.ndarray]] = {
    "normal": lambda g: g.normal(0, 1, (SETS, SEEDS)),
    "thousandths": lambda g: np.round(g.normal(0, 1, (SETS, SEEDS)), 1),
    "mostly ties": lambda g: np.round(g.normal(0, 0.7, (SETS, SEEDS))),
    "skewed": lambda g: g.gamma(2, 1, (SETS, SEEDS)) - 2,
    "heavy tails": lambda g: g.standard_t(3, (SETS, SEEDS)),
}


def tidy(values: np.ndarray, axes: tuple[str, ...]) -> pd.DataFrame:
    where = np.indices(values.shape)
    columns = {name: where[axis].ravel() for axis, name in enumerate(axes)}
    return pd.DataFrame(columns | {"gain": values.ravel()})


def share(low: np.ndarray | pd.Series, high: np.ndarray | pd.Series, truth: float = 0) -> float:
    return float(((low <= truth + 1e-9) & (truth - 1e-9 <= high)).mean())


def nominal(coverage: float, sets: int = SETS) -> bool:
    """Whether a coverage of 93 to 97 % would give this one, up to 2 standard errors."""
    slack = 2 * np.sqrt(0.05 * 0.95 / sets)
    return bool(0.93 - slack <= coverage <= 0.97 + slack)


def percentile(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the limits that `intervals` is not: percentiles of the resampled means."""
    means = resampled_weights(values.shape[1], 2000, 0) @ values.T / values.shape[1]
    low, high = np.quantile(means, [0.025, 0.975], axis=0)
    return low, high


@pytest.mark.parametrize("name", DRAWS)
def test_intervals_of_ten_seeds(name: str) -> None:
    values = DRAWS[name](np.random.default_rng(1))
    found = intervals(tidy(values, ("set", "seed")), "set")
    assert nominal(share(found["low"], found["high"]))


@pytest.mark.parametrize("name", sorted(DRAWS.keys() - {"mostly ties"}))
def test_percentiles_would_not_do(name: str) -> None:
    """They cover about 90 %; where most gains tie, the limits are among the few values."""
    assert not nominal(share(*percentile(DRAWS[name](np.random.default_rng(1)))))


def test_rows_of_a_seed_are_not_independent() -> None:
    """Five rows a seed, alike: clustered intervals cover 95 %, those of single rows 75 %."""
    generator = np.random.default_rng(2)
    values = generator.normal(size=(SETS, SEEDS, 1)) + generator.normal(size=(SETS, SEEDS, 5))
    table = tidy(values, ("set", "seed", "row"))
    found = intervals(table, "set")
    assert nominal(share(found["low"], found["high"]))
    alone = intervals(table.assign(seed=5 * table["seed"] + table["row"]), "set")
    assert share(alone["low"], alone["high"]) < 0.85


@pytest.mark.parametrize(("common", "own"), [(1, 1), (0, 2)], ids=["seeds and levels", "levels"])
def test_crossings_of_ten_seeds(common: float, own: float) -> None:
    generator = np.random.default_rng(3)
    noise = common * generator.normal(size=(500, SEEDS, 1))
    noise = noise + own * generator.normal(size=(500, SEEDS, len(LEVELS)))
    table = tidy(10 * (LEVELS - 0.43) + noise, ("set", "seed", "gamma"))
    table["gamma"] = LEVELS[table["gamma"]]
    found = crossing(table, by="set", resamples=1000)
    assert nominal(share(found["low"], found["high"], 0.43), 500)
    assert found["crossing"].mean() == pytest.approx(0.43, abs=0.02)


def test_parts_of_ten_seeds() -> None:
    """Pairing is by seed: intervals for two arms on their own are far too wide."""
    generator = np.random.default_rng(4)
    base = generator.normal(0.8, 0.02, (SETS, SEEDS))
    frames = []
    for arm, effect in {"no_kd": 0, "kd": 0.02, "kd_shuffled": -0.01, "hard_label": 0.01}.items():
        table = tidy(generator.binomial(1000, base + effect) / 1000, ("point", "seed"))
        frames.append(table.rename(columns={"gain": "accuracy"}).assign(arm=arm))
    found = decompose(pd.concat(frames), resamples=1000)
    truths = {"gain": 2, "shrinkage": -1, "step size": 1, "knowledge": 1}
    for part, truth in truths.items():
        rows = found[found["part"] == part]
        assert nominal(share(rows["low"], rows["high"], truth)), part
    no_kd, kd = (100 * frame["accuracy"].to_numpy().reshape(SETS, SEEDS) for frame in frames[:2])
    unpaired = stats.ttest_ind(kd, no_kd, axis=1).confidence_interval()
    assert not nominal(share(unpaired.low, unpaired.high, 2))


@pytest.mark.parametrize("shuffled", [0.0, -0.05], ids=["three", "two"])
def test_knowledge_that_is_not_there_is_rarely_shown(shuffled: float) -> None:
    """Equal contrasts of 0: low > 0 in under 2.5 % of cases, high < 0 in at most 3 x 2.5 %."""
    generator = np.random.default_rng(6)
    base = generator.normal(0.8, 0.02, (SETS, SEEDS))
    frames = []
    for arm, effect in {"no_kd": 0, "kd": 0, "kd_shuffled": shuffled, "hard_label": 0}.items():
        table = tidy(generator.binomial(1000, base + effect) / 1000, ("point", "seed"))
        frames.append(table.rename(columns={"gain": "accuracy"}).assign(arm=arm))
    found = decompose(pd.concat(frames), resamples=1000)
    rows = found[found["part"] == "knowledge"]
    slack = 2 * np.sqrt(0.025 * 0.975 / SETS)
    assert (rows["low"] > 0).mean() < 0.025 + slack
    assert (rows["high"] < 0).mean() < 0.075 + slack
    error = (rows["sd"] / np.sqrt(SEEDS)).mean()
    assert -0.7 * error < rows["mean"].mean() < -0.3 * error


def test_the_measured_coverage_is_nominal_from_ten_seeds_on() -> None:
    rows = json.loads(RESULT.read_text(encoding="utf-8"))["rows"]
    assert {row["interval"] for row in rows} == {
        *("intervals", "crossing", "decompose", "mean_interval", "always_valid")
    }
    for row in rows:
        assert row["data_sets"] >= 2000
        assert row["low"] < row["coverage"] < row["high"]
        if row["nominal"]:
            lowest, highest = (0.95, 1) if row["interval"] == "always_valid" else (0.93, 0.97)
            assert lowest <= row["coverage"] <= highest, row
            assert row["seeds"] >= 10


def test_the_measured_sequences_are_normal_and_others() -> None:
    """Two schedules, which normal values pass and those with rare extremes do not."""
    rows = json.loads(RESULT.read_text(encoding="utf-8"))["rows"]
    often = [row for row in rows if row["interval"] == "always_valid"]
    assert {row["seeds"] for row in often} == {200, 1000}
    assert [row["values"] for row in often if row["nominal"]] == ["normal", "normal"]
    rare = [row["coverage"] for row in often if row["values"].startswith("one training in 20")]
    assert max(rare) < 0.9


def test_the_document_has_the_measured_coverage() -> None:
    table = RESULT.with_suffix(".md").read_text(encoding="utf-8").splitlines()
    document = (ROOT / "docs" / "statistics.md").read_text(encoding="utf-8").splitlines()
    lines = [line for line in table if line.startswith("|")]
    assert len(lines) > 10
    assert set(lines) <= set(document)
