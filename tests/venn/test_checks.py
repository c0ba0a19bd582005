import fractions
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.refusals import refusal
from venn import ArgumentError
from venn.checks import LARGEST, instance, number, one_of, whole


def test_an_error_is_one_line_and_has_its_parts() -> None:
    error = ArgumentError("seeds", "0", "must be more")
    assert str(error) == "seeds = '0': must be more"
    assert (error.argument, error.value, error.allowed) == ("seeds", "0", "must be more")
    assert error.args == ("seeds", "0", "must be more")
    assert isinstance(error, ValueError)


@pytest.mark.parametrize("value", [0, 3, np.int64(7), LARGEST])
def test_whole_numbers_pass(value: Any) -> None:
    assert whole("n", value) == value
    assert type(whole("n", value)) is int


@pytest.mark.parametrize("value", [-1, 2.0, 2.5, "3", None, True, False, math.nan, np.True_])
def test_whole_refuses_what_is_not_a_count(value: Any) -> None:
    assert refusal(whole, "n", value) == f"n = {value!r}: must be a whole number of at least 0"


@given(st.integers(-9, 9), st.integers(-9, 9), st.integers(-9, 9))
def test_whole_takes_its_bounds_and_what_is_between(value: int, least: int, most: int) -> None:
    if least <= value <= most:
        assert whole("n", value, at_least=least, at_most=most) == value
    else:
        low = f"must be a whole number of at least {least}"
        allowed = low if value < least else f"must be at most {most}"
        said = refusal(whole, "n", value, at_least=least, at_most=most)
        assert said == f"n = {value}: {allowed}"


def test_whole_has_a_ceiling_for_counts_and_none_for_seeds() -> None:
    assert refusal(whole, "n", 10**9 + 1) == "n = 1000000001: must be at most 1000000000"
    assert whole("seed", 2**128, at_most=None) == 2**128


@pytest.mark.parametrize("value", [0, 0.5, np.float32(0.25), fractions.Fraction(1, 8), 2**100])
def test_numbers_pass_as_floats(value: Any) -> None:
    assert number("weight", value) == value
    assert type(number("weight", value)) is float


NOT_FINITE = [math.inf, -math.inf, math.nan, "1", None, True, False, [1], 1j, "x"]
LOOKS_LIKE_A_FLOAT = [np.True_, np.array(False), b"1", 10**400, -(10**400)]


@pytest.mark.parametrize("value", [*NOT_FINITE, *LOOKS_LIKE_A_FLOAT, -0.1])
def test_number_refuses_what_is_not_finite_or_too_low(value: Any) -> None:
    allowed = "must be a finite number of at least 0"
    assert refusal(number, "weight", value) == f"weight = {value!r}: {allowed}"


@pytest.mark.parametrize("value", [*NOT_FINITE, -0.1, 0, 0.5])
def test_number_can_exclude_its_bound(value: Any) -> None:
    said = refusal(number, "weight", value, at_least=0.5, above=True)
    assert said == f"weight = {value!r}: must be a finite number above 0.5"


def test_number_takes_what_is_just_inside() -> None:
    assert number("weight", 0) == 0
    assert number("weight", math.ulp(0.0), above=True) == math.ulp(0.0)
    assert number("weight", -2, at_least=-2) == -2


def test_number_takes_its_upper_bound_and_no_more() -> None:
    assert number("flip", 0.5, at_most=0.5) == 0.5
    assert refusal(number, "flip", 0.75, at_most=0.5) == "flip = 0.75: must be at most 0.5"
    said = refusal(number, "flip", -0.25, at_most=0.5)
    assert said == "flip = -0.25: must be a finite number of at least 0"


def test_instance_shows_how_to_make_one() -> None:
    instance("step", 3, int, "3")
    instance("step", True, int, "3")
    said = refusal(instance, "step", "3", int, "int(3)")
    assert said == "step = '3': must be of kind int, such as int(3)"


@pytest.mark.parametrize("value", ["x", "", "figure", 2, None, ["figure2"]])
def test_one_of_lists_what_is_known(value: Any) -> None:
    assert one_of("figure", "figure2", ("figure2", "figure3")) == "figure2"
    assert one_of("figure", "figure3", {"figure2": 0, "figure3": 1}) == "figure3"
    said = refusal(one_of, "figure", value, ("figure2", "figure3"))
    assert said == f"figure = {value!r}: is unknown; known: figure2, figure3"
