from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from figures import save
from figures.theme import FORMATS, styled
from venn import ArgumentError

MAGIC = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}


def picture() -> Figure:
    figure = Figure(figsize=(2, 2))
    figure.subplots().plot([0, 1], [0, 1])
    return figure


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_same_figure_gives_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    for name in ("one", "two"):
        save(picture(), tmp_path / f"{name}.{suffix}")
    one, two = ((tmp_path / f"{name}.{suffix}").read_bytes() for name in ("one", "two"))
    assert one == two
    assert one.startswith(MAGIC[suffix])


@pytest.mark.parametrize("name", ["x.jpg", "x", "x.tar.gz", ""])
def test_other_formats_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ArgumentError, match=r"out = .*: must end in \.png, \.svg or \.pdf"):
        save(picture(), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_the_style_is_left_behind() -> None:
    before = mpl.rcParams["font.size"]
    with styled(font_size=3):
        assert mpl.rcParams["font.size"] == 3
    assert mpl.rcParams["font.size"] == before
