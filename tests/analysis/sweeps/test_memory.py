"""How many numbers fit, and what is too little."""

import subprocess
import sys
from typing import Any

import psutil
import pytest

import analysis.sweeps.memory
from analysis import Store, Workers, run
from analysis.sweeps.memory import BYTES, room, size
from tests.analysis.small import small
from venn import ArgumentError

SIZES = {
    "100": 100,
    "2GiB": 2 * 2**30,
    "2 GiB": 2 * 2**30,
    "1.5kB": 1500,
    "3M": 3_000_000,
    "1Ti": 2**40,
    "0.5gib": 2**29,
}


@pytest.mark.parametrize(("text", "expected"), SIZES.items(), ids=SIZES)
def test_sizes(text: str, expected: int) -> None:
    assert size(text) == expected


@pytest.mark.parametrize("bad", ["", "lots", "-1", "2 GiB more", "1e9", "2iB", True, 1.5])
def test_what_is_no_size(bad: Any) -> None:
    with pytest.raises(ArgumentError, match=r"memory = .*: must be a size such as 2GiB, 500MB or"):
        size(bad)


PROCESS = 2**29


def machine(patch: pytest.MonkeyPatch, taken: int) -> None:
    """Let this process have taken so much, and 8 GiB be free."""
    patch.setattr(analysis.sweeps.memory, "PROCESS", PROCESS)
    patch.setattr(psutil.Process, "memory_info", lambda _: type("Info", (), {"rss": taken}))
    patch.setattr(psutil, "virtual_memory", lambda: type("Memory", (), {"available": 2**33}))


def test_the_room_is_what_the_processes_themselves_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, taken=2**28)
    assert room("1GiB", 0, 1) == (2**30 - PROCESS) // BYTES
    assert room(3 * 2**30, 2, 1) == (3 * 2**30 - 3 * PROCESS) // BYTES // 2
    machine(monkeypatch, taken=3 * PROCESS)
    assert room("2GiB", 0, 1) == (2 * 2**30 - 3 * PROCESS) // BYTES


def test_by_default_it_is_half_of_what_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, taken=2**28)
    assert room(None, 0, 1) == 2**32 // BYTES
    assert room(None, 2, 1) == (2**32 - 2 * PROCESS) // BYTES // 2
    assert room(None, 0, 2**40) == 2**40  # one piece of work is tried, whatever it needs
    assert room(None, 1000, 5) == 5


@pytest.mark.parametrize(("workers", "who"), [(0, "one seed"), (2, "2 workers")])
def test_too_little_says_how_much_is_needed(
    workers: int, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine(monkeypatch, taken=2**28)
    with pytest.raises(ArgumentError) as error:
        room("1MiB", workers, 10**6)
    start = f"memory = '1MiB': is too little for {who}: give at least "
    message = str(error.value)
    assert message.startswith(start)
    least = int(message.removeprefix(start).partition("MiB")[0])
    assert room(f"{least}MiB", workers, 10**6) >= 10**6
    with pytest.raises(ArgumentError, match="is too little"):
        room(f"{least - 1}MiB", workers, 10**6)


def test_a_run_says_when_its_memory_is_too_little_and_stores_nothing() -> None:
    store = Store()
    for executor in (None, Workers(2)):
        with pytest.raises(ArgumentError, match="memory = '1MiB': is too little for"):
            run(small(), store, executor, memory="1MiB")
    assert store.holdings().rows == 0


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read as Linux has it")
def test_the_peak_stays_below() -> None:
    """A process of its own, as its peak is that of all it ever did.

    What `getrusage` says would not do: it counts the process from which a new one was begun.
    """
    code = """
import dataclasses, re, sys
from pathlib import Path
import analysis.sweeps.shards
from analysis import PROTOCOLS, Optimiser, Plan, run
from venn import growing_gamma
analysis.sweeps.shards.NUMBERS = analysis.sweeps.shards.FLOPS = 1e15
analysis.sweeps.shards.PIECE = 100
protocol = dataclasses.replace(PROTOCOLS["synthetic"], n_test=40_000, optimiser=Optimiser("sgd", 0.1, 1))
run(Plan(growing_gamma()[:1], protocol, seeds=range(24)), memory=sys.argv[1])
print(1024 * int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]))
"""
    peaks = {}
    for memory in ("620MiB", "100GiB"):
        command = [sys.executable, "-c", code, memory]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        peaks[memory] = int(done.stdout)
    assert peaks["620MiB"] < size("620MiB") < peaks["100GiB"]
