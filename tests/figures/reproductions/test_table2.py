"""The picture of Table 2."""

import math

import numpy as np
import pandas as pd
import pytest
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure

from analysis.reproductions.table2 import ARMS, LEADS, TABLE2
from figures.reproductions.table2 import APART, WAY_LABEL, WAY_STYLE, table2_figure
from tests.figures.seen import clashes
from venn import ArgumentError

SHIFT = {"gt": 0.0, "alg1": -0.004, "random": -0.02}
PUBLISHED = TABLE2.published


@pytest.fixture(scope="module")
def summary() -> pd.DataFrame:
    """The published values, between which the line through them lies, less in the other ways."""
    of_gt = PUBLISHED[::3].interpolate().reset_index(drop=True)
    parts = []
    for way, shift in SHIFT.items():
        gamma = [diagram.gamma for diagram in TABLE2.path]
        part = of_gt.assign(gamma=gamma, general_channels=way)
        part["kd_general"] += shift
        part["general_teacher"] += 4 * shift
        for name, (arm, other) in LEADS.items():
            lead = 100 * (part[arm] - part[other])
            part = part.assign(
                **{name: lead, f"{name}_low": lead - 0.5, f"{name}_high": lead + 0.7}
            )
        parts.append(part)
    order = [i + 7 * way for i in range(7) for way in range(3)]
    return pd.concat(parts, ignore_index=True).iloc[order].reset_index(drop=True)


@pytest.fixture(scope="module")
def figure(summary: pd.DataFrame) -> Figure:
    return table2_figure(summary, PUBLISHED, title="Table 2: the modality-general teacher")


def test_every_arm_is_drawn_where_it_lies(figure: Figure, summary: pd.DataFrame) -> None:
    """Teachers on the left, students on the right; a way has one style."""
    for ax, general, regular in (
        (figure.axes[0], "general_teacher", {"teacher": "teacher"}),
        (figure.axes[1], "kd_general", {"kd": "KD student", "no_kd": "No-KD student"}),
    ):
        lines = {str(line.get_label()): line for line in ax.lines}
        for way, rows in summary.groupby("general_channels"):
            line = lines[WAY_LABEL[str(way)]]
            assert line.get_marker() == WAY_STYLE[str(way)]["marker"]
            np.testing.assert_array_equal(line.get_ydata(), 100 * rows[general])
            np.testing.assert_array_equal(line.get_xdata(), rows["gamma"])
        for arm, label in regular.items():
            drawn = np.asarray(lines[label].get_ydata(), float)
            np.testing.assert_allclose(drawn, 100 * summary[arm][::3])
    (legend,) = figure.legends
    names = {"teacher", "KD student", "No-KD student", "published", *WAY_LABEL.values()}
    assert sorted(text.get_text() for text in legend.get_texts()) == sorted(names)
    assert clashes(figure) == []


def test_leads_have_their_intervals(figure: Figure, summary: pd.DataFrame) -> None:
    for ax, name in zip(figure.axes[2:], LEADS, strict=True):
        bars = [each for each in ax.containers if isinstance(each, ErrorbarContainer)]
        assert len(bars) == 3
        for bar in bars:
            way = next(w for w in SHIFT if WAY_STYLE[w]["marker"] == bar.lines[0].get_marker())
            rows = summary[summary["general_channels"] == way]
            x = np.asarray(bar.lines[0].get_xdata(), float)
            np.testing.assert_allclose(x, rows["gamma"] + APART[way])
            segments = np.array(bar.lines[2][0].get_segments())
            np.testing.assert_allclose(segments[:, 0, 1], rows[f"{name}_low"])
            np.testing.assert_allclose(segments[:, 1, 1], rows[f"{name}_high"])


def test_leads_of_one_seed_are_said_to_have_no_interval(
    figure: Figure, summary: pd.DataFrame
) -> None:
    """And ways that are not there are not drawn."""
    ends = [f"{name}_{end}" for name in LEADS for end in ("low", "high")]
    one = summary[summary["general_channels"] == "gt"].assign(**dict.fromkeys(ends, math.nan))
    alone = table2_figure(one, PUBLISHED[::3])
    for drawn, words in ((figure, "95 % interval"), (alone, "one seed, no interval")):
        assert [ax.get_ylabel() for ax in drawn.axes[2:]] == 2 * [f"lead (points), {words}"]
    names = {text.get_text() for text in alone.legends[0].get_texts()}
    assert names & set(WAY_LABEL.values()) == {WAY_LABEL["gt"]}


def test_published_values_are_hollow(figure: Figure) -> None:
    """Each arm's once, and the two leads; nothing where the paper has no row."""
    hollow = [
        np.asarray(line.get_ydata(), float)
        for ax in figure.axes
        for line in ax.lines
        if line.get_markerfacecolor() == "none"
    ]
    expected = [*(100 * PUBLISHED[arm] for arm in ARMS), *(PUBLISHED[name] for name in LEADS)]
    for values in expected:
        assert any(np.array_equal(values, each, equal_nan=True) for each in hollow)
    assert len(hollow) == len(expected)


def test_a_published_row_for_each_point(summary: pd.DataFrame) -> None:
    with pytest.raises(ArgumentError, match=r"reference = '6 rows': must have one .* 21 points"):
        table2_figure(summary, PUBLISHED[:6])
