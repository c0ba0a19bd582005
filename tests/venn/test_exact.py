"""Closed forms and quadratures against bivariate normals, simulation and other libraries."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from tests.examples import examples
from venn.exact import knowable, shells, sliced, unknowable
from venn.slices import normal_cuts, shell_cuts

unknowns = st.floats(0, 1)
priors = st.lists(st.integers(1, 9), min_size=2, max_size=4).map(
    lambda n: tuple(part / sum(n) for part in n)
)


def binary_entropy(p: float) -> float:
    return -sum(q * math.log2(q) for q in (p, 1 - p) if q > 0)


@settings(max_examples=examples(15))
@given(unknowns, st.floats(0, 0.5))
def test_accuracy_of_two_classes(unknown: float, flip: float) -> None:
    """Sheppard: 1/2 + asin(rho) / pi without flips, of which (1 - 2 flip) remains."""
    right = 1 - math.asin(math.sqrt(unknown)) / math.pi  # the same, without its cancellation
    expected = (1 - flip) * right + flip * (1 - right)
    assert sliced(unknown, (0.5, 0.5), flip=flip).score == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("unknown", [0.05, 0.4, 0.9])
@pytest.mark.parametrize("share", [0.1, 0.37, 0.8])
def test_accuracy_of_unequal_classes_is_a_bivariate_normal_probability(
    unknown: float, share: float
) -> None:
    """The best guess is y = 1[m > c]: right with P(s, m > c) + P(s, m <= c)."""
    cut, rho = stats.norm.ppf(share), math.sqrt(1 - unknown)
    both = stats.multivariate_normal([0, 0], [[1, rho], [rho, 1]]).cdf([cut, cut / rho])
    expected = 1 - stats.norm.cdf(cut) - stats.norm.cdf(cut / rho) + 2 * both
    assert sliced(unknown, (share, 1 - share)).score == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("unknown", [0.01, 0.3, 0.8])
@pytest.mark.parametrize("flip", [0.0, 0.1])
def test_information_of_two_classes(unknown: float, flip: float) -> None:
    """I = 1 - E h(p(m)), by another quadrature."""

    def integrand(x: float) -> float:
        p = float(stats.norm.cdf(math.sqrt(1 - unknown) * x / math.sqrt(unknown)))
        return float(stats.norm.pdf(x)) * binary_entropy(p + flip * (1 - 2 * p))

    expected = 1 - integrate.quad(integrand, -10, 10, points=[0], epsabs=1e-12)[0]
    found = sliced(unknown, (0.5, 0.5), flip=flip).information
    assert found == pytest.approx(expected, abs=1e-9)


def drawn(
    unknown: float, prior: tuple[float, ...], temperature: float, flip: float, n: int
) -> tuple[np.ndarray, np.ndarray]:
    """Simulate estimates and labels, step by step as the rule is told."""
    rng = np.random.default_rng(0)
    estimate = math.sqrt(1 - unknown) * rng.standard_normal(n)
    score = estimate + math.sqrt(unknown) * rng.standard_normal(n)
    noisy = score + temperature * rng.logistic(size=n)
    y = np.searchsorted(normal_cuts(prior, temperature), noisy)
    other = (y + rng.integers(1, len(prior), n)) % len(prior)
    return estimate, np.where(rng.random(n) < flip, other, y)


CASES = {
    "two classes": (0.5, (0.5, 0.5), 0.0, 0.0),
    "temperature": (0.3, (0.5, 0.5), 0.4, 0.0),
    "flips and temperature": (0.3, (0.3, 0.7), 0.4, 0.1),
    "three classes": (0.2, (0.2, 0.5, 0.3), 0.0, 0.05),
    "known but for temperature": (0.0, (0.5, 0.5), 0.5, 0.0),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_accuracy_and_information_of_simulated_labels(
    case: tuple[float, tuple[float, ...], float, float],
) -> None:
    """No guess from a fine histogram of the estimate is better, and it finds the information."""
    n, truth = 400_000, sliced(*case)
    estimate, y = drawn(*case, n=n)
    cells = np.clip(((estimate + 5) * 20).astype(int), 0, 199)
    table = np.zeros((200, len(case[1])))
    np.add.at(table, (cells, y), 1)
    assert table.max(1).sum() / n == pytest.approx(truth.score, abs=0.004)
    joint = table / n
    independent = joint.sum(1, keepdims=True) * joint.sum(0)
    filled = joint > 0
    information = (joint[filled] * np.log2(joint[filled] / independent[filled])).sum()
    assert information == pytest.approx(truth.information, abs=0.003)


@given(priors, st.floats(0, 0.5))
def test_all_and_nothing(prior: tuple[float, ...], flip: float) -> None:
    """From nothing the most likely class; from all but the flips 1 - flip."""
    labels = np.array(prior) * (1 - flip) + flip * (1 - np.array(prior)) / (len(prior) - 1)
    nothing, everything = unknowable(prior, flip), knowable(prior, flip)
    assert nothing.score == pytest.approx(labels.max())
    assert nothing.information == 0
    assert sliced(1.0, prior, flip=flip) == unknowable(prior, flip)
    channel = [1 - flip, *[flip / (len(prior) - 1)] * (len(prior) - 1)]
    bits = stats.entropy(labels, base=2) - stats.entropy(channel, base=2)
    assert everything.score == 1 - flip
    assert everything.information == pytest.approx(bits, abs=1e-12)
    assert sliced(0.0, prior, flip=flip) == knowable(prior, flip)


@pytest.mark.parametrize("unknown", [0.0, 0.01, 0.5, 0.99])
@pytest.mark.parametrize("temperature", [1e-6, 0.01, 0.125, 1.0, 50.0])
def test_any_temperature_has_a_truth(unknown: float, temperature: float) -> None:
    """No class has a negative probability far from its cuts, which had no logarithm."""
    truth = sliced(unknown, (0.2, 0.3, 0.5), temperature)
    assert 0.5 - 1e-9 <= truth.score <= 1
    assert 0 <= truth.information < 1.5


@pytest.mark.parametrize("flip", [0.0, 0.1])
@pytest.mark.parametrize(("seen", "features"), [(1, 2), (1, 9), (4, 9), (8, 9)])
def test_shells_by_simulation(seen: int, features: int, flip: float) -> None:
    """Accuracy and information of the chi-square posterior, averaged over drawn sums."""
    prior = (0.3, 0.4, 0.3)
    truth = shells(seen, features, prior, flip=flip)
    u = np.random.default_rng(0).chisquare(seen, 200_000)
    cuts = np.array([-np.inf, *shell_cuts(prior, features), np.inf])
    p = np.diff(stats.chi2(features - seen).cdf(cuts - u[:, None]))
    p = p * (1 - flip) + (1 - p) * flip / 2
    best = p.max(1)
    error = best.std() / math.sqrt(len(u))
    assert truth.score == pytest.approx(best.mean(), abs=5 * error)
    labels = np.array(prior) * (1 - flip) + (1 - np.array(prior)) * flip / 2
    bits = stats.entropy(p, labels, base=2, axis=1)
    error = bits.std() / math.sqrt(len(u))
    assert truth.information == pytest.approx(bits.mean(), abs=5 * error)


@pytest.mark.parametrize("temperature", [0.01, 1.0, 8.0])
def test_shells_that_are_known_but_for_temperature(temperature: float) -> None:
    """E max(p, 1 - p) and 1 - E h(p) with p = logistic((u - c) / T), on a fine grid of quantiles."""
    u = stats.chi2(3).ppf((np.arange(400_000) + 0.5) / 400_000)
    (cut,) = shell_cuts((0.5, 0.5), 3, temperature)
    p = 1 / (1 + np.exp(-np.clip((u - cut) / temperature, -700, 700)))
    truth = shells(3, 3, (0.5, 0.5), temperature)
    assert truth.score == pytest.approx(np.maximum(p, 1 - p).mean(), abs=2e-5)
    entropy = stats.entropy([p, 1 - p], base=2).mean()
    assert truth.information == pytest.approx(1 - entropy, abs=5e-5)


@pytest.mark.filterwarnings("error")
def test_a_score_that_is_all_but_known_is_known() -> None:
    """Distances to a cut in units of such an error leave the range of floats."""
    assert sliced(5e-324, (0.5, 0.5)).score == pytest.approx(1)
    assert sliced(5e-324, (0.2, 0.8)).information == pytest.approx(binary_entropy(0.2))
