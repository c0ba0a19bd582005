"""The lecture page in a browser, used as a lecturer uses it."""

import functools
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request

from figures.lecture.measured import shipped
from figures.lecture.page import page as written

SCREEN = {"width": 1280, "height": 720}
OFTEN = 30  # milliseconds from one look to the next
PATIENCE = 120_000  # milliseconds, for a machine that does other things as well

READ = """(hash) => new Promise((done) => {
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  document.activeElement.blur();
  history.replaceState(null, "", "#another");
  addEventListener("hashchange", () => setTimeout(done), { once: true });
  location.hash = hash;
})"""

SHOWN = """() => {
  const by = (id) => document.getElementById(id);
  const number = (name) => Number(by(`slider-${name}`).value);
  const [a, g, b, h] = ["a", "g", "b", "h"].map(number);
  const parts = [...document.querySelectorAll("#parts input")];
  return {
    a, g, b, h, da: a + g + number("noiseA"), db: b + g + number("noiseB"),
    ...Object.fromEntries(["n", "flip", "temperature", "weight"].map((name) => [name, number(name)])),
    ...Object.fromEntries(["rule", "model", "teacher"].map((name) => [name, by(`select-${name}`).value])),
    seed: Number(by("seed").value),
    preset: by("preset-title").textContent,
    speed: by("speed").value,
    predict: by("predict").getAttribute("aria-pressed"),
    theme: document.documentElement.dataset.theme,
    hidden: parts.filter((input) => !input.checked).map((input) => input.id.replace("show-", "")),
  };
}"""


@functools.cache
def text() -> str:
    return written(shipped())


class Lecture:
    """An opened page, and what it says to nobody: errors, warnings and requests."""

    def __init__(self, context: BrowserContext, file: Path, address: str = "") -> None:
        self.said: list[str] = []
        self.left = False
        self.url = file.as_uri()
        context.on("request", self._asked)
        context.on("weberror", lambda each: self.said.append(f"error: {each.error}"))
        context.on("console", self._told)
        self._page = context.new_page()
        self._page.set_default_timeout(PATIENCE)
        self._page.goto(f"{self.url}#{address}")
        self._page.wait_for_selector("body[data-ready]")

    def _asked(self, request: Request) -> None:
        url = request.url.split("#")[0]
        if url != self.url and not url.startswith(("blob:", "data:")):
            self.said.append(f"request: {url}")

    def _told(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning", "assert"):
            self.said.append(f"{message.type}: {message.text}")

    @property
    def page(self) -> Page:
        """The page; where another test has left it, as it opens, at its fastest."""
        if self.left:
            self.read("speed=4")
        return self._page

    def read(self, address: str) -> None:
        """Have the page read another address, as if somebody had typed it."""
        self.left = False
        self._page.mouse.move(1, 1)  # over nothing
        self._page.evaluate(READ, address)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def text(self, selector: str) -> str:
        return self.page.locator(selector).inner_text()

    def texts(self, selector: str) -> list[str]:
        return self.page.locator(selector).all_inner_texts()

    def by(self, selector: str) -> Locator:
        return self.page.locator(selector)

    def until(self, condition: str, argument: Any = None) -> None:
        """Wait until a JavaScript expression, or a function of the argument, is true."""
        self.page.wait_for_function(condition, arg=argument, polling=OFTEN)

    def until_says(self, selector: str, words: str) -> None:
        self.until(
            "([selector, words]) => document.querySelector(selector).innerText.includes(words)",
            [selector, words],
        )

    def until_ended(self) -> None:
        self.until_says("#play", "Again")

    def eventually(self, look: Callable[[], bool]) -> bool:
        """Look again and again whether something has come true."""
        deadline = time.monotonic() + PATIENCE / 1000
        while not look():
            if time.monotonic() > deadline:
                return False
            self.page.wait_for_timeout(OFTEN)
        return True

    def pause(self, milliseconds: int) -> None:
        """Wait by a timer of the page: whatever its own timers were to do before is done."""
        self.page.evaluate("(time) => new Promise((done) => setTimeout(done, time))", milliseconds)

    @property
    def shown(self) -> dict[str, Any]:
        """The state, as the controls show it."""
        shown: dict[str, Any] = self.page.evaluate(SHOWN)
        return shown

    @property
    def counts(self) -> dict[str, int]:
        shown = self.shown
        return {name: shown[name] for name in ("a", "g", "b", "h")}

    @property
    def address(self) -> str:
        return str(self.page.evaluate("location.hash")).removeprefix("#")

    def written(self) -> None:
        """Wait until the state is in the address, which is not written at once."""
        self.pause(400)

    def addressed(self, *parts: str) -> bool:
        """Whether the address comes to be of these parts, in any order."""
        return self.eventually(lambda: sorted(self.address.split("&")) == sorted(parts))

    @property
    def accuracies(self) -> list[float]:
        """Test accuracies of teacher, No-KD and KD student in the legend, as fractions."""
        return [float(each.removesuffix(" %")) / 100 for each in self.texts("#legend b")]

    @property
    def trained(self) -> list[str]:
        """Whose accuracies the legend knows."""
        entries = zip(self.texts("#legend .label"), self.texts("#legend b"), strict=True)
        return [label for label, value in entries if value != "–"]

    @property
    def rows(self) -> list[list[str]]:
        """The table of runs so far."""
        cells = "(rows) => rows.map((row) => [...row.cells].map((cell) => cell.innerText))"
        found: list[list[str]] = self.by("#runs-body tr").evaluate_all(cells)
        return found


@contextmanager
def opened(browser: Browser, folder: Path, address: str = "", **settings: Any) -> Iterator[Lecture]:
    """Open the page in a fresh context that is offline; nothing that is said may stay unheard."""
    file = folder / "lecture.html"
    if not file.exists():
        file.write_text(text(), encoding="utf-8")
    context = browser.new_context(**{"viewport": SCREEN, "offline": True, **settings})
    try:
        lecture = Lecture(context, file, address)
        yield lecture
        assert lecture.said == [], lecture.said
    finally:
        context.close()


def signed(text: str) -> float:
    """Return a number that is written with a typographic minus."""
    return float(text.replace("−", "-"))


def numbers(text: str) -> list[float]:
    """Return every number in a text."""
    return [signed(each) for each in re.findall(r"[+−-]?\d+(?:\.\d+)?", text)]
