import numpy as np
import pytest
from matplotlib.figure import Figure
from scipy import stats

from analysis.claims.mfh.accuracy_misleads import CLAIM, DIAGRAMS
from analysis.statistics import mean_interval
from analysis.verdicts import PAPER, Finding
from figures.claims.accuracy_misleads import picture
from figures.style.theme import styled
from tests.analysis.claims.made import misleading
from tests.figures.claims.made import canvas

ROWS = misleading(lambda diagram: 3 * diagram.gamma - diagram.beta)


@pytest.fixture(scope="module")
def drawn() -> Figure:
    with styled():
        figure, part = canvas()
        picture(part, Finding(CLAIM, PAPER, ROWS, 0, 0.0))
        figure.draw_without_rendering()
    return figure


@pytest.mark.parametrize("hidden", [0, 30])
def test_a_mark_is_the_mean_of_a_diagram_and_a_bar_its_interval(drawn: Figure, hidden: int) -> None:
    left, right = drawn.axes[:2] if hidden == 0 else drawn.axes[2:]
    expected: dict[float, list[list[float]]] = {}
    for point, diagram in enumerate(DIAGRAMS, start=1):
        if diagram.hidden == hidden:
            own = ROWS[ROWS["point"] == point].pivot(index="seed", columns="arm", values="accuracy")
            gain = 100 * (own["kd"] - own["no_kd"])
            row = [diagram.gamma, 100 * own["teacher"].mean(), gain.mean(), *mean_interval(gain)]
            expected.setdefault(round(diagram.beta, 2), []).append(row)
    for column, ax in enumerate((left, right)):
        assert len(ax.containers) == len(expected) == 4
        for level, container in zip(sorted(expected), ax.containers, strict=True):
            assert container.get_label() == f"β = {level:.2g}"
            marks, _, (bars,) = container.lines  # type: ignore[attr-defined]
            rows = np.array(expected[level])
            np.testing.assert_allclose(marks.get_xydata(), rows[:, [column, 2]])
            ends = [segment[:, 1] for segment in bars.get_segments()]
            np.testing.assert_allclose(ends, rows[:, 3:])
    assert left.get_title("left") == ("half hidden" if hidden else "nothing hidden")


def test_each_panel_has_the_rank_correlation_of_its_marks(drawn: Figure) -> None:
    for ax in drawn.axes:
        marks = np.concatenate([each.lines[0].get_xydata() for each in ax.containers])  # type: ignore[attr-defined]
        rho = stats.spearmanr(*marks.round(9).T).statistic
        shown = ax.get_title("right").replace("−", "-").removeprefix("ρ = ")
        assert float(shown) == pytest.approx(rho, abs=0.0051)
