"""What experiments measured, kept in a file seed by seed, so that nothing is measured twice."""

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

import pandas as pd

from analysis.sweeps.database import Database
from analysis.sweeps.database_file import Kind
from analysis.sweeps.provenance import environment, source
from analysis.verdicts.claim import Claim
from analysis.verdicts.worlds import World
from venn import canonical
from venn.code import code_of

KIND = Kind(
    name="file of measurements of mfh verify",
    application=b"mfhm",
    version=1,
    tables={
        "measured": """(
            experiment BLOB NOT NULL, seed INTEGER NOT NULL, trainings REAL NOT NULL,
            rows TEXT NOT NULL, PRIMARY KEY (experiment, seed)
        ) WITHOUT ROWID"""
    },
    reads={},
)
"""What is kept; another version of mfh measures anew, and keeps it elsewhere."""


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
        If the file is of another kind or version, torn, or has another file's journal beside it.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        source()  # of what is imported now, should files change as it runs
        self._database = Database(None if path is None else Path(path), KIND)

    def __enter__(self) -> Self:
        """Return the measurements; they are closed at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file; what was put is there."""
        self._database.close()

    def get(self, claim: Claim, world: World, seeds: Sequence[int]) -> dict[int, Measured]:
        """Return what is there of some seeds."""
        key = _experiment(claim, world)
        query = "SELECT seed, rows, trainings FROM measured WHERE experiment = ?"
        there = self._database.read(query, (key,))
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
        statement = "INSERT OR REPLACE INTO measured VALUES (?, ?, ?, ?)"
        with self._database.writing() as connection:
            connection.executemany(statement, records)

    def check_place(self) -> None:
        """Fail if the file is no longer where it was opened; keep what it held in another."""
        self._database.check_place()


def columns(rows: pd.DataFrame) -> dict[str, list[Any]]:
    """Return a table's columns as JSON data, numbers exact to the last bit."""
    return {str(name): rows[name].tolist() for name in rows}


def _experiment(claim: Claim, world: World) -> bytes:
    """Return the identity of an experiment: all that its rows depend on but the seed."""
    here = environment("cpu")
    made = {"claim": claim.name, "world": canonical(world), "source": source()}
    made |= {"protocol": canonical(world.protocol), "experiment": code_of(claim.experiment)}
    made |= {"versions": here["versions"], "engine": here["engine"]}
    text = json.dumps(made, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).digest()
