"""The judge against its formulas."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.statistics import always_valid_interval, always_valid_p
from analysis.verdicts import LEVEL, Part, decide, weigh
from analysis.verdicts.judge import FEWEST, describe_parts
from synth import stream

ABOVE = Part("up", "up is above 0")
BELOW = Part("down", "down is below a quarter", side="below", margin=0.25)


def drawn(means: list[float], seeds: int = 50, seed: int = 0) -> np.ndarray:
    """Return values of unit spread whose means are exact."""
    noise = stream(seed, "judged").standard_normal((seeds, len(means)))
    return np.asarray((noise - noise.mean(axis=0)) / noise.std(axis=0) + means)


@given(
    st.lists(st.floats(-1, 1), min_size=1, max_size=4), st.integers(FEWEST, 50), st.integers(0, 99)
)
def test_weights_are_what_the_formula_says(means: list[float], seeds: int, seed: int) -> None:
    parts = [
        Part(f"part {j}", "…", side="above" if j % 2 else "below", margin=j / 4)
        for j in range(len(means))
    ]
    values = stream(seed, "judged").standard_normal((seeds, len(means))) + means
    support, refute = 0.0, 1.0
    for part, column in zip(parts, values.T, strict=True):
        p = float(always_valid_p(column, part.margin))
        holds = column.mean() > part.margin if part.side == "above" else column.mean() < part.margin
        support = max(support, p if holds else 1.0)
        refute = min(refute, 1.0 if holds else len(parts) * p)
    weight = weigh(parts, np.stack([values, -values], axis=1))  # each group by itself
    np.testing.assert_allclose([p[0] for p in weight], [support, min(refute, 1)])
    assert max(p[0] for p in weight) == 1


def test_few_seeds_decide_nothing() -> None:
    """Skewed values have p-values that are too small with few seeds."""
    values = drawn([9, -9], seeds=FEWEST)
    assert weigh([ABOVE, BELOW], values).support < LEVEL
    assert list(map(float, weigh([ABOVE, BELOW], values[1:]))) == [1, 1]
    with pytest.raises(ValueError, match="must have a column for each of the 1 parts"):
        weigh([ABOVE], values)


P = st.floats(0, 1)


@given(st.lists(st.tuples(P, st.booleans()), min_size=1, max_size=8))
def test_verdicts_are_total_and_holms(weights: list[tuple[float, bool]]) -> None:
    """Any p-values get one of three verdicts; those decided are what Holm's method rejects."""
    rows = [(p, 1.0) if up else (1.0, p) for p, up in weights]
    table = pd.DataFrame(rows, columns=["support", "refute"])
    found = decide(table)
    first, second = (
        np.array([max(q * (p >= q).sum() for q in p[p <= each]) for each in p])
        for p in table.to_numpy().T
    )
    np.testing.assert_allclose(found["p_holm"], np.minimum(1, 2 * np.minimum(first, second)))
    supported, refuted = first <= LEVEL / 2, second <= LEVEL / 2
    words = ["supported", "refuted"]
    assert list(found["verdict"]) == list(np.select([supported, refuted], words, "inconclusive"))


def test_parts_are_described() -> None:
    values = pd.DataFrame(drawn([1, -1], seeds=35), columns=["up", "down"])
    published = Part("up", "up is above 0", published=1.5)
    table = describe_parts([BELOW, published], values)
    assert list(table["part"]) == ["down", "up"]
    assert list(table["margin"]) == [0.25, 0]
    np.testing.assert_allclose(table["mean"], [-1, 1])
    np.testing.assert_array_equal(table["published"], [np.nan, 1.5])
    low, high = always_valid_interval(values["down"].to_numpy())
    assert (table["low"][0], table["high"][0]) == (low, high)
    assert (table["seeds"] == 35).all()
    np.testing.assert_allclose(table["sd"], values[["down", "up"]].std())
