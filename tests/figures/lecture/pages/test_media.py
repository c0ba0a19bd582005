"""Less motion, paper, and a dark room."""

from collections.abc import Iterator

import pytest

from tests.figures.lecture.pages.contrast import seen
from tests.figures.lecture.pages.opened import Lecture
from tests.figures.lecture.pages.texts import TEXTS, overlapping
from tests.figures.seen import contrast

CONTROLS = ("button", "input[type=range]", "select", ".export")
PICTURES = ("#venn", "#channels", "#accuracy", "#loss", "#overlap", "#simplex")

COUNT = """() => {
  window.values = new Set();
  new MutationObserver(() => window.values.add(document.querySelector("#legend b").innerText))
    .observe(document.getElementById("legend"), { childList: true, subtree: true });
}"""


def test_less_motion_shows_the_end_at_once(still: Lecture) -> None:
    still.press("1")
    still.page.evaluate(COUNT)
    still.press("Space")
    still.until_ended()
    assert still.page.evaluate("window.values.size") <= 2  # nothing, and the last
    assert still.page.evaluate("document.getAnimations().length") == 0
    assert "KD" in still.text("#outcome")


@pytest.fixture
def paper(still: Lecture) -> Iterator[Lecture]:
    """The page as it is printed, from a dark screen, after a run."""
    still.read("preset=full&theme=dark&n=150")
    still.press("Space")
    still.until_ended()
    still.page.emulate_media(media="print")
    yield still
    still.page.emulate_media(media="null")


def test_paper_has_pictures_and_no_controls(paper: Lecture) -> None:
    for control in CONTROLS:
        assert [each for each in paper.by(control).all() if each.is_visible()] == [], control
    for picture in PICTURES:
        assert paper.by(picture).is_visible()
    assert paper.by("#runs-body tr").first.is_visible()
    assert "KD" in paper.text("#outcome")


def test_what_is_printed_can_be_read_on_white(paper: Lecture) -> None:
    faint = {each for each in seen(paper.page) if contrast(each.colour, (1, 1, 1)) < 4.5}
    inside = {"γ", "10"}  # inside the lens, which is dark
    assert {each.text for each in faint} <= {*inside, "▲"}  # a mark, in the colour of its curve


PRINTED = f"""() => {{
  const paper = matchMedia("print");
  paper.addEventListener("change", () => {{ if (paper.matches) window.printed = ({TEXTS})(); }});
}}"""


def test_nothing_is_printed_over_something_else(still: Lecture) -> None:
    still.press("1", "Space")
    still.until_ended()
    still.page.evaluate(PRINTED)
    still.page.pdf(format="A4")
    printed = still.page.evaluate("window.printed")
    assert len(printed) > 60
    assert overlapping(printed) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_follows_the_readers_scheme_until_it_is_told(still: Lecture, scheme: str) -> None:
    page = still.page
    paper = "getComputedStyle(document.body).backgroundColor"
    ink = "document.querySelector('#accuracy .role-axis-title text').getAttribute('fill')"
    try:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        dark = scheme == "dark"
        assert (page.evaluate(paper) == "rgb(255, 255, 255)") != dark
        assert still.eventually(lambda: (page.evaluate(ink) == "#F0F0F0") == dark)
        still.press("d")
        assert (page.evaluate(paper) == "rgb(255, 255, 255)") == dark
        assert still.eventually(lambda: (page.evaluate(ink) == "#F0F0F0") != dark)
        chosen = "light" if dark else "dark"
        assert still.addressed("preset=growing", "speed=4", f"theme={chosen}")
    finally:
        page.emulate_media(color_scheme="light")
