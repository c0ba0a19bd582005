"""What can be read on a picture."""

from itertools import combinations

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text


def written(figure: Figure) -> list[Text]:
    """Return the texts that are drawn, whatever holds them."""
    texts: dict[int, Text] = {}

    def draw(text: Text, _: object) -> None:
        if text.get_visible() and text.get_text().strip():
            texts[id(text)] = text

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Text, "draw", draw)
        figure.draw_without_rendering()
    return list(texts.values())


def clashes(figure: Figure) -> list[str]:
    """Return the texts that lie off the page or on one another."""
    boxes = [(text.get_text(), text.get_window_extent()) for text in written(figure)]
    page = figure.bbox
    off = [text for text, box in boxes if not all(page.contains(*at) for at in (box.min, box.max))]
    pairs = combinations(boxes, 2)
    return off + [f"{one} / {other}" for (one, a), (other, b) in pairs if a.overlaps(b)]


def smallest(figure: Figure) -> float:
    """Return the size of the smallest text in points."""
    return min(float(text.get_fontsize()) for text in written(figure))
