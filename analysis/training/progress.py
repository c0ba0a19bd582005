"""How far long work is: whoever trains says so, and a bar that somebody looks at moves."""

import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Protocol

MACHINE_CODE = "machine code"
OWN_CODE = "machine code of its loss"
PROGRAMS = "a GPU's program each"
TORCH = "torch alone"
"""The roads that networks take."""


class Bar(Protocol):
    """A bar of tqdm, or what else has its `total` and `update`."""

    total: float | None

    def update(self, n: float = 1) -> object:
        """Move on by so many networks."""


class Tally:
    """Networks that have been trained, and about how many there are to be.

    Parameters
    ----------
    bar : Bar, optional
        Who is told.

    Attributes
    ----------
    roads : Counter
        The networks by the road that they took.
    """

    def __init__(self, bar: Bar | None = None) -> None:
        self.roads = Counter[str]()
        self.bar, self.asked = bar, False
        self._wanted: int | None = None
        self._told = self._stored = self._then = 0
        self._lock = threading.RLock()

    def add(self, networks: int, road: str) -> None:
        """Count networks."""
        with self._lock:
            self.roads[road] += networks
            self._tell()

    def expect(self, models: int) -> None:
        """Count models that are to come."""
        with self._lock:
            self._wanted = models + (self._wanted or 0)
            self._tell()

    def store(self, models: int) -> None:
        """Count models that are done with, however many networks they took."""
        with self._lock:
            self._stored += models
            self._then = max(self.roads.total(), self._stored)
            self._tell()

    def _tell(self) -> None:
        if self.bar is None:
            return
        done = max(self.roads.total(), self._then)
        if self._wanted is not None:  # those to come take as many networks as those before
            each = self._then / self._stored if self._stored else 1.0
            self.bar.total = max(done, self._then + round((self._wanted - self._stored) * each))
        self.bar.update(done - self._told)
        self._told = done


_TALLY: ContextVar[Tally | None] = ContextVar("tally", default=None)


@contextlib.contextmanager
def tallied(tally: Tally) -> Iterator[Tally]:
    """Count what is trained until the block ends, in any thread and by any worker."""
    before = _TALLY.set(tally)
    try:
        yield tally
    finally:
        _TALLY.reset(before)


@contextlib.contextmanager
def progress(bar: Bar) -> Iterator[None]:
    """Let a bar show, until the block ends, how many networks are trained in it.

    It moves whatever trains them: `minimise`, a method, `run`, ``verify``; in this process, its
    threads or workers.  All networks count, those of each setting of a `Tuned` too.  Its total is
    set where models are asked for by the number, and follows how many networks they take.

    Parameters
    ----------
    bar : Bar
        Of tqdm, or what else has a ``total`` and ``update(n)``.

    Examples
    --------
    >>> from tqdm import tqdm
    >>> from analysis import Plan, progress, run
    >>> from venn import growing_gamma
    >>> with tqdm(disable=True) as bar, progress(bar):
    ...     store = run(Plan(growing_gamma((0, 10)), seeds=range(2)))
    """
    with tallied(Tally(bar)):
        yield


@contextlib.contextmanager
def expecting(models: Callable[[], int]) -> Iterator[Callable[[int], object]]:
    """Say how many models are to come, unless who called has; yield whom to tell of those that are there.

    They are counted where somebody looks.
    """
    tally = _TALLY.get()
    if tally is None:
        yield lambda _: None
        return
    outermost, tally.asked = not tally.asked, True
    if outermost:
        tally.expect(models())
    try:
        yield tally.store
    finally:
        tally.asked = not outermost


def trained(networks: int, road: str) -> None:
    """Say that networks have just been trained."""
    if (tally := _TALLY.get()) is not None:
        tally.add(networks, road)
