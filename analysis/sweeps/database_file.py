"""SQLite files of ours before they are opened: what they hold, how they are made, which are refused."""

import contextlib
import itertools
import os
import sqlite3
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from analysis.sweeps.journals import FIRST, TABLE, Head, check_journal, head, is_played, journal_of
from venn import ArgumentError
from venn.scratch import scratch


@dataclass(frozen=True)
class Kind:
    """What a file of ours holds.

    Parameters
    ----------
    name : str
        As an error calls it, such as ``"store of mfh"``.
    application : bytes
        Four of them, by which the header tells such files from others.
    version : int
        Of the tables; a newer one is refused, an older one too, or read and not written.
    tables : mapping of name to str
        The columns of each table.
    reads : mapping of version to str
        SQL that lets a file of an older version be read like one of this.
    """

    name: str
    application: bytes
    version: int
    tables: Mapping[str, str]
    reads: Mapping[int, str]

    @property
    def rows(self) -> str:
        """SQL for the rows of all tables together."""
        return "(" + " + ".join(f"(SELECT count(*) FROM {name})" for name in self.tables) + ")"

    @property
    def script(self) -> str:
        """SQL that makes an empty file."""
        tables = [f"CREATE TABLE {name} {columns};" for name, columns in self.tables.items()]
        numbers = {"application_id": int.from_bytes(self.application), "user_version": self.version}
        marks = [f"PRAGMA {name} = {number};" for name, number in numbers.items()]
        return "\n".join([*marks, f"{TABLE};", *tables, FIRST])


def checked(path: Path, kind: Kind) -> Head:
    """Return what a file says of itself, or fail if it cannot be opened as one of a kind."""

    def refused(allowed: str) -> ArgumentError:
        return ArgumentError("store", str(path), allowed)

    if path.is_symlink() and not path.exists():
        raise refused(f"is a link to {path.readlink()}, which is not there")
    try:
        mode = path.stat().st_mode
        if stat.S_ISREG(mode) or stat.S_ISDIR(mode):  # a pipe would wait for whoever writes to it
            path.open("rb").close()
    except OSError as error:
        raise refused(f"cannot be read ({error.strerror})") from None
    other = f"is not a {kind.name}; it was left as it is"
    if not stat.S_ISREG(mode):
        raise refused(other)
    try:
        found = head(path)
    except sqlite3.DatabaseError as error:
        raise refused(other) from error
    if found.application != int.from_bytes(kind.application):
        raise refused(other)
    if found.version > kind.version:
        newer = f"(tables of version {found.version}, this one knows {kind.version})"
        left = "update mfh. It was left as it is"
        raise refused(f"was written by a newer version of mfh {newer}; {left}")
    if found.version < kind.version and found.version not in kind.reads:
        left = "give another file. It was left as it is"
        raise refused(f"was written by an older version of mfh, which did all otherwise; {left}")
    check_journal(path, found)
    if found.torn and not is_played(path):
        raise refused("is torn: its end is missing; it was left as it is")
    return found


def create(path: Path, kind: Kind) -> None:
    """Make an empty file that appears whole or not at all."""
    there = next(folder for folder in path.resolve().parents if folder.is_dir())
    longest = os.pathconf(there, "PC_NAME_MAX") if hasattr(os, "pathconf") else 255
    if str(path) == ":memory:" or str(path).startswith("file:"):
        raise ArgumentError("store", str(path), "must be the name of a file, such as sweep.db")
    if len(os.fsencode(journal_of(path).name)) > longest:
        allowed = f"is too long a name: at most {longest - len('-journal')} bytes"
        raise ArgumentError("store", str(path), allowed)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            check_journal(path, None)
        except ArgumentError:
            if not path.exists():  # else another run made it a moment earlier, and writes it
                raise
        with draft(path.parent) as made:
            with contextlib.closing(sqlite3.connect(made)) as connection:
                connection.executescript(kind.script)
            _put_there(made, path)
    except (OSError, sqlite3.Error) as error:
        why = getattr(error, "strerror", None) or error
        raise ArgumentError("store", str(path), f"cannot be written ({why})") from error


@contextlib.contextmanager
def draft(folder: Path) -> Iterator[Path]:
    """Yield where to write a file that is then moved into a folder."""
    with scratch(folder) as made:
        yield made / "draft"


def _put_there(draft: Path, path: Path) -> None:
    """Give a new file its name, unless another run did so a moment earlier."""
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    except OSError:  # a file system without links
        if not path.exists():
            draft.rename(path)


def free(path: Path) -> Path:
    """Return a name that no file has yet."""
    others = (path.with_stem(f"{path.stem}-{number}") for number in itertools.count(2))
    return next(name for name in itertools.chain([path], others) if not os.path.lexists(name))


def inode(path: Path) -> tuple[int, int] | None:
    """Return which file lies under a name."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
