"""Every way to draw gives the rows that plain numpy makes of the streams, to the last bit."""

import itertools
import math
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
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
    stream,
)
from synth.memory import Memory
from synth.strategies import diagrams, populations
from tests.examples import examples
from tests.synth.same import assert_same
from venn import VennDiagram, growing_alpha, growing_gamma

THREE = VennDiagram(
    {"a": 1, "b": 1, "a&c": 1, "b&c": 2}, hidden=1, noise={"b": 1}, modalities=("a", "b", "c")
)
"""c sees features with a gap between them."""

SEVERAL = [ObservationNoise(0.5), Rotation(1), Permutation(2)]
FLIPS = Hyperplane(flip=0.3)
KINDS: dict[str, tuple[Rule, Any]] = {
    "hyperplane": (Hyperplane(), SEVERAL),
    "three classes, temperature": (Hyperplane(classes=3, temperature=0.5), SEVERAL),
    "quadratic": (Quadratic(classes=(0.2, 0.8), temperature=0.5, flip=0.1), SEVERAL),
    "parity": (Parity(classes=3, flip=0.1), SEVERAL),
    "linear": (Linear(), SEVERAL),
    "linear with noise": (Linear("normal", seed=3, noise=0.5), SEVERAL),
    "network with temperature": (RandomNetwork(3, temperature=0.5, flip=0.1), SEVERAL),
    "as it is": (FLIPS, ()),
    "observation noise": (FLIPS, ObservationNoise(0.5)),
    "permutation": (FLIPS, Permutation(1)),
    "rotation": (FLIPS, Rotation(1)),
    "network": (FLIPS, InvertibleNetwork(1)),
}
DOUBLE, SINGLE = np.dtype(np.float64), np.dtype(np.float32)


def expected(
    population: Population,
    n: int,
    seed: int,
    *purpose: Any,
    dtype: np.dtype[Any] = DOUBLE,
    labelled: bool = True,
) -> Sample:
    """Return a sample by the formula: z ~ N(0, I), y = rule(z), x = view((z_S, noise) + σ η)."""
    diagram, rule = population.diagram, population.rule
    latents = stream(seed, *purpose, "latents").standard_normal((n, diagram.decisive))
    views = {}
    for position, name in enumerate(diagram.modalities):
        seen, shape, shown = diagram.sees(name), (n, diagram.dim(name)), population.shown[name]
        noise = stream(seed, *purpose, "noise", position).standard_normal(shape)
        sources = np.hstack([latents[:, list(seen)], noise[:, len(seen) :]])
        if shown.noise:
            errors = stream(seed, *purpose, "observation", position).standard_normal(shape)
            sources = sources + shown.noise * errors
        views[name] = shown.show(sources).astype(dtype)
    chance = stream(seed, *purpose, "label").random(n) if rule.noisy else None
    y = rule.label(diagram, latents, chance)
    if not labelled:
        y = np.full_like(y, -1 if rule.prior else math.nan)
    return Sample(views, y if rule.prior else y.astype(dtype), latents.astype(dtype))


def joined(pieces: list[Sample]) -> Sample:
    """Return the rows of several samples in one."""
    return Sample(
        {name: np.concatenate([each.views[name] for each in pieces]) for name in pieces[0].views},
        np.concatenate([each.y for each in pieces]),
        np.concatenate([each.latents for each in pieces]),
    )


def remembered(population: Population, n: int, seed: int, dtype: np.dtype[Any]) -> Sample:
    """Return the rows that sweeps draw, part by part."""
    rows = population.rows(n, seed)
    views = {name: rows.view(name, dtype) for name in population.diagram.modalities}
    real = population.rule.prior is None
    return Sample(views, rows.y.astype(dtype) if real else rows.y, rows.latents.astype(dtype))


