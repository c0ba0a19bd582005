"""A user's matplotlibrc changes no picture of ours, and stays in force on axes of their own."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
from cycler import cycler

from figures import save
from tests.figures.every import AXES_LEVEL, EVERY

WINDOWS = ("interactive", "figure.raise_window", "tk.window_focus", "webagg.open_in_browser")

USUAL: dict[Any, Any] = dict(mpl.rcParamsDefault)
HOSTILE: dict[Any, Any] = {
    **{key: not each for key, each in USUAL.items() if isinstance(each, bool)},
    **{key: each / 2 for key, each in USUAL.items() if isinstance(each, float)},
    "axes.facecolor": "black",
    "axes.formatter.limits": (0, 0),
    "axes.labelsize": 20,
    "axes.prop_cycle": cycler(color=["lime", "pink"], linewidth=[7, 8]),
    "figure.constrained_layout.use": True,
    "figure.facecolor": "yellow",
    "figure.figsize": (1, 1),
    "figure.labelsize": 20,
    "font.family": "monospace",
    "font.weight": "bold",
    "grid.linestyle": ":",
    "image.cmap": "jet",
    "image.interpolation": "bicubic",
    "image.origin": "lower",
    "legend.loc": "center",
    "legend.labelcolor": "red",
    "lines.marker": "x",
    "mathtext.fontset": "cm",
    "path.sketch": (1, 100, 2),
    "patch.edgecolor": "red",
    "savefig.bbox": "tight",
    "savefig.facecolor": "red",
    "savefig.format": "pdf",
    "svg.fonttype": "path",
    "svg.hashsalt": "another",
    "text.color": "red",
    "xtick.direction": "in",
    "xtick.labelsize": 20,
    "ytick.color": "red",
    **{key: USUAL[key] for key in WINDOWS},
}
"""Every switch the other way round, every length halved, and more; windows as they are."""


DRAWN = ["venn: README", "sweep: gain", "sweep: heat map", "sweep: simplex", "figure3", *AXES_LEVEL]
MAGIC = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}


@pytest.mark.parametrize(
    ("name", "suffix"),
    [*((name, "svg") for name in DRAWN), ("sweep: gain", "png"), ("sweep: gain", "pdf")],
)
def test_a_picture_is_the_same_to_the_byte_whatever_the_users_settings(
    name: str, suffix: str, tmp_path: Path
) -> None:
    """That is for a page, unless it is drawn on axes of the user's own."""
    style = {"style": "paper"} if name in AXES_LEVEL else {}
    save(EVERY[name](**style), tmp_path / f"plain.{suffix}")
    with mpl.rc_context(HOSTILE):
        before = dict(mpl.rcParams)
        save(EVERY[name](style="paper"), tmp_path / f"hostile.{suffix}")
        assert dict(mpl.rcParams) == before
    plain, hostile = ((tmp_path / f"{each}.{suffix}").read_bytes() for each in ("plain", "hostile"))
    assert hostile == plain
    assert plain.startswith(MAGIC[suffix])


def test_a_matplotlibrc_changes_no_file(tmp_path: Path) -> None:
    (tmp_path / "hostile").write_text("font.family: monospace\nlines.linewidth: 9\naxes.grid: True")
    (tmp_path / "plain").write_text("")
    call = [sys.executable, "-m", "mfh", "diagram", "--region", "a=3", "--region", "a&b=1", "--out"]
    for name in ("hostile", "plain"):
        settings = os.environ | {"MATPLOTLIBRC": str(tmp_path / name)}
        subprocess.run([*call, str(tmp_path / f"{name}.svg")], env=settings, check=True)
    assert (tmp_path / "hostile.svg").read_bytes() == (tmp_path / "plain.svg").read_bytes()
