"""``mfh plot`` for a page and for a slide."""

from pathlib import Path

import pytest

from tests.mfh.commands.sweeps import Command
from tests.mfh.commands.test_diagram import sizes

SMALL = ("--points", "3", "--seeds", "2", "--device", "cpu", "--width", "2")
QUICK = ("--set", "n_train=10", "--set", "n_test=20", "--set", "steps=5")


@pytest.fixture
def store(call: Command, tmp_path: Path) -> Path:
    """Return the store of a small sweep."""
    assert call("sweep", *SMALL, *QUICK)[0] == 0
    return tmp_path / "sweep.db"


def test_a_slide_is_wide_and_its_text_large(call: Command, store: Path) -> None:
    out = store.parent / "gain.svg"
    assert call("plot", "sweep.db", "--style", "talk", "--title", "γ", "--out", out.name)[0] == 0
    slide = out.read_text(encoding="utf-8")
    assert 'viewBox="0 0 921.6 518.4"' in slide
    assert min(sizes(slide)) >= 18
    assert call("plot", "sweep.db", "--out", out.name)[0] == 0
    assert max(sizes(out.read_text(encoding="utf-8"))) == 9


def test_an_unknown_style_is_refused_in_one_line(call: Command, store: Path) -> None:
    status, out, err = call("plot", "sweep.db", "--style", "poster", "--out", "x.svg")
    assert (status, out) == (2, "")
    assert err == "mfh: --style poster: is unknown; known: paper, talk\n"
    assert not (store.parent / "x.svg").exists()


@pytest.mark.parametrize("options", [(), ("--y", "accuracy"), ("--x", "gamma", "--y", "hidden")])
def test_another_measure_is_drawn_and_says_so(
    options: tuple[str, ...], call: Command, store: Path
) -> None:
    named = ("--measure", "balanced_accuracy")
    assert call("plot", "sweep.db", *options, *named, "--out", "x.svg")[0] == 0
    assert "balanced accuracy" in (store.parent / "x.svg").read_text(encoding="utf-8")


def test_an_unknown_measure_is_refused_in_one_line(call: Command, store: Path) -> None:
    status, _, err = call("plot", "sweep.db", "--measure", "loss", "--out", "x.svg")
    assert (status, err) == (
        2,
        "mfh: --measure loss: is unknown; known: accuracy, balanced_accuracy\n",
    )
    assert not (store.parent / "x.svg").exists()