def assert_drawn(
    population: Population, n: int, seed: int, size: int, options: dict[str, Any]
) -> None:
    """Show that samples, chunks, batches and unpaired rows are those of the streams."""
    sample = population.sample(n, seed, **options)
    assert_same(sample, expected(population, n, seed, **options))
    pieces = list(population.chunks(n, seed, size, **options))
    assert [len(piece) for piece in pieces[:-1]] == [size] * (len(pieces) - 1)
    assert_same(joined(pieces), sample)
    seeds = (seed + 1, seed, 3, seed)
    batch = population.batch(n, seeds, **options)
    for i, each in enumerate(seeds):
        views = {name: view[i] for name, view in batch.views.items()}
        one = expected(population, n, each, **options)
        assert_same(Sample(views, batch.y[i], batch.latents[i]), one)
    unpaired = population.unpaired(n, seed, **options)
    assert list(unpaired) == list(population.diagram.modalities)
    for position, (name, alone) in enumerate(unpaired.items()):
        one = expected(population, n, seed, "unpaired", position, **options)
        assert_same(alone, Sample({name: one.views[name]}, one.y, one.latents))
        assert list(alone.roles) == [name]
        assert alone.roles[name] is population.roles[name]


OPTIONS = st.fixed_dictionaries(
    {"dtype": st.sampled_from([DOUBLE, SINGLE]), "labelled": st.booleans()}
)


@settings(max_examples=examples(60))
@given(
    populations(diagram=diagrams(max_modalities=3)),
    st.integers(1, 20),
    st.integers(0, 2**65),
    st.integers(1, 25),
    OPTIONS,
)
@example(Population(THREE, Linear()), 5, 0, 2, {"dtype": DOUBLE, "labelled": False})
def test_all_rows_are_those_of_the_streams(
    population: Population, n: int, seed: int, size: int, options: dict[str, Any]
) -> None:
    assert_drawn(population, n, seed, size, options)


