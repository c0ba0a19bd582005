"""The file of a store: its tables, how it is made and opened, and which files are refused."""

import contextlib
import os
import sqlite3
import tempfile
from pathlib import Path

from venn import ArgumentError

APPLICATION = int.from_bytes(b"mfhs")
"""What the header of a store says of the file, as other SQLite files do not."""

SCHEMA = 1
"""Version of the tables; a newer one is refused, and left as it is."""

TABLES = """
CREATE TABLE runs (
    run INTEGER PRIMARY KEY, started TEXT NOT NULL, plan TEXT NOT NULL, environment TEXT NOT NULL
);
CREATE TABLE points (
    point INTEGER PRIMARY KEY, form TEXT NOT NULL UNIQUE, settings TEXT NOT NULL
);
CREATE TABLE recipes (
    recipe INTEGER PRIMARY KEY, identity BLOB NOT NULL UNIQUE, text TEXT NOT NULL
);
CREATE TABLE asked (
    point INTEGER NOT NULL REFERENCES points, arm TEXT NOT NULL,
    recipe INTEGER NOT NULL REFERENCES recipes, first INTEGER NOT NULL, last INTEGER NOT NULL,
    PRIMARY KEY (point, arm, first)
) WITHOUT ROWID;
CREATE TABLE results (
    recipe INTEGER NOT NULL REFERENCES recipes, seed INTEGER NOT NULL, accuracy REAL, reason TEXT,
    run INTEGER NOT NULL REFERENCES runs, PRIMARY KEY (recipe, seed),
    CHECK ((accuracy IS NULL) <> (reason IS NULL)), CHECK (accuracy BETWEEN 0 AND 1)
) WITHOUT ROWID;
"""

NEWER = (
    "was written by a newer version of mfh (tables of version {}, "
    f"this one knows {SCHEMA}); update mfh. It was left as it is"
)


def check_file(path: Path) -> None:
    """Fail, without opening it as a database, if a file is not a whole store of this version.

    Raises
    ------
    ArgumentError
        If the file is not there, torn, of another kind, or of a newer version.
    """
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except OSError as error:
        raise ArgumentError("store", str(path), f"cannot be read ({error.strerror})") from None
    application, version = (int.from_bytes(header[at : at + 4]) for at in (68, 60))
    if header[:16] != b"SQLite format 3\0" or len(header) < 100 or application != APPLICATION:
        raise ArgumentError("store", str(path), "is not a store of mfh; it was left as it is")
    if version > SCHEMA:
        raise ArgumentError("store", str(path), NEWER.format(version))
    if log_of(path).exists():
        return  # a run was killed, maybe as it moved pages; SQLite finishes that
    page = int.from_bytes(header[16:18])
    expected = int.from_bytes(header[28:32]) * (65536 if page == 1 else page)
    size = path.stat().st_size
    if size < expected:
        allowed = f"is torn: {size} of at least {expected} bytes; it was left as it is"
        raise ArgumentError("store", str(path), allowed)


def create(path: Path) -> None:
    """Make an empty store that appears whole or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".mfh-", dir=path.parent) as folder:
            draft = Path(folder) / "store"
            with contextlib.closing(sqlite3.connect(draft)) as connection:
                connection.executescript(
                    f"PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {SCHEMA};"
                    + TABLES
                )
                connection.execute("PRAGMA journal_mode = WAL")
            _put_there(draft, path)
    except (OSError, sqlite3.Error) as error:
        raise ArgumentError("store", str(path), f"cannot be written ({error})") from error


def _put_there(draft: Path, path: Path) -> None:
    """Give a new store its name, unless another run did so a moment earlier."""
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    except OSError:  # a file system without links
        if not path.exists():
            draft.rename(path)


def connect(path: Path | None) -> sqlite3.Connection:
    """Open a store; one that lies where nothing can be written, as it is and only to read."""
    name, is_uri = ":memory:" if path is None else str(path), False
    if path is not None:
        there = path.resolve()
        writable = os.access(there, os.W_OK) and os.access(there.parent, os.W_OK)
        if not writable and not log_of(path).exists():
            name, is_uri = f"{there.as_uri()}?mode=ro&immutable=1", True
    return sqlite3.connect(name, isolation_level=None, timeout=60.0, uri=is_uri)


def log_of(path: Path) -> Path:
    """Return where SQLite keeps what was committed and is not yet in the file itself."""
    return Path(f"{path.resolve()}-wal")
