"""Sweeps over several processes: kills of the parent, of a worker, and Ctrl-C."""

import os
import signal
import time
from pathlib import Path

import pytest

from tests.mfh.commands.sweeps import FLOPS, NETWORKS, SWEEP, WHOLE, begun, check_stopped, exported
from tests.mfh.commands.warm import Call, Server, members, until

pytestmark = pytest.mark.slow

WORKERS = (*SWEEP, "--workers", "2")


def workers(call: Call) -> list[int]:
    """Return the processes that train for a call."""
    found = []
    for pid in members(call.pid):
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        if b"spawn_main" in command:
            found.append(pid)
    return found


def test_workers_end_with_a_parent_that_is_killed(
    server: Server, undisturbed: str, tmp_path: Path
) -> None:
    call = server.start(*WORKERS, folder=tmp_path, flops=4 * FLOPS)
    begun(call, tmp_path)
    assert len(workers(call)) == 2
    call.send(signal.SIGKILL)
    assert call.wait() == -signal.SIGKILL
    until(lambda: not members(call.pid))
    server.call(*SWEEP, folder=tmp_path, flops=WHOLE)
    assert exported(tmp_path) == undisturbed


def test_a_worker_that_is_killed_takes_no_result_with_it(
    server: Server, undisturbed: str, tmp_path: Path
) -> None:
    call = server.start(*WORKERS, folder=tmp_path, flops=4 * FLOPS)
    begun(call, tmp_path)
    worker, _ = workers(call)
    os.kill(worker, signal.SIGKILL)
    assert call.wait() == 0, call.err
    assert f"\n{NETWORKS:,} networks in " in call.out
    assert exported(tmp_path) == undisturbed
    assert members(call.pid) == []


@pytest.mark.parametrize(
    ("stops", "everybody"),
    [
        ([signal.SIGINT] * 3, True),
        ([signal.SIGTERM], False),
        ([signal.SIGTERM, signal.SIGINT, signal.SIGTERM, signal.SIGINT], True),
    ],
    ids=["Ctrl-C three times, which all hear", "SIGTERM to the command alone", "both"],
)
def test_ctrl_c_ends_the_workers_and_says_how_to_go_on(
    stops: list[signal.Signals], everybody: bool, server: Server, undisturbed: str, tmp_path: Path
) -> None:
    call = server.start(*WORKERS, folder=tmp_path, flops=4 * FLOPS)
    begun(call, tmp_path)
    for stop in stops:
        call.send(stop, group=everybody)
        time.sleep(0.01)  # else the system makes one of them
    check_stopped(call.wait(), call.err, tmp_path)
    until(lambda: not members(call.pid))
    server.call(*SWEEP, folder=tmp_path, flops=WHOLE)
    assert exported(tmp_path) == undisturbed


@pytest.mark.parametrize("pause", [0.1, 0.3])
def test_ctrl_c_is_quiet_while_workers_start(pause: float, server: Server, tmp_path: Path) -> None:
    """As they import, when they do not know yet that it is not for them."""
    call = server.start(*WORKERS, folder=tmp_path, flops=4 * FLOPS)
    until(lambda: len(workers(call)) == 2)
    time.sleep(pause)
    call.send(signal.SIGINT, group=True)
    check_stopped(call.wait(), call.err, tmp_path)
    until(lambda: not members(call.pid))
