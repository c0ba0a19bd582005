"""The page's colours: those of the figures, and their partners on a dark ground."""

from collections.abc import Mapping

from figures.style.theme import BASELINE, GENERAL, GREEN, HIDDEN, INK, ORANGE, STUDENT, TEACHER
from figures.sweeps.scales import ABOVE, BELOW, NOTHING

LIGHT: Mapping[str, str] = {
    "teacher": TEACHER,
    "student": STUDENT,
    "general": GENERAL,
    "hidden": HIDDEN,
    "orange": ORANGE,
    "green": GREEN,
    "ink": INK,
    "baseline": BASELINE,
    "paper": "#FFFFFF",
    "panel": "#F1F1F1",
    "grid": "#E6E6E6",
    "accent": "#1F5F4A",
    "on-accent": "#FFFFFF",
    "on-general": "#FFFFFF",
    "loss-most": BELOW[0],
    "loss-some": BELOW[1],
    "nothing": NOTHING,
    "gain-some": ABOVE[0],
    "gain-most": ABOVE[1],
}
"""Colours by the names of the page's CSS variables."""

DARK: Mapping[str, str] = {
    **LIGHT,
    "teacher": "#F0803C",
    "student": "#56B4E9",
    "general": "#C58BC1",
    "hidden": "#A8A8A8",
    "green": "#2FC79B",
    "ink": "#F0F0F0",
    "baseline": "#B8B8B8",
    "paper": "#15171B",
    "panel": "#262A31",
    "grid": "#363B44",
    "accent": "#7AD9B4",
    "on-accent": "#10231C",
    "on-general": "#15171B",
    "loss-most": BELOW[1],
    "loss-some": BELOW[0],
    "nothing": "#2A2D33",
    "gain-some": ABOVE[1],
    "gain-most": ABOVE[0],
}
"""The same on a dark ground: lighter, of the same hues; a gain's colour leaves the ground's."""


def variables() -> str:
    """Return the style sheet's variables, for both grounds; the reader's choice goes first."""
    light, dark = (
        "".join(f"--{name}: {colour}; " for name, colour in colours.items())
        for colours in (LIGHT, DARK)
    )
    return (
        f":root {{ {light}color-scheme: light; }}\n"
        f"@media screen {{\n"
        f':root[data-theme="dark"] {{ {dark}color-scheme: dark; }}\n'
        f"@media (prefers-color-scheme: dark) {{\n"
        f':root[data-theme="auto"] {{ {dark}color-scheme: dark; }}\n'
        f"}}\n}}\n"
    )
