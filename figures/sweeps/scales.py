"""What colours mean where they stand for a gain or an accuracy, and the bar that says so."""

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.colors import LinearSegmentedColormap, Normalize

from figures.style.theme import INK, arm_label
from figures.sweeps.words import in_measure, signed

NOTHING = "#FAFAFA"
ABOVE = ("#66A3CF", "#005A8E")
BELOW = ("#A84300", "#E9925A")
GAIN = LinearSegmentedColormap.from_list("gain", [*BELOW, NOTHING, *ABOVE])
"""Of a gain: the KD student's blue where it is positive, the teacher's orange where negative."""
LEVEL = LinearSegmentedColormap.from_list("level", [NOTHING, *ABOVE])
"""Of any other value."""


def scale(values: np.ndarray, value: str) -> Normalize:
    """Return the range of the colours; that of gains has zero in its middle."""
    known = values[~np.isnan(values)]
    if not len(known):
        return Normalize(-1, 1)
    if value != "gain":
        return Normalize(known.min(), known.max())
    largest = np.abs(known).max() or 1.0
    return Normalize(-largest, largest)


def ink_on(colour: Float[np.ndarray, " rgba"]) -> str:
    """Return the colour of a text that can be read on another colour."""
    channels = colour[:3]
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    luminance = float(linear @ (0.2126, 0.7152, 0.0722))  # of WCAG 2.2
    return "white" if luminance < 0.2 else INK  # where both inks contrast alike


def colour_bar(
    ax: Axes, drawn: ScalarMappable, arm: str, value: str, measure: str = "accuracy"
) -> Colorbar:
    """Add the bar that says which value a colour is, beside the axes."""
    bar = ax.figure.colorbar(drawn, ax=ax, pad=0.02, aspect=30)
    bar.outline.set_visible(False)
    what, unit = in_measure(value, measure)
    bar.set_label(f"{what}, {arm_label(arm)}{unit}")
    if value == "gain":
        bar.ax.yaxis.set_major_formatter(lambda gain, _: signed(gain, 3).rstrip("0").rstrip("."))
    return bar
