import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Annotation

from analysis.claims.mfh.failure import CLAIM, GRID, where_it_holds
from figures.claims.failure import picture
from figures.sweeps.simplex import ternary
from tests.analysis.claims.made import failing
from tests.figures.claims.made import drawing
from tests.figures.seen import level_at, written

ROWS = failing(lambda diagram: 20 - 40 * diagram.beta, lambda diagram: 12 * diagram.gamma - 4)
PLACES = ternary(np.array([[each.alpha, each.beta, each.gamma] for each in GRID]))


@pytest.fixture(scope="module")
def drawn() -> Figure:
    return drawing(picture, CLAIM, ROWS)


@pytest.mark.parametrize(
    ("verdict", "words"),
    [("supported", "it holds"), ("refuted", "it fails"), ("inconclusive", "open")],
)
def test_marks_say_where_the_claim_holds(drawn: Figure, verdict: str, words: str) -> None:
    (line,) = (each for each in drawn.axes[0].lines if str(each.get_label()).startswith(words))
    own = PLACES[(where_it_holds(ROWS)["verdict"] == verdict).to_numpy()]
    assert len(own) > 0
    assert line.get_label() == f"{words} ({len(own)})"
    np.testing.assert_allclose(np.array(line.get_xydata()), own)


def test_a_ring_is_where_the_search_found_it(drawn: Figure) -> None:
    (ring,) = (each for each in drawn.axes[0].lines if each.get_label() == "found by the search")
    np.testing.assert_allclose(np.array(ring.get_xydata()), PLACES[[3]])


def test_the_students_lead_stands_at_each_diagram(drawn: Figure) -> None:
    arms = ROWS.groupby(["point", "arm"])["accuracy"].mean().unstack()
    leads = 100 * (arms["kd_multimodal"] - arms["um_kd"])
    shown = {
        tuple(np.round(note.xy, 6)): float(note.get_text().replace("−", "-"))
        for note in drawn.axes[0].texts
        if isinstance(note, Annotation)
    }
    places = map(tuple, np.round(PLACES, 6))
    assert shown == pytest.approx(dict(zip(places, leads, strict=True)), abs=0.0051)


def test_the_map_is_that_of_the_teachers_lead(drawn: Figure) -> None:
    """It is 20 - 40 beta: positive at alpha = 1 and gamma = 1, negative at beta = 1."""
    ax, bar = drawn.axes
    for shares in ((0.9, 0.05, 0.05), (0.05, 0.9, 0.05), (0.05, 0.05, 0.9), (0.3, 0.3, 0.4)):
        level = level_at(ax, ternary(np.array([shares]))[0])
        assert level == pytest.approx(20 - 40 * shares[1], abs=4.5)
    assert bar.get_ylabel() == "teacher’s lead (points)"


def test_it_says_nothing_of_gains(drawn: Figure) -> None:
    assert not any("gain" in text.get_text() for text in written(drawn))
