"""Measurements: exact, and found again by all that they depend on."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.verdicts import Measurements, measurements
from tests.analysis.verdicts.toy import claim

CLAIM = claim()
WORLD, OTHER = CLAIM.worlds
ROWS = pd.DataFrame(
    {
        "seed": [7, 7, 3],
        "arm": ["kd", "no_kd", "γ"],
        "value": [0.1 + 0.2, 1 / 3, np.nextafter(1, 2)],
        "count": [1, 2, 3],
    }
)


def test_numbers_come_back_to_the_last_bit(tmp_path: Path) -> None:
    with Measurements(tmp_path / "kept.db") as kept:
        kept.put(CLAIM, WORLD, ROWS, trainings=6)
    with Measurements(tmp_path / "kept.db") as kept:
        found = kept.get(CLAIM, WORLD, [3, 7, 9])
    assert set(found) == {3, 7}
    back = pd.concat([pd.DataFrame(found[seed].rows) for seed in (7, 3)], ignore_index=True)
    pd.testing.assert_frame_equal(back, ROWS, check_exact=True)
    assert [found[seed].trainings for seed in (3, 7)] == [3, 3]


def test_they_are_found_by_what_they_depend_on(monkeypatch: pytest.MonkeyPatch) -> None:
    with Measurements() as kept:
        kept.put(CLAIM, WORLD, ROWS, trainings=6)
        assert kept.get(CLAIM, WORLD, [3])
        assert not kept.get(CLAIM, OTHER, [3])
        assert not kept.get(claim(name="other"), WORLD, [3])
        monkeypatch.setattr(measurements, "source", lambda: "changed")
        assert not kept.get(CLAIM, WORLD, [3])
