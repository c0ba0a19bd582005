import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from venn.slices import (
    chi_density,
    flipped,
    largest_radius,
    normal_cuts,
    shell_cuts,
    shell_slices,
    slices,
)

PRIORS = [(0.5, 0.5), (0.9, 0.1), (0.2, 0.3, 0.5), (0.25, 0.25, 0.25, 0.25)]


def logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


def test_a_known_score_is_in_the_slice_above_the_cuts_that_it_exceeds() -> None:
    """A score on a cut does not exceed it."""
    p = slices(np.array([-2.0, -1.0, 0.5, 1.0, 3.0]), 0.0, (-1.0, 1.0))
    np.testing.assert_array_equal(p.argmax(-1), [0, 0, 1, 1, 2])
    np.testing.assert_array_equal(np.sort(p, -1), [[0, 0, 1]] * 5)


def test_a_known_score_with_temperature_follows_the_logistic() -> None:
    """P(y = 1 | s) = 1 / (1 + exp(-(s - c) / T))."""
    p = slices(np.array([0.7, -40.0]), 0.0, (0.2,), 0.5)[:, 1]
    np.testing.assert_allclose(p, [1 / (1 + math.exp(-1)), 0], atol=1e-15)


@pytest.mark.parametrize("temperature", [0.02, 0.3, 0.99, 1.01, 4.0])
@pytest.mark.parametrize("sd", [0.01, 0.7, 1.0])
def test_uncertain_scores_with_temperature(sd: float, temperature: float) -> None:
    """P(y <= 0) = E logistic((c - m - sd u) / T), by adaptive quadrature."""
    for mean in (-1.0, 0.05, 2.0):
        exact = integrate.quad(
            lambda u, m=mean: stats.norm.pdf(u) * logistic((0.1 - m - sd * u) / temperature),
            -10,
            10,
            points=np.clip([(0.1 - mean) / sd], -9, 9),
            epsabs=1e-13,
            limit=1000,
        )[0]
        found = slices(np.array(mean), sd**2, (0.1,), temperature)[0]
        assert found == pytest.approx(exact, abs=2e-11)


@pytest.mark.parametrize("temperature", [0.0, 0.2, 3.0])
@pytest.mark.parametrize("prior", PRIORS)
def test_normal_cuts_give_the_classes_their_probabilities(
    prior: tuple[float, ...], temperature: float
) -> None:
    cuts = normal_cuts(prior, temperature)
    np.testing.assert_allclose(slices(np.array(0.0), 1.0, cuts, temperature), prior, atol=1e-12)
    assert list(cuts) == sorted(cuts)


@pytest.mark.parametrize("features", [1, 2, 7, 50])
@pytest.mark.parametrize("prior", PRIORS)
def test_shell_cuts_are_chi_square_quantiles(prior: tuple[float, ...], features: int) -> None:
    below = np.cumsum(prior)[:-1]
    expected = stats.chi2(features).ppf(below)
    np.testing.assert_allclose(shell_cuts(prior, features), expected, rtol=1e-12)


@pytest.mark.parametrize("features", [1, 2, 7])
@pytest.mark.parametrize("temperature", [0.05, 0.9, 6.0])
def test_shell_cuts_with_temperature_give_the_classes_their_probabilities(
    features: int, temperature: float
) -> None:
    """E logistic((c_k - u) / T) over chi-square u is the share below cut k."""
    chi2 = stats.chi2(features)
    quantiles = (np.arange(200_000) + 0.5) / 200_000
    for cut, below in zip(
        shell_cuts((0.2, 0.3, 0.5), features, temperature), (0.2, 0.5), strict=True
    ):
        logits = np.clip((cut - chi2.ppf(quantiles)) / temperature, -700, 700)
        assert np.mean(1 / (1 + np.exp(-logits))) == pytest.approx(below, abs=2e-5)


def test_shells_of_a_known_part_leave_the_rest_to_chi_square() -> None:
    """P(y <= k | u) = P(chi2_j <= c_k - u), 0 where the known part alone exceeds the cut."""
    p = shell_slices(np.array([0.5, 3.0, 9.0]), 4, (2.0, 5.0))
    below = stats.chi2(4).cdf([[1.5, 4.5], [-1, 2], [-7, -4]])
    np.testing.assert_allclose(p[:, 0], below[:, 0], atol=1e-15)
    np.testing.assert_allclose(p[:, 2], 1 - below[:, 1], atol=1e-15)
    np.testing.assert_allclose(p.sum(-1), 1)


def test_shells_of_a_known_sum_are_slices() -> None:
    p = shell_slices(np.array([1.9, 2.1, 5.1]), 0, (2.0, 5.0))
    np.testing.assert_array_equal(p.argmax(-1), [0, 1, 2])
    warm = shell_slices(np.array([2.5]), 0, (2.0,), 0.5)
    np.testing.assert_allclose(warm[0, 1], 1 / (1 + math.exp(-1)))


@given(st.floats(0, 0.5), st.sampled_from([2, 3, 5]))
def test_flips_move_a_share_to_the_other_classes(flip: float, classes: int) -> None:
    """A sure class keeps 1 - flip, each other gets flip / (K - 1)."""
    p = flipped(np.eye(classes), flip)
    np.testing.assert_allclose(np.diag(p), 1 - flip)
    np.testing.assert_allclose(p[0, 1:], flip / (classes - 1))


@pytest.mark.parametrize("features", [1, 2, 3, 20])
def test_chi_density(features: int) -> None:
    for radius in (0.0, 0.3, 2.0, 9.0):
        expected = stats.chi(features).pdf(radius)
        assert chi_density(np.array(radius), features) == pytest.approx(expected, rel=1e-12)
    assert stats.chi(features).sf(largest_radius(features)) == pytest.approx(1e-16, rel=1e-6)
