"""`mfh-gamma` against loops over its rows, and the paper's own numbers."""

import numpy as np
import pandas as pd
import pytest

from analysis.claims import CLAIMS
from analysis.claims.mfh.gamma import SWEPT
from analysis.reproductions.figure2 import FIGURE2
from analysis.verdicts import PAPER

CLAIM = CLAIMS["mfh-gamma"]


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return CLAIM.experiment(PAPER, [1_000_000, 1_000_001], lambda _: None)


def test_values_are_those_of_the_rows(rows: pd.DataFrame) -> None:
    found = CLAIM.values(rows)
    for seed in (1_000_000, 1_000_001):
        own = rows[rows["seed"] == seed]
        accuracy = {
            (row["arm"], round(row["gamma"], 9)): row["accuracy"] for row in own.to_dict("records")
        }
        gammas = sorted({gamma for _, gamma in accuracy})
        assert len(gammas) == len(FIGURE2.path)

        def lead(over: str, gamma: float, accuracy: dict = accuracy) -> float:  # type: ignore[type-arg]
            return float(100 * (accuracy["kd", gamma] - accuracy[over, gamma]))

        expected = {
            "slope": np.polyfit(gammas, [lead("no_kd", g) for g in gammas], 1)[0],
            "slope beyond shuffled": np.polyfit(
                gammas, [lead("kd_shuffled", g) for g in gammas], 1
            )[0],
            "gain at γ = 1": lead("no_kd", 1.0),
            "beyond shuffled at γ = 1": lead("kd_shuffled", 1.0),
            "beyond hard labels at γ = 1": lead("hard_label", 1.0),
            "beyond unimodal at γ = 1": lead("um_kd", 1.0),
            "gain at γ = 0": lead("no_kd", 0.0),
        }
        assert dict(found.loc[seed]) == pytest.approx(expected)


def test_it_has_the_controls() -> None:
    assert {"kd_shuffled", "hard_label", "um_kd"} <= set(SWEPT)


def test_published_values_are_the_figures() -> None:
    published = {part.name: part.published for part in CLAIM.parts}
    assert published["gain at γ = 1"] == pytest.approx(70.05 - 67.95)
    assert published["gain at γ = 0"] == pytest.approx(66.35 - 67.95)
    gammas = [0, 1 / 9, 1 / 4, 3 / 7, 2 / 3, 1]
    gains = [-1.6, -0.8, -0.15, 0.75, 1.45, 2.1]
    assert published["slope"] == pytest.approx(np.polyfit(gammas, gains, 1)[0])
