"""`mfh-gamma` and `mfh-alpha` against the rows of one seed, and the paper's own numbers."""

import numpy as np
import pandas as pd
import pytest

from analysis.claims import CLAIMS
from analysis.reproductions import figure2, figure3
from tests.analysis.claims.made import over_diagrams

GAMMA, ALPHA = CLAIMS["mfh-gamma"], CLAIMS["mfh-alpha"]
ARMS = ("teacher", "no_kd", "kd", "um_kd", "kd_shuffled", "hard_label")
GAMMAS, ALPHAS = [0, 1 / 9, 1 / 4, 3 / 7, 2 / 3, 1], [0, 0.5, 2 / 3, 0.75, 0.8]


def wide(rows: pd.DataFrame, axis: str) -> pd.DataFrame:
    return 100 * rows[rows["seed"] == 2].pivot(index=axis, columns="arm", values="accuracy")


def rise(levels: list[float], values: pd.Series | list[float]) -> float:
    return float(np.polyfit(levels, values, 1)[0])


def test_values_of_gamma_are_those_of_the_rows() -> None:
    rows = over_diagrams(figure2.FIGURE2.path, dict.fromkeys(ARMS, lambda _: 0.0), [2, 1])
    arms = wide(rows, "gamma")
    assert list(arms.index) == pytest.approx(GAMMAS)
    lead = {arm: arms["kd"] - arms[arm] for arm in ARMS}
    assert dict(GAMMA.values(rows).loc[2]) == pytest.approx(
        {
            "slope": rise(GAMMAS, lead["no_kd"]),
            "slope beyond shuffled": rise(GAMMAS, lead["kd_shuffled"]),
            "gain at γ = 1": lead["no_kd"].iloc[-1],
            "beyond shuffled at γ = 1": lead["kd_shuffled"].iloc[-1],
            "beyond hard labels at γ = 1": lead["hard_label"].iloc[-1],
            "beyond unimodal at γ = 1": lead["um_kd"].iloc[-1],
            "gain at γ = 0": lead["no_kd"].iloc[0],
        }
    )


def test_values_of_alpha_are_those_of_the_rows() -> None:
    rows = over_diagrams(figure3.FIGURE3.path, dict.fromkeys(ARMS, lambda _: 0.0), [2, 1])
    arms = wide(rows, "alpha")
    assert list(arms.index) == pytest.approx(ALPHAS)
    assert dict(ALPHA.values(rows).loc[2]) == pytest.approx(
        {
            "slope of the gain": rise(ALPHAS, arms["kd"] - arms["no_kd"]),
            "slope beyond shuffled": rise(ALPHAS, arms["kd"] - arms["kd_shuffled"]),
            "slope of the teacher": rise(ALPHAS, arms["teacher"]),
        }
    )


def test_published_values_are_the_figures() -> None:
    published = {part.name: part.published for part in (*GAMMA.parts, *ALPHA.parts)}
    assert {name: value for name, value in published.items() if value is not None} == pytest.approx(
        {
            "slope": rise(GAMMAS, [-1.6, -0.8, -0.15, 0.75, 1.45, 2.1]),
            "gain at γ = 1": 2.1,
            "gain at γ = 0": -1.6,
            "slope of the gain": rise(ALPHAS, [1.3, 1.1, 1.0, 0.5, 0.0]),
            "slope of the teacher": rise(ALPHAS, [58, 64.2, 71.5, 77.8, 88.7]),
        }
    )
