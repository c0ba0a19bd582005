"""The page's modules in a browser: their exports as names of a page, and what they return."""

import base64
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jaxtyping import Float
from playwright.sync_api import Browser, Page, sync_playwright

from figures.lecture import bundle

LECTURE = Path(bundle.__file__).parent
MATHS = sorted((LECTURE / "maths").glob("*.js"))
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
QUIET = (
    *("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)

BYTES = """(argument) => {
  const { buffer } = Float64Array.from((EXPRESSION)(argument));
  const bytes = new Uint8Array(buffer);
  let text = "";
  for (let i = 0; i < bytes.length; i += 32768) {
    text += String.fromCharCode(...bytes.subarray(i, i + 32768));
  }
  return btoa(text);
}"""


@contextmanager
def launched() -> Iterator[Browser]:
    """Start a browser that is installed; skip the test where there is none."""
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        pytest.skip("no Chromium or Chrome found: the lecture page's tests are skipped")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, args=QUIET, timeout=120_000
        )
        yield browser
        browser.close()


def exports(modules: list[Path], folder: Path) -> str:
    """Return a script that makes all exports of some modules names of the page."""
    imports, names = [], []
    for module in modules:
        found = bundle.EXPORT.findall(module.read_text(encoding="utf-8"))
        path = Path(os.path.relpath(module, folder)).as_posix()
        imports.append(f'import {{ {", ".join(found)} }} from "{path}";')
        names += found
    entry = folder / "everything.js"
    entry.write_text("\n".join([*imports, f"Object.assign(self, {{ {', '.join(names)} }});"]))
    return bundle.script(entry)


def numbers(page: Page, expression: str, argument: Any = None) -> Float[np.ndarray, " number"]:
    """Return the numbers that a JavaScript function returns of an argument, bit for bit."""
    text = page.evaluate(re.sub("EXPRESSION", lambda _: expression, BYTES), argument)
    return np.frombuffer(base64.b64decode(text), dtype=np.float64)