@pytest.mark.parametrize("dtype", [DOUBLE, SINGLE], ids=str)
@pytest.mark.parametrize(("rule", "view"), KINDS.values(), ids=KINDS)
def test_all_rows_are_those_of_the_streams_whatever_the_rule_and_view(
    rule: Rule, view: Any, dtype: np.dtype[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where pieces and blocks of mixed rows end at different rows."""
    monkeypatch.setattr("synth.mixing.NUMBERS", 512)
    population = Population(THREE, rule, {"a": view, "c": view})
    for size in (50, 64, 65):
        assert_drawn(population, 130, 3, size, {"dtype": dtype})


@settings(max_examples=examples(30))
@given(
    st.lists(populations(diagram=diagrams(max_modalities=3)), min_size=1, max_size=4),
    st.integers(1, 30),
    st.integers(0, 2**65),
)
def test_rows_are_those_of_the_streams_whatever_is_remembered(
    several: list[Population], n: int, seed: int
) -> None:
    for population in (*several, *several):
        for rows, each, dtype in ((n, seed, DOUBLE), (n + 1, seed, SINGLE), (n, seed + 1, SINGLE)):
            one = expected(population, rows, each, dtype=dtype)
            assert_same(remembered(population, rows, each, dtype), one)


VARIANTS: dict[str, list[Population]] = {
    "rules and views": [Population(THREE, rule, {"a": view}) for rule, view in KINDS.values()],
    "noise of a modality": [
        Population(THREE, views={"a": ObservationNoise(sd)}) for sd in (0.5, 1)
    ],
    "seed of a view": [Population(THREE, views={"a": Rotation(seed)}) for seed in (0, 1)],
    "who sees what": [
        Population(VennDiagram({"a": 1, "b": 1}, noise={"a": 1, "b": 1})),
        Population(VennDiagram({"a": 1, "a&b": 1}, noise={"b": 1})),
        Population(VennDiagram({"a&b": 1}, hidden=1, noise={"a": 1, "b": 1})),
    ],
    "channels": [Population(VennDiagram({"a": 1, "b": 1}, noise={"a": a})) for a in (1, 2)],
}


@pytest.mark.parametrize("variants", VARIANTS.values(), ids=VARIANTS)
def test_populations_that_differ_in_little_are_told_apart(variants: list[Population]) -> None:
    for population in (*variants, *variants):
        assert_same(remembered(population, 30, 5, DOUBLE), expected(population, 30, 5))


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return what streams are opened for, with nothing in memory."""
    purposes: list[Any] = []

    def noted(seed: int, *purpose: Any) -> Any:
        purposes.append((seed, *purpose))
        return stream(seed, *purpose)

    monkeypatch.setattr("synth.sampler.MEMORY", Memory(2**24))
    monkeypatch.setattr("synth.sampler.stream", noted)
    return purposes


@pytest.mark.parametrize("path", [growing_gamma(), growing_alpha()], ids=["γ", "α"])
def test_along_a_path_every_stream_is_opened_once(
    path: tuple[VennDiagram, ...], opened: list[Any]
) -> None:
    """One student's view, the same object, and one array of labels; nothing before it is asked."""
    rows = [Population(diagram, Hyperplane(flip=0.1)).rows(100, 3) for diagram in path]
    assert opened == []
    for each in rows:
        assert each.view("b", np.float32) is rows[0].view("b", np.float32)
        assert each.y is rows[0].y
        each.view("a")
    wanted = [(3, "latents"), (3, "noise", 1), (3, "label"), (3, "noise", 0)]
    assert sorted(opened, key=str) == sorted(wanted, key=str)


@pytest.mark.parametrize("size", [0, 2**24], ids=["nothing is kept", "all is kept"])
def test_the_order_in_which_parts_are_asked_for_does_not_matter(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    population = Population(THREE, FLIPS, {"a": [ObservationNoise(0.5), Rotation(1)]})
    sample = expected(population, 20, 3)
    for names in itertools.permutations(("a", "b", "c", "y")):
        monkeypatch.setattr("synth.sampler.MEMORY", Memory(size))
        rows = population.rows(20, 3)
        for name in names:
            found, wanted = rows.y, sample.y
            if name != "y":
                found, wanted = rows.view(name), sample.views[name]
            np.testing.assert_array_equal(found, wanted)


def test_threads_draw_the_same_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synth.sampler.MEMORY", Memory(2**24))
    path = [Population(diagram, Hyperplane(flip=0.1)) for diagram in growing_gamma()]
    trials = [(population, 300, seed, SINGLE) for seed in range(8) for population in path]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda trial: remembered(*trial), trials))
    for (population, n, seed, dtype), found in zip(trials, together, strict=True):
        assert_same(found, expected(population, n, seed, dtype=dtype))


@pytest.mark.parametrize("cores", [None, 1, 3])
def test_the_number_of_cores_does_not_matter(
    cores: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    assert_drawn(Population(THREE, FLIPS), 3, 5, 2, {})


def test_chunks_are_drawn_when_they_are_asked_for() -> None:
    """A sample of 10⁹ rows would need far more memory than there is."""
    population = Population(THREE)
    chunks = population.chunks(10**9, 0, 2)
    assert_same(next(chunks), population.sample(2, 0))
    assert_same(next(chunks), population.sample(4, 0)[2:])


@pytest.mark.parametrize(("drawn", "chance"), [(0.0, 2.0**-54), (2.0**-53, 2.0**-53)])
def test_chance_is_strictly_between_0_and_1(drawn: float, chance: float) -> None:
    """A draw is u = k 2⁻⁵³, k = 0, …, 2⁵³ - 1; 2⁻⁵⁴ takes the place of 0."""

    class Extreme:
        def random(self, rows: int) -> np.ndarray:
            return np.full(rows, drawn)

    rows = Population(THREE, FLIPS)._rows(2, 0, lambda *_: Extreme())
    np.testing.assert_array_equal(rows.uniform(), [chance, chance])


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
digest = hashlib.sha256()
for rule in (Hyperplane("normal", 7, classes=3, temperature=0.5), RandomNetwork(3, temperature=0.5)):
    batch = Population(diagram, rule, views).batch(300, (0, 1))
    for array in (*batch.views.values(), batch.y, batch.latents):
        digest.update(array.tobytes())
digest = digest.hexdigest()
"""


def test_processes_and_threads_draw_the_same_bits() -> None:
    here: dict[str, Any] = {}
    exec(HASHED, here)
    threads = "2" if os.environ.get("OMP_NUM_THREADS") == "1" else "1"
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    done = subprocess.run(
        [sys.executable, "-c", f"{HASHED}\nprint(digest)"],
        env={**os.environ, **dict.fromkeys(names, threads)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == here["digest"]
