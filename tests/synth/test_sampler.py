import math
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth import (
    Hyperplane,
    InvertibleNetwork,
    Linear,
    ObservationNoise,
    Parity,
    Permutation,
    Population,
    Quadratic,
    RandomNetwork,
    Rotation,
    Rule,
    Sample,
    View,
)
from synth.sampler import Sampler
from synth.strategies import diagrams, populations
from synth.views import Shown
from tests.examples import examples
from venn import ArgumentError, VennDiagram, growing_alpha, growing_gamma

DIAGRAM = VennDiagram({"a": 1, "b": 1, "a&b": 1}, hidden=1, noise={"a": 1, "b": 2})
THREE = VennDiagram(
    {"a": 1, "b": 1, "a&c": 1, "b&c": 2}, hidden=1, noise={"b": 1}, modalities=("a", "b", "c")
)
RULES: dict[str, Rule] = {
    "hyperplane": Hyperplane(),
    "flips": Hyperplane(flip=0.3),
    "three classes, temperature": Hyperplane(classes=3, temperature=0.5),
    "quadratic": Quadratic(classes=(0.2, 0.8), temperature=0.5, flip=0.1),
    "parity": Parity(classes=3, flip=0.1),
    "linear": Linear(),
    "linear with noise": Linear("normal", seed=3, noise=0.5),
    "network": RandomNetwork(3, width=5),
    "network with temperature": RandomNetwork(3, temperature=0.5, flip=0.1),
}
VIEWS: dict[str, Any] = {
    "as it is": (),
    "observation noise": ObservationNoise(0.5),
    "permutation": Permutation(1),
    "rotation": Rotation(1),
    "network": InvertibleNetwork(1),
    "noise and two views": [ObservationNoise(0.5), Rotation(1), Permutation(2)],
}
few = settings(max_examples=examples(20))
ROWS = st.integers(1, 30)
SEEDS = st.integers(0, 2**65)
any_population = populations(diagram=diagrams(max_modalities=3))
every_rule = pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
KINDS: dict[str, tuple[Rule, Any]] = {
    **{f"rule: {name}": (rule, VIEWS["noise and two views"]) for name, rule in RULES.items()},
    **{f"view: {name}": (RULES["flips"], view) for name, view in VIEWS.items()},
}
every_kind = pytest.mark.parametrize(("rule", "view"), KINDS.values(), ids=KINDS)


def assert_same(one: Sample, other: Sample) -> None:
    """Show that views, labels and latents are the same to the last bit."""
    assert list(one.views) == list(other.views)
    for name, view in one.views.items():
        assert view.dtype == other.views[name].dtype
        np.testing.assert_array_equal(view, other.views[name])
    assert one.y.dtype == other.y.dtype
    np.testing.assert_array_equal(one.y, other.y)
    np.testing.assert_array_equal(one.latents, other.latents)


def joined(pieces: list[Sample]) -> Sample:
    """Return the rows of several samples in one."""
    return Sample(
        {name: np.concatenate([each.views[name] for each in pieces]) for name in pieces[0].views},
        np.concatenate([each.y for each in pieces]),
        np.concatenate([each.latents for each in pieces]),
    )


def model(batch: Sample, number: int) -> Sample:
    """Return the sample of one seed of a batch."""
    views = {name: view[number] for name, view in batch.views.items()}
    return Sample(views, batch.y[number], batch.latents[number])


@few
@given(any_population, ROWS, SEEDS)
def test_shapes(population: Population, n: int, seed: int) -> None:
    sample, diagram = population.sample(n, seed), population.diagram
    assert len(sample) == n
    assert sample.y.shape == (n,)
    assert sample.latents.shape == (n, diagram.decisive)
    assert sample.latents.dtype == np.float64
    assert list(sample.views) == list(diagram.modalities)
    for modality, view in sample.views.items():
        assert view.shape == (n, diagram.dim(modality))
        assert view.dtype == np.float64
        assert sample.roles[modality] is population.roles[modality]
    if population.rule.prior is None:
        assert sample.y.dtype == np.float64
    else:
        assert sample.y.dtype == np.int64
        assert set(np.unique(sample.y)) <= set(range(len(population.rule.prior)))


