"""Threads of this process, for work that lets other threads run."""

import collections
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
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
    todo = iter(range(count))

    def work() -> None:
        _this.at_work = True
        try:
            for i in todo:
                found[i] = function(i)
        finally:
            stop()

    def stop() -> None:
        """Let nothing more begin, after an error or Ctrl-C."""
        collections.deque(todo, maxlen=0)

    with ThreadPoolExecutor(threads) as pool:
        try:
            for thread in [pool.submit(work) for _ in range(threads)]:
                thread.result()
        finally:
            stop()
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
