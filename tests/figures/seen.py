"""What can be read on a picture."""

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.tri import TriContourSet

Colour = tuple[float, float, float]
"""Red, green and blue from 0 to 1."""


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


def error_bars(ax: Axes) -> dict[str, np.ndarray]:
    """Return rows x, y, low, high of the marks with error bars, by their label."""
    found = {}
    for container in ax.containers:
        assert isinstance(container, ErrorbarContainer)
        line, _, (bars,) = container.lines
        ends = [segment[:, 1] for segment in bars.get_segments()]
        labels = [str(each.get_label()) for each in (line, container)]
        (label,) = (each for each in labels if not each.startswith("_"))
        found[label] = np.hstack([np.array(line.get_xydata()), ends])
    return found


def contours(ax: Axes, *, filled: bool) -> list[Any]:
    """Return the areas between levels, or the lines at levels."""
    drawn = (each for each in ax.collections if isinstance(each, TriContourSet))
    return [each for each in drawn if each.filled == filled]


def level_at(ax: Axes, place: np.ndarray) -> float:
    """Return the middle of the levels between which a place lies."""
    (drawn,) = contours(ax, filled=True)
    x, y = place
    (hit,) = (i for i, each in enumerate(drawn.get_paths()) if each.contains_point((x, y)))
    return float(np.mean(np.asarray(drawn.levels)[hit : hit + 2]))


def contrast(one: Colour, other: Colour) -> float:
    """Return (L₁ + 0.05) / (L₂ + 0.05) of two colours' luminances, the larger above (WCAG 2)."""
    dark, bright = sorted(map(_luminance, (one, other)))
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour: Colour) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))
