"""One SQLite file of rows that are kept whole or not at all, whatever happens to the file."""

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from analysis.sweeps.database_file import Kind, checked, create, draft, free, inode
from analysis.sweeps.journals import NEXT, address, is_played, journal_of
from venn import ArgumentError

TIMEOUT = 60.0
"""Seconds to wait for another process that reads or writes."""

SETTINGS = "PRAGMA synchronous = EXTRA; PRAGMA foreign_keys = ON;"

KEPT = "what was committed is intact, and the same command resumes"


class Database:
    """Rows in one SQLite file, or in memory, that any thread may use.

    A transaction changes the file in place, and saves the pages that it changes in a journal beside
    it for as long as it lasts: between transactions the file alone is all there is, and may be
    copied or moved.  One process writes at a time; others wait.

    Parameters
    ----------
    path : pathlib.Path, optional
        The file; None keeps everything in memory.
    kind : Kind
        What it holds.
    make : bool
        Whether to make the file if it is missing.

    Raises
    ------
    ArgumentError
        If the file is of another kind or version, torn, or has another file's journal beside it; all
        is then left as it is.
    """

    def __init__(self, path: Path | None, kind: Kind, *, make: bool = True) -> None:
        self.path = path
        self.kind = kind
        self._lock = threading.RLock()
        self._process = os.getpid()
        self._connection: sqlite3.Connection | None = None
        self._older = False
        self._wrote = False
        self._rescued: Path | None = None
        self._id = ""
        name, script = ":memory:", kind.script
        if path is not None:
            if make and not os.path.lexists(path):
                create(path, kind)
            version = checked(path, kind).version
            self._older = version < kind.version
            self._inode = inode(path)
            how = {"mode": "ro", "immutable": 1} if self._older else {"mode": "rw"}
            name, script = address(path, **how), kind.reads.get(version, "")
        try:
            with self._explained():
                self._connection = sqlite3.connect(
                    name, isolation_level=None, timeout=TIMEOUT, uri=True, check_same_thread=False
                )
                self._connection.executescript(SETTINGS + script)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file; what was committed is there."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    @property
    def size(self) -> int:
        """Bytes of the file."""
        [(pages,)], [(page,)] = self.read("PRAGMA page_count"), self.read("PRAGMA page_size")
        return int(pages * page)

    def read(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows that a query finds."""
        with self._lock, self._explained():
            return self._whole().execute(query, values).fetchall()

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection; all that is written in the block is kept, or nothing.

        Raises
        ------
        OSError
            If the file cannot be written, or is no longer where it was; what it held is then kept
            in another file, which the error names.
        """
        with self._lock, self._explained():
            connection = self._whole()
            self._check_writable()
            self._wrote = True
            connection.execute("BEGIN IMMEDIATE")
            try:
                self._sign(connection)
                yield connection
                connection.execute(f"UPDATE head SET rows = {self.kind.rows}")
                connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Callable[..., Iterator[tuple[Any, ...]]]]:
        """Yield what reads the rows of a query, all of one moment while the block lasts."""

        def rows(query: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
            with self._explained():
                yield from connection.execute(query, values)

        with self._lock:
            with self._explained():
                connection = self._whole()
                connection.execute("BEGIN")
            try:
                yield rows
            finally:
                connection.execute("ROLLBACK")

    def check_place(self) -> None:
        """Fail if the file is no longer where it was; keep what it held in another.

        Not only before writing: to SQLite the journal of a new file of that name is this one's.
        """
        if self.path is not None and inode(self.path) != self._inode:
            raise self._moved()

    def problems(self) -> list[str]:
        """Return all that is wrong with pages, references and the number of rows."""
        found: list[str] = []
        with self._lock:
            connection = self._there()
            try:
                pages = [page for (page,) in connection.execute("PRAGMA integrity_check")]
                found += [page for page in pages if page != "ok"]
                for table, *_ in connection.execute("PRAGMA foreign_key_check"):
                    found.append(f"a row of {table} refers to what is not there")
            except sqlite3.DatabaseError as error:
                found.append(f"it cannot be read to its end: {error}")
        if not found:
            try:
                self.read("SELECT 1")
            except ArgumentError as error:
                found.append(f"it {error.allowed}")
        return found

    def _there(self) -> sqlite3.Connection:
        """Return the connection to a file that is open."""
        if self._connection is None:
            raise ArgumentError("store", str(self.path), "is closed; open it again")
        if os.getpid() != self._process:
            allowed = "was opened by the process that this one was forked from; open it here"
            raise ArgumentError("store", str(self.path), allowed)
        self.check_place()
        return self._connection

    def _whole(self) -> sqlite3.Connection:
        """Return the connection to a file that holds all of its rows."""
        connection = self._there()
        if not self._id and not self._older:
            query = f"SELECT id, rows, {self.kind.rows} FROM head"
            own, expected, there = connection.execute(query).fetchone()
            if there != expected:
                allowed = (
                    f"is not whole: {there:,} of {expected:,} rows, as in a copy that was made while "
                    "a run wrote, or without the FILE-journal of one that was killed; copy it again "
                    "with mfh store merge, or bring that file too"
                )
                raise ArgumentError("store", str(self.path), allowed)
            self._id = own
        return connection

    def _check_writable(self) -> None:
        if self._older:
            allowed = (
                "was written by an older version of mfh, whose networks this one would train again: "
                "it can be read, and is not added to. Give another file"
            )
            raise ArgumentError("store", str(self.path), allowed)

    def _sign(self, connection: sqlite3.Connection) -> None:
        """Write down first of all whose transaction this is."""
        if connection.execute(NEXT, (self._id,)).rowcount != 1:
            message = (
                f"{self.path}: another file was copied over it while it was open, and what it held "
                "is gone; the same command begins again, with another --store"
            )
            raise OSError(message)

    def _moved(self) -> OSError:
        """Keep what a file holds that lost its name as it was written, and say so."""
        assert self.path is not None
        assert self._connection is not None
        what = f"{self.path}: it was moved or deleted while it was open"
        if not self._wrote:
            return OSError(f"{what}; open it where it is now")
        self._rescued = self._rescued or self._copied()
        if self._rescued is None:
            return OSError(f"{what}; what it held could not be copied. Bring it back to go on")
        return OSError(f"{what}. All that it held is in {self._rescued}: go on with that file")

    def _copied(self) -> Path | None:
        """Return a copy of what an open file holds, beside where it was or here."""
        assert self.path is not None
        assert self._connection is not None
        for folder in (self.path.parent, Path()):
            with contextlib.suppress(OSError, sqlite3.Error), draft(folder) as made:
                with contextlib.closing(sqlite3.connect(made)) as copy:
                    _wait_for_no(journal_of(self.path))
                    self._connection.backup(copy)
                kept = free(folder / f"{self.path.stem}.rescued{self.path.suffix}")
                made.rename(kept)
                return kept
        return None

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """Raise what SQLite says as an error of the house."""
        try:
            yield
        except sqlite3.OperationalError as error:
            code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
            if code == sqlite3.SQLITE_READONLY_DBMOVED:
                raise self._moved() from error
            if code & 0xFF == sqlite3.SQLITE_ERROR:  # what it asks for is not there
                raise self._torn(error) from error
            raise OSError(f"{self.path}: {error}{self._why(code)}; {KEPT}") from error
        except sqlite3.DatabaseError as error:
            raise self._torn(error) from error

    def _torn(self, error: Exception) -> ArgumentError:
        allowed = f"is torn or no {self.kind.name} ({error}); it was left as it is"
        return ArgumentError("store", str(self.path), allowed)

    def _why(self, code: int) -> str:
        """Return what SQLite does not say of an error: its likely cause."""
        causes = {
            sqlite3.SQLITE_BUSY: "another run is writing to it, or reads for long",
            sqlite3.SQLITE_IOERR: "a full disk, a quota or a limit on the size of files",
        }
        if self.path is not None and is_played(self.path):
            causes[sqlite3.SQLITE_READONLY] = (
                "a run was killed as it wrote: open it once where file and folder can be written"
            )
        if self.path is not None and not os.access(self.path.resolve().parent, os.W_OK):
            causes[sqlite3.SQLITE_CANTOPEN] = "its folder must be writable, for FILE-journal"
        cause = causes.get(code & 0xFF)
        return "" if cause is None else f" ({cause})"


def _wait_for_no(journal: Path) -> None:
    """Wait, for seconds at most, until a run that writes another file of a name has a pause."""
    deadline = time.monotonic() + 5
    while journal.exists():
        if time.monotonic() > deadline:
            raise TimeoutError(journal)
        time.sleep(0.001)
