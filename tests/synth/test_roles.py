from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from synth import InvertibleNetwork, Permutation, Population, Rotation
from synth.strategies import diagrams, populations
from tests.examples import examples
from venn import VennDiagram

DIAGRAM = VennDiagram({"a": 2, "b": 1, "a&b": 1}, hidden=1, noise={"a": 1, "b": 2})
SOURCES = ("general", "specific", "specific", "noise")


def test_channels_as_they_are_are_decisive_features_in_order_and_then_noise() -> None:
    roles = Population(DIAGRAM).roles
    assert tuple(roles["a"]) == SOURCES
    assert roles["a"].regions == ("a&b", "a", "a", "noise")
    assert roles["a"].features == (1, 2, 3, None)
    assert tuple(roles["b"]) == ("specific", "general", "noise", "noise")
    assert roles["b"].regions == ("b", "a&b", "noise", "noise")
    assert roles["b"].features == (0, 1, None, None)
    for each in roles.values():
        assert each.channels == each.sources
        np.testing.assert_array_equal(each.matrix, np.eye(4))


def test_roles_are_a_sequence_of_words() -> None:
    roles = Population(DIAGRAM).roles["a"]
    assert len(roles) == 4
    assert (roles[0], roles[-1]) == ("general", "noise")
    assert roles[1:3] == ("specific", "specific")
    assert list(roles) == list(SOURCES)


@settings(max_examples=examples(20))
@given(populations(diagram=diagrams(max_modalities=3)))
def test_every_word_is_true_of_the_drawn_columns(population: Population) -> None:
    """A channel is ±1 times the one source that it shows, or mixed."""
    diagram = population.diagram
    population = Population(diagram, views={name: s.steps for name, s in population.views.items()})
    sample = population.sample(3, 0)
    for name, roles in sample.roles.items():
        assert len(roles) == len(roles.sources) == len(roles.regions) == diagram.dim(name)
        for word, channel in zip(roles, sample.views[name].T, strict=True):
            found = [
                region
                for region, latent in zip(diagram.feature_regions, sample.latents.T, strict=True)
                if np.array_equal(np.abs(latent), np.abs(channel))
            ]
            if word in {"general", "specific"}:
                assert [name in region.split("&") for region in found] == [True]
                assert ("&" in found[0]) == (word == "general")
            else:
                assert found == []


MIXING: dict[str, tuple[Any, bool]] = {
    "rotation": (Rotation(1), True),
    "rotation of a permutation": ([Permutation(2), Rotation(1)], True),
    "permutation of a rotation": ([Rotation(1), Permutation(2)], True),
    "network": (InvertibleNetwork(1), False),
    "rotation of a network": ([InvertibleNetwork(1), Rotation(1)], False),
}


@pytest.mark.parametrize(("view", "linear"), MIXING.values(), ids=MIXING)
def test_channels_that_show_several_sources_are_mixed(view: Any, linear: bool) -> None:
    roles = Population(DIAGRAM, views={"a": view}).roles["a"]
    assert roles.channels == ("mixed",) * 4
    assert roles.where("mixed") == (0, 1, 2, 3)
    assert roles.where("noise") == ()
    assert roles.sources == SOURCES
    assert roles.regions == ("a&b", "a", "a", "noise")
    assert roles.features == (1, 2, 3, None)
    assert (roles.matrix is not None) == linear
