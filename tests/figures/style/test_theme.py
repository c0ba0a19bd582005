from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from figures import save
from figures.style.theme import FORMATS, RC, SLIDE, STYLES, known_style, styled
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


def test_what_is_drawn_without_a_style_is_for_a_page() -> None:
    assert known_style(None) == "paper"
    assert STYLES["paper"] is RC
    with styled():
        page = dict(mpl.rcParams)
    with styled("paper"):
        assert dict(mpl.rcParams) == page


def test_a_talk_differs_from_a_page_in_sizes_alone() -> None:
    """A slide and a page have the same colours, fonts and frames."""
    changed = {key: value for key, value in STYLES["talk"].items() if RC.get(key) != value}
    assert set(RC) <= set(STYLES["talk"])
    assert changed.pop("figure.figsize") == SLIDE
    assert all(type(value) in {int, float} for value in changed.values())


def test_the_style_of_a_talk_takes_changes_too() -> None:
    with styled("talk", font_size=19):
        assert mpl.rcParams["font.size"] == 19
        assert mpl.rcParams["legend.fontsize"] == 18
