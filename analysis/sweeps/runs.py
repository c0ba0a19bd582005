"""Run a plan: train what the store does not hold, shard by shard, wherever an executor does it."""

import itertools
import math
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Executor
from contextlib import closing

from analysis.sweeps.executors import (
    OF_A_CELL,
    Mapper,
    WorkerDiedError,
    Workers,
    in_process,
    through,
)
from analysis.sweeps.memory import room
from analysis.sweeps.plan import Plan
from analysis.sweeps.provenance import environment
from analysis.sweeps.shards import Shard, numbers_of, shards, train_shard
from analysis.sweeps.store import Outcome, Store
from analysis.training.device import resolve_device
from analysis.training.progress import expecting
from venn.checks import instance, whole


def run(
    plan: Plan,
    store: Store | None = None,
    executor: Executor | Workers | None = None,
    *,
    device: str = "auto",
    part: tuple[int, int] = (1, 1),
    retry: bool = False,
    memory: str | int | None = None,
) -> Store:
    """Train every cell of a plan that the store does not hold, and store it.

    Each shard is stored as soon as it is trained, all or nothing; a run that is interrupted or
    killed goes on where it was when it is called again.  `progress` shows how far it is.  On a CPU a cell's accuracy is the same
    whatever ran beside it, in this process or in others.

    Parameters
    ----------
    plan : Plan
        The sweep.
    store : Store, optional
        Where results are and go; a new one in memory unless told otherwise.
    executor : concurrent.futures.Executor or Workers, optional
        What trains the shards: this process unless told otherwise, ``Workers(n)`` for n processes
        of this machine, or any executor whose workers can import this package.
    device : {"auto", "cpu", "cuda"}
        Where to train.
    part : (i, n)
        Which of n disjoint parts to train, from 1 to n, for jobs that share the work; `Store.merge`
        joins their stores.
    retry : bool
        Whether to train again what failed.
    memory : str or int, optional
        What this process, or it and its workers together, may take, as ``"2GiB"`` or in bytes;
        half of what is free unless told otherwise.  An executor of yours is not counted.

    Returns
    -------
    Store
        The store.

    Raises
    ------
    ArgumentError
        If an argument is of another kind, the device is not there, or the memory is too little
        for the rows of one seed.
    OSError
        If the store cannot be written, as when the disk is full.
    BrokenExecutor
        If an executor of yours breaks, or no process can be started; what was stored stays.

    Examples
    --------
    >>> from analysis import Plan, Store, run
    >>> from venn import VennDiagram
    >>> diagram = VennDiagram(regions={"a": 10, "b": 10, "a&b": 5}, noise={"a": 15, "b": 35})
    >>> store = run(Plan([diagram], seeds=range(4)))
    >>> store.holdings().results
    12
    """
    instance("plan", plan, Plan, "Plan(growing_gamma())")
    store = Store() if store is None else store
    instance("store", store, Store, "Store('sweep.db')")
    instance("executor", executor, Executor | Workers | None, "Workers(2)")
    local = executor is None or isinstance(executor, Workers)
    here = resolve_device(device if local else "auto")  # elsewhere each worker finds its own
    fits = room_for(plan, executor, memory)
    pieces = 4 * executor.count if isinstance(executor, Workers) else 1
    where = here if local else "cpu"
    missing = pending(plan, store, part=part, retry=retry, pieces=pieces, room=fits, device=where)
    store.ask(plan)
    if (first := next(missing, None)) is None:
        return store
    number = store.begin(plan, environment(here) | {"executor": _name(executor)})
    todo = itertools.chain([first], missing)
    results = closing(_outcomes(todo, _mapper(executor), here if local else device))

    def models() -> int:
        return sum(len(shard.cells) for shard in pending(plan, store, part=part, retry=retry))

    with expecting(models) as stored, results as found:
        for outcomes in found:
            store.add(number, outcomes)
            stored(len(outcomes))
    store.check_place()
    return store


def room_for(plan: Plan, executor: Executor | Workers | None, memory: str | int | None) -> int:
    """Return how many numbers a shard of a plan may hold, or fail if `memory` is too little."""
    processes = executor.count if isinstance(executor, Workers) else 0
    return room(memory, processes, max(map(numbers_of, plan.families)))


def pending(
    plan: Plan,
    store: Store,
    *,
    part: tuple[int, int] = (1, 1),
    retry: bool = False,
    pieces: int = 1,
    room: float = math.inf,
    device: str = "cpu",
) -> Iterator[Shard]:
    """Return the shards of what `run` would train."""
    count = whole("part", part[1], at_least=1)
    whole("part", part[0], at_least=1, at_most=count)
    done = store.done(plan.recipes, failed=not retry)
    return shards(plan, done, part, pieces, room, device)


def _name(executor: Executor | Workers | None) -> str:
    if executor is None:
        return "this process"
    return repr(executor) if isinstance(executor, Workers) else type(executor).__name__


def _mapper(executor: Executor | Workers | None) -> Mapper:
    if executor is None:
        return in_process
    return executor.each if isinstance(executor, Workers) else through(executor)


def _outcomes(
    waiting: Iterable[Shard], mapper: Mapper, device: str
) -> Generator[list[Outcome], None, None]:
    """Yield the outcomes of each shard; one that does not fit the memory is halved, and again."""
    while True:
        halves: list[Shard] = []
        with closing(mapper(train_shard, waiting, device)) as trained:
            for shard, result in trained:
                if not isinstance(result, Exception):
                    yield result
                elif not isinstance(result, OF_A_CELL):
                    raise result
                elif parts := shard.halves():
                    halves += parts
                else:
                    yield [Outcome(*cell, reason=_lost(result)) for cell in shard.cells]
        if not halves:
            return
        waiting = halves


def _lost(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "out of memory; use fewer rows or a smaller network"
    if isinstance(error, WorkerDiedError):
        return "its process died, maybe for want of memory; use fewer rows or a smaller network"
    return f"{type(error).__name__}: {error}"
