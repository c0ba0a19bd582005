"""A browser, and a page of it in which the page's mathematics can be called."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.figures.lecture.javascript import MATHS, exports, launched


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a browser as slow."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser without a window."""
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def maths(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """An empty page in which every export of ``figures/lecture/maths`` is a name."""
    page = browser.new_page()
    page.add_script_tag(content=exports(MATHS, tmp_path_factory.mktemp("maths")))
    yield page
    page.close()
