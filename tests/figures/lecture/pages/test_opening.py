import copy
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser

from figures.lecture.measured import shipped
from figures.lecture.page import page
from tests.figures.lecture.pages.opened import Lecture, opened


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
    measured = shipped()
    alone = copy.deepcopy(next(each for each in measured["families"] if each["kind"] == "path"))
    alone |= {"name": "mine", "model": None}  # so that it comes first as it is the reader's own
    for point in alone["points"]:
        point["seeds"] = 1
        for arm in point["arms"].values():
            arm["low"] = arm["high"] = None
    (tmp_path / "lecture.html").write_text(page(measured, [alone]), encoding="utf-8")
    with opened(browser, tmp_path, reduced_motion="reduce") as lecture:
        assert lecture.text("#overlap-note") == "One seed, no interval."
        lecture.press("Space")
        lecture.until_ended()
        said = lecture.text("#outcome")
        assert "One seed, no interval: " in said
        assert "[" not in said
