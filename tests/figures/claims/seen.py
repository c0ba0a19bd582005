"""What can be read on a picture."""

from matplotlib.figure import Figure
from matplotlib.text import Text


def visible(figure: Figure) -> list[Text]:
    """Return the texts of a figure that are not empty and not hidden."""
    return [each for each in figure.findobj(Text) if each.get_text() and each.get_visible()]


def smallest(figure: Figure) -> float:
    """Return the size of the smallest text in points."""
    return min(float(text.get_fontsize()) for text in visible(figure))
