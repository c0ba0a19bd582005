"""Settings of all tests."""

import os
import re
import signal
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is no failure; a property is not about how long it takes.
BUSY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("mfh", BUSY, max_examples=30)
# Mutants are many: few examples each, and the same ones in every run.
settings.register_profile("mutants", BUSY, max_examples=12, derandomize=True, database=None)
settings.load_profile("mfh")

if "PYTEST_XDIST_WORKER" in os.environ:  # one process a core: each has one thread
    os.environ.setdefault("OMP_NUM_THREADS", "1")


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # begun in the background of a script
    signal.signal(signal.SIGINT, signal.default_int_handler)  # else its children are deaf to Ctrl-C

ORACLES = [
    name
    for name in ("dit", "nbclient", "playwright", "sklearn", "statsmodels")
    if find_spec(name) is None
]
"""Packages that some tests compare with or run in, and that are not installed."""


def pytest_report_header() -> str | None:
    """Say what is left out."""
    return f"left out: files that import {', '.join(ORACLES)}" if ORACLES else None


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out a file that imports one of those: with the lowest versions there is none."""
    if not ORACLES or collection_path.suffix != ".py":
        return None
    text = collection_path.read_text(encoding="utf-8")
    imported = re.findall(r"^ *(?:from|import) (\w+)", text, re.MULTILINE)
    return bool(set(imported) & set(ORACLES)) or None


LONG = ("test_documents", "lecture", "tests/mfh", "test_cluster")
"""Files that take longest, begun first so that all cores end together."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of long files first, each file's in their own order."""
    items.sort(key=lambda item: not any(name in item.nodeid for name in LONG))
