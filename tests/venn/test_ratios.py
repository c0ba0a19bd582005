from hypothesis import given
from hypothesis import strategies as st

from tests.refusals import refusal
from venn.ratios import checked_shares, exact_counts, nearest_counts

NAMES = ("alpha", "beta", "gamma")
parts = st.lists(st.integers(0, 50), min_size=3, max_size=3).filter(any)
shares = parts.map(lambda n: {name: part / sum(n) for name, part in zip(NAMES, n, strict=True)})


@given(shares, st.integers(1, 1000))
def test_nearest_counts_sum_to_the_features_and_are_off_by_less_than_one(
    wanted: dict[str, float], features: int
) -> None:
    """sum n_r = v, |n_r - p_r v| < 1, and no share of 0 gets a feature."""
    counts = nearest_counts(wanted, features)
    assert tuple(counts) == NAMES
    assert sum(counts.values()) == features
    assert all(abs(counts[name] - wanted[name] * features) < 1 for name in NAMES)
    assert all(counts[name] == 0 for name in NAMES if wanted[name] == 0)


def test_the_largest_remainders_get_the_features_left_over() -> None:
    """5 * (0.55, 0.33, 0.12) = (2.75, 1.65, 0.6)."""
    wanted = {"alpha": 0.55, "beta": 0.33, "gamma": 0.12}
    assert nearest_counts(wanted, 5) == {"alpha": 3, "beta": 2, "gamma": 0}


def test_a_tie_goes_to_the_share_that_is_named_first() -> None:
    assert nearest_counts({"alpha": 0.5, "beta": 0.5}, 3) == {"alpha": 2, "beta": 1}
    assert nearest_counts({"beta": 0.5, "alpha": 0.5}, 3) == {"alpha": 1, "beta": 2}


def test_a_share_may_be_a_billionth_off() -> None:
    def shifted(by: float) -> dict[str, float]:
        return {"alpha": 0.5 + by, "beta": 0.5 - by}

    assert exact_counts(shifted(9e-10), 10) == {"alpha": 5, "beta": 5}
    assert exact_counts(shifted(-9e-10), 10) == {"alpha": 5, "beta": 5}
    said = refusal(exact_counts, shifted(2e-9), 10)
    assert said.startswith("alpha = 0.500000002: is no whole number of 10 ")


def test_the_sum_may_be_a_billionth_off() -> None:
    for total in (1 - 9e-10, 1, 1 + 9e-10):
        assert checked_shares({"alpha": total, "beta": 0}) == {"alpha": total, "beta": 0.0}
    for total in (1 - 2e-9, 1 + 2e-9):
        said = refusal(checked_shares, {"alpha": total, "beta": 0})
        assert said == f"alpha + beta = {total}: must be 1"


def test_a_share_is_not_negative() -> None:
    said = refusal(checked_shares, {"alpha": 1.5, "beta": -0.5})
    assert said == "beta = -0.5: must be a finite number of at least 0"


def test_the_error_names_the_nearest_shares() -> None:
    assert refusal(exact_counts, {"alpha": 0.5, "beta": 0.3, "gamma": 0.2}, 4) == (
        "beta = 0.3: is no whole number of 4 visible features; nearest is alpha=2/4, beta=1/4, "
        "gamma=1/4, which rounding='nearest' takes"
    )
