"""Folders for work in hand, which do not outlive it, not even where a process is killed."""

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

if sys.platform != "win32":
    import fcntl

PREFIX, LOCK = ".mfh-", ".lock"


@contextlib.contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """Yield an empty folder in another, which is removed at the end.

    A process that is killed leaves its folder, and a later call here removes it.  Whose process is
    alive holds a lock on the file beside the folder, and is left alone, on whatever machine it is.

    Parameters
    ----------
    folder : pathlib.Path
        An existing folder.

    Yields
    ------
    pathlib.Path
        Hidden in `folder`; for this user alone.

    Raises
    ------
    OSError
        If `folder` cannot be written.
    """
    remove_left(folder)
    handle, lock = _held(folder)
    made = lock.with_suffix("")
    try:
        made.mkdir(mode=0o700)
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
        lock.unlink(missing_ok=True)
        os.close(handle)


def remove_left(folder: Path) -> None:
    """Remove what processes that were killed have left of theirs in a folder."""
    if sys.platform == "win32":
        return
    for lock in folder.glob(f"{PREFIX}*{LOCK}"):
        with contextlib.suppress(OSError), lock.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with contextlib.suppress(FileNotFoundError):
                shutil.rmtree(lock.with_suffix(""))
            lock.unlink()


def _held(folder: Path) -> tuple[int, Path]:
    """Return a new file that this process has locked, and where it is."""
    while True:
        handle, name = tempfile.mkstemp(prefix=PREFIX, suffix=LOCK, dir=folder)
        if sys.platform != "win32":
            with contextlib.suppress(OSError):  # without locks nobody here removes what is left
                fcntl.flock(handle, fcntl.LOCK_EX)
        if os.fstat(handle).st_nlink:
            return handle, Path(name)
        os.close(handle)  # another process took it for left before it was locked
