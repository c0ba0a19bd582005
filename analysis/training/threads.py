"""Threads of this process, for work that lets other threads run."""

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
    threads = min(torch.get_num_threads(), count)
    if threads <= 1 or getattr(_this, "at_work", False):
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


def ahead(function: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
    """Yield what a function says of items; the next is worked out while this one is used."""
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(function, items[0])
        for item in items[1:]:
            result = waiting.result()
            waiting = pool.submit(function, item)
            yield result
        yield waiting.result()
