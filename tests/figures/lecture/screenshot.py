"""The page's picture in the documents: ``python -m tests.figures.lecture.screenshot``."""

import tempfile
from pathlib import Path

from figures.lecture.measured import shipped
from figures.lecture.page import page
from tests.figures.lecture.javascript import launched

OUT = Path(__file__).parents[3] / "docs" / "images" / "lecture.png"


def main() -> None:
    """Play the growing overlap to its end, and keep what a room then sees."""
    with tempfile.TemporaryDirectory() as folder, launched() as browser:
        file = Path(folder) / "lecture.html"
        file.write_text(page(shipped()), encoding="utf-8")
        opened = browser.new_page(viewport={"width": 1280, "height": 720})
        opened.goto(f"{file.as_uri()}#preset=growing&speed=2")
        opened.wait_for_selector("body[data-ready]")
        opened.get_by_role("button", name="Play").click()
        opened.wait_for_function("document.querySelectorAll('#runs-body tr').length === 6")
        opened.mouse.move(0, 0)
        opened.screenshot(path=OUT)


if __name__ == "__main__":
    main()
