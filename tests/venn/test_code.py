"""The identity of code from outside: what would run, whatever it is called and wherever it stands."""

import importlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from synth import Hyperplane
from tests.refusals import refusal
from venn import canonical, growing_gamma
from venn.code import code_of, modules_of

HELPER = """
SCALE = 2.0

def twice(x):
    return SCALE * x
"""

MINE = """
import functools
from dataclasses import dataclass, field

import numpy as np

import helper
from helper import twice as doubled

TABLE = {"f": doubled, "words": ("a", "b")}
WORDS = np.array([1.0, 2.0])

@dataclass(frozen=True)
class Mine:
    '''Words.'''

    beta: float = 1.0
    more: list = field(default_factory=list)

    @property
    def shown(self):
        return doubled(self.beta)

    @functools.cached_property
    def kept(self):
        return helper.SCALE + WORDS.sum()

    @staticmethod
    def free(x, *, weight=0.5):
        def inner(z):  # a comment
            return TABLE["f"](z) * weight if x in {"q", "w", "e"} else np.exp(z)
        return inner(x)
"""

Load = Callable[..., ModuleType]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Import two modules of the user's own afresh, with some texts replaced."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def loaded(old: str = "", new: str = "") -> ModuleType:
        for name, text in (("helper", HELPER), ("mine", MINE)):
            (tmp_path / f"{name}.py").write_text(text.replace(old, new) if old else text)
            sys.modules.pop(name, None)
        importlib.invalidate_caches()
        return importlib.import_module("mine")

    return loaded


CHANGED = {
    "a constant of another file": ("SCALE = 2.0", "SCALE = 3.0"),
    "a function of another file": ("SCALE * x", "SCALE + x"),
    "a property": ("doubled(self.beta)", "doubled(-self.beta)"),
    "a default": ("beta: float = 1.0", "beta: float = 2.0"),
    "a factory": ("default_factory=list", "default_factory=tuple"),
    "a keyword's default": ("weight=0.5", "weight=0.25"),
    "an inner function": ("* weight if", "/ weight if"),
    "a word in a table": ('("a", "b")', '("a", "c")'),
    "a number in an array": ("[1.0, 2.0]", "[1.0, 2.5]"),
    "a function of numpy": ("np.exp(z)", "np.log(z)"),
    "a word in a set": ('"w", "e"', '"w", "r"'),
}


@pytest.mark.parametrize(("old", "new"), CHANGED.values(), ids=CHANGED)
def test_what_would_run_otherwise_is_another_code(load: Load, old: str, new: str) -> None:
    before = code_of(load().Mine)
    assert code_of(load(old, new).Mine) != before
    assert code_of(load().Mine) == before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  # a comment", ""),
        ("'''Words.'''", "'''Others.'''"),
        ("def inner", "\n        def inner"),
    ],
)
def test_words_and_places_are_no_code(load: Load, old: str, new: str) -> None:
    assert code_of(load(old, new).Mine) == code_of(load().Mine)


def test_a_function_that_is_edited_in_one_process_is_another_one(load: Load) -> None:
    """As a notebook cell is: the class stays, what it calls by its name does not."""
    mine = load()
    before = code_of(mine.Mine)
    exec("def doubled(x):\n    return -x", mine.__dict__)
    mine.TABLE["f"] = mine.doubled
    assert code_of(mine.Mine) != before
    assert modules_of(mine.Mine) == {"mine"}


def test_it_is_the_same_in_every_process(load: Load, tmp_path: Path) -> None:
    mine = load()
    program = "import mine; from venn.code import code_of; print(code_of(mine.Mine))"
    for seed in "12":
        found = subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONPATH": f"{tmp_path}:{Path(__file__).parents[2]}", "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert found.stdout.strip() == code_of(mine.Mine)
    assert modules_of(mine.Mine) == {"mine", "helper"}


def test_ours_have_none() -> None:
    for value in (Hyperplane, growing_gamma, dict, len):
        assert code_of(value) is None
    assert "code" not in canonical(Hyperplane())


def test_a_value_from_outside_has_its_code_in_its_form(load: Load) -> None:
    mine = load()
    assert canonical(mine.Mine(2.0, ())) == {
        "kind": "Mine",
        "code": code_of(mine.Mine),
        "beta": 2.0,
        "more": [],
    }
    form = canonical(mine.Mine.free)
    assert form == {"name": "mine.Mine.free", "code": code_of(mine.Mine.free)}


def test_what_has_no_identity_is_refused_by_its_name(load: Load) -> None:
    mine = load()
    exec("chance = np.random.default_rng(1)\ndef bad(x):\n    return chance.normal()", vars(mine))
    assert refusal(code_of, mine.bad).startswith("chance = Generator(PCG64)")
    assert "has no identity" in refusal(code_of, mine.bad)


def test_what_is_of_no_module_is_from_outside() -> None:
    names: dict[str, Any] = {}
    exec("def typed(x):\n    return x + 1", names)
    before = code_of(names["typed"])
    exec("def typed(x):\n    return x + 2", names)
    assert before is not None
    assert code_of(names["typed"]) not in (None, before)
