"""The lowest versions that are declared: written once, and what `make test-lowest` installs."""

import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.version import Version

from tests.lowest import constraints, lowest, pinned


def test_only_what_users_install_is_lowered() -> None:
    newest = {name.lower(): it for name, it in pinned().items()}
    lines = {name.lower(): it for name, it in (each.split("==") for each in constraints().split())}
    assert lines == newest | lowest()
    assert lines["torch"] == newest["torch"]
    assert all(Version(it) <= Version(newest[name]) for name, it in lowest().items())


@pytest.mark.skipif(Path(sys.prefix).name != ".venv-lowest", reason="for make test-lowest")
def test_the_lowest_versions_are_what_is_tested() -> None:
    assert {name: Version(version(name)) for name in lowest()} == {
        name: Version(it) for name, it in lowest().items()
    }