@few
@given(populations(diagram=diagrams(max_modalities=3), view=st.just(())), ROWS, SEEDS)
def test_a_view_shows_what_its_modality_sees_and_then_noise(
    population: Population, n: int, seed: int
) -> None:
    """x^m = (z_{S_m}, noise); noise channels equal no feature and no channel of another."""
    sample = population.sample(n, seed)
    noise = []
    for modality, view in sample.views.items():
        seen = population.diagram.sees(modality)
        np.testing.assert_array_equal(view[:, : len(seen)], sample.latents[:, seen])
        noise.append(view[:, len(seen) :])
    channels = np.hstack([*noise, sample.latents]).T
    assert len(np.unique(channels, axis=0)) == len(channels)


@few
@given(any_population, ROWS, SEEDS)
def test_views_show_the_same_sources_whatever_they_are(
    population: Population, n: int, seed: int
) -> None:
    """x^m = view_m(s^m), and the label does not change."""
    plain = Population(population.diagram, population.rule).sample(n, seed)
    shown = population.sample(n, seed)
    np.testing.assert_array_equal(shown.y, plain.y)
    np.testing.assert_array_equal(shown.latents, plain.latents)
    for name, each in population.shown.items():
        if each.noise == 0:
            np.testing.assert_array_equal(shown.views[name], each.show(plain.views[name]))


def test_observation_noise_has_its_standard_deviation() -> None:
    """s̃ = s + σ η, with η independent of the noise of another modality and of every source."""
    views = {"a": ObservationNoise(0.5), "b": ObservationNoise(2)}
    n = 100_000
    plain = Population(DIAGRAM).sample(n, 0).views
    noisy = Population(DIAGRAM, views=views).sample(n, 0).views
    errors = np.hstack([(noisy["a"] - plain["a"]) / 0.5, (noisy["b"] - plain["b"]) / 2])
    every = np.hstack([errors, plain["a"], plain["b"][:, 2:]])
    assert np.abs(errors.mean(0)).max() < 5 / math.sqrt(n)
    covariance = np.cov(every.T)[: errors.shape[1]]
    np.testing.assert_allclose(
        covariance, np.eye(*covariance.shape), rtol=0, atol=5 * math.sqrt(2 / n)
    )


def test_the_noise_of_one_modality_is_not_that_of_another() -> None:
    noise = {"a": ObservationNoise(1), "b": ObservationNoise(1)}
    diagram = VennDiagram({"a&b": 1})
    sample = Population(diagram, views=noise).sample(3, 0)
    assert (sample.views["a"] != sample.views["b"]).all()
    assert (sample.views["a"] != sample.latents).all()


@few
@given(populations(view=st.just(())), ROWS, SEEDS)
def test_the_label_is_the_rule_of_the_latents(population: Population, n: int, seed: int) -> None:
    sample, rule = population.sample(n, seed), population.rule
    if not rule.noisy:
        np.testing.assert_array_equal(sample.y, rule.label(population.diagram, sample.latents))


def test_the_label_of_the_hyperplane_is_the_sign_of_the_sum() -> None:
    """y = 1[sum(z) > 0]."""
    sample = Population(DIAGRAM).sample(1000, 0)
    np.testing.assert_array_equal(sample.y, sample.latents.sum(1) > 0)


def test_weights_decide_which_features_matter() -> None:
    """A feature of weight 0 has no influence on the label."""
    diagram = VennDiagram({"a": 1, "b": 1})
    sample = Population(diagram, Hyperplane((0.0, 1.0))).sample(1000, 0)
    np.testing.assert_array_equal(sample.y, sample.views["a"][:, 0] > 0)


