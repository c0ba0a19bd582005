"""Where shards are trained; through the command line, and killed, in `tests.mfh.commands`."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import (
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from multiprocessing import active_children, get_context
from pathlib import Path
from typing import Any

import pytest
import torch
from pandas.testing import assert_frame_equal

import analysis.sweeps.executors
from analysis import Store, Workers, run
from analysis.sweeps.executors import in_process, through
from analysis.sweeps.runs import pending
from analysis.sweeps.shards import Shard, train_shard
from analysis.sweeps.store import Outcome
from tests.analysis.small import small
from venn import ArgumentError

PLAN = small(arms=("kd", "kd_shuffled", "no_kd", "um_kd"), seeds=range(4))
DEADLY = 1
"""The seed that kills who trains it."""


@pytest.fixture(autouse=True)
def many_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.sweeps.shards.FLOPS", 1e4)


def alone() -> Store:
    return run(PLAN, device="cpu")


def test_a_thread_pool_gives_the_same_rows() -> None:
    with ThreadPoolExecutor(3) as executor:
        assert_frame_equal(run(PLAN, executor=executor, device="cpu").frame(), alone().frame())


def test_a_process_pool_gives_the_same_rows() -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
        found = run(PLAN, executor=executor, device="cpu").frame()
    assert_frame_equal(found, alone().frame())


def test_workers_give_the_same_rows_and_end() -> None:
    before = set(active_children())
    assert_frame_equal(run(PLAN, None, Workers(2), device="cpu").frame(), alone().frame())
    assert set(active_children()) <= before


def test_no_process_is_started_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis.sweeps.executors, "_pool", None)
    assert list(Workers(2).each(train_shard, [], "cpu")) == []


def threads_and_cores(_: Shard, __: str) -> Any:
    return torch.get_num_threads(), signal.getsignal(signal.SIGINT), os.getpid()


def shards() -> list[Shard]:
    return list(pending(PLAN, Store()))


def test_workers_share_the_cores_and_do_not_hear_ctrl_c() -> None:
    found: dict[Shard, Any] = dict(Workers(2).each(threads_and_cores, shards()[:1], "cpu"))
    cores = len(os.sched_getaffinity(0))
    ((threads, heard, pid),) = found.values()
    assert threads == Workers(2).threads == max(1, cores // 2)
    assert heard is signal.SIG_IGN
    assert pid != os.getpid()


def dies_of_one(shard: Shard, device: str) -> list[Outcome]:
    if any(seed == DEADLY for seed, *_ in shard.families):
        os.kill(os.getpid(), signal.SIGKILL)
    return train_shard(shard, device)


def test_a_cell_that_kills_its_process_is_given_up_and_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where it shares a shard with others, which is cut in two until it is alone."""
    plan = small(arms=("no_kd",), diagrams=small().diagrams[:1])
    whole = run(plan, device="cpu").frame()
    monkeypatch.setattr("analysis.sweeps.shards.FLOPS", 1e12)
    monkeypatch.setattr("analysis.sweeps.runs.train_shard", dies_of_one)
    before = set(active_children())
    store = run(plan, None, Workers(1), device="cpu")
    failures = store.failures()
    assert list(failures["seed"]) == [DEADLY]
    assert failures["reason"].iloc[0].startswith("its process died, maybe for want of memory")
    frame = store.frame()
    assert_frame_equal(frame[frame["seed"] != DEADLY], whole[whole["seed"] != DEADLY])
    assert set(active_children()) <= before


