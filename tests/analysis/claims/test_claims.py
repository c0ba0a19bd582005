"""The contract that every claim keeps."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.claims import CLAIMS
from analysis.verdicts import PAPER, Claim, decide, weigh
from analysis.verdicts.calibration import typical
from synth import stream

SEEDS = [3, 11]
CASES = {
    f"{claim.name}, {world}": (claim, world)
    for claim in CLAIMS.values()
    for world in typical(claim)
}


@pytest.fixture(scope="module")
def measured() -> dict[tuple[str, str], pd.DataFrame]:
    """Rows that were measured before, of the smallest budget."""
    return {}


def rows_of(
    claim: Claim, world: object, measured: dict[tuple[str, str], pd.DataFrame]
) -> pd.DataFrame:
    key = claim.name, str(world)
    if key not in measured:
        trained: list[int] = []
        chosen = next(each for each in claim.worlds if each == world)
        measured[key] = claim.experiment(chosen, SEEDS, trained.append)
        assert sum(trained) > 0
        assert all(count > 0 for count in trained)
    return measured[key]


def test_names_are_those_of_the_command() -> None:
    assert list(CLAIMS) == [claim.name for claim in CLAIMS.values()]


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)
def test_words_source_and_rule_are_there(claim: Claim) -> None:
    for text in (claim.title, claim.words, claim.source, claim.method):
        assert len(text) > 8
        assert "  " not in text
    assert re.search(r"\(\w+ \d{4}\)|\d{4}", claim.source)
    assert claim.words.endswith(".")
    for part in claim.parts:
        assert part.statement
        assert part.unit
    assert claim.worlds[0] == PAPER
    assert len({world.models for world in claim.worlds}) >= 1


@pytest.mark.parametrize(("claim", "world"), CASES.values(), ids=CASES)
def test_it_runs_under_the_smallest_budget_and_is_judged(
    claim: Claim, world: object, measured: dict[tuple[str, str], pd.DataFrame]
) -> None:
    rows = rows_of(claim, world, measured)
    assert set(rows["seed"]) == set(SEEDS)
    values = claim.values(rows)
    assert list(values.index) == sorted(SEEDS)
    assert set(values.columns) == {part.name for part in claim.parts}
    ordered = values[[part.name for part in claim.parts]].to_numpy(dtype=float)
    assert np.isfinite(ordered).all()
    weight = weigh(claim.parts, ordered)
    table = pd.DataFrame({"support": [float(weight.support)], "refute": [float(weight.refute)]})
    assert decide(table)["verdict"].isin(["supported", "refuted", "inconclusive"]).all()


@pytest.mark.parametrize(("claim", "world"), CASES.values(), ids=CASES)
def test_null_worlds_are_defined_and_reproducible(
    claim: Claim, world: object, measured: dict[tuple[str, str], pd.DataFrame]
) -> None:
    rows = rows_of(claim, world, measured)
    for number, (name, null) in enumerate(claim.nulls.items()):
        assert name
        before = rows.copy()
        made, again = (null(rows, stream(number, "null")) for _ in range(2))
        pd.testing.assert_frame_equal(rows, before)
        pd.testing.assert_frame_equal(made, again)
        assert set(made.columns) == set(rows.columns)
        values = claim.values(made)
        assert list(values.index) == sorted(SEEDS)
        assert np.isfinite(values.to_numpy(dtype=float)).all()
        drawn = (claim.values(null(rows, stream(k, "null"))) for k in range(9))
        assert not all(each.equals(claim.values(rows)) for each in drawn), f"{name}: no change"


@pytest.mark.parametrize(("claim", "world"), CASES.values(), ids=CASES)
def test_further_numbers_have_their_columns(
    claim: Claim, world: object, measured: dict[tuple[str, str], pd.DataFrame]
) -> None:
    if claim.further is None:
        return
    table = claim.further(rows_of(claim, world, measured))
    assert list(table.columns) == ["name", "value", "low", "high", "unit"]
    assert table["name"].is_unique


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)
def test_a_seed_does_not_depend_on_its_company(
    claim: Claim, measured: dict[tuple[str, str], pd.DataFrame]
) -> None:
    """A block of seeds is measured as its seeds are one by one, so that seeds can be added."""
    rows = rows_of(claim, claim.worlds[0], measured)
    alone = claim.experiment(claim.worlds[0], SEEDS[1:], lambda _: None)
    beside = rows[rows["seed"] == SEEDS[1]].reset_index(drop=True)
    order = sorted(set(rows.columns) - {"value", "accuracy"})
    pd.testing.assert_frame_equal(
        alone.sort_values(order, ignore_index=True),
        beside.sort_values(order, ignore_index=True),
        check_exact=True,
    )


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)
def test_documents_know_it(claim: Claim) -> None:
    root = Path(__file__).parents[3]
    for page in ("docs/claims.md", "docs/calibration.md", "README.md"):
        assert claim.name in (root / page).read_text(encoding="utf-8"), page
