"""What each kind of rule says, on features chosen by hand."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from synth import Hyperplane, Linear, Parity, Population, Quadratic, RandomNetwork, stream
from synth.rules.network import CALIBRATION
from tests.refusals import refusal
from venn import VennDiagram
from venn.exact import knowable, shells, sliced, unknowable

DIAGRAM = VennDiagram({"a": 2, "b": 1, "a&b": 1}, hidden=1)  # features b, a&b, a, a, hidden
LATENTS = np.random.default_rng(0).standard_normal((200, 5))
WEIGHTS = (2.0, 1.0, 0.0, -1.0, 0.5)


def test_a_hyperplane_labels_by_the_side() -> None:
    """y = 1[<w, z> > 0]."""
    y = Hyperplane(WEIGHTS).label(DIAGRAM, LATENTS)
    np.testing.assert_array_equal(y, LATENTS @ WEIGHTS > 0)
    np.testing.assert_array_equal(Hyperplane().label(DIAGRAM, LATENTS), LATENTS.sum(1) > 0)


def test_parallel_hyperplanes_label_more_classes() -> None:
    """Cut at the normal quantiles of the score, which is scaled by the norm of w."""
    rule = Hyperplane(WEIGHTS, classes=(0.2, 0.5, 0.3))
    score = LATENTS @ WEIGHTS / np.linalg.norm(WEIGHTS)
    expected = np.searchsorted(stats.norm.ppf([0.2, 0.7]), score)
    np.testing.assert_array_equal(rule.label(DIAGRAM, LATENTS), expected)


def test_temperature_is_logistic_in_the_score() -> None:
    """P(y = 1 | z) = 1 / (1 + exp(-s / T)), then flipped."""
    rule = Hyperplane(temperature=0.5, flip=0.1)
    score = LATENTS.sum(1) / math.sqrt(5)
    warm = 1 / (1 + np.exp(-score / 0.5))
    expected = 0.9 * warm + 0.1 * (1 - warm)
    np.testing.assert_allclose(rule.conditional(DIAGRAM, LATENTS)[:, 1], expected)


def test_truth_of_a_hyperplane_is_that_of_its_slices() -> None:
    rule = Hyperplane(WEIGHTS, classes=3, temperature=0.2, flip=0.1)
    left = np.diag([1.0, 0.5, 1, 0, 1])
    unknown = (4 + 0.5 + 0 + 0 + 0.25) / (4 + 1 + 0 + 1 + 0.25)
    assert rule.truth(DIAGRAM, left) == sliced(unknown, (1 / 3,) * 3, 0.2, 0.1)


def test_a_linear_target_and_its_noise() -> None:
    """y = <w, z> + sigma e, the chance being the quantile of e."""
    rule = Linear(WEIGHTS, noise=2.0)
    clean = LATENTS @ WEIGHTS
    np.testing.assert_allclose(rule.label(DIAGRAM, LATENTS), clean, atol=1e-12)
    chance = np.full(200, stats.norm.cdf(0.7))
    np.testing.assert_allclose(rule.label(DIAGRAM, LATENTS, chance), clean + 1.4, atol=1e-9)
    assert rule.prior is None
    assert type(Linear(noise=1).noise) is float


def test_truth_of_a_linear_target() -> None:
    """R² = 1 - (w' U w + sigma²) / (|w|² + sigma²)."""
    rule = Linear(WEIGHTS, noise=2.0)
    found = rule.truth(DIAGRAM, np.diag([1.0, 0.5, 1, 0, 1]))
    share = (4.75 + 4) / (6.25 + 4)
    assert found.score == pytest.approx(1 - share)
    assert found.information == pytest.approx(-math.log2(share) / 2)
    assert rule.truth(DIAGRAM, np.eye(5)).score == 0
    assert rule.truth(DIAGRAM, np.eye(5)).information == 0


def test_shells_label_by_the_distance() -> None:
    """y counts the chi-square quantiles below |z|²."""
    rule = Quadratic(classes=(0.2, 0.5, 0.3))
    expected = np.searchsorted(stats.chi2(5).ppf([0.2, 0.7]), (LATENTS**2).sum(1))
    np.testing.assert_array_equal(rule.label(DIAGRAM, LATENTS), expected)


def test_temperature_of_shells_is_in_units_of_the_score() -> None:
    """P(y = 1) = 1 / (1 + exp(-(|z|² - c) / (T sqrt(2 d)))), c keeping the classes as likely."""
    p = Quadratic(temperature=0.5, flip=0.1).conditional(DIAGRAM, LATENTS)[:, 1]
    warm = (p - 0.1) / 0.8
    logits = np.log(warm / (1 - warm)) * 0.5 * math.sqrt(10)
    cut = (LATENTS**2).sum(1) - logits
    np.testing.assert_allclose(cut, cut[0])
    assert stats.chi2(5).ppf(0.4) < cut[0] < stats.chi2(5).ppf(0.65)


def test_truth_of_shells() -> None:
    """Exact where features are known or not at all; with a temperature, all of them."""
    rule, warm = Quadratic(classes=3, flip=0.1), Quadratic(temperature=0.5, flip=0.1)
    some, noisy = np.diag([1.0, 0, 0, 1, 0]), np.diag([1.0, 0.5, 0, 0, 0])
    assert rule.truth(DIAGRAM, some) == shells(3, 5, (1 / 3,) * 3, 0, 0.1)
    assert rule.truth(DIAGRAM, np.eye(5)) == unknowable((1 / 3,) * 3, 0.1)
    scale = 0.5 * math.sqrt(10)
    assert warm.truth(DIAGRAM, np.zeros((5, 5))) == shells(5, 5, (0.5, 0.5), scale, 0.1)
    assert warm.truth(DIAGRAM, np.eye(5)) == unknowable((0.5, 0.5), 0.1)
    correlated = np.eye(5)
    correlated[0, 1] = correlated[1, 0] = 1
    for unknown in (noisy, correlated):
        assert rule.truth(DIAGRAM, unknown) is None
        assert rule.posterior(DIAGRAM, LATENTS, unknown) is None
    assert warm.truth(DIAGRAM, some) is None


def test_parity_is_the_exclusive_or_of_the_signs() -> None:
    """y = 1[z_b > 0] xor 1[sum of z_a > 0]; other regions and the hidden one have no part."""
    y = Parity(("a", "b")).label(DIAGRAM, LATENTS)
    expected = (LATENTS[:, 0] > 0) ^ (LATENTS[:, [2, 3]].sum(1) > 0)
    np.testing.assert_array_equal(y, expected)


def test_parity_of_digits_is_their_sum_modulo_the_classes() -> None:
    rule = Parity(("a&b", "hidden", "b"), 3, flip=0.3)
    digits = np.searchsorted(stats.norm.ppf([1 / 3, 2 / 3]), LATENTS[:, [1, 4, 0]])
    p = rule.conditional(DIAGRAM, LATENTS)
    np.testing.assert_array_equal(p.argmax(1), digits.sum(1) % 3)
    np.testing.assert_allclose(p.max(1), 0.7)


def test_truth_of_parity() -> None:
    """All known: the flips. One unknown: nothing. One in part: that part's truth. Two: no form."""
    rule = Parity(("a", "b"), 3, flip=0.1)
    prior = (1 / 3,) * 3
    assert rule.truth(DIAGRAM, np.diag([0.0, 1, 0, 0, 1])) == knowable(prior, 0.1)
    assert rule.truth(DIAGRAM, np.diag([1.0, 0, 0, 0, 0])) == unknowable(prior, 0.1)
    assert rule.truth(DIAGRAM, np.diag([1.0, 0, 0.5, 0, 0])) == unknowable(prior, 0.1)
    half = rule.truth(DIAGRAM, np.diag([0.0, 1, 0, 1, 1]))
    assert half == sliced(0.5, prior, flip=0.1)
    assert rule.truth(DIAGRAM, np.diag([0.5, 1, 0, 1, 1])) is None
    correlated = np.eye(5)
    correlated[0, 2] = correlated[2, 0] = 0.5
    assert rule.truth(DIAGRAM, correlated) is None
    assert rule.posterior(DIAGRAM, LATENTS, correlated) is None


def test_posterior_of_parity_multiplies_its_bits() -> None:
    """2 P(y = 0) - 1 = prod_r (2 P(b_r = 0) - 1), exactly, where regions are known in part."""
    rule = Parity(("a", "b"), flip=0.1)
    left = np.diag([0.5, 1, 0.25, 0.75, 1])
    sums = LATENTS[:, 0], LATENTS[:, [2, 3]].sum(1) / math.sqrt(2)
    zero = [1 - stats.norm.cdf(s / math.sqrt(0.5)) for s in sums]
    expected = 0.5 + 0.8 * (2 * zero[0] - 1) * (2 * zero[1] - 1) / 2
    posterior = rule.posterior(DIAGRAM, LATENTS, left)
    assert posterior is not None
    np.testing.assert_allclose(posterior[:, 0], expected, atol=1e-12)


def test_posterior_of_shells_leaves_the_rest_to_chi_square() -> None:
    """P(y = 0) = P(chi2_2 <= c - |z_seen|²), exactly, where features are known or not at all."""
    left = np.diag([1.0, 0, 0, 1, 0])
    seen = LATENTS * np.array([0, 1, 1, 0, 1])
    expected = stats.chi2(2).cdf(stats.chi2(5).ppf(0.5) - (seen**2).sum(1))
    posterior = Quadratic(flip=0.1).posterior(DIAGRAM, seen, left)
    assert posterior is not None
    np.testing.assert_allclose(posterior[:, 0], 0.8 * expected + 0.1, atol=1e-12)


def test_a_random_network_is_what_its_formula_says() -> None:
    """s = <v, tanh(W z + b)>, scaled and cut by its quantiles over a fixed sample."""
    rule = RandomNetwork(5, 3, classes=(0.3, 0.7), temperature=0.4, flip=0.1)
    drawn = stream(5, "network").standard_normal((3, 7))
    bias, out, weights = drawn[:, 0], drawn[:, 1], drawn[:, 2:] * 2 / math.sqrt(5)

    def output(z: np.ndarray) -> np.ndarray:
        return np.tanh(z @ weights.T + bias) @ out

    chance = stream(5, "calibration")
    scores = output(chance.standard_normal((CALIBRATION, 5)))
    uniform = chance.random(CALIBRATION)
    noisy = (scores - scores.mean()) / scores.std() + 0.4 * np.log(uniform / (1 - uniform))
    cut = np.quantile(noisy, 0.3)
    score = (output(LATENTS) - scores.mean()) / scores.std()
    warm = 1 / (1 + np.exp(-(score - cut) / 0.4))
    expected = 0.9 * warm + 0.1 * (1 - warm)
    np.testing.assert_allclose(rule.conditional(DIAGRAM, LATENTS)[:, 1], expected, atol=1e-9)


OF_REGIONS = "must be two or more distinct regions, such as ('a', 'b')"
EMPTY = "region 'a&b' has no feature in this diagram; its bit needs one"
BAD: dict[str, Callable[[], object]] = {
    f"regions = ('a',): {OF_REGIONS}": lambda: Parity(("a",)),
    f"regions = ['a', 'b', 'a']: {OF_REGIONS}": lambda: Parity(["a", "b", "a"]),
    f"regions = 'ab': {OF_REGIONS}": lambda: Parity("ab"),
    "classes = 1: must be a whole number of at least 2": lambda: Parity(classes=1),
    f"regions = ('a', 'a&b'): {EMPTY}": (
        lambda: Population(VennDiagram({"a": 1, "b": 1}), Parity(("a", "a&b")))
    ),
    "regions = ('a&b', 'b&a'): names one region twice": (
        lambda: Population(DIAGRAM, Parity(("a&b", "b&a")))
    ),
    "width = 0: must be a whole number of at least 1": lambda: RandomNetwork(0, 0),
    "width = 4097: must be at most 4096": lambda: RandomNetwork(0, 4097),
    "noise = -1: must be a finite number of at least 0": lambda: Linear(noise=-1),
}


@pytest.mark.parametrize(("message", "call"), BAD.items(), ids=BAD)
def test_bad_rules(message: str, call: Callable[[], object]) -> None:
    assert refusal(call) == message
