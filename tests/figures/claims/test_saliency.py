import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure
from sklearn.metrics import roc_auc_score

from analysis.claims.mfh.saliency import ALGORITHM, ALONE, CLAIM, recovered
from analysis.statistics import mean_interval
from analysis.verdicts import PAPER, Finding, World
from figures.claims.saliency import POINT, picture
from figures.style.theme import styled
from tests.analysis.claims.features import SEEDS, salient
from tests.figures.claims.made import canvas

ROTATED = World("MLP", "hyperplane", "rotated")
ROWS = {PAPER: salient(), ROTATED: salient(units=12)}
ROLES = {"general": range(20), "teacher-specific": range(20, 30), "noise": range(30, 50)}


def draw(world: World) -> Figure:
    with styled():
        figure, part = canvas()
        picture(part, Finding(CLAIM, world, ROWS[world], 0, 0.0))
        figure.draw_without_rendering()
    return figure


@pytest.fixture(scope="module")
def channels() -> Figure:
    return draw(PAPER)


@pytest.fixture(scope="module")
def units() -> Figure:
    return draw(ROTATED)


def bars(ax: Axes) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return places and means of each label, and the ends of the bars."""
    found = {}
    for container in ax.containers:
        assert isinstance(container, ErrorbarContainer)
        line, _, (ends,) = container.lines
        segments = np.array([segment[:, 1] for segment in ends.get_segments()])
        found[str(container.get_label())] = np.array(line.get_xydata()), segments
    return found


def of(rows: pd.DataFrame, way: str) -> pd.DataFrame:
    return rows[(rows["point"] == POINT) & (rows["way"] == way)]


@pytest.mark.parametrize(("row", "way"), [(0, ALGORITHM), (1, ALONE)])
def test_channels_are_drawn_at_their_mean_saliency_as_what_they_are(
    channels: Figure, row: int, way: str
) -> None:
    drawn = bars(channels.axes[row])
    assert set(drawn) == set(ROLES)
    for role, places in ROLES.items():
        means, ends = drawn[role]
        assert list(means[:, 0]) == list(places)
        for channel, mean, limits in zip(places, means[:, 1], ends, strict=True):
            own = of(ROWS[PAPER], way)
            values = own.loc[own["feature"] == channel, "saliency"].to_numpy()
            assert len(values) == len(SEEDS)
            assert mean == pytest.approx(values.mean())
            assert tuple(limits) == pytest.approx(mean_interval(values))


@pytest.mark.parametrize(("row", "way"), [(0, ALGORITHM), (1, ALONE)])
def test_hidden_units_are_drawn_over_their_general_share(units: Figure, row: int, way: str) -> None:
    ((means, ends),) = bars(units.axes[row]).values()
    by_seed = [own.sort_values("general") for _, own in of(ROWS[ROTATED], way).groupby("seed")]
    for i in range(12):
        share = np.mean([own["general"].iloc[i] for own in by_seed])
        values = np.array([own["saliency"].iloc[i] for own in by_seed])
        assert tuple(means[i]) == pytest.approx((share, values.mean()))
        assert tuple(ends[i]) == pytest.approx(mean_interval(values))


def test_areas_are_written_where_they_belong(channels: Figure, units: Figure) -> None:
    for row, way in enumerate((ALGORITHM, ALONE)):
        own = of(ROWS[PAPER], way)
        others = [
            roc_auc_score(each["general"], each["saliency"]) for _, each in own.groupby("seed")
        ]
        decisive = own[own["feature"] < 30]
        specific = [
            roc_auc_score(each["general"], each["saliency"]) for _, each in decisive.groupby("seed")
        ]
        said = (
            f"AUC: {np.mean(others):.2f} against others, {np.mean(specific):.2f} against specific"
        )
        assert channels.axes[row].get_title("right") == said
        found = recovered(of(ROWS[ROTATED], way))
        said = f"AUC: {found['against others'].mean():.2f} against others"
        assert units.axes[row].get_title("right").startswith(said)


def test_the_axis_says_what_is_ranked(channels: Figure, units: Figure) -> None:
    for figure, what in ((channels, "channel of the teacher"), (units, "of a hidden unit")):
        assert what in figure.axes[-1].get_xlabel()
