"""Where shards are trained: this process, processes beside it, or any executor."""

import contextlib
import itertools
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field

import numpy as np
import torch

from analysis.sweeps.parcels import Returned, packed, unpacked
from analysis.sweeps.shards import Shard
from analysis.sweeps.store import Outcome
from analysis.training.progress import trained
from venn.checks import whole
from venn.interrupts import held


class WorkerDiedError(Exception):
    """The process that trained a shard died."""


OF_A_CELL = (MemoryError, WorkerDiedError, ArithmeticError, np.linalg.LinAlgError)
"""Errors that are one cell's fault; any other stops the run."""

Train = Callable[[Shard, str], list[Outcome]]
Result = tuple[Shard, list[Outcome] | Exception]
Results = Generator[Result, None, None]
Mapper = Callable[[Train, Iterable[Shard], str], Results]
"""Trains shards on a device; yields each with its outcomes or its error, in any order.

Closed early, it drops what is in hand.
"""

WINDOW = 1000
"""Shards handed to an executor at once."""


def in_process(function: Train, shards: Iterable[Shard], device: str) -> Results:
    """Train shards in this process, one after another."""
    for shard in shards:
        try:
            yield shard, function(shard, device)
        except OF_A_CELL as error:
            yield shard, error


def through(executor: Executor, window: int = WINDOW) -> Mapper:
    """Return what trains shards through an executor, `window` of them handed over at once."""

    def mapper(function: Train, shards: Iterable[Shard], device: str) -> Results:
        waiting: dict[Future[Returned], Shard] = {}
        todo = iter(shards)
        try:
            while True:
                for shard in itertools.islice(todo, window - len(waiting)):
                    waiting[executor.submit(unpacked, packed(function, shard, device))] = shard
                if not waiting:
                    return
                done, _ = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    yield waiting.pop(future), _result(future)
        finally:
            for future in waiting:
                future.cancel()

    return mapper


def _result(future: Future[Returned]) -> list[Outcome] | Exception:
    if future.cancelled():
        return BrokenExecutor("the executor gave a shard up, as when its scheduler is gone")
    error = future.exception()
    if error is None:
        outcomes: list[Outcome]
        outcomes, roads = future.result()
        for road, networks in roads.items():
            trained(networks, road)
        return outcomes
    if type(error).__name__ == "KilledWorker":  # Dask's, of the shard that several workers died of
        return WorkerDiedError(str(error))
    if isinstance(error, ImportError):
        return BrokenExecutor(f"a worker lacks a package ({error}); install mfh where it runs")
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
        object.__setattr__(self, "count", whole("workers", self.count, at_least=1, at_most=4096))

    @property
    def threads(self) -> int:
        """Threads of each process: its share of the cores."""
        return max(1, _cores() // self.count)

    def each(self, function: Train, shards: Iterable[Shard], device: str) -> Results:
        """Train shards; yield each with its outcomes or its error, in any order.

        Raises
        ------
        BrokenExecutor
            If no process can be started.
        """
        todo = iter(shards)
        while first := list(itertools.islice(todo, 2 * self.count)):
            suspects: list[Shard] = []
            with self._processes(min(self.count, len(first))) as pool:
                waiting = itertools.chain(first, todo)
                yield from self._until_death(pool, function, waiting, device, suspects)
            while suspects:
                with _pool(1, self.threads) as pool:
                    yield from self._one_at_a_time(pool, function, suspects, device)

    @contextlib.contextmanager
    def kept(self) -> Iterator["Workers"]:
        """Yield workers whose processes stay from one run to the next, until the block ends."""
        with contextlib.ExitStack() as stack:
            yield _Kept(self.count, stack)

    def _processes(self, count: int) -> contextlib.AbstractContextManager[Executor]:
        """Return processes for one run."""
        return _pool(count, self.threads)

    def _one_at_a_time(
        self, pool: Executor, function: Train, suspects: list[Shard], device: str
    ) -> Results:
        """Train suspects until one kills the process."""
        while suspects:
            shard = suspects.pop(0)
            result = _own(pool.submit(unpacked, packed(function, shard, device)))
            yield shard, result
            if isinstance(result, WorkerDiedError):
                return

    def _until_death(
        self,
        pool: Executor,
        function: Train,
        todo: Iterator[Shard],
        device: str,
        suspects: list[Shard],
    ) -> Results:
        """Train shards until none is left or a process dies; collect what is then in hand.

        At most two shards a process are handed over, so that few are under suspicion.
        """
        waiting: dict[Future[Returned], Shard] = {}
        while not suspects:
            for shard in itertools.islice(todo, 2 * self.count - len(waiting)):
                try:
                    waiting[pool.submit(unpacked, packed(function, shard, device))] = shard
                except BrokenProcessPool:
                    suspects.append(shard)
            if not waiting:
                return
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                shard, result = waiting.pop(future), _own(future)
                if isinstance(result, WorkerDiedError):
                    suspects.append(shard)
                else:
                    yield shard, result
        suspects += waiting.values()


@dataclass(frozen=True)
class _Kept(Workers):
    """Workers whose processes stay until a stack is closed."""

    stack: contextlib.ExitStack = field(repr=False, compare=False)
    pools: list[ProcessPoolExecutor] = field(default_factory=list, repr=False, compare=False)

    def _processes(self, _: int) -> contextlib.AbstractContextManager[Executor]:
        """Return the processes, others where one of them died."""
        if not self.pools or self.pools[-1]._broken:
            self.pools.append(self.stack.enter_context(_pool(self.count, self.threads)))
        return contextlib.nullcontext(self.pools[-1])


def _own(future: Future[Returned]) -> list[Outcome] | Exception:
    """Return the result of a pool of our own, where a broken pool means that a process died."""
    result = _result(future)
    return WorkerDiedError(str(result)) if isinstance(result, BrokenProcessPool) else result


@contextlib.contextmanager
def _pool(count: int, threads: int) -> Iterator[ProcessPoolExecutor]:
    """Yield processes that start afresh; they are killed if the block fails or is interrupted."""
    pool = ProcessPoolExecutor(
        count,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start,
        initargs=(threads,),
    )
    processes = pool._processes  # a name of Python's own, which forgets them as it shuts down
    try:
        with held():
            started = [pool.submit(os.getpid) for _ in range(count)]  # one process each
        _check_started(wait(started, return_when=FIRST_COMPLETED).done)
        yield pool
        pool.shutdown()
    except BaseException:
        with held():
            for process in list(processes.values()):
                process.kill()
            pool.shutdown(cancel_futures=True)  # which waits until they are gone
        raise


def _check_started(done: Iterable[Future[int]]) -> None:
    """Fail if no process started: that is no shard's fault."""
    if all(future.exception() for future in done):
        raise BrokenExecutor(
            "no process could be started; a script must call run under "
            "if __name__ == '__main__', and be a file"
        )


def _cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


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