@every_kind
def test_chunks_are_the_sample_whatever_the_rule_and_view(
    rule: Rule, view: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bit for bit, also where pieces and blocks of mixed rows end at different rows."""
    monkeypatch.setattr("synth.mixing.NUMBERS", 2048)
    population = Population(THREE, rule, {"a": view, "c": view})
    whole = population.sample(1100, 3)
    for size in (50, 512, 513, 1100, 5000):
        assert_same(joined(list(population.chunks(1100, 3, size))), whole)


@few
@given(any_population, ROWS, SEEDS, st.integers(1, 40))
def test_chunks_of_any_size_are_the_sample(
    population: Population, n: int, seed: int, size: int
) -> None:
    pieces = list(population.chunks(n, seed, size))
    assert [len(piece) for piece in pieces[:-1]] == [size] * (len(pieces) - 1)
    assert sum(map(len, pieces)) == n
    assert_same(joined(pieces), population.sample(n, seed))


def test_chunks_are_drawn_when_they_are_asked_for() -> None:
    """A sample of 10⁹ rows would need far more memory than there is."""
    chunks = Population(DIAGRAM).chunks(10**9, 0, 2)
    assert iter(chunks) is chunks
    assert_same(next(chunks), Population(DIAGRAM).sample(2, 0))
    assert_same(next(chunks), Population(DIAGRAM).sample(4, 0)[2:])


def test_chunks_keep_their_settings() -> None:
    population = Population(DIAGRAM)
    for piece in population.chunks(4, 0, 3, labelled=False, dtype=np.float32):
        assert (piece.y == -1).all()
        assert piece.latents.dtype == np.float32


@few
@given(any_population, ROWS, st.integers(0, 30), SEEDS)
def test_a_longer_sample_begins_with_the_shorter_one(
    population: Population, n: int, more: int, seed: int
) -> None:
    assert_same(population.sample(n + more, seed)[:n], population.sample(n, seed))


@few
@given(any_population, ROWS, st.lists(SEEDS, min_size=1, max_size=5))
def test_a_batch_is_one_sample_a_seed(population: Population, n: int, seeds: list[int]) -> None:
    batch = population.batch(n, seeds)
    assert batch.y.shape == (len(seeds), n)
    assert len(batch) == n
    for number, seed in enumerate(seeds):
        assert_same(model(batch, number), population.sample(n, seed))


@every_kind
def test_a_batch_is_one_sample_a_seed_whatever_the_rule_and_view(rule: Rule, view: Any) -> None:
    population = Population(THREE, rule, {"b": view})
    batch = population.batch(600, (5, 3, 5))
    for number, seed in enumerate((5, 3, 5)):
        assert_same(model(batch, number), population.sample(600, seed))


def test_a_batch_keeps_its_settings() -> None:
    batch = Population(DIAGRAM).batch(2, range(3), labelled=False, dtype="float32")
    np.testing.assert_array_equal(batch.y, np.full((3, 2), -1))
    for seed in range(3):
        alone = Population(DIAGRAM).sample(2, seed, labelled=False, dtype="float32")
        assert_same(model(batch, seed), alone)
    assert batch.views["b"].dtype == batch.latents.dtype == np.float32


@pytest.mark.parametrize("seeds", [[4, 2], (4, 2), range(4, 0, -2), [np.int64(4), 2]], ids=str)
def test_any_sequence_of_seeds_will_do(seeds: Any) -> None:
    batch = Population(DIAGRAM).batch(2, seeds)
    assert_same(batch, Population(DIAGRAM).batch(2, [4, 2]))
    assert batch.origin["seeds"] == [4, 2]


def test_different_seeds_give_different_rows() -> None:
    batch = Population(DIAGRAM, Linear()).batch(5, range(10))
    for array in (*batch.views.values(), batch.y[..., None], batch.latents):
        assert len({part.tobytes() for part in array}) == 10


@every_kind
def test_float32_is_the_same_draws_rounded_with_the_same_labels(rule: Rule, view: Any) -> None:
    population = Population(DIAGRAM, rule, {"a": view})
    double, single = (population.sample(50, 3, dtype=kind) for kind in (np.float64, np.float32))
    for name in ("a", "b"):
        assert single.views[name].dtype == np.float32
        np.testing.assert_array_equal(single.views[name], double.views[name].astype(np.float32))
    assert single.latents.dtype == np.float32
    np.testing.assert_array_equal(single.latents, double.latents.astype(np.float32))
    if rule.prior is None:
        assert single.y.dtype == np.float32
        np.testing.assert_array_equal(single.y, double.y.astype(np.float32))
    else:
        assert single.y.dtype == np.int64
        np.testing.assert_array_equal(single.y, double.y)


@pytest.mark.parametrize("dtype", ["float32", np.float32, np.dtype("f4"), "f"], ids=repr)
def test_a_kind_of_number_has_several_names(dtype: Any) -> None:
    assert Population(DIAGRAM).sample(1, 0, dtype=dtype).latents.dtype == np.float32
    for sample in Population(DIAGRAM).unpaired(1, 0, dtype=dtype).values():
        assert sample.latents.dtype == np.float32


@every_rule
def test_without_labels_the_rest_is_the_same(rule: Rule) -> None:
    """Classes are -1 and real targets nan."""
    population = Population(DIAGRAM, rule)
    with_labels, without = population.sample(5, 3), population.sample(5, 3, labelled=False)
    for name in ("a", "b"):
        np.testing.assert_array_equal(without.views[name], with_labels.views[name])
    np.testing.assert_array_equal(without.latents, with_labels.latents)
    assert without.y.dtype == with_labels.y.dtype
    missing = math.nan if rule.prior is None else -1
    np.testing.assert_array_equal(without.y, np.full(5, missing))
    for each in population.unpaired(5, 3, labelled=False).values():
        np.testing.assert_array_equal(each.y, np.full(5, missing))


@few
@given(any_population, ROWS, SEEDS)
def test_unpaired_rows_are_a_sample_of_each_modality(
    population: Population, n: int, seed: int
) -> None:
    """The label of a row is the rule of its own latents, and a view shows its own latents."""
    samples = population.unpaired(n, seed)
    assert list(samples) == list(population.diagram.modalities)
    paired = population.sample(n, seed)
    rows = [paired.latents.tobytes()]
    for name, sample in samples.items():
        assert list(sample.views) == list(sample.roles) == [name]
        assert len(sample) == n
        assert sample.views[name].shape == paired.views[name].shape
        if not population.rule.noisy:
            expected = population.rule.label(population.diagram, sample.latents)
            np.testing.assert_array_equal(sample.y, expected)
        if name not in population.views:
            seen = population.diagram.sees(name)
            np.testing.assert_array_equal(
                sample.views[name][:, : len(seen)], sample.latents[:, seen]
            )
        rows.append(sample.latents.tobytes())
    assert len(set(rows)) == len(rows)


def test_unpaired_rows_of_three_modalities_are_independent() -> None:
    n = 20_000
    samples = Population(THREE, Linear(noise=1.0)).unpaired(n, 0)
    paired = Population(THREE, Linear(noise=1.0)).sample(n, 0)
    latents = [sample.latents for sample in (paired, *samples.values())]
    correlations = np.corrcoef(np.hstack(latents).T)
    np.testing.assert_allclose(correlations, np.eye(24), rtol=0, atol=5 / math.sqrt(n))
    residuals = [
        sample.y - Linear().label(THREE, sample.latents) for sample in (paired, *samples.values())
    ]
    np.testing.assert_allclose(np.corrcoef(residuals), np.eye(4), rtol=0, atol=5 / math.sqrt(n))


def test_unpaired_rows_are_the_same_for_the_same_seed() -> None:
    population = Population(THREE, Hyperplane(flip=0.2), {"a": Rotation(1)})
    one, other, longer = (population.unpaired(n, 3) for n in (5, 5, 9))
    for name in ("a", "b", "c"):
        assert_same(one[name], other[name])
        assert_same(one[name], longer[name][:5])
        assert (one[name].latents != population.unpaired(5, 4)[name].latents).all()


def test_the_order_in_which_is_drawn_does_not_matter() -> None:
    population = Population(DIAGRAM, Hyperplane(flip=0.2))
    first = population.sample(5, 3)
    population.unpaired(7, 3)
    population.batch(2, [3, 4])
    assert_same(population.sample(5, 3), first)


def test_no_global_generator_is_touched() -> None:
    np.random.seed(0)
    population = Population(DIAGRAM, RandomNetwork(temperature=0.5), {"a": Rotation(5)})
    population.sample(3, 0)
    population.unpaired(3, 0)
    drawn = np.random.random()
    np.random.seed(0)
    assert drawn == np.random.random()


@pytest.mark.parametrize("path", [growing_gamma(), growing_alpha()], ids=["gamma", "alpha"])
@pytest.mark.parametrize("rule", [Hyperplane(), Linear(noise=1.0)], ids=repr)
def test_common_random_numbers_along_a_path(path: tuple[VennDiagram, ...], rule: Rule) -> None:
    """Latents, labels and the student's view are the same at every point of the paper's paths."""
    first, *others = [Population(diagram, rule).sample(50, seed=3) for diagram in path]
    for other in others:
        np.testing.assert_array_equal(first.latents, other.latents)
        np.testing.assert_array_equal(first.y, other.y)
        np.testing.assert_array_equal(first.views["b"], other.views["b"])


def test_a_channel_keeps_its_noise_while_the_features_before_it_change() -> None:
    few = Population(VennDiagram({"a": 1}, hidden=2, noise={"a": 3, "b": 4})).sample(5, 0)
    many = Population(VennDiagram({"a": 3}, noise={"a": 1, "b": 4})).sample(5, 0)
    np.testing.assert_array_equal(few.latents, many.latents)
    np.testing.assert_array_equal(few.views["a"][:, 3:], many.views["a"][:, 3:])
    np.testing.assert_array_equal(few.views["b"], many.views["b"])


def test_moments() -> None:
    """Every channel is N(0, 1), and channels of one view are uncorrelated, also turned."""
    diagram = VennDiagram({"a": 2, "b": 1, "a&b": 2}, noise={"a": 2, "b": 2})
    n = 100_000
    for view in ((), Rotation(1)):
        shown = Population(diagram, views={"a": view}).sample(n, 0).views["a"]
        np.testing.assert_allclose(shown.mean(0), 0, atol=5 / math.sqrt(n))
        np.testing.assert_allclose(np.cov(shown.T), np.eye(6), atol=5 * math.sqrt(2 / n))


@pytest.mark.parametrize("diagram", [growing_gamma()[2], growing_alpha()[1]], ids=["γ", "α"])
@pytest.mark.parametrize("modality", ["a", "b"])
def test_a_linear_fit_finds_the_best_rule_for_one_view(diagram: VennDiagram, modality: str) -> None:
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


HASHED = """
import hashlib
from synth import *
from venn import VennDiagram

diagram = VennDiagram(
    {"a": 30, "b": 30, "a&c": 20, "b&c": 15}, hidden=5, noise={"b": 9}, modalities=("a", "b", "c")
)
views = {
    "a": [ObservationNoise(0.5), Rotation(1)],
    "b": InvertibleNetwork(2),
    "c": [Permutation(3), Rotation(4)],
}
rules = (
    Hyperplane("normal", 7, classes=3, temperature=0.5, flip=0.1),
    Quadratic(classes=(0.2, 0.8), temperature=0.5),
    Parity(flip=0.1),
    Linear(noise=0.5),
    RandomNetwork(3, temperature=0.5),
)
digest = hashlib.sha256()
for rule in rules:
    batch = Population(diagram, rule, views).batch(700, (0, 1, 2))
    for array in (*batch.views.values(), batch.y, batch.latents):
        digest.update(array.tobytes())
digest = digest.hexdigest()
"""


def test_processes_and_threads_draw_the_same_bits() -> None:
    here: dict[str, Any] = {}
    exec(HASHED, here)
    for threads in ("1", "2"):
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        done = subprocess.run(
            [sys.executable, "-c", f"{HASHED}\nprint(digest)"],
            env={**os.environ, **dict.fromkeys(names, threads)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == here["digest"]


LATENTS = [
    [-2.1592534628204945, -1.188599110145783, -0.19921041751501292, -0.34470208016326975],
    [0.25003158956169996, 0.42314482479447696, 0.5452851528876973, 0.7090499414174702],
]
VIEW_A = [
    [-1.188599110145783, -0.19921041751501292, -0.6011357831901794],
    [0.42314482479447696, 0.5452851528876973, 0.7546774610886823],
]
VIEW_B = [
    [-2.1592534628204945, -1.188599110145783, -0.9839594914100482],
    [0.25003158956169996, 0.42314482479447696, -1.9480984939819892],
]
LABELS = [0, 1]
NOISY_A = [
    [0.572487935217172, -0.614010229359126, -1.6401440941851853],
    [-1.1276987306244755, -0.4027418872146705, 0.6423010608155661],
]
NOISY_B = [
    [-2.095815340761112, -0.835123440784564, -0.6943707977177189],
    [0.32934604525081296, 0.10494947420844708, -2.2217828697622553],
]
FLIPPED = [1, 1, 1, 0, 0, 0, 1, 1, 1, 0]
REAL = [-1.99828631028012, 2.960899424106116]
UNPAIRED_A = [-0.3176370742888423, -0.32476164577673]
UNPAIRED_B = [-0.8796172905000711, 0.2512630262668003]


def test_samples_are_the_same_for_ever() -> None:
    diagram = VennDiagram({"a": 1, "b": 1, "a&b": 1}, hidden=1, noise={"a": 1, "b": 1})
    sample = Population(diagram).sample(2, 0)
    np.testing.assert_array_equal(sample.latents, LATENTS)
    np.testing.assert_array_equal(sample.views["a"], VIEW_A)
    np.testing.assert_array_equal(sample.views["b"], VIEW_B)
    np.testing.assert_array_equal(sample.y, LABELS)


def test_samples_with_noise_flips_and_a_rotation_are_the_same_for_ever() -> None:
    views = {"a": [ObservationNoise(0.5), Rotation(1)], "b": ObservationNoise(0.25)}
    diagram = VennDiagram({"a": 1, "b": 1, "a&b": 1}, hidden=1, noise={"a": 1, "b": 1})
    sample = Population(diagram, Hyperplane(flip=0.5), views).sample(2, 0)
    np.testing.assert_array_equal(sample.latents, LATENTS)
    np.testing.assert_array_equal(sample.views["a"], NOISY_A)
    np.testing.assert_array_equal(sample.views["b"], NOISY_B)
    np.testing.assert_array_equal(
        Population(diagram, Hyperplane(flip=0.5)).sample(10, 0).y, FLIPPED
    )
    real = Population(diagram, Linear(noise=1.0)).sample(2, 0).y
    np.testing.assert_array_equal(real, REAL)


def test_unpaired_samples_are_the_same_for_ever() -> None:
    samples = Population(VennDiagram({"a&b": 1})).unpaired(2, 0)
    np.testing.assert_array_equal(samples["a"].latents[:, 0], UNPAIRED_A)
    np.testing.assert_array_equal(samples["b"].latents[:, 0], UNPAIRED_B)


def test_views_that_change_nothing_are_left_out() -> None:
    plain = Population(DIAGRAM)
    for views in ({"a": ()}, {"a": [], "b": Shown()}):
        assert Population(DIAGRAM, views=views) == plain
        assert Population(DIAGRAM, views=views).views == {}
    assert plain.shown == {"a": Shown(), "b": Shown()}
    assert plain.rule == Hyperplane()


def test_views_are_brought_to_one_form() -> None:
    spellings: list[Any] = [Rotation(1), [Rotation(1)], (Rotation(1),), Shown.of("", Rotation(1))]
    made = {Population(DIAGRAM, views={"a": view}) for view in spellings}
    assert len(made) == 1
    (population,) = made
    assert population.shown == {"a": Shown(steps=(Rotation(1),)), "b": Shown()}
    assert population.views == {"a": Shown(steps=(Rotation(1),))}


@few
@given(any_population)
def test_repr_is_an_expression_for_an_equal_population(population: Population) -> None:
    kinds = [Population, VennDiagram, ObservationNoise, Permutation, Rotation, InvertibleNetwork]
    names = {kind.__name__: kind for kind in (*kinds, *map(type, RULES.values()))}
    again = eval(repr(population), names)
    assert again == population
    assert hash(again) == hash(population)


def test_a_population_is_a_sampler() -> None:
    sampler = Sampler(DIAGRAM, Linear(), {"a": Rotation(1)})
    assert_same(
        sampler.sample(3, 0), Population(DIAGRAM, Linear(), {"a": Rotation(1)}).sample(3, 0)
    )
    assert sampler.sample(3, 0).origin["population"]["kind"] == "Sampler"


def test_a_population_cannot_be_changed_through_its_arguments() -> None:
    views: dict[str, View] = {"a": Rotation(1)}
    population = Population(DIAGRAM, views=views)
    views["a"] = Rotation(2)
    assert population.views == {"a": Shown(steps=(Rotation(1),))}
    with pytest.raises(TypeError):
        population.views["a"] = Rotation(2)  # type: ignore[index]  # that it cannot is what is tested


WHOLE = "must be a whole number of at least"
REAL_KINDS = "must be float32 or float64"
POPULATION = Population(DIAGRAM)
BAD: dict[str, tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any], str]] = {
    "sample: no rows": (POPULATION.sample, (0, 0), {}, f"n = 0: {WHOLE} 1"),
    "sample: fractional rows": (POPULATION.sample, (1.5, 0), {}, f"n = 1.5: {WHOLE} 1"),
    "sample: rows before seed": (POPULATION.sample, (0, -1), {}, f"n = 0: {WHOLE} 1"),
    "sample: too many rows": (
        POPULATION.sample,
        (10**9 + 1, 0),
        {},
        "n = 1000000001: must be at most 1000000000",
    ),
    "sample: negative seed": (POPULATION.sample, (1, -1), {}, f"seed = -1: {WHOLE} 0"),
    "sample: fractional seed": (POPULATION.sample, (1, 0.5), {}, f"seed = 0.5: {WHOLE} 0"),
    "sample: no seed": (POPULATION.sample, (1, None), {}, f"seed = None: {WHOLE} 0"),
    "sample: whole numbers": (
        POPULATION.sample,
        (1, 0),
        {"dtype": "int64"},
        f"dtype = 'int64': {REAL_KINDS}",
    ),
    "sample: unknown kind": (
        POPULATION.sample,
        (1, 0),
        {"dtype": "real"},
        f"dtype = 'real': {REAL_KINDS}",
    ),
    "sample: half": (
        POPULATION.sample,
        (1, 0),
        {"dtype": "float16"},
        f"dtype = 'float16': {REAL_KINDS}",
    ),
    "chunks: no rows": (POPULATION.chunks, (0, 0, 1), {}, f"n = 0: {WHOLE} 1"),
    "chunks: no size": (POPULATION.chunks, (1, 0, 0), {}, f"size = 0: {WHOLE} 1"),
    "chunks: fractional size": (POPULATION.chunks, (1, 0, 0.5), {}, f"size = 0.5: {WHOLE} 1"),
    "chunks: negative seed": (POPULATION.chunks, (1, -1, 1), {}, f"seed = -1: {WHOLE} 0"),
    "chunks: kind": (
        POPULATION.chunks,
        (1, 0, 1),
        {"dtype": "i4"},
        f"dtype = 'i4': {REAL_KINDS}",
    ),
    "unpaired: no rows": (POPULATION.unpaired, (0, 0), {}, f"n = 0: {WHOLE} 1"),
    "unpaired: negative seed": (POPULATION.unpaired, (1, -1), {}, f"seed = -1: {WHOLE} 0"),
    "unpaired: kind": (
        POPULATION.unpaired,
        (1, 0),
        {"dtype": "i4"},
        f"dtype = 'i4': {REAL_KINDS}",
    ),
    "form: unknown": (
        POPULATION.form,
        (("a", "c"),),
        {},
        "modalities[1] = 'c': is unknown; known: a, b",
    ),
    "form: a region": (
        POPULATION.form,
        ("a&b",),
        {},
        "modalities[0] = 'a&b': is unknown; known: a, b",
    ),
    "form: a number": (
        POPULATION.form,
        ([0],),
        {},
        "modalities[0] = 0: is unknown; known: a, b",
    ),
    "form: a set": (
        POPULATION.form,
        ({"a"},),
        {},
        "modalities = {'a'}: must be of kind Sequence, such as ('a', 'b')",
    ),
    "batch: no rows": (POPULATION.batch, (0, [0]), {}, f"n = 0: {WHOLE} 1"),
    "batch: one seed": (
        POPULATION.batch,
        (1, 3),
        {},
        "seeds = 3: must be of kind Sequence, such as range(10)",
    ),
    "batch: a set": (
        POPULATION.batch,
        (1, {3}),
        {},
        "seeds = {3}: must be of kind Sequence, such as range(10)",
    ),
    "batch: no seeds": (POPULATION.batch, (1, []), {}, "seeds = []: must hold at least one seed"),
    "batch: negative seed": (POPULATION.batch, (1, [0, -1]), {}, f"seeds[1] = -1: {WHOLE} 0"),
    "batch: text": (POPULATION.batch, (1, "01"), {}, f"seeds[0] = '0': {WHOLE} 0"),
    "batch: kind": (
        POPULATION.batch,
        (1, [0]),
        {"dtype": "i4"},
        f"dtype = 'i4': {REAL_KINDS}",
    ),
}


@pytest.mark.parametrize(("draw", "arguments", "options", "message"), BAD.values(), ids=BAD)
def test_bad_draws(
    draw: Callable[..., Any], arguments: tuple[Any, ...], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ArgumentError) as error:
        draw(*arguments, **options)
    assert str(error.value) == message


NOT_VIEWS = "must be a view, such as Rotation(seed=1), or a sequence of views"
BAD_POPULATIONS: dict[str, tuple[tuple[Any, ...], str]] = {
    "diagram": (
        ({"a": 1},),
        "diagram = {'a': 1}: must be of kind VennDiagram, "
        "such as VennDiagram({'a': 10, 'b': 10, 'a&b': 5})",
    ),
    "rule": (
        (DIAGRAM, "ones"),
        "rule = 'ones': must be of kind Rule, such as Hyperplane()",
    ),
    "kind of rule": (
        (DIAGRAM, Linear),
        "rule = <class 'synth.rules.linear.Linear'>: must be of kind Rule, such as Hyperplane()",
    ),
    "weights": (
        (DIAGRAM, Hyperplane((1.0, 2.0))),
        "weights = (1.0, 2.0): must be one weight per decisive feature, hidden ones included: 4",
    ),
    "parity": (
        (VennDiagram({"a&b": 2}), Parity()),
        "regions = ('a', 'b'): region 'a' has no feature in this diagram; its bit needs one",
    ),
    "views": (
        (DIAGRAM, Hyperplane(), [Rotation(1)]),
        "views = [Rotation(seed=1)]: must be of kind Mapping, such as {'a': Rotation(seed=1)}",
    ),
    "unknown modality": (
        (DIAGRAM, Hyperplane(), {"a": Rotation(1), "c": Rotation(2)}),
        "views = {'a': Rotation(seed=1), 'c': Rotation(seed=2)}: "
        "names the unknown modality 'c'; known modalities: a, b",
    ),
    "no view": (
        (DIAGRAM, Hyperplane(), {"b": "rotation"}),
        f"views['b'] = 'rotation': {NOT_VIEWS}",
    ),
    "noise last": (
        (DIAGRAM, Hyperplane(), {"b": [Rotation(1), ObservationNoise(1)]}),
        "views['b'] = [Rotation(seed=1), ObservationNoise(sd=1.0)]: "
        "must have its observation noise first, and once: it is noise of the sources",
    ),
}


@pytest.mark.parametrize(("arguments", "message"), BAD_POPULATIONS.values(), ids=BAD_POPULATIONS)
def test_bad_populations(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        Population(*arguments)
    assert str(error.value) == message
