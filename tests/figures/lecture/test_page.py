"""The page is one file: it parses, runs, and asks for nothing."""

from pathlib import Path

from figures.lecture.measured import shipped
from figures.lecture.page import page
from tests.figures.lecture.javascript import launched
from tests.figures.lecture.pages.opened import opened, text
from tests.figures.markup import Page

LARGEST = 6_000_000
"""Bytes of the page."""


def test_the_file_is_small_and_names_nothing_to_fetch() -> None:
    assert len(text().encode()) <= LARGEST
    assert page(shipped()) == text()  # the same twice
    fetched = Page(text()).values("src", "href", "srcset", "data", "action", "poster")
    assert fetched == ["data:,"]  # an icon, or the browser would look for one


def test_it_opens_from_a_file_and_trains_in_silence(tmp_path: Path) -> None:
    with (
        launched() as browser,
        opened(browser, tmp_path, "preset=none&speed=4", reduced_motion="reduce") as lecture,
    ):
        assert lecture.page.url.startswith("file:")
        lecture.press("Space")
        lecture.until_ended()
        assert len(lecture.rows) == 1
