import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from analysis.statistics import holm
from venn import ArgumentError

p_values = st.lists(st.floats(0, 1), min_size=1, max_size=8)


@given(st.lists(p_values, min_size=1, max_size=3), st.sampled_from([0.01, 0.05, 0.2]))
def test_each_family_is_corrected_as_by_statsmodels(
    families: list[list[float]], level: float
) -> None:
    rows = pd.DataFrame(
        {"figure": figure, "p": p} for figure, ps in enumerate(families) for p in ps
    ).sample(frac=1, random_state=0)
    found = holm(rows, family="figure", level=level)
    pd.testing.assert_frame_equal(found[["figure", "p"]], rows)
    for figure, ps in found.groupby("figure"):
        rejected, corrected, *_ = multipletests(ps["p"], level, method="holm")
        assert ps["p_holm"].to_numpy() == pytest.approx(corrected), figure
        clear = np.abs(corrected - level) > 1e-9  # the two round a tie differently
        assert list(ps["rejected"][clear]) == list(rejected[clear])


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
