import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from analysis.statistics import always_valid_interval
from analysis.verdicts import Claim, Part
from figures.report.spread import picture
from figures.style.theme import styled
from tests.analysis.verdicts.toy import claim, rows_of
from tests.figures.claims.made import drawing, points
from tests.figures.seen import clashes

PARTS = (
    Part("part 0", "it rises", "above", 0.5, "points", 1.0),
    Part("part 1", "it falls", "below", 2.0, "points per unit of γ"),
    Part("part 2", "it is large", "above", -1.0),
)
CLAIM = claim([1.0, 1.0, -1.5], parts=PARTS)


ROWS = rows_of(CLAIM, range(60))


def drawn(rows: pd.DataFrame, made: Claim = CLAIM) -> Axes:
    figure = drawing(picture, made, rows)
    with styled():
        assert clashes(figure) == []
    return figure.axes[0]


def test_each_part_is_drawn_in_units_of_its_spread_with_the_stated_side_on_the_right() -> None:
    ax = drawn(ROWS)
    marks = [line for line in ax.lines if line.get_marker() == "o"]
    bars = [line for line in ax.lines if line.get_marker() == "None"][1:]  # after the margin
    for row, part in enumerate(PARTS):
        values = ROWS.loc[ROWS["part"] == part.name, "value"].to_numpy()
        sign = {"above": 1, "below": -1}[part.side]
        numbers = np.array([values.mean(), *always_valid_interval(values)])
        mean, *ends = sign * (numbers - part.margin) / values.std(ddof=1)
        np.testing.assert_allclose(points(marks[row]), [(mean, row)])
        np.testing.assert_allclose(sorted(points(bars[row])), [(end, row) for end in sorted(ends)])
    beside = [tick.get_text().split("\n") for tick in ax.get_yticklabels()]
    assert [lines[0] for lines in beside] == [
        "part 0 (above 0.5)",
        "part 1 (below 2)",
        "part 2 (above −1)",
    ]
    mean = ROWS.loc[ROWS["part"] == "part 1", "value"].mean()
    assert beside[1][1].startswith(f"{mean:+.2f} points per unit of γ [")


def test_an_interval_without_bounds_is_dotted() -> None:
    ax = drawn(rows_of(CLAIM, range(3)))
    assert sum(line.is_dashed() for line in ax.lines) == 3
    assert np.isfinite(ax.get_xlim()).all()


def test_a_part_without_spread_has_numbers_and_no_mark() -> None:
    rows = ROWS.assign(value=ROWS["value"].where(ROWS["part"] != "part 0", 2.0))
    ax = drawn(rows)
    marks = [line for line in ax.lines if line.get_marker() == "o"]
    assert [points(line)[0][1] for line in marks] == [1, 2]
    assert "+2.00 points [+2.00, +2.00]" in ax.get_yticklabels()[0].get_text()
    every = drawn(rows.assign(value=2.0))
    assert not [line for line in every.lines if line.get_marker() == "o"]


@pytest.mark.parametrize("count", [1, 8])
def test_few_and_many_parts_fit(count: int) -> None:
    parts = tuple(Part(f"part {j}", "x", unit="points per unit of γ") for j in range(count))
    made = claim([1.0] * count, parts=parts)
    drawn(rows_of(made, range(10)), made)
