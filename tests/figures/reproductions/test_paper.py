from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis import RESULTS, Result
from figures import paper_figure
from figures.style.theme import ARM_LABEL, ARM_STYLE
from tests.figures.sweeps.made import along
from venn import ArgumentError

FIGURES = [RESULTS["figure2"], RESULTS["figure3"]]
ALL, STUDENTS = set(ARM_STYLE), {"kd", "no_kd"}


@pytest.fixture(scope="module", params=FIGURES, ids=lambda result: result.name)
def result(request: pytest.FixtureRequest) -> Result:
    found: Result = request.param
    return found


@pytest.fixture(scope="module")
def figure(result: Result) -> Figure:
    reference = result.published
    return paper_figure(along(result), result.path, result.axis, reference=reference)


def curves(figure: Figure, result: Result) -> list[Axes]:
    return figure.axes[len(result.path) :]


def test_diagrams_stand_above_accuracies_and_the_gain(result: Result, figure: Figure) -> None:
    """Students that nothing tells apart beside their teacher are drawn once more, alone."""
    symbol = {"gamma": "γ", "alpha": "α"}[result.axis]
    for ax, diagram in zip(figure.axes, result.path, strict=False):
        assert ax.get_title() == f"{symbol} = {getattr(diagram, result.axis):.2f}"
        assert ax.patches
    rows = [{str(bars[0].get_label()) for bars in ax.containers} for ax in curves(figure, result)]
    alone = [STUDENTS] if result.name == "figure3" else []
    wanted = [ALL, *alone, {"kd"}]
    assert rows == [{ARM_LABEL[arm] for arm in arms} for arms in wanted]
    what = [ax.get_ylabel() for ax in curves(figure, result)]
    assert what == ["test accuracy (%)"] * (len(rows) - 1) + ["gain (points)"]
    assert len({ax.get_xlim() for ax in curves(figure, result)}) == 1
    notes = [ax.get_title("left") for ax in curves(figure, result)]
    assert notes == ["mean of 6 seeds; bars: 95 % interval", *[""] * (len(rows) - 1)]
    legend = [[text.get_text() for text in each.get_texts()] for each in figure.subfigs[1].legends]
    assert legend == [[*ARM_LABEL.values(), "published"]]


def test_published_values_are_hollow_and_around_their_arm(result: Result, figure: Figure) -> None:
    shares = [getattr(diagram, result.axis) for diagram in result.path]
    for ax in curves(figure, result):
        marks = {line.get_marker(): line for line in ax.lines if line.get_markersize() == 8.5}
        assert len(marks) == len(ax.containers)
        for bars in ax.containers:
            ours = bars[0]
            line = marks[ours.get_marker()]
            (arm,) = (arm for arm, label in ARM_LABEL.items() if label == ours.get_label())
            gain = ax.get_ylabel() == "gain (points)"
            values = result.published["gain"] if gain else 100 * result.published[arm]
            np.testing.assert_array_equal(line.get_xdata(), shares)
            np.testing.assert_allclose(np.asarray(line.get_ydata(), float), values)
            assert line.get_markeredgecolor() == ARM_STYLE[arm]["color"]
            ours_at, theirs_at = (each.get_transform().transform((0, 0)) for each in (ours, line))
            np.testing.assert_array_equal(theirs_at, ours_at)


RUNS = along(FIGURES[0], seeds=2)
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "path": ({"path": FIGURES[0].path[:5]}, "path = '5 diagrams': must hold one .* 6 points"),
    "x": ({"x": "beta"}, "x = 'beta': is unknown; known: alpha, gamma"),
    "arms": ({"runs": RUNS[RUNS["arm"] != "no_kd"]}, "arms = 'no_kd': is unknown; known: teacher"),
}


@pytest.mark.parametrize(("changes", "words"), BAD.values(), ids=BAD)
def test_bad_calls_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        paper_figure(**{"runs": RUNS, "path": FIGURES[0].path, "x": "gamma", **changes})
