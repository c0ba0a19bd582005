"""The page is one file: it parses, runs, and asks for nothing."""

from html.parser import HTMLParser
from pathlib import Path

from figures.lecture.measured import shipped
from figures.lecture.page import page
from tests.figures.lecture.javascript import launched
from tests.figures.lecture.pages.opened import opened, text

LARGEST = 6_000_000
"""Bytes of the page."""


class Addresses(HTMLParser):
    """Every address from which a page would fetch something."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        del tag
        fetched = ("src", "href", "srcset", "data", "action", "poster")
        self.found += [value or "" for name, value in attributes if name in fetched]


def test_the_file_is_small_and_names_nothing_to_fetch() -> None:
    assert len(text().encode()) <= LARGEST
    assert page(shipped()) == text()  # the same twice
    addresses = Addresses()
    addresses.feed(text())
    assert addresses.found == ["data:,"]  # an icon, or the browser would look for one


def test_it_opens_from_a_file_and_trains_in_silence(tmp_path: Path) -> None:
    with (
        launched() as browser,
        opened(browser, tmp_path, "preset=none&speed=4", reduced_motion="reduce") as lecture,
    ):
        assert lecture.page.url.startswith("file:")
        lecture.press("Space")
        lecture.until_ended()
        assert len(lecture.rows) == 1
