"""Colours of text, and how far they are from what is behind them."""

import re
from dataclasses import dataclass

from playwright.sync_api import Page

from tests.figures.seen import Colour

SEEN = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    const text = walker.currentNode.data.trim();
    if (text === "" || parent.closest("script, style, noscript, option, .away, :disabled")) continue;
    if (!parent.checkVisibility({ visibilityProperty: true })) continue;
    const inside = parent.closest("svg") !== null;
    const style = getComputedStyle(parent);
    let ground = null;
    for (let each = parent; each !== null && ground === null; each = each.parentElement) {
      const { backgroundColor } = getComputedStyle(each);
      if (backgroundColor !== "rgba(0, 0, 0, 0)") ground = backgroundColor;
    }
    found.push([text, inside ? style.fill : style.color, ground ?? "rgb(255, 255, 255)"]);
  }
  return found;
}"""


@dataclass(frozen=True)
class Seen:
    """A text, its colour, and the colour of the nearest ground behind it."""

    text: str
    colour: Colour
    ground: Colour


def seen(page: Page) -> set[Seen]:
    """Return every visible text of a page; what is disabled may be faint."""
    return {
        Seen(text, _read(colour), _read(ground)) for text, colour, ground in page.evaluate(SEEN)
    }


def _read(colour: str) -> Colour:
    red, green, blue, *alpha = (float(each) for each in re.findall(r"[\d.]+", colour))
    assert alpha in ([], [1.0]), colour
    return red / 255, green / 255, blue / 255


def mixed(over: Colour, under: Colour, opacity: float) -> Colour:
    """Return what is seen of a colour that lets some of another through."""
    red, green, blue = (
        opacity * one + (1 - opacity) * other for one, other in zip(over, under, strict=True)
    )
    return red, green, blue
