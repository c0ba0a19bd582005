import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from synth.memory import Memory


def made(value: int, numbers: int = 1) -> np.ndarray:
    """Return an array of 8 bytes a number."""
    return np.full(numbers, value)


class Counted:
    """A memory of arrays, and what had to be made for it."""

    def __init__(self, size: int) -> None:
        self.memory = Memory(size)
        self.made: list[int] = []

    def recall(self, key: int, numbers: int = 1) -> np.ndarray:
        def make() -> np.ndarray:
            self.made.append(key)
            return made(key, numbers)

        return self.memory.recall(key, make)


def test_what_is_asked_for_again_is_the_same_object() -> None:
    counted = Counted(1000)
    first = counted.recall(1)
    assert counted.recall(1) is first
    assert counted.recall(2) is not first
    assert counted.made == [1, 2]


def test_what_was_asked_for_longest_ago_makes_room() -> None:
    """Room for four arrays of 8 bytes."""
    counted = Counted(32)
    for key in (1, 2, 3, 4, 1, 5):
        assert counted.recall(key) == key
    for key in (1, 3, 4, 5):
        counted.recall(key)
    assert counted.made == [1, 2, 3, 4, 5]
    counted.recall(2)
    assert counted.made == [1, 2, 3, 4, 5, 2]


def test_what_takes_more_than_a_quarter_is_not_kept() -> None:
    counted = Counted(64)
    for numbers in (2, 3, 2, 3):
        assert counted.recall(numbers, numbers).size == numbers
    assert counted.made == [2, 3, 3]


def test_the_arrays_of_a_tuple_are_counted() -> None:
    memory, counts = Memory(64), [0, 0]

    def pair(which: int, numbers: int) -> tuple[np.ndarray, np.ndarray]:
        counts[which] += 1
        return made(1, numbers), made(2)

    for _ in range(2):
        assert memory.recall("fits", lambda: pair(0, 1))[1] == 2
        assert memory.recall("does not", lambda: pair(1, 2))[1] == 2
    assert counts == [1, 2]


def test_what_fails_is_not_kept() -> None:
    memory = Memory(1000)

    def fails() -> np.ndarray:
        raise MemoryError

    with pytest.raises(MemoryError):
        memory.recall(1, fails)
    assert memory.recall(1, lambda: made(7)) == 7


def test_threads_that_make_the_same_at_once_keep_it_once() -> None:
    memory, both = Memory(64), threading.Barrier(2, timeout=120)

    def make() -> np.ndarray:
        both.wait()
        return made(1)

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda _: memory.recall(1, make), range(2)))
    assert [array[0] for array in found] == [1, 1]
    assert any(memory.recall(1, lambda: made(2)) is array for array in found)
    assert memory._free == 56
