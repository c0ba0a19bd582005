"""How many numbers fit into the memory that a sweep may take."""

import re

import psutil

from venn.checks import ArgumentError

BYTES = 24
"""Peak memory for each number that a shard holds; ``python -m benchmarks.memory`` measures less."""

PROCESS = 500 * 2**20
"""What a process takes before its first row: Python, torch, and what is remembered along a path."""


def room(memory: str | int | None, processes: int, needed: int) -> int:
    """Return how many numbers a shard may hold, for a sweep to stay within some memory.

    Parameters
    ----------
    memory : str, int or None
        What all processes together may take, as ``"2GiB"`` or in bytes; None is half of what is
        free.
    processes : int
        Processes that train beside this one; 0 where this one does.
    needed : int
        Numbers in the largest piece of work that cannot be divided.

    Returns
    -------
    int
        At least what is needed.

    Raises
    ------
    ArgumentError
        If the memory is given and no size, or too small for that.
    """
    taken = max(PROCESS, int(psutil.Process().memory_info().rss)) + processes * PROCESS
    if memory is None:
        free = int(psutil.virtual_memory().available) // 2
        return max(needed, (free - processes * PROCESS) // BYTES // max(1, processes))
    found = (size(memory) - taken) // BYTES // max(1, processes)
    if found < needed:
        least = -(-(taken + needed * BYTES * max(1, processes)) // 2**20)
        who = f"{processes} workers" if processes else "one seed"
        allowed = f"is too little for {who}: give at least {least}MiB, or ask for fewer rows"
        raise ArgumentError("memory", memory, allowed)
    return found


def size(memory: str | int) -> int:
    """Return a size in bytes: a whole number, or a number with a unit of 1000 or 1024."""
    found = re.fullmatch(r"(\d+)|(\d+(?:\.\d+)?) ?([KMGT])(i?)B?", str(memory), re.IGNORECASE)
    if found is None:
        allowed = "must be a size such as 2GiB, 500MB or a number of bytes"
        raise ArgumentError("memory", memory, allowed)
    count, number, prefix, binary = found.groups()
    if count:
        return int(count)
    return int(float(number) * (1024 if binary else 1000) ** ("KMGT".index(prefix.upper()) + 1))
