from typing import Any

import numpy as np
import pytest

from synth import Linear, Population, Rotation, make_multimodal
from synth.multimodal import Bunch
from tests.refusals import refusal
from venn import VennDiagram

SHARES: dict[str, Any] = {"alpha": 0.25, "beta": 0.25, "gamma": 0.5}


def make(n_samples: Any = 7, **options: Any) -> Any:
    """Call with shares and seed that can be realised, unless told otherwise."""
    return make_multimodal(n_samples, **{**SHARES, "random_state": 3, **options})


MADE: dict[str, tuple[dict[str, Any], Population]] = {
    "defaults": ({}, Population(VennDiagram({"a": 5, "b": 5, "a&b": 10}))),
    "different shares": (
        {"alpha": 0.5, "beta": 0.2, "gamma": 0.3, "decisive": 10},
        Population(VennDiagram({"a": 5, "b": 2, "a&b": 3})),
    ),
    "hidden": (
        {"hidden": 4, "decisive": 8},
        Population(VennDiagram({"a": 1, "b": 1, "a&b": 2}, hidden=4)),
    ),
    "dims": (
        {"dims": {"a": 20, "b": 15}},
        Population(VennDiagram({"a": 5, "b": 5, "a&b": 10}, noise={"a": 5})),
    ),
    "names": (
        {"modalities": ("t", "s"), "decisive": 4},
        Population(VennDiagram({"t": 1, "s": 1, "t&s": 2}, modalities=("t", "s"))),
    ),
    "rounding": (
        {"rounding": "nearest", "decisive": 5},
        Population(VennDiagram.from_ratios(**SHARES, decisive=5, rounding="nearest")),
    ),
    "rule and views": (
        {"decisive": 4, "rule": Linear(noise=0.5), "views": {"b": Rotation(1)}},
        Population(VennDiagram({"a": 1, "b": 1, "a&b": 2}), Linear(noise=0.5), {"b": Rotation(1)}),
    ),
}


@pytest.mark.parametrize(("options", "population"), MADE.values(), ids=MADE)
def test_data_are_a_sample_of_the_population(
    options: dict[str, Any], population: Population
) -> None:
    data, sample = make(**options), population.sample(7, 3)
    assert data.population == population
    assert list(data.views) == list(sample.views)
    for name, view in sample.views.items():
        np.testing.assert_array_equal(data.views[name], view)
        assert tuple(data.roles[name]) == tuple(sample.roles[name])
    np.testing.assert_array_equal(data.y, sample.y)
    np.testing.assert_array_equal(data.latents, sample.latents)


def test_entries_are_attributes_too() -> None:
    data = make()
    assert list(data) == ["views", "y", "roles", "latents", "population", "DESCR"]
    for name in data:
        assert getattr(data, name) is data[name]
    assert type(data.views) is type(data.roles) is dict
    assert set(data) <= set(dir(data))
    assert "keys" in dir(data)
    assert isinstance(data, Bunch)


def test_a_missing_attribute_lists_what_there_is() -> None:
    data = make()
    with pytest.raises(AttributeError) as error:
        _ = data.labels
    assert str(error.value) == "'labels'; there are views, y, roles, latents, population, DESCR"
    with pytest.raises(KeyError):
        _ = data["labels"]
    assert not hasattr(data, "X")


def test_the_description_says_what_was_drawn() -> None:
    assert make(decisive=4).DESCR == (
        "7 rows of Population(diagram=VennDiagram({'b': 1, 'a&b': 2, 'a': 1}), "
        "rule=Hyperplane(), views={})"
    )


def of_legacy(generator: np.random.RandomState) -> int:
    return int(generator.randint(2**31))


def of_new(generator: np.random.Generator) -> int:
    return int(generator.integers(2**63))


@pytest.mark.parametrize(
    ("new", "seed_of"), [(np.random.default_rng, of_new), (np.random.RandomState, of_legacy)]
)
def test_a_generator_gives_a_seed_and_moves_on(new: Any, seed_of: Any) -> None:
    generator, again = new(5), new(5)
    for _ in range(9):
        data = make(random_state=generator)
        sample = data.population.sample(7, seed_of(again))
        np.testing.assert_array_equal(data.latents, sample.latents)


def test_bad_calls() -> None:
    seed = "must be a seed or a generator: the same call is to give the same data"
    assert refusal(make, random_state=None) == f"random_state = None: {seed}"
    kind = "must be of kind Mapping, such as {'a': Rotation(seed=1)}"
    assert refusal(make, views=[]) == f"views = []: {kind}"
