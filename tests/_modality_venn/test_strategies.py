import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from _modality_venn import strategies
from _modality_venn.packages import PACKAGES


class Hypothesis(SimpleNamespace):
    """What of hypothesis is told of a type."""

    def __init__(self) -> None:
        made: dict[type, Callable[..., Any]] = {}
        super().__init__(made=made, register_type_strategy=made.__setitem__)


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Put something in the place of hypothesis, which nobody has told of a type yet."""
    monkeypatch.setattr(strategies, "_TOLD", {})
    monkeypatch.delitem(sys.modules, "hypothesis.strategies", raising=False)

    def load(module: Any) -> None:
        monkeypatch.setitem(sys.modules, "hypothesis.strategies", module)
        strategies.register()

    return load


def test_a_type_is_told_at_once_where_hypothesis_is_loaded(load: Callable[[Any], None]) -> None:
    load(hypothesis := Hypothesis())
    strategies.makeable(int, str)
    assert list(hypothesis.made) == [int, str]


def test_a_type_is_told_as_soon_as_hypothesis_is_loaded(load: Callable[[Any], None]) -> None:
    strategies.makeable(int)
    for _ in range(2):  # the second time it is imported anew
        load(hypothesis := Hypothesis())
        assert list(hypothesis.made) == [int]


def test_a_strategy_of_somebody_else_stays(load: Callable[[Any], None]) -> None:
    load(hypothesis := Hypothesis())
    strategies.makeable(int)
    hypothesis.made[int] = repr
    strategies.makeable(str)
    strategies.register()
    assert hypothesis.made[int] is repr


@pytest.mark.parametrize("other", [None, SimpleNamespace()], ids=["forbidden", "another"])
def test_what_is_not_hypothesis_is_left_alone(other: Any, load: Callable[[Any], None]) -> None:
    strategies.makeable(int)
    load(other)


def test_something_else_in_the_place_of_synth_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, load: Callable[[Any], None]
) -> None:
    load(hypothesis := Hypothesis())
    strategies.makeable(int)
    (tmp_path / "synth.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "synth", raising=False)
    with pytest.raises(ImportError, match=r"needs its package `synth`, but .*synth\.py is in"):
        hypothesis.made[int](int)


def run(code: str, folder: Path) -> str:
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


LOADED = f"""
import hypothesis, sys
ours = {PACKAGES}
print([name for name in sys.modules if name.split(".")[0] in (*ours, "numpy")])
"""


def test_a_stranger_who_imports_hypothesis_meets_nothing_of_ours(tmp_path: Path) -> None:
    for package in PACKAGES:
        (tmp_path / f"{package}.py").write_text("raise SystemExit('a file of their own')\n")
    assert run(LOADED, tmp_path) == "[]"


def test_the_generator_does_not_import_hypothesis(tmp_path: Path) -> None:
    code = "import sys, synth; print('hypothesis' in sys.modules)"
    assert run(code, tmp_path) == "False"
