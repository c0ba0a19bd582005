"""What comes from outside changes no file of ours."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from _modality_venn.packages import PACKAGES

ROOT = Path(__file__).parents[2]


def ours() -> dict[Path, bytes]:
    """Return the hash of every file of the packages."""
    files = (file for package in PACKAGES for file in (ROOT / package).rglob("*") if file.is_file())
    return {
        file: hashlib.blake2b(file.read_bytes()).digest()
        for file in files
        if file.suffix not in {".pyc", ".so"}
    }


@pytest.fixture(scope="package", autouse=True)
def no_file_of_ours_is_changed() -> Iterator[None]:
    before = ours()
    yield
    assert ours() == before
    assert len(before) > 150
