"""The lowest versions that are declared: written once, and what `make test-lowest` installs."""

import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.version import Version

from tests.lowest import constraints, lowest, pinned


@pytest.mark.parametrize("name", lowest())
def test_the_newest_that_is_pinned_is_no_older_than_the_lowest(name: str) -> None:
    newest = {each.lower(): it for each, it in pinned().items()}[name]
    assert Version(lowest()[name]) <= Version(newest)
    assert f"\n{name}=={lowest()[name]}\n" in constraints()
    assert f"\n{name}=={newest}\n" not in constraints().replace(f"\n{name}=={lowest()[name]}\n", "")


def test_torch_is_as_pinned() -> None:
    assert f"torch=={pinned()['torch']}\n" in constraints()


@pytest.mark.skipif(Path(sys.prefix).name != ".venv-lowest", reason="for make test-lowest")
@pytest.mark.parametrize("name", lowest())
def test_the_lowest_versions_are_what_is_tested(name: str) -> None:
    assert Version(version(name)) == Version(lowest()[name])
