"""Every picture for a page and for a slide: what is read, how thick it is, and that nothing is cut."""

import functools
import re
from itertools import permutations
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend

from figures import save, sweep_curves, venn_figure
from figures.style.theme import (
    OWN_COLOURS,
    RC,
    SLIDE,
    SWEEP_STYLE,
    arm_label,
    arm_styles,
)
from figures.sweeps.simplex import SHARE_COLOURS
from tests.figures.every import AXES_LEVEL, EVERY, README, Make, looks
from tests.figures.seen import clashes, smallest, written
from tests.figures.sweeps.test_sweep import LINES
from tests.refusals import refusal
from venn import ArgumentError

every = pytest.mark.parametrize("name", EVERY)
drawings = pytest.mark.parametrize("draw", AXES_LEVEL.values(), ids=AXES_LEVEL)


@functools.cache
def made(name: str, style: str) -> Figure:
    """Return a picture in a style, laid out."""
    figure = EVERY[name](style=style)
    figure.draw_without_rendering()
    return figure


PAGES = [name for name in EVERY if name not in (*AXES_LEVEL, "venn: long names")]


@pytest.mark.parametrize("name", PAGES)
def test_on_a_page_no_text_is_cut_small_or_on_another(name: str) -> None:
    figure = made(name, "paper")
    assert clashes(figure) == []
    assert smallest(figure) >= 7
    assert figure.get_figwidth() <= 7.2


@every
def test_a_slide_is_read_from_afar_and_nothing_on_it_is_cut_or_covered(name: str) -> None:
    """No text is below 18 points on the slide, nor below 18 pixels where that is 1280 wide."""
    figure = made(name, "talk")
    assert tuple(figure.get_size_inches()) == pytest.approx(SLIDE)
    assert len(written(figure)) > 5
    assert smallest(figure) >= 18
    assert smallest(figure) / 72 * 1280 / figure.get_figwidth() >= 18
    assert clashes(figure) == []
    page = figure.bbox
    whole = figure.get_tightbbox().transformed(figure.dpi_scale_trans)  # marks and lines too
    assert all(page.contains(*at) for at in (whole.min, whole.max))
    for legend in figure.findobj(Legend):
        box = legend.get_window_extent().padded(-1)
        assert not any(box.overlaps(ax.bbox) for ax in figure.axes)
    for one, other in permutations(figure.axes, 2):
        reach = one.get_tightbbox()
        assert reach is not None
        assert not reach.padded(-1).overlaps(other.bbox)


@pytest.mark.parametrize("name", [name for name in EVERY if "simplex" in name])
def test_on_a_slide_no_number_of_a_share_touches_its_mark(name: str) -> None:
    """A mark before a number would look like a minus sign."""
    ax = made(name, "talk").axes[0]
    numbers = [text for text in ax.texts if re.fullmatch(r"0\.\d", text.get_text())]
    assert len(numbers) == 12
    marks = [line for line in ax.lines if line.get_color() in SHARE_COLOURS]
    ends = [ax.transData.transform(mark.get_xydata())[-1] for mark in marks]
    for text in numbers:
        box = text.get_window_extent().padded(3)
        assert not any(box.contains(x, y) for x, y in ends)


@pytest.mark.parametrize("name", [name for name in EVERY if not name.startswith("figure3")])
def test_on_a_slide_everything_that_is_drawn_is_twice_as_large(name: str) -> None:
    """Whatever has a length in points: one that stays as it is would be seen here."""
    for page, talk in zip(looks(made(name, "paper")), looks(made(name, "talk")), strict=True):
        np.testing.assert_allclose(talk, 2 * page)


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
def test_without_a_style_matplotlibs_settings_are_the_users(draw: Any) -> None:
    mine: dict[Any, Any] = {
        "axes.titlesize": 13,
        "axes.labelsize": 14,
        "xtick.labelsize": 15,
        "font.family": ["monospace"],
        "figure.facecolor": "pink",
    }
    with mpl.rc_context(mine):
        before = dict(mpl.rcParams)
        figure = draw().get_figure(root=True)
        assert dict(mpl.rcParams) == before
    ax = figure.axes[0]
    assert (ax.title.get_fontsize(), ax.xaxis.label.get_fontsize()) == (13, 14)
    ticks = [tick.label1 for tick in ax.xaxis.get_major_ticks()]
    assert {tick.get_fontsize() for tick in ticks} == {15}
    assert {tuple(text.get_fontfamily()) for text in written(figure)} == {("monospace",)}
    assert figure.get_facecolor() == mpl.colors.to_rgba("pink")


@pytest.mark.parametrize("style", ["paper", "talk"])
@drawings
def test_given_axes_look_like_new_ones_and_the_style_is_left_behind(draw: Any, style: str) -> None:
    """The style is taken on by axes that were made in another one."""
    before = dict(mpl.rcParams)
    new = draw(style=style).get_figure(root=True)
    assert dict(mpl.rcParams) == before
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


def test_what_is_on_given_axes_stays() -> None:
    ax = Figure().subplots()
    title = ax.set_title("mine", loc="right", fontsize=5)
    (line,) = ax.plot([0, 1], [0, 1], color="red")
    sweep_curves(LINES, "gamma", style="talk", ax=ax)
    assert ax.get_title("right") == "mine"
    assert title.get_fontsize() == 22
    assert line in ax.lines


@pytest.mark.parametrize("style", ["poster", 2, RC], ids=["name", "number", "settings"])
@pytest.mark.parametrize("make", [*AXES_LEVEL.values(), EVERY["figure2"], EVERY["venn: README"]])
def test_what_is_no_style_is_refused_by_all_and_opens_no_figure(make: Make, style: Any) -> None:
    with pytest.raises(ArgumentError, match=r"style = .*: is unknown; known: paper, talk$"):
        make(style=style)
    assert plt.get_fignums() == []


def test_arms_of_ones_own_have_the_next_colours_and_their_names() -> None:
    """Told apart from each other and from all that have a style of their own."""
    own = [f"mine {i}" for i in range(len(OWN_COLOURS))]
    styles = arm_styles([*own, "kd", *SWEEP_STYLE], {"mine 1": "red"})
    assert styles["kd"] == SWEEP_STYLE["kd"]
    assert styles["mine 1"]["color"] == "red"
    looks = [(style["color"], style["marker"]) for style in styles.values()]
    assert len(set(looks)) == len(looks)
    assert (arm_label("mine"), arm_label("kd", {"kd": "ours"})) == ("mine", "ours")
    refused = {
        "arms = ": lambda: arm_styles([*own, "another"]),
        "colours = 'kd': is unknown": lambda: arm_styles(own, {"kd": "red"}),
        "colours['mine 1'] = 'reddish': must be a colour": lambda: arm_styles(
            own, {"mine 1": "reddish"}
        ),
    }
    for words, call in refused.items():
        assert refusal(call).startswith(words)
