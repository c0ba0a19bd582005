"""``mfh diagram`` for a page and for a slide."""

import re
from pathlib import Path

import matplotlib.image

from tests.mfh.commands.sweeps import Command

NAMES = ("--modalities", "audio", r"$\x$", "--region", "audio=10", "--region", r"$\x$=10")
SHOWN = (*NAMES, "--region", r"audio&$\x$=5", "--hidden", "3", "--noise", "audio=4")


def sizes(svg: str) -> set[float]:
    """Return the sizes of the text in a picture, in points."""
    return {float(size) for size in re.findall(r"font-size: ([\d.]+)px", svg)}


def test_it_draws_what_was_asked_for_on_a_page(call: Command) -> None:
    assert call("diagram", *SHOWN, "--out", "new/x.svg") == (0, "new/x.svg\n", "")
    text = Path("new/x.svg").read_text(encoding="utf-8")
    assert "γ = 0.20: 5 seen by both audio and $\\x$" in text
    assert "hidden: 3 seen by neither" in text
    assert "audio (teacher): 15 decisive + 4 noise channels" in text
    assert '"hidden": 3' in text  # what made it, in the metadata
    assert sizes(text) == {8, 9}
    assert [path.name for path in Path("new").iterdir()] == ["x.svg"]


def test_a_slide_is_wide_and_its_text_large(call: Command) -> None:
    for name in ("x.svg", "x.png"):
        assert call("diagram", *SHOWN, "--style", "talk", "--out", name)[0] == 0
    text = Path("x.svg").read_text(encoding="utf-8")
    assert 'viewBox="0 0 921.6 518.4"' in text  # 12.8 by 7.2 inches
    assert min(sizes(text)) >= 18
    assert matplotlib.image.imread("x.png").shape[:2] == (1440, 2560)
