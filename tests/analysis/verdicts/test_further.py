import numpy as np
import pandas as pd
import pytest

from analysis.verdicts.claim import Part
from analysis.verdicts.further import facts, means
from analysis.verdicts.judge import describe_parts
from venn import ArgumentError

VALUES = pd.DataFrame({"gain": [1.0, 2.0, 4.0, 3.0, 2.5, 2.0], "lead": [0.0, -1, 1, 2, -2, 0.5]})


def test_means_have_the_intervals_of_verdicts() -> None:
    found = means(VALUES, "points")
    described = describe_parts([Part(str(name), "…") for name in VALUES], VALUES)
    assert list(found["name"]) == ["gain", "lead"]
    assert found["value"].to_numpy() == pytest.approx([14.5 / 6, 0.5 / 6])
    for limit in ("low", "high"):
        np.testing.assert_array_equal(found[limit], described[limit])
    assert list(found.columns) == ["name", "value", "low", "high", "unit"]
    assert set(found["unit"]) == {"points"}


def test_facts_are_known_exactly() -> None:
    found = facts({"holds": 3, "fails": 2}, "diagrams")
    assert found.to_dict("list") == {
        "name": ["holds", "fails"],
        "value": [3.0, 2.0],
        "low": [3.0, 2.0],
        "high": [3.0, 2.0],
        "unit": ["diagrams"] * 2,
    }
    assert list(found.columns) == list(means(VALUES, "points").columns)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (VALUES.iloc[:0], "must have at least one seed"),
        (VALUES.assign(gain=np.nan), "must be finite"),
    ],
    ids=["no seeds", "not a number"],
)
def test_bad_calls(values: pd.DataFrame, words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        means(values, "points")
