"""What experiments measured, kept in a file seed by seed, so that nothing is measured twice."""

import contextlib
import hashlib
import inspect
import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

import pandas as pd

from analysis.provenance import environment, source
from analysis.verdicts.claim import Claim
from analysis.verdicts.worlds import World
from venn import ArgumentError, canonical

APPLICATION = int.from_bytes(b"mfhm")
"""What the header of such a file says of it, as other SQLite files do not."""

TABLE = """
CREATE TABLE IF NOT EXISTS measured (
    experiment BLOB NOT NULL, seed INTEGER NOT NULL, trainings REAL NOT NULL, rows TEXT NOT NULL,
    PRIMARY KEY (experiment, seed)
) WITHOUT ROWID
"""


class Measured(NamedTuple):
    """What an experiment measured for one seed.

    Parameters
    ----------
    rows : dict of str to list
        Its columns.
    trainings : float
        Networks trained for it: of those for several seeds, its share.
    """

    rows: dict[str, list[Any]]
    trainings: float


class Measurements:
    """Measurements in one SQLite file, or in memory.

    They are found again by the claim, the world, the seed, the source code of this package and of the
    claim, and the versions of what it computes with: another version measures anew.

    Parameters
    ----------
    path : path, optional
        The file, made if it is missing; None keeps everything in memory.

    Raises
    ------
    ArgumentError
        If the file is of another kind, or cannot be read or written.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self._path = None if path is None else Path(path)
        source()  # of what is imported now, should files change as it runs
        name = ":memory:" if self._path is None else str(self._path)
        with self._explained():
            self._connection = sqlite3.connect(name, isolation_level=None, timeout=60.0)
        try:
            with self._explained():
                self._open()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        (tables,) = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        (application,) = self._connection.execute("PRAGMA application_id").fetchone()
        if tables and application != APPLICATION:
            allowed = "holds no measurements of mfh verify; it was left as it is"
            raise ArgumentError("store", str(self._path), allowed)
        self._connection.execute(f"PRAGMA application_id = {APPLICATION}")
        self._connection.execute(TABLE)

    def __enter__(self) -> Self:
        """Return the measurements; they are closed at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file; what was put is there."""
        self._connection.close()

    def get(self, claim: Claim, world: World, seeds: Sequence[int]) -> dict[int, Measured]:
        """Return what is there of some seeds."""
        key = _experiment(claim, world)
        query = "SELECT seed, rows, trainings FROM measured WHERE experiment = ?"
        with self._explained():
            there = self._connection.execute(query, (key,)).fetchall()
        wanted = set(seeds)
        return {s: Measured(json.loads(rows), n) for s, rows, n in there if s in wanted}

    def put(self, claim: Claim, world: World, rows: pd.DataFrame, trainings: int) -> None:
        """Add what an experiment measured for some seeds, all or nothing."""
        key = _experiment(claim, world)
        seeds = rows["seed"].unique().tolist()
        records = [
            (key, seed, trainings / len(seeds), json.dumps(columns(rows[rows["seed"] == seed])))
            for seed in seeds
        ]
        with self._explained():
            self._connection.execute("BEGIN IMMEDIATE")
            statement = "INSERT OR REPLACE INTO measured VALUES (?, ?, ?, ?)"
            self._connection.executemany(statement, records)
            self._connection.execute("COMMIT")

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """Say what SQLite found in the words of this project."""
        try:
            yield
        except sqlite3.Error as error:
            allowed = f"cannot hold measurements ({error})"
            raise ArgumentError("store", str(self._path), allowed) from None


def columns(rows: pd.DataFrame) -> dict[str, list[Any]]:
    """Return a table's columns as JSON data, numbers exact to the last bit."""
    return {str(name): rows[name].tolist() for name in rows}


def _experiment(claim: Claim, world: World) -> bytes:
    """Return the identity of an experiment: all that its rows depend on but the seed."""
    here = environment("cpu")
    made = {"claim": claim.name, "world": canonical(world), "source": source()}
    made |= {"protocol": canonical(world.protocol), "experiment": _code(claim)}
    made |= {"versions": here["versions"], "engine": here["engine"]}
    text = json.dumps(made, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def _code(claim: Claim) -> str:
    """Return the source code that a claim's experiment stands in, where it stands in a file."""
    name = getattr(inspect.unwrap(claim.experiment), "__code__", None)
    file = Path(name.co_filename) if name is not None else Path()
    return file.read_text(encoding="utf-8") if file.is_file() else ""
