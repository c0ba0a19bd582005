"""Every line of visible text: where it is, how large, and what else is there."""

from typing import Any

TEXTS = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const parent = node.parentElement;
    if (node.data.trim() === "" || parent.closest("script, style, noscript, option, .away, dialog:not([open]), details:not([open]) > :not(summary)")) continue;
    if (!parent.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const style = getComputedStyle(parent);
    const text = node.data.trim();
    for (const { left, top, right, bottom } of range.getClientRects()) {
      if (right - left > 0) found.push({ text, left, top, right, bottom, size: parseFloat(style.fontSize), part: parent.closest("svg, section section, section, header, dialog")?.id ?? "" });
    }
  }
  return found;
}"""
SLACK = 0.2
"""Of a line's height, which holds room above and below its letters."""


def overlapping(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return pairs of texts whose letters lie over each other."""
    pairs = []
    for i, one in enumerate(found):
        for other in found[:i]:
            across = min(one["right"], other["right"]) - max(one["left"], other["left"])
            down = min(one["bottom"], other["bottom"]) - max(one["top"], other["top"])
            lower = min(each["bottom"] - each["top"] for each in (one, other))
            if across > 1 and down > 2 * SLACK * lower:
                pairs.append((one["text"], other["text"]))
    return pairs
