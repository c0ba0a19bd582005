"""``mfh diagram`` for a page and for a slide."""

import re
from pathlib import Path

import matplotlib.image
import pytest

from tests.mfh.commands.sweeps import Command

PAPER = ("--region", "a=10", "--region", "b=10", "--region", "a&b=5", "--hidden", "5")


def sizes(svg: str) -> set[float]:
    """Return the sizes of the text in a picture, in points."""
    return {float(size) for size in re.findall(r"font-size: ([\d.]+)px", svg)}


def test_a_slide_is_wide_and_its_text_large(call: Command, tmp_path: Path) -> None:
    assert call("diagram", *PAPER, "--style", "talk", "--out", "x.svg") == (0, "x.svg\n", "")
    text = (tmp_path / "x.svg").read_text(encoding="utf-8")
    assert 'viewBox="0 0 921.6 518.4"' in text  # 12.8 by 7.2 inches
    assert min(sizes(text)) >= 18
    assert "hidden: 5 seen by neither" in text
    assert call("diagram", *PAPER, "--style", "talk", "--out", "x.png")[0] == 0
    assert matplotlib.image.imread(tmp_path / "x.png").shape[:2] == (1440, 2560)


def test_it_is_for_a_page_unless_asked_otherwise(call: Command, tmp_path: Path) -> None:
    assert call("diagram", *PAPER, "--out", "default.svg")[0] == 0
    assert call("diagram", *PAPER, "--style", "paper", "--out", "paper.svg")[0] == 0
    default, paper = ((tmp_path / f"{name}.svg").read_bytes() for name in ("default", "paper"))
    assert default == paper
    assert sizes(default.decode()) == {8, 9}


@pytest.mark.parametrize("style", ["poster", "", "Talk"])
def test_an_unknown_style_is_refused_in_one_line(call: Command, tmp_path: Path, style: str) -> None:
    status, out, err = call("diagram", *PAPER, "--style", style, "--out", "x.svg")
    assert (status, out) == (2, "")
    assert err == f"mfh: --style {style}: is unknown; known: paper, talk\n"
    assert list(tmp_path.iterdir()) == []
