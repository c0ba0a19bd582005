"""Verification: verdicts, what is measured once, failures, and bad calls."""

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.verdicts import Measurements, World, verify
from analysis.verdicts.claim import Trained
from analysis.verdicts.verification import BLOCK
from tests.analysis.verdicts.toy import claim, noting


def test_verdicts_of_claims_whose_truth_is_known() -> None:
    claims = [
        claim([1.0, 1.0], "true"),
        claim([1.0, -1.0], "false"),
        claim([1.0, 0.0], "at-its-margin"),
    ]
    found = verify(claims, range(60))
    words = ["supported"] * 2 + ["refuted"] * 2 + ["inconclusive"] * 2
    assert list(found.verdicts["verdict"]) == words
    assert list(found.verdicts["claim"].unique()) == ["true", "false", "at-its-margin"]
    assert list(found.verdicts["trainings"]) == [120] * 6
    assert len(found.parts) == 12
    assert not found.failed
    json.dumps(found.configuration, allow_nan=False)


def test_what_is_kept_is_not_measured_again(tmp_path: Path) -> None:
    plain = claim([0.3])
    log = tmp_path / "measured"
    watched = claim([0.3], experiment=partial(noting, str(log), plain.experiment))
    reports = []
    for seeds in (range(40), range(60), range(10, 50)):
        log.write_text("")
        done: list[int] = []
        with Measurements(tmp_path / "kept.db") as kept:
            reports.append((seeds, verify([watched], seeds, done.append, kept)))
        assert sum(done) == 2 * len(seeds)
        assert sorted(map(int, log.read_text().split())) == {
            40: sorted([*range(40)] * 2),
            60: sorted([*range(40, 60)] * 2),
        }.get(seeds.stop, [])
    for seeds, found in reports:  # whatever was there, the report is that of a first run
        anew = verify([plain], seeds)
        pd.testing.assert_frame_equal(found.parts, anew.parts)
        assert list(found.verdicts["trainings"]) == list(anew.verdicts["trainings"])
        for kept_finding, finding in zip(found.findings, anew.findings, strict=True):
            pd.testing.assert_frame_equal(kept_finding.rows, finding.rows)


def test_an_interrupted_run_keeps_its_blocks(tmp_path: Path) -> None:
    plain = claim()

    def interrupted(world: World, seeds: Sequence[int], trained: Trained) -> pd.DataFrame:
        if seeds[0] >= BLOCK:
            raise KeyboardInterrupt
        return plain.experiment(world, seeds, trained)

    stopped = claim(experiment=interrupted)
    with Measurements(tmp_path / "kept.db") as kept:
        with pytest.raises(KeyboardInterrupt):
            verify([stopped], range(60), measurements=kept)
        assert list(kept.get(stopped, plain.worlds[0], range(60))) == list(range(BLOCK))


def test_a_world_that_fails_stops_no_other() -> None:
    """Where trainings fail, or a value is no number."""
    plain = claim([1.0, 1.0])

    def failing(world: World, seeds: Sequence[int], trained: Trained) -> pd.DataFrame:
        if world.models == "MLP":
            raise FloatingPointError("3 trainings failed")
        return plain.experiment(world, seeds, trained)

    def broken(rows: pd.DataFrame) -> pd.DataFrame:
        values = plain.values(rows)
        return values.assign(**{"part 1": values["part 1"].where(values.index != 7)})

    claims = claim(experiment=failing), claim([1.0, 1.0], "broken", values=broken)
    found = verify([*claims, claim(name="whole")], range(30))
    words = ["supported", *["failed"] * 3, *["supported"] * 2]
    assert list(found.verdicts["verdict"]) == words
    assert [str(finding.failure) for finding in found.failed] == [
        "FloatingPointError: 3 trainings failed",
        *["part 1: not a finite number for every seed"] * 2,
    ]
    assert np.isnan(found.verdicts["p"][1])
    assert len(found.parts) == 3


BAD_CALLS: dict[str, tuple[Any, Any, str]] = {
    "no claims": ([], range(3), "claims"),
    "a name": (["mfh-gamma"], range(3), r"CLAIMS\['mfh-gamma'\]"),
    "twice": ([claim(), claim()], range(3), "each once"),
    "one seed": ([claim()], [3], "at least two"),
    "a seed twice": ([claim()], [1, 1, 2], "each once"),
    "half a seed": ([claim()], [0.5, 2], "seeds = 0.5"),
}


@pytest.mark.parametrize(("claims", "seeds", "message"), BAD_CALLS.values(), ids=BAD_CALLS)
def test_bad_calls(claims: Any, seeds: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        verify(claims, seeds)


BAD_CLAIMS: dict[str, tuple[dict[str, Any], str]] = {
    "name": ({"name": "Mine!"}, "name = 'Mine!'"),
    "no words": ({"words": ""}, "words"),
    "no nulls": ({"nulls": {}}, "nulls"),
    "a part twice": ({"parts": claim([1.0]).parts * 2}, "each once"),
    "a world twice": ({"worlds": claim().worlds * 2}, "each once"),
}


@pytest.mark.parametrize(("changes", "message"), BAD_CLAIMS.values(), ids=BAD_CLAIMS)
def test_bad_claims(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        claim(**changes)
