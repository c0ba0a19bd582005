"""Threads of this process, for work that lets other threads run."""

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import Any, TypeVar

import torch

Item = TypeVar("Item")
Result = TypeVar("Result")

_this = threading.local()


def each(function: Callable[[int], Result], count: int) -> list[Result]:
    """Return what a function says of 0, 1, … count - 1, in as many threads as torch has.

    Called in one of those threads, it goes on in that thread alone.
    """
    threads = min(at_once(), count)
    if threads <= 1:
        return [function(i) for i in range(count)]
    found: list[Any] = [None] * count
    todo, stopped = iter(range(count)), threading.Event()

    def work() -> None:
        _this.at_work = True
        for i in todo:
            if stopped.is_set():
                return
            found[i] = function(i)

    with ThreadPoolExecutor(threads) as pool:
        working = [pool.submit(work) for _ in range(threads)]
        try:
            wait(working, return_when=FIRST_EXCEPTION)
        finally:
            stopped.set()  # after an error or Ctrl-C nothing more begins
    for thread in working:
        thread.result()
    return found


def at_once() -> int:
    """Return in how many threads `each` would go on here."""
    if getattr(_this, "at_work", False):
        return 1
    return int(getattr(_this, "threads", None) or torch.get_num_threads())


@contextlib.contextmanager
def one_thread_each() -> Iterator[None]:
    """Let torch work in one thread wherever it is called, until the block ends.

    For work that is shared out among threads already: torch's own would wait for each other.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with _at_most(before):
            yield
    finally:
        torch.set_num_threads(before)


@contextlib.contextmanager
def _at_most(threads: int) -> Iterator[None]:
    """Let `each` use so many threads, whatever torch has."""
    _this.threads = threads
    try:
        yield
    finally:
        del _this.threads


def ahead(function: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
    """Yield what a function says of items; the next is worked out while this one is used."""
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(function, items[0])
        for item in items[1:]:
            result = waiting.result()
            waiting = pool.submit(function, item)
            yield result
        yield waiting.result()
