"""Intervals for 95 % hold the truth in 95 % of simulated data sets.

A small version of `benchmarks.coverage`, whose results it checks too.  Streams are fixed, so that a
test fails only when a method changes.
"""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.statistics import crossing, decompose, intervals

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


@pytest.mark.slow
@pytest.mark.parametrize("name", DRAWS)
def test_intervals_of_ten_seeds(name: str) -> None:
    values = DRAWS[name](np.random.default_rng(1))
    found = intervals(tidy(values, ("set", "seed")), "set")
    assert nominal(share(found["low"], found["high"]))


@pytest.mark.slow
def test_rows_of_a_seed_are_not_independent() -> None:
    """Five rows a seed, alike: intervals of single rows would cover 75 %."""
    generator = np.random.default_rng(2)
    values = generator.normal(size=(SETS, SEEDS, 1)) + generator.normal(size=(SETS, SEEDS, 5))
    table = tidy(values, ("set", "seed", "row"))
    found = intervals(table, "set")
    assert nominal(share(found["low"], found["high"]))


@pytest.mark.slow
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


def decomposed(key: int, **effects: float) -> pd.DataFrame:
    """Return the parts of simulated sweeps, each arm this much better than ``no_kd``."""
    generator = np.random.default_rng(key)
    base = generator.normal(0.8, 0.02, (SETS, SEEDS))
    frames = []
    for arm, effect in {"no_kd": 0.0, **effects}.items():
        table = tidy(generator.binomial(1000, base + effect) / 1000, ("point", "seed"))
        frames.append(table.rename(columns={"gain": "accuracy"}).assign(arm=arm))
    return decompose(pd.concat(frames), resamples=1000)


@pytest.mark.slow
def test_parts_of_ten_seeds() -> None:
    found = decomposed(4, kd=0.02, kd_shuffled=-0.01, hard_label=0.01)
    truths = {"gain": 2, "shrinkage": -1, "step size": 1, "knowledge": 1}
    for part, truth in truths.items():
        rows = found[found["part"] == part]
        assert nominal(share(rows["low"], rows["high"], truth)), part


@pytest.mark.slow
@pytest.mark.parametrize("shuffled", [0.0, -0.05], ids=["three", "two"])
def test_knowledge_that_is_not_there_is_rarely_shown(shuffled: float) -> None:
    """Equal contrasts of 0: low > 0 in under 2.5 % of cases, high < 0 in at most 3 x 2.5 %."""
    found = decomposed(6, kd=0, kd_shuffled=shuffled, hard_label=0)
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
