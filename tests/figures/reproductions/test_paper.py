import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from analysis import FIGURES
from figures import paper_figure
from venn import ArgumentError


@pytest.fixture(scope="module", params=FIGURES)
def figure(request: pytest.FixtureRequest) -> Figure:
    spec = FIGURES[request.param]
    shares = {
        share: [getattr(diagram, share) for diagram in spec.path] for share in ("alpha", "gamma")
    }
    summary = spec.printed.assign(**shares)
    for column in ("kd", "gain"):
        summary[f"{column}_low"] = summary[column] - 0.8
        summary[f"{column}_high"] = summary[column] + 0.8
    drawn = paper_figure(
        pd.DataFrame(summary), spec.path, spec.axis, published=spec.published, title=spec.title
    )
    drawn.draw_without_rendering()
    return drawn


def visible_texts(figure: Figure) -> list[Text]:
    texts = list(figure.texts)
    axes = [each for ax in figure.axes for each in (ax, *ax.child_axes)]
    for legend in [*figure.legends, *(ax.get_legend() for ax in axes)]:
        texts += legend.get_texts() if legend else []
    for ax in axes:
        texts += [child for child in ax.get_children() if isinstance(child, Text)]
        if ax.axison:
            texts += [ax.xaxis.label, ax.yaxis.label]
            for axis in (ax.xaxis, ax.yaxis):
                low, high = axis.get_view_interval()
                ticks = [tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
                texts += [tick.label1 for tick in ticks if tick.label1.get_visible()]
    return [text for text in texts if text.get_text()]


def test_it_has_a_panel_per_diagram_and_two_for_the_curves(figure: Figure) -> None:
    assert len(figure.axes) in (6 + 2, 5 + 2)
    *_, upper, lower = figure.axes
    assert upper.get_ylabel() == "test accuracy (%)"
    assert lower.get_ylabel() == "gain by KD (points)"
    assert upper.get_xlim() == lower.get_xlim()


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


def test_the_inset_covers_no_point_of_the_curves(figure: Figure) -> None:
    *_, upper, _ = figure.axes
    for inset in upper.child_axes:
        box = inset.get_tightbbox()
        assert box is not None
        for line in upper.lines:
            points = upper.transData.transform(line.get_xydata())
            assert not any(box.contains(x, y) for x, y in points)


def test_a_diagram_for_each_point() -> None:
    figure = FIGURES["figure2"]
    with pytest.raises(ArgumentError, match=r"path = '5 diagrams': must hold one .* 6 points"):
        paper_figure(figure.printed, figure.path[:5], "gamma")
