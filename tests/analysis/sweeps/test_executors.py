"""Where shards are trained; through the command line, and killed, in `tests.mfh.commands`."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import active_children
from typing import Any

import cloudpickle
import pytest
import torch
from pandas.testing import assert_frame_equal

import analysis.sweeps.executors
from analysis import Store, Workers, progress, run
from analysis.sweeps.executors import through
from analysis.sweeps.runs import pending
from analysis.sweeps.shards import Shard, train_shard
from analysis.sweeps.store import Outcome
from tests.analysis.bars import Shown
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


def shards() -> list[Shard]:
    return list(pending(PLAN, Store()))


def is_deadly(shard: Shard) -> bool:
    return any(family.seed == DEADLY for family in shard.families)


def shard_of(call: bytes) -> Shard:
    """Return the shard of a call as executors are given it."""
    _, shard, _ = cloudpickle.loads(call)
    assert isinstance(shard, Shard)
    return shard


# Executors of one's own.


def test_a_thread_pool_gives_the_same_rows() -> None:
    with ThreadPoolExecutor(3) as executor:
        assert_frame_equal(run(PLAN, executor=executor, device="cpu").frame(), alone().frame())


class Failing(Executor):
    """An executor whose shards of one seed fail."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error

    def submit(self, fn: Any, /, *args: Any, **_: Any) -> Future[Any]:
        future: Future[Any] = Future()
        if not is_deadly(shard_of(*args)):
            future.set_result(fn(*args))
        elif self.error is not None:
            future.set_exception(self.error)
        else:
            future.cancel()
            future.set_running_or_notify_cancel()
        return future


STOPS: dict[str, tuple[BaseException | None, type[BaseException], str]] = {
    "broken": (BrokenExecutor("the pool is gone"), BrokenExecutor, "the pool is gone"),
    "no scheduler": (None, BrokenExecutor, "gave a shard up, as when its scheduler is gone"),
    "no package": (ImportError("no mfh"), BrokenExecutor, "lacks a package .no mfh.; install mfh"),
    "a bug": (RuntimeError("a bug"), RuntimeError, "a bug"),
    "an exit": (SystemExit("go"), SystemExit, "go"),
}


@pytest.mark.parametrize(("error", "kind", "words"), STOPS.values(), ids=STOPS)
def test_an_executor_that_fails_stops_the_run_and_costs_no_cell(
    error: BaseException | None, kind: type[BaseException], words: str
) -> None:
    store = Store()
    with pytest.raises(kind, match=words):
        run(PLAN, store, Failing(error), device="cpu")
    held = store.holdings()
    assert held.results < PLAN.cells
    assert held.failed == 0
    assert_frame_equal(run(PLAN, store, device="cpu").frame(), alone().frame())


def test_what_kills_workers_elsewhere_is_given_up() -> None:
    """As Dask says of a shard that several of its workers died of."""
    killed = type("KilledWorker", (Exception,), {})("died")
    failures = run(PLAN, Store(), Failing(killed), device="cpu").failures()
    assert set(failures["seed"]) == {DEADLY}
    assert failures["reason"].str.startswith("its process died, maybe for want of memory").all()


def test_no_more_shards_are_handed_over_than_fit_the_window() -> None:
    taken = 0
    todo = shards()

    def counted() -> Iterator[Shard]:
        nonlocal taken
        for shard in todo:
            taken += 1
            yield shard

    with ThreadPoolExecutor(1) as executor:
        results = through(executor, window=3)(lambda *_: [], counted(), "cpu")
        next(results)
        assert taken == 3
        next(results)
        assert taken <= 5
        assert len(list(results)) == len(todo) - 2


BEGUN: list[Shard] = []
GO = threading.Event()


def waits(shard: Shard, _: str) -> list[Outcome]:
    BEGUN.append(shard)
    if len(BEGUN) > 1:
        GO.wait(120)
    return []


def test_what_is_handed_over_is_cancelled_when_a_run_stops() -> None:
    BEGUN.clear()
    GO.clear()
    with ThreadPoolExecutor(1) as executor:
        results = through(executor)(waits, shards(), "cpu")
        next(results)
        results.close()
        GO.set()
    assert 1 <= len(BEGUN) <= 2


# Workers.