def test_processes_that_cannot_start_are_no_fault_of_the_cells(tmp_path: Path) -> None:
    """A script without its guard starts itself over and over, and must not lose a cell by it."""
    script = tmp_path / "script.py"
    script.write_text(
        "from analysis import Plan, Store, Workers, run\n"
        "from venn import growing_gamma\n"
        "store = Store('sweep.db')\n"
        "run(Plan(growing_gamma((0,)), seeds=[0]), store, Workers(1))\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "no process could be started; a script must call run under if __name__" in done.stderr
    with Store(tmp_path / "sweep.db") as store:
        assert store.holdings().results == 0


class Broken(Executor):
    """An executor that breaks at the third shard."""

    def __init__(self) -> None:
        self.count = 0

    def submit(self, fn: Any, /, *args: Any, **_: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.count += 1
        if self.count < 3:
            future.set_result(fn(*args))
        else:
            future.set_exception(BrokenExecutor("the pool is gone"))
        return future


def test_an_executor_that_breaks_stops_the_run_and_costs_no_cell() -> None:
    """Which of its shards is to blame cannot be known."""
    store = Store()
    with pytest.raises(BrokenExecutor, match="the pool is gone"):
        run(PLAN, store, Broken(), device="cpu")
    held = store.holdings()
    assert held.results < PLAN.cells
    assert held.failed == 0
    assert_frame_equal(run(PLAN, store, device="cpu").frame(), alone().frame())


class Cancelling(Executor):
    """An executor that loses its scheduler."""

    def submit(self, *_: Any, **__: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.cancel()
        future.set_running_or_notify_cancel()
        return future


def test_an_executor_that_gives_up_stops_the_run() -> None:
    with pytest.raises(BrokenExecutor, match="gave a shard up"):
        run(PLAN, Store(), Cancelling(), device="cpu")


def test_no_more_shards_are_handed_over_than_fit_the_window() -> None:
    taken = threading.Semaphore(0)
    todo = shards()

    def counted() -> Iterator[Shard]:
        for shard in todo:
            taken.release()
            yield shard

    with ThreadPoolExecutor(1) as executor:
        results = through(executor, window=3)(lambda *_: [], counted(), "cpu")
        next(results)
        assert taken._value == 3
        assert len(list(results)) == len(todo) - 1


def test_what_is_handed_over_is_cancelled_when_a_run_stops() -> None:
    go = threading.Event()
    begun = []

    def waits(shard: Shard, _: str) -> list[Outcome]:
        begun.append(shard)
        if len(begun) > 1:
            go.wait(120)
        return []

    with ThreadPoolExecutor(1) as executor:
        results = through(executor)(waits, shards(), "cpu")
        next(results)
        results.close()
        go.set()
    assert len(begun) <= 2


class StopError(Exception):
    pass


def test_workers_are_gone_when_a_run_stops_for_another_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where the thread that learns of their end is slow to tell, as on a busy machine."""
    learn = os.waitpid

    def slow(pid: int, options: int) -> tuple[int, int]:
        found = learn(pid, options)
        if threading.current_thread() is not threading.main_thread():
            time.sleep(0.2)
        return found

    def stop(_: int) -> None:
        raise StopError

    monkeypatch.setattr(os, "waitpid", slow)
    before = set(active_children())
    with pytest.raises(StopError):
        run(PLAN, None, Workers(1), stop, device="cpu")
    assert set(active_children()) <= before


def test_a_run_that_stops_ends_its_own_workers_and_nobody_elses() -> None:
    """Also where another run began meanwhile."""
    before = set(active_children())
    other = Workers(1).each(threads_and_cores, shards()[:1], "cpu")

    def stop(_: int) -> None:
        next(other)
        raise StopError

    with pytest.raises(StopError):
        run(PLAN, None, Workers(1), stop, device="cpu")
    (child,) = set(active_children()) - before
    assert child.is_alive()
    other.close()
    assert set(active_children()) <= before


def fails(shard: Shard, _: str) -> list[Outcome]:
    raise (FloatingPointError if shard.cells[0][1] else RuntimeError)("no matter what")


def test_an_error_of_a_cell_is_handed_on_and_another_one_raised() -> None:
    todo = sorted(shards(), key=lambda shard: -shard.cells[0][1])
    results = in_process(fails, todo, "cpu")
    shard, error = next(results)
    assert shard is todo[0]
    assert isinstance(error, FloatingPointError)
    with pytest.raises(RuntimeError, match="no matter what"):
        list(results)


@pytest.mark.parametrize("count", [0, -1, 1.5, "2", None, True, 10**6])
def test_bad_counts_of_workers(count: Any) -> None:
    with pytest.raises(ArgumentError, match=r"^workers = "):
        Workers(count)
