"""Threads of this process, for work that lets other threads run."""

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextvars import copy_context
from typing import Any, TypeVar

import torch

Item = TypeVar("Item")
Result = TypeVar("Result")

_this = threading.local()


INTERVAL = 2e-5
"""Seconds for which a thread may keep others from Python's code: calls of torch take some millionths,
and one that has come back from machine code would wait for the usual 0.005 s."""


class _Whole:
    """How many threads torch has, given back when the last who shares them out is done."""

    def __init__(self) -> None:
        self._lock, self._inside, self._threads = threading.Lock(), 0, 1
        self._interval = INTERVAL

    @property
    def threads(self) -> int:
        """How many there are to share out."""
        return self._threads if self._inside else torch.get_num_threads()

    def __enter__(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._threads = torch.get_num_threads()
                self._interval = sys.getswitchinterval()
                torch.set_num_threads(1)
                sys.setswitchinterval(INTERVAL)
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                torch.set_num_threads(self._threads)
                sys.setswitchinterval(self._interval)


_WHOLE = _Whole()


def at_once() -> int:
    """Return in how many threads `each` would go on here."""
    return 1 if getattr(_this, "at_work", False) else _WHOLE.threads


def each(function: Callable[[int], Result], count: int) -> list[Result]:
    """Return what a function says of 0, 1, … count - 1, in as many threads as torch has.

    In each of them torch works in that thread alone: its own threads would wait for each other, and
    on a machine with other work for as long as that takes.  Called in one of those threads, it goes
    on in that thread.
    """
    threads = min(at_once(), count)
    if threads <= 1:  # one piece of work may be shared out within
        with _WHOLE:
            return [function(i) for i in range(count)]
    found: list[Any] = [None] * count
    todo, stopped = iter(range(count)), threading.Event()

    def work() -> None:
        _this.at_work = True
        for i in todo:
            if stopped.is_set():
                return
            found[i] = function(i)

    with _WHOLE, ThreadPoolExecutor(threads) as pool:
        working = [pool.submit(copy_context().run, work) for _ in range(threads)]
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
        waiting = pool.submit(copy_context().run, function, items[0])
        for item in items[1:]:
            result = waiting.result()
            waiting = pool.submit(copy_context().run, function, item)
            yield result
        yield waiting.result()
