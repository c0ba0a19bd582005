import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

import analysis.sweeps.memory
from analysis import Plan, Store, Synthetic, Workers, run
from analysis.sweeps.memory import BYTES, PROCESS, room, size
from analysis.sweeps.runs import pending
from analysis.sweeps.shards import numbers_of
from tests.analysis.small import small
from venn import ArgumentError, growing_gamma

SIZES = {
    "1": 1,
    "100": 100,
    "2GiB": 2 * 2**30,
    "2 GiB": 2 * 2**30,
    "1.5kB": 1500,
    "500MB": 500_000_000,
    "3M": 3_000_000,
    "1Ti": 2**40,
    "0.5gib": 2**29,
}


@pytest.mark.parametrize(("text", "expected"), SIZES.items(), ids=SIZES)
def test_sizes(text: str, expected: int) -> None:
    assert size(text) == expected


@pytest.mark.parametrize(
    "bad", ["", "lots", "-1", "2 GiB more", "GiB", "1e9", "2iB", True, 1.5, -4]
)
def test_what_is_no_size(bad: Any) -> None:
    with pytest.raises(ArgumentError, match=r"memory = .*: must be a size such as 2GiB, 500MB or"):
        size(bad)


def test_the_room_is_what_the_processes_themselves_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    gibibyte = 2**30
    monkeypatch.setattr(analysis.sweeps.memory, "PROCESS", 2**29)
    monkeypatch.setattr(psutil.Process, "memory_info", lambda _: type("Info", (), {"rss": 2**28}))
    assert room("1GiB", 0, 1) == (gibibyte - 2**29) // BYTES
    assert room(3 * gibibyte, 2, 1) == (3 * gibibyte - 3 * 2**29) // BYTES // 2
    monkeypatch.setattr(
        psutil.Process, "memory_info", lambda _: type("Info", (), {"rss": 2**29 * 3})
    )
    assert room("2GiB", 0, 1) == (2 * gibibyte - 3 * 2**29) // BYTES


def test_by_default_it_is_half_of_what_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    free = type("Memory", (), {"available": 2**33})
    monkeypatch.setattr(psutil, "virtual_memory", lambda: free)
    assert room(None, 0, 1) == 2**32 // BYTES
    assert room(None, 2, 1) == (2**32 - 2 * PROCESS) // BYTES // 2
    assert room(None, 0, 2**40) == 2**40  # one piece of work is tried, whatever it needs
    assert room(None, 1000, 5) == 5


@pytest.mark.parametrize(("workers", "who"), [(0, "one seed"), (2, "2 workers")])
def test_too_little_says_how_much_is_needed(workers: int, who: str) -> None:
    with pytest.raises(ArgumentError) as error:
        room("1MiB", workers, 10**6)
    message = str(error.value)
    assert message.startswith(f"memory = '1MiB': is too little for {who}: give at least ")
    least = message.partition("at least ")[2].partition(",")[0]
    assert room(f"{int(least.removesuffix('MiB')) + 16}MiB", workers, 10**6) >= 10**6


def test_shards_hold_no_more_than_there_is_room_for() -> None:
    plan = Plan(growing_gamma(), Synthetic(n_train=50, n_test=50), seeds=range(4))
    needed = max(map(numbers_of, plan.families))
    for times in (1, 3):
        for shard in pending(plan, Store(), room=times * needed):
            held = 0
            for _, members, _ in shard.families:
                identities = {member.identity for member in members}
                family = next(f for f in plan.families if identities <= {r.identity for r in f})
                held += numbers_of(family)
            assert held <= times * needed


def test_a_run_says_when_its_memory_is_too_little_and_stores_nothing(tmp_path: Path) -> None:
    with Store(tmp_path / "sweep.db") as store:
        for executor in (None, Workers(2)):
            with pytest.raises(ArgumentError, match="memory = '1MiB': is too little for"):
                run(small(), store, executor, memory="1MiB")
        assert store.holdings().results == 0
        assert len(run(small(), store, memory="4GiB").frame()) == small().rows


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
