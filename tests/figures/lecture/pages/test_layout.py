"""The page on a projector: nothing is small, cut off, or written over."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.figures.lecture.pages.opened import Lecture, opened
from tests.figures.lecture.pages.texts import TEXTS, overlapping

SIZES = {"720p": (1280, 720), "1080p": (1920, 1080), "small": (1024, 768)}
PHONES = {"phone": (375, 667), "small phone": (320, 640)}
SCROLLED = "document.documentElement.scrollWidth"
SMALLEST = 18  # pixels
PLACED = ("#venn", "#channels", "#play", "#seed", "#accuracy", "#loss", "#overlap", "#simplex")


@pytest.fixture(scope="module", params=SIZES)
def projected(browser: Browser, folder: Path, request: pytest.FixtureRequest) -> Iterator[Lecture]:
    """The page on a screen of each size, for readers who asked for less motion."""
    width, height = SIZES[request.param]
    screen = {"width": width, "height": height}
    with opened(browser, folder, viewport=screen, reduced_motion="reduce") as lecture:
        yield lecture


def texts(lecture: Lecture) -> list[dict[str, Any]]:
    lecture.until("document.querySelectorAll('.chart svg').length === 4")
    found: list[dict[str, Any]] = lecture.page.evaluate(TEXTS)
    return found


def choose(lecture: Lecture, key: str) -> None:
    """Choose a preset's last scene."""
    lecture.press(key)
    lecture.by("#scenes button").last.evaluate("(button) => button.click()")


def cut_off(lecture: Lecture) -> list[str]:
    """Return texts that reach beyond the left or right edge."""
    width = lecture.page.evaluate("innerWidth")
    return [each["text"] for each in texts(lecture) if each["left"] < 0 or each["right"] > width]


def below(lecture: Lecture) -> dict[str, float]:
    """Return what of the main area a wide screen does not show without scrolling."""
    if lecture.page.evaluate("innerWidth < 1280"):
        return {}
    height = lecture.page.evaluate("innerHeight")
    boxes = {
        part: lecture.by(part).bounding_box() for part in (*PLACED, "#shares", "#outcome", ".scale")
    }
    ends = {part: box["y"] + box["height"] if box else math.inf for part, box in boxes.items()}
    return {part: end for part, end in ends.items() if end > height}


def fits(lecture: Lecture) -> None:
    """Check that everything is seen: on the screen, large enough and on nothing else."""
    assert lecture.eventually(lambda: cut_off(lecture) == []), cut_off(lecture)
    found = texts(lecture)
    assert len(found) > 80
    assert [each for each in found if each["size"] < SMALLEST] == []
    assert overlapping(found) == []
    assert lecture.page.evaluate(f"{SCROLLED} <= innerWidth")
    assert below(lecture) == {}


def test_every_preset_fits_its_screen(projected: Lecture) -> None:
    for key in "123456789":
        choose(projected, key)
        fits(projected)


@pytest.mark.parametrize("phone", PHONES)
def test_nothing_is_scrolled_sideways_on_a_phone(still: Lecture, phone: str) -> None:
    width, height = PHONES[phone]
    still.page.set_viewport_size({"width": width, "height": height})
    try:
        for key in "168":
            choose(still, key)
            still.press("Space")
            still.until_ended()
            assert still.eventually(lambda: still.page.evaluate(SCROLLED) <= width)
        still.press("s")
        assert still.page.evaluate(SCROLLED) <= width
    finally:
        still.page.set_viewport_size({"width": 1280, "height": 720})


@pytest.mark.parametrize("key", "356")
def test_a_finished_run_fits_its_screen(projected: Lecture, key: str) -> None:
    choose(projected, key)
    projected.press("Space")
    projected.until_ended()
    fits(projected)


def test_dialogs_fit_their_screen(projected: Lecture) -> None:
    for key in ("s", "?"):
        projected.press(key)
        found = [each for each in texts(projected) if each["part"] in ("help", "lecturer")]
        assert len(found) > 5
        assert min(each["size"] for each in found) >= SMALLEST
        assert overlapping(found) == []
        box = projected.by("dialog[open]").bounding_box()
        screen = projected.page.viewport_size
        assert box
        assert screen
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= screen["height"]
        projected.press("Escape")


def places(lecture: Lecture) -> dict[str, tuple[float, float]]:
    boxes = {part: lecture.by(part).bounding_box() for part in PLACED}
    return {part: (round(box["x"]), round(box["y"])) for part, box in boxes.items() if box}


@pytest.mark.parametrize("key", ["1", "5", "6"])
def test_nothing_jumps_while_a_run_is_trained(still: Lecture, key: str) -> None:
    still.press(key)
    before = places(still)
    still.press("Space")
    still.until_ended()
    assert places(still) == before
