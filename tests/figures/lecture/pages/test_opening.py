import copy
from functools import partial
from html.parser import HTMLParser
from pathlib import Path

from playwright.sync_api import Browser

from figures.lecture.measured import read_law
from figures.lecture.page import page
from tests.figures.lecture.pages.opened import Lecture, opened, text

LARGEST = 6_000_000
"""Bytes of the page."""


class Addresses(HTMLParser):
    """Every address from which a page would fetch something."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        del tag
        self.found += [
            value or ""
            for name, value in attributes
            if name in ("src", "href", "srcset", "data", "action", "poster")
        ]


def test_the_file_is_small_and_the_same_law_gives_the_same_text() -> None:
    assert len(text().encode()) <= LARGEST
    assert page(read_law()) == text()


def test_the_page_names_nothing_to_fetch() -> None:
    addresses = Addresses()
    addresses.feed(text())
    assert addresses.found == ["data:,"]  # an icon, or the browser would look for one


def test_from_a_file_every_preset_opens_and_plays_in_silence(
    browser: Browser, tmp_path: Path
) -> None:
    with opened(browser, tmp_path, "speed=4") as lecture:
        assert lecture.page.url.startswith("file:")
        for key in "123456789":
            lecture.press(key)
            lecture.until("document.querySelectorAll('#accuracy svg').length === 1")
        lecture.press("2", "Space")
        lecture.until_ended()
        assert len(lecture.rows) == 1
        assert lecture.said == []


def test_whatever_asks_or_warns_is_heard(lecture: Lecture) -> None:
    lecture.page.evaluate(
        """() => {
          new Image().src = "https://example.org/pixel.png";
          new Image().src = "file:///nowhere/pixel.png";
          console.warn("careful");
          setTimeout(() => { throw new Error("broken"); });
          Promise.reject(new Error("promised"));
          const source = new Blob(["throw new Error('inside')"], { type: "text/javascript" });
          new Worker(URL.createObjectURL(source));
        }"""
    )
    for words in ("example.org", "nowhere", "careful", "broken", "promised", "inside"):
        assert lecture.eventually(partial(heard, lecture, words)), words
    lecture.said.clear()


def heard(lecture: Lecture, words: str) -> bool:
    return any(words in each for each in lecture.said)


def test_a_sweep_of_one_seed_is_said_to_have_no_interval(browser: Browser, tmp_path: Path) -> None:
    law = read_law()
    alone = copy.deepcopy(next(each for each in law["families"] if each["kind"] == "path"))
    for point in alone["points"]:
        point["seeds"] = 1
        for measured in point["arms"].values():
            measured["low"] = measured["high"] = None
    (tmp_path / "lecture.html").write_text(page(law, [alone]), encoding="utf-8")
    with opened(browser, tmp_path, reduced_motion="reduce") as lecture:
        assert lecture.text("#overlap-note") == "One seed, no interval."
        lecture.press("Space")
        lecture.until_ended()
        said = lecture.text("#outcome")
        assert "One seed, no interval: " in said
        assert "[" not in said
