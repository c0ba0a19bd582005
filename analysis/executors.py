"""Where shards are trained: this process, processes beside it, or any executor."""

import contextlib
import itertools
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

import numpy as np
import torch

from analysis.shards import Shard
from analysis.store import Outcome
from venn.checks import whole


class WorkerDiedError(Exception):
    """The process that trained a shard died."""


OF_A_CELL = (MemoryError, WorkerDiedError, ArithmeticError, np.linalg.LinAlgError)
"""Errors that are one cell's fault; any other stops the run."""

Train = Callable[[Shard, str], list[Outcome]]
Result = tuple[Shard, list[Outcome] | Exception]
Mapper = Callable[[Train, Iterable[Shard], str], Iterator[Result]]
"""Trains shards on a device; yields each with its outcomes or its error, in any order."""

WINDOW = 1000
"""Shards handed to an executor at once."""


def in_process(function: Train, shards: Iterable[Shard], device: str) -> Iterator[Result]:
    """Train shards in this process, one after another."""
    for shard in shards:
        try:
            yield shard, function(shard, device)
        except OF_A_CELL as error:
            yield shard, error


def through(executor: Executor, window: int = WINDOW) -> Mapper:
    """Return what trains shards through an executor, `window` of them handed over at once."""

    def mapper(function: Train, shards: Iterable[Shard], device: str) -> Iterator[Result]:
        waiting: dict[Future[list[Outcome]], Shard] = {}
        todo = iter(shards)
        try:
            while True:
                for shard in itertools.islice(todo, window - len(waiting)):
                    waiting[executor.submit(function, shard, device)] = shard
                if not waiting:
                    return
                done, _ = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    yield waiting.pop(future), _result(future)
        finally:
            for future in waiting:
                future.cancel()

    return mapper


def _result(future: Future[list[Outcome]]) -> list[Outcome] | Exception:
    error = future.exception()
    if error is None:
        return future.result()
    if isinstance(error, BrokenProcessPool) or type(error).__name__ == "KilledWorker":  # Dask's
        return WorkerDiedError(str(error))
    if isinstance(error, Exception):
        return error
    raise error


@dataclass(frozen=True)
class Workers:
    """Processes of this machine that train shards, each with its share of the cores.

    A process that dies, as for want of memory, takes no result with it: the shards in hand are
    trained again one at a time, and only what kills its process again is given up.

    Parameters
    ----------
    count : int
        Number of processes, at least 1.
    """

    count: int

    def __post_init__(self) -> None:
        """Check the count."""
        object.__setattr__(self, "count", whole("workers", self.count, at_least=1, at_most=4096))

    def each(self, function: Train, shards: Iterable[Shard], device: str) -> Iterator[Result]:
        """Train shards; yield each with its outcomes or its error, in any order."""
        todo = iter(shards)
        alive = False
        while not alive:
            suspects: list[Shard] = []
            with _pool(self.count) as pool:
                alive = yield from self._until_death(pool, function, todo, device, suspects)
            for shard in suspects:
                with _pool(1) as pool:
                    yield shard, _result(pool.submit(function, shard, device))

    def _until_death(
        self,
        pool: Executor,
        function: Train,
        todo: Iterator[Shard],
        device: str,
        suspects: list[Shard],
    ) -> Generator[Result, None, bool]:
        """Train shards until a process dies; return whether all lived, and collect what was lost.

        At most two shards a process are handed over, so that few are under suspicion.
        """
        waiting: dict[Future[list[Outcome]], Shard] = {}
        while not suspects:
            for shard in itertools.islice(todo, 2 * self.count - len(waiting)):
                try:
                    waiting[pool.submit(function, shard, device)] = shard
                except BrokenProcessPool:
                    suspects.append(shard)
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                shard, result = waiting.pop(future), _result(future)
                if isinstance(result, WorkerDiedError):
                    suspects.append(shard)
                else:
                    yield shard, result
            if not waiting and not suspects:
                return True
        suspects += waiting.values()
        return False


@contextlib.contextmanager
def _pool(count: int) -> Iterator[Executor]:
    """Yield processes that start afresh; they are killed if the block fails or is interrupted."""
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(
        count,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start,
        initargs=(max(1, len(os.sched_getaffinity(0)) // count),),
    )
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in set(multiprocessing.active_children()) - others:
            process.kill()
        raise
    pool.shutdown()


def _start(threads: int) -> None:
    """Set up a process: its share of the cores; Ctrl-C is for its parent, with whom it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(threads)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
