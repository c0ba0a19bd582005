"""A sweep of many small shards, and what its store holds."""

import contextlib
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from analysis import Store
from analysis.sweeps.journals import address, journal_of
from mfh import command_line
from tests.mfh.commands.warm import Call, members, until

Command = Callable[..., tuple[int, str, str]]
"""Calls `mfh` and returns exit status, output and errors."""

TINY = ("--device", "cpu", "--width", "2", "--set", "n_train=20", "--set", "n_test=50")
SWEEP = ("sweep", "--points", "3", "--seeds", "300", "--set", "steps=100", *TINY)
ROWS, NETWORKS = 3 * 3 * 300, 7 * 300
FLOPS = 5e6
"""So that a shard holds a few networks, and is trained in some milliseconds."""
WHOLE = 1e12
"""So that all is one shard."""


def exported(folder: Path) -> str:
    """Return the table of a store that holds all of `SWEEP`, nothing doubled or broken."""
    with Store(folder / "sweep.db") as store:
        assert store.problems() == []
        assert store.holdings().missing == 0
        frame = store.frame()
    assert not frame.duplicated(["point", "arm", "seed"]).any()
    assert len(frame) == ROWS
    return frame.to_csv()


def stored(folder: Path) -> int:
    """Count the results that a store holds, without making its writer wait; 0 while it writes."""
    path = folder / "sweep.db"
    try:
        given = address(path, mode="ro", immutable=1)
        with contextlib.closing(sqlite3.connect(given, uri=True)) as connection:
            (found,) = connection.execute("SELECT count(*) FROM results").fetchone()
    except sqlite3.DatabaseError:  # it is not there yet
        return 0
    return 0 if journal_of(path).exists() else int(found)


def reached(call: Call, folder: Path, results: int) -> None:
    """Wait until a call has stored so many results, or has ended."""
    until(lambda: stored(folder) >= results or not members(call.pid), pause=0.01)


def begun(call: Call, folder: Path, results: int = 1) -> None:
    """Wait until a call has stored so many results, and is at work on others."""
    reached(call, folder, results)
    assert members(call.pid), call.err


def check_stopped(status: int, err: str, folder: Path) -> None:
    """An interrupted sweep says in one line how much is stored, and how to go on."""
    assert status == 130, err
    with Store(folder / "sweep.db") as store:
        found = store.holdings().results
    assert 0 <= found < NETWORKS
    kept = f"{found:,} of {NETWORKS:,} networks are stored in sweep.db"
    assert err.strip() == f"mfh: interrupted; {kept}; the same command goes on from there"
    assert [file.name for file in folder.iterdir()] == ["sweep.db"]


def refused(call: Command, *arguments: object) -> str:
    """Return the one line in which a call is refused."""
    status, out, err = call(*arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)
    return err


def mfh_in_process(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    """Call `mfh` in this process and return its exit status."""
    monkeypatch.setattr(sys, "argv", ["mfh", *map(str, arguments)])
    try:
        command_line.main()
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0
