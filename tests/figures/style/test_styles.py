"""Every picture for a page and for a slide: what is read, how thick it is, and that nothing is cut."""

import functools
import re
from collections.abc import Iterator
from itertools import combinations, permutations
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend

from analysis import FIGURES
from figures import gain_curve, save, venn_figure, venn_path
from figures.style.theme import RC, SLIDE
from figures.sweeps.simplex import SHARE_COLOURS
from tests.figures.every import AXES_LEVEL, EVERY, README, Make, looks, written
from tests.figures.reproductions.test_curves import SUMMARY
from venn import ArgumentError


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Close the figures that drawings without axes have opened."""
    yield
    plt.close("all")


every = pytest.mark.parametrize("name", EVERY)
one_each = pytest.mark.parametrize("name", ["venn: README", "sweep: gain", "figure2"])
drawings = pytest.mark.parametrize("draw", AXES_LEVEL.values(), ids=AXES_LEVEL)


@functools.cache
def slide(name: str) -> Figure:
    """Return a picture for a talk, laid out."""
    figure = EVERY[name](style="talk")
    figure.draw_without_rendering()
    return figure


@every
def test_a_slide_is_read_from_afar(name: str) -> None:
    """No text is below 18 points on the slide, nor below 18 pixels where that is 1280 wide."""
    figure = slide(name)
    assert tuple(figure.get_size_inches()) == pytest.approx(SLIDE)
    sizes = {text.get_text(): float(text.get_fontsize()) for text in written(figure)}
    assert len(sizes) > 5
    assert {text: size for text, size in sizes.items() if size < 18} == {}
    assert min(sizes.values()) / 72 * 1280 / figure.get_figwidth() >= 18


@every
def test_on_a_slide_no_text_is_cut_or_on_another(name: str) -> None:
    figure = slide(name)
    boxes = [(text.get_text(), text.get_window_extent()) for text in written(figure)]
    page = figure.bbox
    cut = [text for text, box in boxes if not (page.contains(*box.min) and page.contains(*box.max))]
    pairs = combinations(boxes, 2)
    assert cut == []
    assert [(one, other) for (one, box), (other, rival) in pairs if box.overlaps(rival)] == []
    whole = figure.get_tightbbox().transformed(figure.dpi_scale_trans)  # marks and lines too
    assert page.x0 <= whole.x0 <= whole.x1 <= page.x1
    assert page.y0 <= whole.y0 <= whole.y1 <= page.y1


@every
def test_on_a_slide_no_legend_covers_what_it_explains(name: str) -> None:
    figure = slide(name)
    for legend in figure.findobj(Legend):
        box = legend.get_window_extent()
        covered = [ax for ax in figure.axes if box.padded(-1).overlaps(ax.bbox)]
        assert covered == []


@every
def test_on_a_slide_no_axes_reach_into_others(name: str) -> None:
    for one, other in permutations(slide(name).axes, 2):
        box = one.get_tightbbox()
        assert box is not None
        assert not box.padded(-1).overlaps(other.bbox)


@pytest.mark.parametrize("name", [name for name in EVERY if "simplex" in name])
def test_on_a_slide_no_number_of_a_share_touches_its_mark(name: str) -> None:
    """A mark before a number would look like a minus sign."""
    ax = slide(name).axes[0]
    numbers = [text for text in ax.texts if re.fullmatch(r"0\.\d", text.get_text())]
    assert len(numbers) == 12
    marks = [line for line in ax.lines if line.get_color() in SHARE_COLOURS]
    ends = [ax.transData.transform(mark.get_xydata())[-1] for mark in marks]
    for text in numbers:
        box = text.get_window_extent().padded(3)
        assert not any(box.contains(x, y) for x, y in ends)


@pytest.mark.parametrize("name", ["figure3", "figure3, ours alone"])
def test_on_a_slide_the_inset_covers_no_point_of_the_curves(name: str) -> None:
    *_, curves, _ = slide(name).axes
    (inset,) = curves.child_axes
    box = inset.get_tightbbox()
    assert box is not None
    points = [p for line in curves.lines for p in curves.transData.transform(line.get_xydata())]
    assert not any(box.contains(x, y) for x, y in points)
    assert all(curves.bbox.contains(x, y) for x, y in box.corners())


@every
def test_on_a_slide_everything_that_is_drawn_is_twice_as_large(name: str) -> None:
    """Whatever has a length in points: one that stays as it is would be seen here."""
    for page, talk in zip(looks(EVERY[name](style="paper")), looks(slide(name)), strict=True):
        np.testing.assert_allclose(talk, 2 * page)


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("venn: README", {8, 9}),
        ("sweep: gain", {7.5, 8, 9, 10.5}),
        ("sweep: simplex", {7.5, 8, 9, 10.5, 10.8}),
        ("figure2", {7.5, 8, 9, 10.5}),
        ("figure3", {7, 7.5, 8, 9, 10.5}),
    ],
)
def test_a_page_has_the_sizes_of_text_that_it_had_before_there_were_slides(
    name: str, sizes: set[float]
) -> None:
    assert {round(float(text.get_fontsize()), 1) for text in written(EVERY[name]())} == sizes


@one_each
def test_a_figure_is_for_a_page_unless_asked_otherwise(name: str, tmp_path: Path) -> None:
    for file, style in (("default", {}), ("paper", {"style": "paper"})):
        save(EVERY[name](**style), tmp_path / f"{file}.svg")
    assert (tmp_path / "default.svg").read_bytes() == (tmp_path / "paper.svg").read_bytes()


@one_each
def test_a_slide_is_written_the_same_twice(name: str, tmp_path: Path) -> None:
    for file in ("one", "two"):
        save(EVERY[name](style="talk"), tmp_path / f"{file}.svg")
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


def test_a_page_is_what_it_was_before_there_were_slides(tmp_path: Path) -> None:
    """The README's picture, to the byte."""
    root = Path(__file__).parents[3]
    committed = (root / "docs" / "images" / "diagram.svg").read_text(encoding="utf-8")
    if f"Matplotlib v{mpl.__version__}," not in committed:
        pytest.skip("another matplotlib drew it")
    (description,) = re.findall(r"<dc:description>(.*)</dc:description>", committed)
    out = tmp_path / "diagram.svg"
    save(venn_figure(README), out, description.replace("&amp;", "&").replace("&quot;", '"'))
    assert out.read_text(encoding="utf-8") == committed


