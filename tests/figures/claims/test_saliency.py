import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from sklearn.metrics import roc_auc_score

from analysis.claims.mfh.saliency import ALGORITHM, ALONE, CLAIM, recovered
from analysis.statistics import mean_interval
from analysis.verdicts import PAPER
from figures.claims.saliency import POINT, picture
from tests.analysis.claims.features import salient
from tests.figures.claims.made import drawing
from tests.figures.seen import error_bars

ROTATED = "MLP, hyperplane, rotated"
ROWS = {PAPER: salient(), ROTATED: salient(units=12)}
ROLES = {"general": range(20), "teacher-specific": range(20, 30), "noise": range(30, 50)}

each_way = pytest.mark.parametrize(("row", "way"), [(0, ALGORITHM), (1, ALONE)])


@pytest.fixture(scope="module")
def channels() -> Figure:
    return drawing(picture, CLAIM, ROWS[PAPER])


@pytest.fixture(scope="module")
def units() -> Figure:
    return drawing(picture, CLAIM, ROWS[ROTATED], ROTATED)


def of(world: str, way: str) -> pd.DataFrame:
    rows = ROWS[world]
    return rows[(rows["point"] == POINT) & (rows["way"] == way)]


@each_way
def test_channels_are_drawn_at_their_mean_saliency_as_what_they_are(
    channels: Figure, row: int, way: str
) -> None:
    drawn, own = error_bars(channels.axes[row]), of(PAPER, way)
    assert set(drawn) == set(ROLES)
    for role, places in ROLES.items():
        saliency = {each: own.loc[own["feature"] == each, "saliency"] for each in places}
        expected = [
            (channel, values.mean(), *mean_interval(values.to_numpy()))
            for channel, values in saliency.items()
        ]
        np.testing.assert_allclose(drawn[role], expected, atol=1e-12)


@each_way
def test_hidden_units_are_drawn_over_their_general_share(units: Figure, row: int, way: str) -> None:
    (drawn,) = error_bars(units.axes[row]).values()
    by_seed = [own.sort_values("general") for _, own in of(ROTATED, way).groupby("seed")]
    share, saliency = (
        np.array([own[name] for own in by_seed]) for name in ("general", "saliency")
    )  # (seed, unit)
    limits = [mean_interval(values) for values in saliency.T]
    expected = np.column_stack([share.mean(axis=0), saliency.mean(axis=0), limits])
    np.testing.assert_allclose(drawn, expected, atol=1e-12)


@each_way
def test_areas_are_written_where_they_belong(
    channels: Figure, units: Figure, row: int, way: str
) -> None:
    own = of(PAPER, way)
    others, specific = (
        np.mean([roc_auc_score(each["general"], each["saliency"]) for _, each in kept])
        for kept in (own.groupby("seed"), own[own["feature"] < 30].groupby("seed"))
    )
    said = f"AUC: {others:.2f} against others, {specific:.2f} against specific"
    assert channels.axes[row].get_title("right") == said
    against_others = recovered(of(ROTATED, way))["against others"].mean()
    said = f"AUC: {against_others:.2f} against others"
    assert units.axes[row].get_title("right").startswith(said)


def test_the_axis_says_what_is_ranked(channels: Figure, units: Figure) -> None:
    for figure, what in ((channels, "channel of the teacher"), (units, "of a hidden unit")):
        assert what in figure.axes[-1].get_xlabel()
