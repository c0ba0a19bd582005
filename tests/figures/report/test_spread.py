from dataclasses import replace

import numpy as np
import pytest
from matplotlib.axes import Axes

from analysis.statistics import always_valid_interval
from analysis.verdicts import PAPER, Finding, Part
from figures.report.spread import picture
from figures.style.theme import styled
from tests.analysis.verdicts.toy import claim
from tests.figures.claims.made import canvas, points
from tests.figures.seen import clashes

PARTS = (
    Part("part 0", "it rises", "above", 0.5, "points", 1.0),
    Part("part 1", "it falls", "below", 2.0, "points per unit of γ"),
    Part("part 2", "it is large", "above", -1.0),
)


def finding(seeds: int = 60) -> Finding:
    made = claim([1.0, 1.0, -1.5], parts=PARTS)
    rows = made.experiment(PAPER, range(seeds), lambda _: None)
    return Finding(made, PAPER, rows, 0, 0.0)


def drawn(found: Finding) -> Axes:
    with styled():
        figure, part = canvas()
        picture(part, found)
        assert clashes(figure) == []
    return figure.axes[0]


def test_each_part_is_drawn_in_units_of_its_spread_with_the_stated_side_on_the_right() -> None:
    found = finding()
    ax = drawn(found)
    marks = [line for line in ax.lines if line.get_marker() == "o"]
    bars = [line for line in ax.lines if line.get_marker() == "None"][1:]  # after the margin
    for row, part in enumerate(PARTS):
        values = found.rows.loc[found.rows["part"] == part.name, "value"].to_numpy()
        low, high = always_valid_interval(values)
        sign = {"above": 1, "below": -1}[part.side]
        spread = values.std(ddof=1)
        expected = sign * (values.mean() - part.margin) / spread
        np.testing.assert_allclose(points(marks[row]), [(expected, row)])
        ends = sorted(sign * (limit - part.margin) / spread for limit in (low, high))
        np.testing.assert_allclose(sorted(points(bars[row])), [(end, row) for end in ends])
    assert [tick.get_text().split("\n")[0] for tick in ax.get_yticklabels()] == [
        "part 0 (above 0.5)",
        "part 1 (below 2)",
        "part 2 (above −1)",
    ]
    mean = found.rows.loc[found.rows["part"] == "part 1", "value"].mean()
    beside = ax.get_yticklabels()[1].get_text().split("\n")[1]
    assert beside.startswith(f"{mean:+.2f} points per unit of γ [")


def test_an_interval_without_bounds_is_dotted() -> None:
    ax = drawn(finding(3))
    assert sum(line.is_dashed() for line in ax.lines) == 3
    assert np.isfinite(ax.get_xlim()).all()


def test_a_part_without_spread_has_numbers_and_no_mark() -> None:
    found = finding()
    rows = found.rows.assign(value=found.rows["value"].where(found.rows["part"] != "part 0", 2.0))
    ax = drawn(replace(found, rows=rows))
    marks = [line for line in ax.lines if line.get_marker() == "o"]
    assert [points(line)[0][1] for line in marks] == [1, 2]
    assert "+2.00 points [+2.00, +2.00]" in ax.get_yticklabels()[0].get_text()
    every = drawn(replace(found, rows=rows.assign(value=2.0)))
    assert not [line for line in every.lines if line.get_marker() == "o"]


@pytest.mark.parametrize("count", [1, 8])
def test_few_and_many_parts_fit(count: int) -> None:
    parts = tuple(Part(f"part {j}", "x", unit="points per unit of γ") for j in range(count))
    made = claim([1.0] * count, parts=parts)
    rows = made.experiment(PAPER, range(10), lambda _: None)
    drawn(Finding(made, PAPER, rows, 0, 0.0))
