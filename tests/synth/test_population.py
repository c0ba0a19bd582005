import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth import Hyperplane, Population
from venn import ArgumentError, VennDiagram, growing_alpha, growing_gamma

counts = st.integers(0, 5)


@st.composite
def populations(draw: st.DrawFn) -> Population:
    regions = draw(st.fixed_dictionaries({"a": counts, "b": counts, "a&b": counts}))
    regions["a&b"] += not sum(regions.values())
    noise = {"a": draw(st.integers(1, 5)), "b": draw(st.integers(1, 5))}
    return Population(VennDiagram(regions, hidden=draw(counts), noise=noise))


@given(populations(), st.integers(1, 30), st.integers(0, 2**32))
def test_shapes(population: Population, n: int, seed: int) -> None:
    sample = population.sample(n, seed)
    diagram = population.diagram
    assert len(sample) == n
    assert sample.y.shape == (n,)
    assert set(np.unique(sample.y)) <= {0, 1}
    assert sample.latents.shape == (n, diagram.decisive)
    for modality in ("a", "b"):
        assert sample.views[modality].shape == (n, diagram.dim(modality))


@given(populations(), st.integers(0, 2**32))
def test_a_view_shows_what_its_modality_sees_and_then_noise(
    population: Population, seed: int
) -> None:
    """x^m = (z_{S_m}, noise); noise channels equal no feature and no channel of the other."""
    sample = population.sample(20, seed)
    seen = {m: population.diagram.sees(m) for m in ("a", "b")}
    for m in ("a", "b"):
        np.testing.assert_array_equal(
            sample.views[m][:, : len(seen[m])], sample.latents[:, seen[m]]
        )
    noise = np.hstack([sample.views[m][:, len(seen[m]) :] for m in ("a", "b")])
    channels = np.hstack([noise, sample.latents]).T
    assert len(np.unique(channels, axis=0)) == len(channels)


@given(populations(), st.integers(0, 2**32))
def test_the_label_is_the_rule_of_the_latents(population: Population, seed: int) -> None:
    """y = 1[sum(z) > 0]."""
    sample = population.sample(20, seed)
    np.testing.assert_array_equal(sample.y, sample.latents.sum(1) > 0)


@given(populations(), st.integers(1, 20), st.integers(0, 20), st.integers(0, 2**32))
def test_a_longer_sample_begins_with_the_shorter_one(
    population: Population, n: int, more: int, seed: int
) -> None:
    short, long = population.sample(n, seed), population.sample(n + more, seed)[:n]
    np.testing.assert_array_equal(short.y, long.y)
    np.testing.assert_array_equal(short.latents, long.latents)
    for modality in ("a", "b"):
        np.testing.assert_array_equal(short.views[modality], long.views[modality])


def test_a_slice_splits_every_part_alike() -> None:
    sample = Population(VennDiagram({"a&b": 2}, noise={"a": 1})).sample(10, 0)
    train, test = sample[:4], sample[4:]
    assert (len(train), len(test)) == (4, 6)
    np.testing.assert_array_equal(np.vstack([train.views["a"], test.views["a"]]), sample.views["a"])
    np.testing.assert_array_equal(np.concatenate([train.y, test.y]), sample.y)
    np.testing.assert_array_equal(np.vstack([train.latents, test.latents]), sample.latents)


@pytest.mark.parametrize("path", [growing_gamma(), growing_alpha()], ids=["gamma", "alpha"])
def test_common_random_numbers_along_a_path(path: tuple[VennDiagram, ...]) -> None:
    """Latents, labels and the student's view are the same at every point of the paper's paths."""
    first, *others = [Population(diagram).sample(50, seed=3) for diagram in path]
    for other in others:
        np.testing.assert_array_equal(first.latents, other.latents)
        np.testing.assert_array_equal(first.y, other.y)
        np.testing.assert_array_equal(first.views["b"], other.views["b"])


def test_moments() -> None:
    """Every channel is N(0, 1), and channels of one view are uncorrelated."""
    population = Population(VennDiagram({"a": 2, "b": 1, "a&b": 2}, noise={"a": 2, "b": 2}))
    n = 100_000
    view = population.sample(n, 0).views["a"]
    np.testing.assert_allclose(view.mean(0), 0, atol=5 / math.sqrt(n))
    np.testing.assert_allclose(np.cov(view.T), np.eye(6), atol=5 * math.sqrt(2 / n))


@pytest.mark.parametrize("diagram", [*growing_gamma(), *growing_alpha()])
@pytest.mark.parametrize("modality", ["a", "b"])
def test_accuracy_of_the_best_rule_for_one_view(diagram: VennDiagram, modality: str) -> None:
    r"""P(1[sum(z_S) > 0] = y) = 1/2 + asin(sqrt(|S| / decisive)) / pi.

    The sum over the seen features and the sum over all are jointly normal with this correlation
    (Sheppard's formula); fitted on the view, so it also shows that noise channels do not help.
    """
    n = 40_000
    sample = Population(diagram).sample(2 * n, seed=1)
    seen = len(diagram.sees(modality))
    exact = 0.5 + math.asin(math.sqrt(seen / diagram.decisive)) / math.pi
    view = sample.views[modality]
    weights, *_ = np.linalg.lstsq(view[:n], 2.0 * sample.y[:n] - 1, rcond=None)
    measured = ((view[n:] @ weights > 0) == sample.y[n:]).mean()
    assert measured == pytest.approx(exact, abs=5 * 0.5 / math.sqrt(n))


def test_weights_decide_which_features_matter() -> None:
    """A feature of weight 0 has no influence on the label."""
    diagram = VennDiagram({"a": 1, "b": 1})
    sample = Population(diagram, Hyperplane((0.0, 1.0))).sample(1000, 0)
    np.testing.assert_array_equal(sample.y, sample.views["a"][:, 0] > 0)


def test_rows_are_taken_by_slices() -> None:
    sample = Population(VennDiagram({"a&b": 2})).sample(3, 0)
    with pytest.raises(ArgumentError, match=r"rows = 1: must be a slice, such as sample\[:200\]"):
        sample[1]  # type: ignore[index]  # a bad call


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (({"a": 1},), "diagram = {'a': 1}: must be of kind VennDiagram, such as VennDiagram({"),
        ((VennDiagram({"a&b": 2}), "ones"), "rule = 'ones': must be of kind Hyperplane, such as"),
    ],
    ids=["diagram", "rule"],
)
def test_bad_populations(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        Population(*arguments)
    assert message in str(error.value)


BAD: dict[str, tuple[tuple[Any, Any], str]] = {
    "no rows": ((0, 0), "n = 0: must be a whole number of at least 1"),
    "fractional rows": ((1.5, 0), "n = 1.5: must be a whole number of at least 1"),
    "negative seed": ((1, -1), "seed = -1: must be a whole number of at least 0"),
    "fractional seed": ((1, 0.5), "seed = 0.5: must be a whole number of at least 0"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD.values(), ids=BAD)
def test_bad_samples(arguments: tuple[Any, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        Population(VennDiagram({"a&b": 2})).sample(*arguments)
    assert str(error.value) == message
