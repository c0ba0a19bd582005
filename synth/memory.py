"""What was drawn before and is asked for again: kept while there is room."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Drawn = TypeVar("Drawn")


class Memory:
    """Arrays, or tuples of them, by what they depend on: those used last, up to a size.

    Threads may share it; two that ask for the same at the same time may both make it.

    Parameters
    ----------
    size : int
        How many bytes it holds at most; what takes more than a quarter of them is not kept.
    """

    def __init__(self, size: int) -> None:
        self._largest, self._free = size // 4, size
        self._kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = threading.Lock()

    def recall(self, key: Hashable, make: Callable[[], Drawn]) -> Drawn:
        """Return what is kept under a key, or make it; whoever gets it must not change it."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
                drawn: Drawn = kept[0]
                return drawn
        made = make()
        parts: Any = made if isinstance(made, tuple) else (made,)
        size = sum(part.nbytes for part in parts)
        with self._lock:
            if key not in self._kept and size <= self._largest:
                self._kept[key] = made, size
                self._free -= size
                while self._free < 0:
                    self._free += self._kept.popitem(last=False)[1][1]
        return made


MEMORY = Memory(2**24)
"""What trials along a path share, about 1 MiB of a seed."""
