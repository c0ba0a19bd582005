"""`mfh-alpha` against loops over its rows, and the paper's own numbers."""

import numpy as np
import pytest

from analysis.claims import CLAIMS
from analysis.verdicts import PAPER

CLAIM = CLAIMS["mfh-alpha"]
ALPHAS = [0, 0.5, 2 / 3, 0.75, 0.8]


def test_values_are_those_of_the_rows() -> None:
    rows = CLAIM.experiment(PAPER, [1_000_000], lambda _: None)
    found = CLAIM.values(rows).loc[1_000_000]
    accuracy = rows.pivot(index="alpha", columns="arm", values="accuracy") * 100
    assert list(accuracy.index) == pytest.approx(ALPHAS)

    def fitted(levels: np.ndarray) -> float:
        return float(np.polyfit(ALPHAS, levels, 1)[0])

    assert dict(found) == pytest.approx(
        {
            "slope of the gain": fitted((accuracy["kd"] - accuracy["no_kd"]).to_numpy()),
            "slope beyond shuffled": fitted((accuracy["kd"] - accuracy["kd_shuffled"]).to_numpy()),
            "slope of the teacher": fitted(accuracy["teacher"].to_numpy()),
        }
    )


def test_published_values_are_the_figures() -> None:
    published = [part.published for part in CLAIM.parts]
    assert published[0] == pytest.approx(np.polyfit(ALPHAS, [1.3, 1.1, 1.0, 0.5, 0.0], 1)[0])
    assert published[1] is None
    assert published[2] == pytest.approx(np.polyfit(ALPHAS, [58, 64.2, 71.5, 77.8, 88.7], 1)[0])
