import numpy as np
import pandas as pd

from analysis.claims import CLAIMS
from analysis.statistics import mean_interval
from figures.claims.general_teacher import APART, REGULAR, picture
from figures.reproductions.table2 import WAY_LABEL
from synth import stream
from tests.figures.claims.made import drawing
from tests.figures.seen import error_bars

GAMMAS = (1 / 3, 1 / 2, 3 / 4)
ARMS = ["teacher", "kd", *(f"{general} {way}" for general in REGULAR for way in APART)]


def test_leads_and_intervals_are_those_of_the_rows() -> None:
    accuracy = {
        (arm, i, gamma, seed): stream(seed, arm, i).random()
        for arm in ARMS
        for i, gamma in enumerate(GAMMAS)
        for seed in range(7)
    }
    names = ["arm", "point", "gamma", "seed"]
    rows = pd.Series(accuracy).rename_axis(names).rename("accuracy").reset_index()
    figure = drawing(picture, CLAIMS["mfh-general-teacher"], rows)
    for ax, general in zip(figure.axes, REGULAR, strict=True):
        drawn = error_bars(ax)
        for way in ("gt", "alg1", "random"):
            expected = []
            for gamma in GAMMAS:
                own = rows[rows["gamma"] == gamma].set_index(["arm", "seed"])["accuracy"]
                lead = 100 * (own[f"{general} {way}"] - own[REGULAR[general]]).to_numpy()
                expected.append((gamma + APART[way], lead.mean(), *mean_interval(lead)))
            np.testing.assert_allclose(drawn[WAY_LABEL[way]], expected)
