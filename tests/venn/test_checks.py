import math
import pickle
from typing import Any

import numpy as np
import pytest

from venn import ArgumentError
from venn.checks import number, one_of, whole


@pytest.mark.parametrize("value", [0, 3, np.int64(7)])
def test_whole_numbers_pass(value: Any) -> None:
    assert whole("n", value) == value
    assert type(whole("n", value)) is int


@pytest.mark.parametrize("value", [-1, 2.0, 2.5, "3", None, True, math.nan])
def test_whole_refuses_what_is_not_a_count(value: Any) -> None:
    with pytest.raises(ArgumentError) as error:
        whole("n", value)
    assert str(error.value) == f"n = {value!r}: must be a whole number of at least 0"


def test_whole_names_its_bound() -> None:
    with pytest.raises(ValueError, match="seeds = 0: must be a whole number of at least 1"):
        whole("seeds", 0, at_least=1)


def test_whole_has_a_ceiling_for_counts_and_none_for_seeds() -> None:
    with pytest.raises(ArgumentError, match="n = 1000000001: must be at most 1000000000"):
        whole("n", 10**9 + 1)
    assert whole("seed", 2**128, at_most=None) == 2**128


@pytest.mark.parametrize("value", [-0.1, math.inf, math.nan, "1", None, True, [1]])
def test_number_refuses_what_is_not_finite_or_too_low(value: Any) -> None:
    with pytest.raises(ArgumentError, match="must be a finite number of at least 0"):
        number("weight", value)


def test_number_can_exclude_its_bound() -> None:
    assert number("weight", 0) == 0
    with pytest.raises(ArgumentError, match=r"weight = 0: must be a finite number above 0"):
        number("weight", 0, above=True)


def test_one_of_lists_what_is_known() -> None:
    assert one_of("figure", "figure2", ("figure2", "figure3")) == "figure2"
    with pytest.raises(ArgumentError, match="figure = 'x': is unknown; known: figure2, figure3"):
        one_of("figure", "x", ("figure2", "figure3"))


def test_an_error_survives_pickling() -> None:
    error = pickle.loads(pickle.dumps(ArgumentError("n", 0, "must be more")))
    assert str(error) == "n = 0: must be more"
