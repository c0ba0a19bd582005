"""The contract that every claim keeps."""

from importlib import import_module

import numpy as np
import pandas as pd
import pytest

from analysis.claims import CLAIMS, FILES
from analysis.verdicts import PAPER, WORLDS, Claim
from analysis.verdicts.calibration import typical
from synth import stream
from tests.analysis.verdicts.toy import rows_of

SEEDS = [3, 11]
CASES = {
    f"{claim.name}, {world}": (claim, world)
    for claim in CLAIMS.values()
    for world in typical(claim)
}
Measured = dict[tuple[str, str], pd.DataFrame]


@pytest.fixture(scope="module")
def measured() -> Measured:
    """Rows that were measured before."""
    return {}


def rows_in(claim: Claim, world: str, measured: Measured) -> pd.DataFrame:
    if (claim.name, world) not in measured:
        measured[claim.name, world] = rows_of(claim, SEEDS, claim.worlds[world])
    return measured[claim.name, world]


def values_of(claim: Claim, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the values of its parts, which must be numbers, one row a seed."""
    values = claim.values(rows)
    assert list(values.index) == sorted(SEEDS)
    assert set(values.columns) == {part.name for part in claim.parts}
    assert np.isfinite(values.to_numpy(dtype=float)).all()
    return values


@pytest.mark.parametrize("file", FILES)
def test_words_and_source_are_there(file: str) -> None:
    claim: Claim = import_module(f"analysis.claims.{file}").CLAIM
    assert CLAIMS[claim.name] is claim
    for text in (claim.title, claim.words, claim.source, claim.method):
        assert len(text) > 8
        assert "  " not in text
    assert claim.words.endswith(".")
    assert any(word.strip("(),").isdigit() for word in claim.source.split())  # a year
    assert all(part.statement and part.unit for part in claim.parts)
    assert next(iter(claim.worlds.items())) == (PAPER, WORLDS[PAPER])


@pytest.mark.parametrize(("claim", "world"), CASES.values(), ids=CASES)
def test_it_runs_and_its_null_worlds_are_defined(
    claim: Claim, world: str, measured: Measured
) -> None:
    """Nulls are reproducible, change something, and leave the rows as they were."""
    rows = rows_in(claim, world, measured)
    values, before = values_of(claim, rows), rows.copy()
    for name, null in claim.nulls.items():
        made, again = (null(rows, stream(0, "null")) for _ in range(2))
        pd.testing.assert_frame_equal(rows, before)
        pd.testing.assert_frame_equal(made, again)
        assert set(made.columns) == set(rows.columns)
        values_of(claim, made)
        drawn = (claim.values(null(rows, stream(k, "null"))) for k in range(9))
        assert not all(each.equals(values) for each in drawn), f"{name}: no change"
    if claim.further is not None:
        table = claim.further(rows)
        assert list(table.columns) == ["name", "value", "low", "high", "unit"]
        assert table["name"].is_unique


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)
def test_a_seed_does_not_depend_on_its_company(claim: Claim, measured: Measured) -> None:
    """Seeds are measured together as they are one by one, so that seeds can be added."""
    rows = rows_in(claim, next(iter(claim.worlds)), measured)
    alone = rows_of(claim, SEEDS[1:])
    beside = rows[rows["seed"] == SEEDS[1]]
    order = sorted(set(rows.columns) - {"accuracy", "balanced_accuracy", "constant"})
    first, second = (each.sort_values(order, ignore_index=True) for each in (alone, beside))
    pd.testing.assert_frame_equal(first, second, check_exact=True)