@drawings
def test_without_a_style_matplotlibs_settings_stay_as_they_are(draw: Any) -> None:
    mine: Any = {"axes.titlesize": 13, "axes.labelsize": 14, "xtick.labelsize": 15}
    with mpl.rc_context(mine):
        figure = draw().get_figure(root=True)
        ax = figure.axes[0]
        assert ax.title.get_fontsize() == 13
        assert ax.xaxis.label.get_fontsize() == 14
        ticks = [tick.label1 for tick in ax.xaxis.get_major_ticks()]
        assert {tick.get_fontsize() for tick in ticks} == {15}


@pytest.mark.parametrize("style", ["paper", "talk"])
@drawings
def test_given_axes_look_like_new_ones(draw: Any, style: str) -> None:
    """The style is taken on by axes that were made in another one."""
    new = draw(style=style).get_figure(root=True)
    other: Any = {"axes.labelsize": 3, "axes.labelpad": 30, "axes.axisbelow": "line"}
    with mpl.rc_context({**other, "xtick.labelsize": 3, "axes.spines.top": True}):
        figure = Figure(figsize=new.get_size_inches(), layout="constrained")
        ax = figure.subplots()
    assert draw(ax=ax, style=style) is ax
    given, expected = (
        {(text.get_text(), text.get_fontsize()) for text in written(each)} for each in (figure, new)
    )
    assert given == expected
    for one, other in zip(looks(figure), looks(new), strict=True):
        np.testing.assert_array_equal(one, other)
    assert frame(ax) == frame(new.axes[0])


def frame(ax: Axes) -> list[Any]:
    """Return what can be seen of the frame of axes, and what is seen once they have large numbers."""
    shown = [spine.get_visible() for spine in ax.spines.values()]
    axes = [(axis.labelpad, axis.offsetText.get_fontsize()) for axis in (ax.xaxis, ax.yaxis)]
    return [shown, axes, ax.get_axisbelow()]


@pytest.mark.parametrize("style", ["paper", "talk"])
@drawings
def test_a_style_is_left_behind(draw: Any, style: str) -> None:
    before = dict(mpl.rcParams)
    draw(style=style)
    assert dict(mpl.rcParams) == before


def test_what_is_on_given_axes_stays() -> None:
    ax = Figure().subplots()
    title = ax.set_title("mine", loc="right", fontsize=5)
    (line,) = ax.plot([0, 1], [0, 1], color="red")
    gain_curve(SUMMARY, "gamma", style="talk", ax=ax)
    assert ax.get_title("right") == "mine"
    assert title.get_fontsize() == 22
    assert line in ax.lines


def test_a_path_of_diagrams_takes_a_style() -> None:
    diagrams = FIGURES["figure2"].path
    figure = Figure(figsize=SLIDE)
    panels = list(figure.subplots(1, len(diagrams)))
    venn_path(diagrams, panels, style="talk")
    assert {text.get_fontsize() for text in written(figure)} == {22}


@pytest.mark.parametrize("make", EVERY.values(), ids=EVERY)
def test_an_unknown_style_is_refused_by_all(make: Make) -> None:
    before = plt.get_fignums()
    with pytest.raises(ArgumentError, match=r"style = 'poster': is unknown; known: paper, talk$"):
        make(style="poster")
    assert plt.get_fignums() == before


@pytest.mark.parametrize("style", ["", 2, RC], ids=["empty", "number", "settings"])
@one_each
def test_what_is_no_style_is_refused(name: str, style: Any) -> None:
    with pytest.raises(ArgumentError, match=r"style = .*: is unknown; known: paper, talk$"):
        EVERY[name](style=style)
