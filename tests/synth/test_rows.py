"""Rows are those of a sample, whatever was drawn before them and is still in memory."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth import Hyperplane, Linear, ObservationNoise, Parity, Population, Rotation, stream
from synth.memory import Memory
from synth.rows import Rows
from synth.strategies import diagrams, populations
from tests.examples import examples
from tests.synth.test_sampler import KINDS, THREE
from venn import ArgumentError, VennDiagram, growing_alpha, growing_gamma

DTYPES = (np.float64, np.float32)


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Memory:
    """Return an empty memory that rows use in place of the common one."""
    empty = Memory(2**24)
    monkeypatch.setattr("synth.rows.MEMORY", empty)
    return empty


@pytest.fixture
def opened(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return what streams are opened for, with nothing in memory."""
    del memory
    purposes: list[Any] = []

    def noted(seed: int, *purpose: Any) -> Any:
        purposes.append((seed, *purpose))
        return stream(seed, *purpose)

    monkeypatch.setattr("synth.rows.stream", noted)
    monkeypatch.setattr("synth.draws.stream", noted)
    return purposes


def same(one: np.ndarray, other: np.ndarray) -> bool:
    """Return whether two arrays are the same to the last bit."""
    return (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())


def assert_rows(population: Population, n: int, seed: int) -> None:
    """Show that every part is that of the sample, to the last bit."""
    rows, sample = population.rows(n, seed), population.sample(n, seed)
    for name, dtype in itertools.product(population.diagram.modalities, DTYPES):
        assert same(rows.view(name, dtype), sample.views[name].astype(dtype))
    assert same(rows.y, sample.y)
    assert same(rows.latents, sample.latents)


@settings(max_examples=examples(40))
@given(
    st.lists(populations(diagram=diagrams(max_modalities=3)), min_size=1, max_size=4),
    st.integers(1, 30),
    st.integers(0, 2**65),
)
def test_rows_are_those_of_the_sample(several: list[Population], n: int, seed: int) -> None:
    """Also where other populations left theirs in memory."""
    for population in (*several, *several):
        assert_rows(population, n, seed)
        assert_rows(population, n + 1, seed)
        assert_rows(population, n, seed + 1)


@pytest.mark.parametrize("once", [*KINDS], ids=str)
def test_rules_and_views_are_told_apart(once: str) -> None:
    """One after another, the kinds of a list share a seed and a diagram."""
    for rule, view in (KINDS[once], *KINDS.values()):
        assert_rows(Population(THREE, rule, {"a": view, "c": view}), 20, 3)


VARIANTS: dict[str, list[Population]] = {
    "weights": [Population(THREE, Hyperplane(w)) for w in ("ones", (1.0, 2, 3, 4, 5, 6))],
    "seed of weights": [Population(THREE, Linear("normal", seed=seed)) for seed in (0, 1)],
    "noise of the label": [Population(THREE, Linear(noise=noise)) for noise in (0.5, 1)],
    "regions of the rule": [
        Population(THREE, Parity(regions)) for regions in (("a", "b"), ("a", "b&c"))
    ],
    "features of a region": [
        Population(VennDiagram({"a": a, "b": 4 - a}), Parity()) for a in (1, 2)
    ],
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
    "hidden features": [
        Population(VennDiagram({"a": 1, "b": 1}, hidden=hidden)) for hidden in (0, 1)
    ],
    "modalities": [
        Population(VennDiagram({"a": 1, "b": 2}, noise={"a": 1}, modalities=names))
        for names in (("a", "b"), ("b", "a"))
    ],
}


@pytest.mark.parametrize("variants", VARIANTS.values(), ids=VARIANTS)
def test_populations_that_differ_in_little_are_told_apart(variants: list[Population]) -> None:
    for population in (*variants, *variants):
        assert_rows(population, 30, 5)


@pytest.mark.parametrize("path", [growing_gamma(), growing_alpha()], ids=["γ", "α"])
def test_along_a_path_every_stream_is_opened_once(
    path: tuple[VennDiagram, ...], opened: list[Any]
) -> None:
    """One student's view, the same object, and one array of labels."""
    rule = Hyperplane(flip=0.1)
    rows = [Population(diagram, rule).rows(100, 3) for diagram in path]
    for each in rows:
        assert each.view("b", np.float32) is rows[0].view("b", np.float32)
        assert each.y is rows[0].y
        each.view("a")
    expected = [(3, "latents"), (3, "noise", 1), (3, "label"), (3, "noise", 0)]
    assert sorted(opened, key=str) == sorted(expected, key=str)


def test_nothing_is_drawn_that_is_not_asked_for(opened: list[Any]) -> None:
    rows = Population(growing_gamma()[0]).rows(10, 3)
    assert opened == []
    assert rows.y.shape == (10,)
    assert opened == [(3, "latents")]
    rows.view("b")
    assert opened == [(3, "latents"), (3, "noise", 1)]


def test_what_does_not_fit_into_memory_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synth.rows.MEMORY", Memory(0))
    for rule, view in KINDS.values():
        assert_rows(Population(THREE, rule, {"a": view}), 20, 3)


def test_the_order_in_which_parts_are_asked_for_does_not_matter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    views = {"a": [ObservationNoise(0.5), Rotation(1)]}
    population = Population(THREE, Hyperplane(flip=0.2), views)
    sample = population.sample(20, 3)
    for names in itertools.permutations(("a", "b", "c", "y")):
        monkeypatch.setattr("synth.rows.MEMORY", Memory(2**24))
        rows = population.rows(20, 3)
        for name in names:
            found = rows.y if name == "y" else rows.view(name)
            assert same(found, sample.y if name == "y" else sample.views[name])


def test_threads_draw_the_same_rows(memory: Memory) -> None:
    del memory
    path = [Population(diagram, Hyperplane(flip=0.1)) for diagram in growing_gamma()]
    trials = [(population, seed) for seed in range(8) for population in path]

    def drawn(trial: tuple[Population, int]) -> list[np.ndarray]:
        rows: Rows = trial[0].rows(300, trial[1])
        return [rows.view("a", np.float32), rows.view("b", np.float32), rows.y]

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(drawn, trials))
    for (population, seed), (teacher, student, y) in zip(trials, together, strict=True):
        sample = population.sample(300, seed, dtype=np.float32)
        assert same(teacher, sample.views["a"])
        assert same(student, sample.views["b"])
        assert same(y, sample.y)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 1), "n = 0: must be a whole number of at least 1"),
        ((1.5, 1), "n = 1.5: must be a whole number of at least 1"),
        ((1, -1), "seed = -1: must be a whole number of at least 0"),
    ],
    ids=["no rows", "half a row", "a negative seed"],
)
def test_bad_rows(arguments: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        Population(THREE).rows(*arguments)
    assert str(error.value) == message
