"""Colours of text, and how far they are from what is behind them."""

import re
from dataclasses import dataclass

from playwright.sync_api import Page

Colour = tuple[float, float, float]

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
    return red, green, blue


def parsed(colour: str) -> Colour:
    """Return a colour that is written as #RRGGBB."""
    red, green, blue = (float(int(colour[i : i + 2], 16)) for i in (1, 3, 5))
    return red, green, blue


def mixed(over: Colour, under: Colour, opacity: float) -> Colour:
    """Return what is seen of a colour that lets some of another through."""
    red, green, blue = (
        opacity * one + (1 - opacity) * other for one, other in zip(over, under, strict=True)
    )
    return red, green, blue


def contrast(one: Colour, other: Colour) -> float:
    """Return (L₁ + 0.05) / (L₂ + 0.05) of the relative luminances, the larger above (WCAG 2)."""
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour: Colour) -> float:
    linear = (
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4
        for each in (part / 255 for part in colour)
    )
    return sum(weight * each for weight, each in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
