"""Text stands out from what is behind it, in both themes: 4.5 to 1 at least."""

import pytest
from matplotlib.colors import to_rgb

from figures.lecture.colours import DARK, LIGHT
from tests.figures.lecture.pages.contrast import mixed, seen
from tests.figures.lecture.pages.opened import Lecture
from tests.figures.seen import contrast

LEAST = 4.5
THEMES = {"light": LIGHT, "dark": DARK}
OWN, SHARED = 0.3, 0.8
"""Opacities of what a modality sees alone, and of what both see."""


TEACHERS = ("teacher", "general_teacher", "multimodal_teacher", "um_teacher")
ENDS = {"▲", "■", "●"}
"""Marks of the curves in the legend, in the colours of the figures."""


def faint(lecture: Lecture, theme: str, teacher: str) -> tuple[set[str], set[str]]:
    """Return texts that hardly stand out: those in the chart of accuracies, and all others."""
    lecture.read(f"a=5&g=6&b=7&h=9&theme={theme}&teacher={teacher}&n=many")  # with a note
    wanted = 1 if teacher == "um_teacher" else 2
    labels = lecture.by("#accuracy .role-mark text")
    assert lecture.eventually(lambda: labels.count() == wanted)
    inside = set(lecture.by("#venn .label tspan, #channels .role").all_text_contents())
    found = [each for each in seen(lecture.page) if each.text not in ENDS | inside]
    assert len(found) > 60
    pale = {each.text for each in found if contrast(each.colour, each.ground) < LEAST}
    names = set(labels.all_text_contents())
    return pale & names, pale - names


@pytest.mark.parametrize("theme", THEMES)
def test_text_stands_out(lecture: Lecture, theme: str) -> None:
    assert faint(lecture, theme, "teacher")[1] == set()


@pytest.mark.parametrize("theme", THEMES)
def test_names_of_ceilings_stand_out(lecture: Lecture, theme: str) -> None:
    assert [faint(lecture, theme, teacher)[0] for teacher in TEACHERS] == [set()] * 4


@pytest.mark.parametrize("theme", THEMES)
def test_counts_stand_out_from_their_regions(theme: str) -> None:
    colours = {name: to_rgb(colour) for name, colour in THEMES[theme].items()}
    teacher, student = (
        mixed(colours[name], colours["paper"], OWN) for name in ("teacher", "student")
    )
    both = mixed(colours["student"], teacher, OWN)
    general = mixed(colours["general"], both, SHARED)
    assert contrast(colours["ink"], teacher) >= LEAST
    assert contrast(colours["ink"], student) >= LEAST
    assert contrast(colours["on-general"], general) >= LEAST


def test_the_opacities_are_those_of_the_page(lecture: Lecture) -> None:
    lecture.read("a=5&g=5&b=5")
    opacity = "(node) => Number(getComputedStyle(node).fillOpacity)"
    for role, wanted in (("alpha", OWN), ("beta", OWN), ("gamma", SHARED)):
        assert lecture.by(f"#venn .area.{role}").evaluate(opacity) == pytest.approx(wanted)