class Mortal(Executor):
    """A pool whose process dies of a seed, with one more shard in hand."""

    dead = 0

    @property
    def _broken(self) -> bool:
        return self.dead > 0

    def submit(self, fn: Any, /, *args: Any, **_: Any) -> Future[Any]:
        if self.dead > 1:
            raise BrokenProcessPool
        future: Future[Any] = Future()
        self.dead += self.dead or is_deadly(shard_of(*args))
        if self.dead > 1:
            return future
        if self.dead:
            future.set_exception(BrokenProcessPool())
        else:
            future.set_result(fn(*args))
        return future


def test_a_cell_that_kills_its_process_is_given_up_and_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where it shares a shard with others, which is cut in two until it is alone."""
    monkeypatch.setattr(
        analysis.sweeps.executors, "_pool", lambda *_: contextlib.nullcontext(Mortal())
    )
    whole = alone().frame()
    for flops in (1e4, 1e12):
        monkeypatch.setattr("analysis.sweeps.shards.FLOPS", flops)
        frame = run(PLAN, None, Workers(2), device="cpu").frame()
        deadly = frame["seed"] == DEADLY
        assert set(frame.loc[deadly, "accuracy"].isna()) == {True}
        assert_frame_equal(frame[~deadly], whole[~deadly])


def test_processes_that_are_kept_start_once_and_anew_where_one_died(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pools: list[Mortal] = []

    def pool(*_: int) -> contextlib.AbstractContextManager[Mortal]:
        pools.append(Mortal())
        return contextlib.nullcontext(pools[-1])

    monkeypatch.setattr(analysis.sweeps.executors, "_pool", pool)
    calm = small(seeds=[0, 2])
    expected = run(calm, device="cpu").frame()
    with Workers(2).kept() as workers:
        for plan, ends in ((calm, 1), (calm, 1), (PLAN, None), (calm, None)):
            frame = run(plan, None, workers, device="cpu").frame()
            assert ends in {len(pools), None}
        assert_frame_equal(frame, expected)
        assert not pools[-1].dead


def trained_apart(shard: Shard, device: str) -> list[Outcome]:
    """Train a shard, and see that the process is as it should be."""
    assert torch.get_num_threads() == Workers(2).threads
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    return train_shard(shard, device)


def test_workers_give_the_same_rows_and_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """They share the cores and do not hear Ctrl-C."""
    assert Workers(2).threads == max(1, len(os.sched_getaffinity(0)) // 2)
    plan = small(diagrams=small().diagrams[:1], seeds=[0], arms=("kd",))  # a shard: one process
    before, expected = set(active_children()), run(plan, device="cpu").frame()
    monkeypatch.setattr("analysis.sweeps.runs.train_shard", trained_apart)
    assert_frame_equal(run(plan, None, Workers(2), device="cpu").frame(), expected)
    assert set(active_children()) <= before


def test_no_process_is_started_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis.sweeps.executors, "_pool", None)
    assert list(Workers(2).each(train_shard, [], "cpu")) == []


def test_a_pool_in_which_nothing_starts_is_no_fault_of_the_cells(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As of a script without its guard, which starts itself over and over."""
    monkeypatch.setattr(analysis.sweeps.executors, "_start", os._exit)
    store = Store()
    with pytest.raises(
        BrokenExecutor,
        match="no process could be started; a script must call run under if __name__",
    ):
        run(PLAN, store, Workers(1), device="cpu")
    assert store.holdings().results == store.holdings().failed == 0


@pytest.mark.parametrize("count", [0, 1.5, "2", 10**6])
def test_bad_counts_of_workers(count: Any) -> None:
    with pytest.raises(ArgumentError, match=r"^workers = "):
        Workers(count)


class StopError(Exception):
    pass


@pytest.mark.slow
def test_a_run_that_stops_ends_its_own_workers_and_nobody_elses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where another run began meanwhile, and whoever learns of their end is slow to tell."""
    learn = os.waitpid

    def slow(pid: int, options: int) -> tuple[int, int]:
        found = learn(pid, options)
        if threading.current_thread() is not threading.main_thread():
            time.sleep(0.2)
        return found

    monkeypatch.setattr(os, "waitpid", slow)
    before = set(active_children())
    other = Workers(1).each(train_shard, shards()[:1], "cpu")

    told = list[int]()

    def stop(networks: int) -> None:
        told.append(networks)
        if networks and len(told) == 2:  # those of the other run are told too
            next(other)
            raise StopError

    with pytest.raises(StopError), progress(Shown(stop)):
        run(PLAN, None, Workers(1), device="cpu")
    (child,) = set(active_children()) - before
    assert child.is_alive()
    other.close()
    assert set(active_children()) <= before
