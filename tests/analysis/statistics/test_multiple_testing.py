import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

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
        {"figure": figure, "p": p} for figure, ps in enumerate(families) for p in ps
    )
    found = holm(rows, family="figure")
    expected = [p for ps in families for p in closed(ps)]
    assert found["p_holm"].to_numpy() == pytest.approx(expected)
    assert list(found["rejected"]) == list(found["p_holm"] <= 0.05)


def test_it_is_statsmodels_correction_whatever_the_order_of_the_rows() -> None:
    generator = np.random.default_rng(0)
    rows = pd.DataFrame({"figure": list("aabbbcccccc"), "p": generator.random(11) ** 3})
    found = holm(rows.sample(frac=1, random_state=0), family="figure", level=0.2).sort_index()
    for figure, ps in found.groupby("figure"):
        rejected, corrected, *_ = multipletests(ps["p"], 0.2, method="holm")
        assert ps["p_holm"].to_numpy() == pytest.approx(corrected), figure
        assert list(ps["rejected"]) == list(rejected)
    pd.testing.assert_frame_equal(found[["figure", "p"]], rows)
    assert 0 < found["rejected"].sum() < 11


def test_by_hand() -> None:
    """3 * 0.01, 2 * 0.03, and the largest is no smaller than the one before it."""
    found = holm(pd.DataFrame({"p": [0.04, 0.01, 0.03]}))
    assert found["p_holm"].to_numpy() == pytest.approx([0.06, 0.03, 0.06])
    assert list(found["rejected"]) == [False, True, False]


def test_rows_with_the_same_label_stay_apart() -> None:
    rows = pd.concat([pd.DataFrame({"p": [0.01]}), pd.DataFrame({"p": [0.04]})])
    assert holm(rows)["p_holm"].to_numpy() == pytest.approx([0.02, 0.04])


def test_a_family_without_a_name_is_a_family() -> None:
    rows = pd.DataFrame({"width": [np.nan, np.nan, 32.0], "p": 0.02})
    assert holm(rows, family="width")["p_holm"].to_numpy() == pytest.approx([0.04, 0.04, 0.02])


def test_the_probability_of_any_false_rejection_is_at_most_the_level() -> None:
    """Ten true hypotheses a family, 4,000 families: at most 5 %, up to 3 standard errors."""
    p = np.random.default_rng(0).random((4000, 10))
    rows = pd.DataFrame({"family": np.repeat(np.arange(4000), 10), "p": p.ravel()})
    wrong = holm(rows, family="family").groupby("family")["rejected"].any().mean()
    assert 0.035 < wrong < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 4000)


CALLS = {
    "no table": (lambda: holm([0.1]), "tests = "),  # type: ignore[arg-type]
    "no p": (lambda: holm(pd.DataFrame({"q": [0.1]})), "'p': is no column"),
    "no family": (lambda: holm(pd.DataFrame({"p": [0.1]}), family="arm"), "family = 'arm'"),
    "p of 2": (lambda: holm(pd.DataFrame({"p": [0.1, 2.0]})), "= 2.0: must lie between"),
    "p of NaN": (lambda: holm(pd.DataFrame({"p": [np.nan]})), "drop what is NaN"),
    "level": (lambda: holm(pd.DataFrame({"p": [0.1]}), level=5), "level = 5: must lie between"),
}


@pytest.mark.parametrize("name", CALLS)
def test_bad_calls(name: str) -> None:
    call, message = CALLS[name]
    with pytest.raises(ArgumentError, match=message):
        call()
