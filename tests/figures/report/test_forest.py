from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import SubFigure
from matplotlib.lines import Line2D

from analysis.verdicts import Part, Verification, verify
from analysis.verdicts.claim import Side
from figures.report.forest import forest
from figures.report.outcomes import Outcome, outcomes
from figures.report.words import VERDICTS
from figures.style.theme import styled
from figures.style.verdicts import STATE_VERDICT, VERDICT_SIGN, VERDICT_STYLE
from tests.analysis.verdicts.toy import claim
from tests.figures.claims.made import canvas, mixed, named, points
from tests.figures.seen import clashes


def drawn(here: tuple[Outcome, ...]) -> tuple[SubFigure, Axes]:
    with styled():
        figure, part = canvas(4.0, 3.4)
        forest(part, here)
        assert clashes(figure) == []
    (ax,) = part.axes
    return part, ax


def at_rows(ax: Axes, **looks: Any) -> dict[int, Line2D]:
    """Return the lines of one row each that look so, by their rows."""
    lines = {}
    for line in ax.lines:
        y = np.unique(np.asarray(line.get_ydata(), dtype=float))
        if len(y) == 1 and all(line.properties()[name] == value for name, value in looks.items()):
            lines[int(y[0])] = line
    return lines


@pytest.mark.parametrize("name", ["true", "neither"])
def test_each_world_has_its_effect_interval_and_verdict(found: Verification, name: str) -> None:
    here = outcomes(found, named(found, name))
    _, ax = drawn(here)
    assert [tick.get_text() for tick in ax.get_yticklabels()] == [
        str(outcome.finding.world) for outcome in here
    ]
    marks = at_rows(ax, linestyle="None", marker=VERDICT_STYLE[here[0].verdict]["marker"])
    bars = at_rows(ax, linestyle="-", marker="None")
    for row, outcome in enumerate(here):
        effect, style = outcome.effects[0], VERDICT_STYLE[outcome.verdict]
        assert marks[row].get_xdata() == pytest.approx(effect.mean)
        np.testing.assert_allclose(points(bars[row]), [(effect.low, row), (effect.high, row)])
        face = marks[row].get_markerfacecolor()
        colours = [to_hex(each) for each in (marks[row].get_color(), bars[row].get_color(), face)]
        hollow = style.get("markerfacecolor", style["color"])
        assert colours == [to_hex(each) for each in (style["color"], style["color"], hollow)]
    low, high = ax.get_xlim()
    assert all(low < outcome.effects[0].low < outcome.effects[0].high < high for outcome in here)
    top, bottom = ax.get_ylim()
    assert top > bottom  # the paper's world above the others


def test_margin_and_published_value(found: Verification) -> None:
    _, ax = drawn(outcomes(found, named(found, "true")))
    assert any([x for x, _ in points(line)] == [0, 0] for line in ax.lines)
    (diamond,) = (line for line in ax.lines if line.get_marker() == "D")
    assert points(diamond) == [(0.9, 0)]
    _, ax = drawn(outcomes(found, named(found, "false")))
    assert not any(line.get_marker() == "D" for line in ax.lines)


@pytest.mark.parametrize("side", ["above", "below"])
def test_the_stated_side_is_shaded(side: Side) -> None:
    made = claim(parts=(Part("part 0", "it rises", side, 0.5),))
    _, ax = drawn(outcomes(verify([made], range(6)), made))
    (band,) = ax.patches
    x = band.get_extents().transformed(ax.transData.inverted()).intervalx
    low, high = ax.get_xlim()
    np.testing.assert_allclose(x, [0.5, high] if side == "above" else [low, 0.5])


def test_what_did_not_run_says_so(found: Verification) -> None:
    part, ax = drawn(outcomes(found, named(found, "failing")))
    (text,) = ax.texts
    assert (text.get_text(), text.get_position()[1]) == ("did not run", 1)
    assert list(at_rows(ax, linestyle="None")) == [0]
    (legend,) = part.legends
    assert [text.get_text() for text in legend.get_texts()] == ["supported", "as stated: above 0"]


def test_an_interval_without_bounds_is_a_dotted_line_across() -> None:
    found = mixed(3)
    here = outcomes(found, named(found, "true"))
    _, ax = drawn(here)
    dotted = [line for line in ax.lines if line.is_dashed()]
    assert [[y for _, y in points(line)] for line in dotted] == [[0, 0], [1, 1]]
    assert all(line.get_transform() == ax.get_yaxis_transform() for line in dotted)
    assert all(np.isfinite(ax.get_xlim()))


def test_every_verdict_has_a_look_a_sign_and_a_word_of_its_own() -> None:
    looks = {
        (style["color"], style["marker"], style.get("markerfacecolor"))
        for style in VERDICT_STYLE.values()
    }
    shapes = {(style["marker"], style.get("markerfacecolor")) for style in VERDICT_STYLE.values()}
    assert len(looks) == len(shapes) == 3  # colour is never alone
    assert set(VERDICT_SIGN) == set(VERDICTS) == {*VERDICT_STYLE, "failed"}
    assert len(set(VERDICT_SIGN.values())) == 4
    assert set(STATE_VERDICT.values()) == set(VERDICT_STYLE)
