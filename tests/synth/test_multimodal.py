from typing import Any

import numpy as np
import pytest

from synth import Linear, Population, Rotation, Sample, make_multimodal
from synth.multimodal import Bunch
from tests.refusals import refusal
from tests.synth.same import assert_same
from venn import VennDiagram

SHARES: dict[str, Any] = {"alpha": 0.25, "beta": 0.25, "gamma": 0.5}


def make(n_samples: Any = 7, **options: Any) -> Any:
    """Call with shares and seed that can be realised, unless told otherwise."""
    return make_multimodal(n_samples, **{**SHARES, "random_state": 3, **options})


SAID: dict[str, Any] = {
    "alpha": 0.3,
    "beta": 0.2,
    "gamma": 0.5,
    "decisive": 11,
    "hidden": 4,
    "rounding": "nearest",
    "modalities": ("t", "s"),
    "dims": {"s": 9, "t": 8},
    "random_state": 5,
    "rule": Linear(noise=0.5),
    "views": {"s": Rotation(1)},
}
WITH_ALL = VennDiagram({"t": 2, "s": 1, "t&s": 4}, 4, {"t": 2, "s": 4}, ("t", "s"))
MADE: dict[str, tuple[dict[str, Any], Population, int]] = {
    "defaults": ({}, Population(VennDiagram({"a": 5, "b": 5, "a&b": 10})), 3),
    "all that can be said": (SAID, Population(WITH_ALL, Linear(noise=0.5), {"s": Rotation(1)}), 5),
}


@pytest.mark.parametrize(("options", "population", "seed"), MADE.values(), ids=MADE)
def test_data_are_a_sample_of_the_population(
    options: dict[str, Any], population: Population, seed: int
) -> None:
    data, sample = make(**options), population.sample(7, seed)
    assert data.population == population
    assert_same(Sample(data.views, data.y, data.latents), sample)
    assert {name: tuple(roles) for name, roles in data.roles.items()} == {
        name: tuple(roles) for name, roles in sample.roles.items()
    }


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
