"""Sweeps that are killed, interrupted, short of disk or two at once, and what they leave."""

import random
import signal
import time
from pathlib import Path

import pytest
from pandas.testing import assert_frame_equal

from analysis import Store
from analysis.sweeps.journals import is_played
from tests.mfh.commands.sweeps import (
    FLOPS,
    NETWORKS,
    SWEEP,
    WHOLE,
    begun,
    check_stopped,
    exported,
    reached,
)
from tests.mfh.commands.warm import Server, members

pytestmark = pytest.mark.slow
KILLS = 24


def test_a_sweep_that_is_killed_over_and_over_ends_as_if_it_had_not_been(
    server: Server, undisturbed: str, tmp_path: Path
) -> None:
    """24 kills at random moments: most as it trains and commits, some as it opens the store.

    On a busy machine kills come late, and it may end before all of them.
    """
    chance = random.Random(1)
    counts = [0]
    for kill in range(KILLS):
        call = server.start(*SWEEP, folder=tmp_path, flops=FLOPS)
        if kill % 4:
            reached(call, tmp_path, results=counts[-1] + chance.randint(1, 25))
        time.sleep(chance.uniform(0, 0.03))
        call.send(signal.SIGKILL)
        status = call.wait()
        counts.append(_results(tmp_path / "sweep.db"))
        if status == 0:
            break
        assert status == -signal.SIGKILL, call.err
    assert counts == sorted(counts)
    assert len(set(counts)) > KILLS / 4  # the kills fell into the work
    last = server.call(*SWEEP, folder=tmp_path, flops=WHOLE)
    assert f"; {counts[-1]:,} stored, {NETWORKS - counts[-1]:,} to train" in last.out
    assert exported(tmp_path) == undisturbed


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_keeps_what_was_trained_and_says_how_to_go_on(
    stop: signal.Signals, server: Server, undisturbed: str, tmp_path: Path
) -> None:
    call = server.start(*SWEEP, folder=tmp_path, flops=FLOPS)
    begun(call, tmp_path, results=20)
    call.send(stop)
    check_stopped(call.wait(), call.err, tmp_path)
    server.call(*SWEEP, folder=tmp_path, flops=WHOLE)
    assert exported(tmp_path) == undisturbed


def test_a_full_disk_stops_a_sweep_that_goes_on_when_there_is_room(
    server: Server, undisturbed: str, tmp_path: Path
) -> None:
    """No file may grow beyond 90 kB, which the store does after some shards."""
    call = server.start(*SWEEP, folder=tmp_path, flops=FLOPS, file_size=90_000)
    assert call.wait() == 1
    assert call.err.startswith("mfh: sweep.db: ")
    assert "what was committed is intact, and the same command resumes" in call.err
    assert call.err.count("\n") == 1
    with Store(tmp_path / "sweep.db") as store:
        assert store.problems() == []
        found = store.holdings().results
    assert 0 < found < NETWORKS
    again = server.call(*SWEEP, folder=tmp_path, flops=WHOLE)
    assert f"; {found:,} stored, " in again.out
    assert exported(tmp_path) == undisturbed


def test_a_store_that_is_moved_under_a_sweep_is_missed_and_kept(
    server: Server, undisturbed: str, tmp_path: Path
) -> None:
    call = server.start(*SWEEP, folder=tmp_path, flops=FLOPS)
    begun(call, tmp_path)
    (tmp_path / "sweep.db").rename(tmp_path / "moved.db")
    assert call.wait() == 1
    assert call.err.startswith("mfh: sweep.db: it was moved or deleted while it was open. All that")
    assert call.err.count("\n") == 1
    names = {file.name for file in tmp_path.iterdir()}
    assert names == {"moved.db", "sweep.rescued.db"}
    with Store(tmp_path / "moved.db") as one, Store(tmp_path / "sweep.rescued.db") as two:
        assert_frame_equal(one.frame(), two.frame())
        found = one.holdings().results
    (tmp_path / "sweep.rescued.db").rename(tmp_path / "sweep.db")
    again = server.call(*SWEEP, folder=tmp_path, flops=WHOLE)
    assert f"; {found:,} stored, " in again.out
    assert exported(tmp_path) == undisturbed


def test_a_journal_of_a_killed_sweep_is_refused_beside_another_store(
    server: Server, undisturbed: str, tmp_path: Path
) -> None:
    """In one line, by every command; with its own store it is put back."""
    path, journal = tmp_path / "sweep.db", tmp_path / "sweep.db-journal"
    while not is_played(path):  # a kill may come when the transaction has just ended
        call = server.start(*SWEEP, folder=tmp_path, flops=FLOPS)
        while members(call.pid) and not is_played(path):
            pass
        call.send(signal.SIGKILL)
        assert call.wait() == -signal.SIGKILL, "it ended before it was killed"
    path.rename(tmp_path / "away.db")
    for command in (SWEEP, ("store", "merge", "sweep.db", "away.db")):
        call = server.start(*command, folder=tmp_path)
        assert call.wait() == 2
        assert "sweep.db-journal, which a run that was killed left of another file" in call.err
        assert call.err.count("\n") == 1
    assert {file.name for file in tmp_path.iterdir()} == {"away.db", journal.name}
    (tmp_path / "away.db").rename(path)
    server.call(*SWEEP, folder=tmp_path, flops=WHOLE)
    assert exported(tmp_path) == undisturbed


def test_two_runs_at_once_on_one_store_end_as_one(
    server: Server, undisturbed: str, tmp_path: Path
) -> None:
    calls = [server.start(*SWEEP, folder=tmp_path, flops=20 * FLOPS) for _ in range(2)]
    assert [call.wait() for call in calls] == [0, 0], [call.err for call in calls]
    assert exported(tmp_path) == undisturbed


def _results(path: Path) -> int:
    if not path.exists():
        return 0
    with Store(path) as store:
        return store.holdings().results
