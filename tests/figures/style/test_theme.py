from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from figures import save
from figures.style.theme import RC, SLIDE, STYLES, known_style, styled
from venn import ArgumentError


@pytest.mark.parametrize("name", ["x.jpg", "x", "x.tar.gz", ""])
def test_other_formats_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ArgumentError, match=r"out = .*: must end in \.png, \.svg or \.pdf"):
        save(Figure(), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_talk_differs_from_a_page_in_sizes_alone() -> None:
    """A slide and a page have the same colours, fonts and frames."""
    assert STYLES[known_style(None)] is RC
    changed = {key: value for key, value in STYLES["talk"].items() if RC.get(key) != value}
    assert set(RC) <= set(STYLES["talk"])
    assert changed.pop("figure.figsize") == SLIDE
    assert all(type(value) in {int, float} for value in changed.values())


def test_a_style_takes_changes() -> None:
    with styled("talk", font_size=19):
        assert (mpl.rcParams["font.size"], mpl.rcParams["legend.fontsize"]) == (19, 18)
