"""The picture of Table 2."""

import math

import numpy as np
import pandas as pd
import pytest
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure

from analysis.reproductions.table2 import ARMS, BASELINES, PATH, PUBLISHED
from figures.reproductions.table2 import APART, WAY_LABEL, WAY_STYLE, table2_figure
from tests.figures.reproductions.test_paper import visible_texts
from venn import ArgumentError

SHIFT = {"gt": 0.0, "alg1": -0.4, "random": -2.0}


@pytest.fixture(scope="module")
def summary() -> pd.DataFrame:
    """The published values, between which the line through them lies, less in the other ways."""
    points = PUBLISHED.interpolate()
    parts = []
    for way, shift in SHIFT.items():
        part = points.assign(point=range(7), gamma=[diagram.gamma for diagram in PATH], way=way)
        part["kd_general"] += shift
        part["general_teacher"] += 4 * shift
        for baseline in BASELINES:
            lead = part["kd_general"] - part[baseline]
            ends = {f"over_{baseline}_low": lead - 0.5, f"over_{baseline}_high": lead + 0.7}
            part = part.assign(**{f"over_{baseline}": lead}, **ends)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


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
        for way, rows in summary.groupby("way"):
            line = lines[WAY_LABEL[str(way)]]
            assert line.get_marker() == WAY_STYLE[str(way)]["marker"]
            np.testing.assert_array_equal(line.get_ydata(), rows[general])
            np.testing.assert_array_equal(line.get_xdata(), rows["gamma"])
        for arm, label in regular.items():
            np.testing.assert_array_equal(lines[label].get_ydata(), PUBLISHED[arm].interpolate())


def test_leads_of_one_seed_are_said_to_have_no_interval(
    figure: Figure, summary: pd.DataFrame
) -> None:
    ends = [f"over_{baseline}_{end}" for baseline in BASELINES for end in ("low", "high")]
    alone = table2_figure(summary.assign(**dict.fromkeys(ends, math.nan)), PUBLISHED)
    for drawn, words in ((figure, "95 % interval"), (alone, "one seed, no interval")):
        assert [ax.get_ylabel() for ax in drawn.axes[2:]] == 2 * [f"lead (points), {words}"]


def test_leads_have_their_intervals(figure: Figure, summary: pd.DataFrame) -> None:
    for ax, baseline in zip(figure.axes[2:], BASELINES, strict=True):
        bars = [each for each in ax.containers if isinstance(each, ErrorbarContainer)]
        assert len(bars) == 3
        for bar in bars:
            way = next(w for w in SHIFT if WAY_STYLE[w]["marker"] == bar.lines[0].get_marker())
            rows = summary[summary["way"] == way]
            x = np.asarray(bar.lines[0].get_xdata(), float)
            np.testing.assert_allclose(x, rows["gamma"] + APART[way])
            segments = np.array(bar.lines[2][0].get_segments())
            np.testing.assert_allclose(segments[:, 0, 1], rows[f"over_{baseline}_low"])
            np.testing.assert_allclose(segments[:, 1, 1], rows[f"over_{baseline}_high"])


def test_published_values_are_hollow(figure: Figure) -> None:
    """Each arm's once, and the two leads; nothing where the paper has no row."""
    hollow = [
        np.asarray(line.get_ydata(), float)
        for ax in figure.axes
        for line in ax.lines
        if line.get_markerfacecolor() == "none" and line.get_label() != "published"
    ]
    expected = [PUBLISHED[arm] for arm in ARMS]
    expected += [PUBLISHED["kd_general"] - PUBLISHED[baseline] for baseline in BASELINES]
    for values in expected:
        assert any(np.array_equal(values, each, equal_nan=True) for each in hollow)
    assert len(hollow) == len(expected)
    assert all(np.isnan(values).sum() == 2 for values in hollow)


def test_texts_do_not_overlap_and_lie_on_the_page(figure: Figure) -> None:
    page = figure.bbox
    boxes = [(text.get_text(), text.get_window_extent()) for text in visible_texts(figure)]
    assert len(boxes) > 40
    for text, box in boxes:
        assert page.x0 <= box.x0 <= box.x1 <= page.x1, text
        assert page.y0 <= box.y0 <= box.y1 <= page.y1, text
    clashes = [
        (one, other)
        for i, (one, box) in enumerate(boxes)
        for other, rival in boxes[i + 1 :]
        if box.overlaps(rival)
    ]
    assert clashes == []


def test_the_legend_names_every_line_once(figure: Figure) -> None:
    (legend,) = figure.legends
    names = [text.get_text() for text in legend.get_texts()]
    assert len(names) == len(set(names)) == 3 + 1 + 3
    assert {"teacher", "KD student", "No-KD student", "published", *WAY_LABEL.values()} == set(
        names
    )


def test_ways_that_are_not_there_are_not_drawn(summary: pd.DataFrame) -> None:
    figure = table2_figure(summary[summary["way"] == "gt"], PUBLISHED)
    assert WAY_LABEL["gt"] in {text.get_text() for text in figure.legends[0].get_texts()}
    assert WAY_LABEL["random"] not in {text.get_text() for text in figure.legends[0].get_texts()}


def test_one_seed_has_leads_without_intervals(summary: pd.DataFrame) -> None:
    bare = summary.assign(
        **{f"over_{name}_{end}": math.nan for name in BASELINES for end in ("low", "high")}
    )
    figure = table2_figure(bare, PUBLISHED)
    assert len(figure.axes[2].containers) == 3


def test_a_published_row_for_each_point(summary: pd.DataFrame) -> None:
    with pytest.raises(ArgumentError, match=r"published = '6 rows': must have one row .* 7 points"):
        table2_figure(summary, PUBLISHED[:6])
