"""The page, opened once; every test finds it as it opens."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.figures.lecture.javascript import launched
from tests.figures.lecture.pages.opened import Lecture, opened


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One browser for all tests of the page, which begin with a page that takes a second to open."""
    with launched() as browser:
        yield browser


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the page's file is."""
    return tmp_path_factory.mktemp("lecture")


@pytest.fixture(scope="package")
def shared(browser: Browser, folder: Path) -> Iterator[Lecture]:
    with opened(browser, folder) as lecture:
        yield lecture


@pytest.fixture(scope="package")
def shared_still(browser: Browser, folder: Path) -> Iterator[Lecture]:
    with opened(browser, folder, reduced_motion="reduce") as lecture:
        yield lecture


@pytest.fixture
def lecture(shared: Lecture) -> Iterator[Lecture]:
    """The page, moving, at its fastest."""
    yield from _fresh(shared)


@pytest.fixture
def still(shared_still: Lecture) -> Iterator[Lecture]:
    """The page for a reader who asked for less motion: what is played is there at once."""
    yield from _fresh(shared_still)


def _fresh(lecture: Lecture) -> Iterator[Lecture]:
    lecture.left = True
    yield lecture
    said, lecture.said = lecture.said, []
    assert said == [], said
