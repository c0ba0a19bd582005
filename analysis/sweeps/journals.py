"""What SQLite leaves beside a file when its writer is killed, and whose it is.

A transaction saves the pages that it is about to change in ``FILE-journal``, changes them, and
deletes it; whoever opens the file after a kill finds it and puts the pages back.  SQLite tells it by
its name alone: beside another file of that name it would write its pages into that one.  So every
transaction of ours begins by writing down who it is (`Head`), and a journal is put back only into
the file from whose last state it comes.
"""

import contextlib
import sqlite3
from pathlib import Path
from typing import Any, NamedTuple

from venn import ArgumentError

MAGIC = bytes.fromhex("d9d505f920a163d7")
"""How a journal begins that SQLite would put back."""

TABLE = """
CREATE TABLE head (
    one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL,
    was TEXT NOT NULL, now TEXT NOT NULL, rows INTEGER NOT NULL
)
"""
"""Of one row: who the file is, its state before and after its last transaction, and its rows."""

FIRST = "INSERT INTO head VALUES (1, hex(randomblob(16)), 'was:', 'now:' || hex(randomblob(16)), 0)"
NEXT = (
    "UPDATE head SET was = 'was:' || substr(now, 5), now = 'now:' || hex(randomblob(16)) "
    "WHERE id = ?"
)


class Head(NamedTuple):
    """What the first pages of a file say of it.

    Parameters
    ----------
    application, version : int
        What it holds, and the version of its tables.
    pages : int
        How many there are.
    torn : bool
        Whether the last ones are missing.
    was, now : str or None
        Its states before and after its last transaction; None in files of an older version.
    """

    application: int
    version: int
    pages: int
    torn: bool
    was: str | None
    now: str | None


def address(path: Path, **settings: object) -> str:
    """Return the address by which SQLite opens a file whatever its name, with its settings."""
    return f"{path.resolve().as_uri()}?" + "&".join(f"{k}={v}" for k, v in settings.items())


def log_of(path: Path) -> Path:
    """Return where SQLite keeps what was committed, for files in another mode than ours."""
    return Path(f"{path.resolve()}-wal")


def journal_of(path: Path) -> Path:
    """Return where SQLite keeps pages that a transaction is changing."""
    return Path(f"{path.resolve()}-journal")


def head(path: Path) -> Head:
    """Read the first pages of a file as they are, beside any writer, without changing anything.

    Raises
    ------
    sqlite3.DatabaseError
        If it is no SQLite file.
    """
    given = address(path, mode="ro", immutable=1)
    with contextlib.closing(sqlite3.connect(given, uri=True)) as connection:

        def asked(query: str) -> Any:
            return connection.execute(query).fetchone()

        try:
            (pages,) = asked("PRAGMA page_count")
            torn = path.stat().st_size < pages * asked("PRAGMA page_size")[0]
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_CORRUPT:
                raise
            connection.execute("PRAGMA writable_schema = ON")  # which reads it nevertheless
            (pages,), torn = asked("PRAGMA page_count"), True
        (application,), (version,) = asked("PRAGMA application_id"), asked("PRAGMA user_version")
        signed = asked("SELECT 1 FROM sqlite_schema WHERE name = 'head'")
        was, now = asked("SELECT was, now FROM head") if signed else (None, None)
        return Head(application, version, pages, torn, was, now)


def check_journal(path: Path, found: Head | None) -> None:
    """Fail if what lies beside a file, or where one is to be made, is not that file's own.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    found : Head, optional
        What it says of itself; None where it is still to be made.

    Raises
    ------
    ArgumentError
        If SQLite would write another file's pages into this one.
    """
    if log_of(path).exists():
        allowed = (
            f"has a log beside it, {log_of(path).name}, that is not its own: left by another file of "
            "its name, by an older version of mfh or by a program that has it open. Close that, open "
            "the older file once with the version that wrote it, or move the log away"
        )
        raise ArgumentError("store", str(path), allowed)
    journal = journal_of(path)
    for _ in range(100):  # a state read between two transactions of a live run fits neither
        if not is_played(path) or (found is not None and _is_own(journal, found)):
            return
        before, found = found, None if found is None else head(path)
        if found == before:
            break
    what = "where it is to be made" if found is None else "beside it"
    allowed = (
        f"{what} lies {journal.name}, which a run that was killed left of another file of this name: "
        "bring that file back, or move the journal away"
    )
    raise ArgumentError("store", str(path), allowed)


def is_played(path: Path) -> bool:
    """Return whether there is a journal that SQLite would put back into a file."""
    with contextlib.suppress(FileNotFoundError), journal_of(path).open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC
    return False


def _is_own(journal: Path, found: Head) -> bool:
    """Return whether a journal was begun at the last state of a file, or the one before."""
    try:
        content = journal.read_bytes()
    except FileNotFoundError:
        return True
    if int.from_bytes(content[8:12]) == 0:  # no page in it is safe on disk, none was changed
        return int.from_bytes(content[16:20]) == found.pages
    if found.was is None or found.now is None:
        return False
    begun = [f"now:{state[4:]}".encode() for state in (found.now, found.was) if state[4:]]
    return any(state in content for state in begun)
