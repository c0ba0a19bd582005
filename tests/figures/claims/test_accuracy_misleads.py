import numpy as np
import pytest
from matplotlib.figure import Figure
from scipy import stats

from analysis.claims.mfh.accuracy_misleads import CLAIM, DIAGRAMS
from analysis.statistics import mean_interval
from figures.claims.accuracy_misleads import picture
from tests.analysis.claims.made import misleading
from tests.figures.claims.made import drawing
from tests.figures.seen import error_bars

ROWS = misleading(lambda diagram: 3 * diagram.gamma - diagram.beta)


@pytest.fixture(scope="module")
def drawn() -> Figure:
    return drawing(picture, CLAIM, ROWS)


@pytest.mark.parametrize("hidden", [0, 30])
def test_a_mark_is_the_mean_of_a_diagram_and_a_bar_its_interval(drawn: Figure, hidden: int) -> None:
    axes = drawn.axes[:2] if hidden == 0 else drawn.axes[2:]
    expected: dict[float, list[list[float]]] = {}
    for point, diagram in enumerate(DIAGRAMS):
        if diagram.hidden == hidden:
            own = ROWS[ROWS["point"] == point].pivot(index="seed", columns="arm", values="accuracy")
            gain = 100 * (own["kd"] - own["no_kd"])
            row = [diagram.gamma, 100 * own["teacher"].mean(), gain.mean(), *mean_interval(gain)]
            expected.setdefault(round(diagram.beta, 2), []).append(row)
    for column, ax in enumerate(axes):
        drawn_at = error_bars(ax)
        assert list(drawn_at) == [f"β = {level:.2g}" for level in sorted(expected)]
        for level, rows in expected.items():
            wanted = np.array(rows)[:, [column, 2, 3, 4]]
            np.testing.assert_allclose(drawn_at[f"β = {level:.2g}"], wanted)
    assert axes[0].get_title("left") == ("half hidden" if hidden else "nothing hidden")


def test_each_panel_has_the_rank_correlation_of_its_marks(drawn: Figure) -> None:
    for ax in drawn.axes:
        marks = np.concatenate(list(error_bars(ax).values()))[:, :2]
        rho = stats.spearmanr(*marks.round(9).T).statistic
        shown = ax.get_title("right").replace("−", "-").removeprefix("ρ = ")
        assert float(shown) == pytest.approx(rho, abs=0.0051)
