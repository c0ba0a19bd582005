import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.statistics import holm
from venn import ArgumentError


def closed(p: list[float]) -> list[float]:
    """Return each p-value corrected by closed testing with Bonferroni's test of every subset."""
    subsets = [
        set(subset)
        for size in range(1, len(p) + 1)
        for subset in itertools.combinations(range(len(p)), size)
    ]
    return [
        max(min(1.0, len(s) * min(p[k] for k in s)) for s in subsets if test in s)
        for test in range(len(p))
    ]


@given(st.lists(st.lists(st.floats(0, 1), min_size=1, max_size=5), min_size=1, max_size=3))
def test_each_family_is_corrected_by_closed_testing(families: list[list[float]]) -> None:
    """p of a hypothesis = the largest m min(p) over all families of m hypotheses that hold it."""
    rows = pd.DataFrame(
        {"figure": figure or np.nan, "p": p, "expected": q}  # a missing name is one too
        for figure, ps in enumerate(families)
        for p, q in zip(ps, closed(ps), strict=True)
    )
    rows.index = pd.Index([0] * len(rows))  # what has the same label stays apart
    found = holm(rows.sample(frac=1, random_state=0), family="figure", level=0.2)
    assert found["p_holm"].to_numpy() == pytest.approx(found["expected"].to_numpy())
    assert list(found["rejected"]) == list(found["p_holm"] <= 0.2)


CALLS = {
    "no table": (lambda: holm([0.1]), "tests = "),  # type: ignore[arg-type]
    "no p": (lambda: holm(pd.DataFrame({"q": [0.1]})), "'p': is no column"),
    "no family": (lambda: holm(pd.DataFrame({"p": [0.1]}), family="arm"), "family = 'arm'"),
    "p of 2": (lambda: holm(pd.DataFrame({"p": [0.1, 2.0]})), "= 2.0: must lie between"),
    "p of NaN": (lambda: holm(pd.DataFrame({"p": [np.nan]})), "drop what is NaN"),
    "level": (lambda: holm(pd.DataFrame({"p": [0.1]}), level=5), "level = 5: must lie between"),
}


@pytest.mark.parametrize(("call", "message"), CALLS.values(), ids=CALLS)
def test_bad_calls(call: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        call()
