"""The picture of `mfh-general-teacher` draws what the rows say."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from analysis.claims import CLAIMS
from analysis.statistics import mean_interval
from analysis.verdicts import PAPER, Finding
from figures.claims.general_teacher import APART, REGULAR, picture
from synth import stream

GAMMAS = (1 / 3, 1 / 2, 3 / 4)
ARMS = ["teacher", "kd", *(f"{general} {way}" for general in REGULAR for way in APART)]


@pytest.fixture
def rows() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "point": i,
                "seed": seed,
                "arm": arm,
                "gamma": gamma,
                "accuracy": stream(seed, arm, i).random(),
            }
            for seed in range(7)
            for arm in ARMS
            for i, gamma in enumerate(GAMMAS)
        ]
    )


def test_leads_and_intervals_are_those_of_the_rows(rows: pd.DataFrame) -> None:
    figure = Figure(layout="constrained")
    canvas: Any = figure.subfigures(1, 1)
    picture(canvas, Finding(CLAIMS["mfh-general-teacher"], PAPER, rows, 0, 0.0))
    for ax, general in zip(canvas.axes, REGULAR, strict=True):
        for bars, way in zip(ax.containers, ("gt", "alg1", "random"), strict=True):
            for i, gamma in enumerate(GAMMAS):
                own = rows[rows["gamma"] == gamma].set_index(["arm", "seed"])["accuracy"]
                lead = 100 * (own[f"{general} {way}"] - own[REGULAR[general]]).to_numpy()
                line, _, (segments,) = bars
                assert tuple(line.get_xydata()[i]) == pytest.approx(
                    (gamma + APART[way], lead.mean())
                )
                ends = np.array(segments.get_segments())[i, :, 1]
                assert tuple(ends) == pytest.approx(mean_interval(lead))
    figure.draw_without_rendering()
