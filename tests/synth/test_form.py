"""What the rows of a modality and their labels depend on: equal forms, equal bits."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth import (
    RULES,
    Hyperplane,
    ObservationNoise,
    Parity,
    Permutation,
    Population,
    Rotation,
    Rule,
    Sample,
)
from synth.strategies import diagrams, populations, views
from tests.examples import examples
from venn import VennDiagram

OF_ALL_FEATURES = tuple(kind for kind in RULES.values() if kind is not Parity)
SEEDS = st.integers(0, 2**65)
any_population = populations(diagram=diagrams(max_modalities=3))
any_of_all_features = populations(diagram=diagrams(max_modalities=3), kinds=OF_ALL_FEATURES)


def same(one: np.ndarray, other: np.ndarray) -> bool:
    """Return whether two arrays are the same to the last bit."""
    return (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())


def same_data(one: Sample, other: Sample, name: str) -> bool:
    """Return whether the labels and one view of two samples are the same."""
    return same(one.y, other.y) and same(one.views[name], other.views[name])


@st.composite
def moved(draw: st.DrawFn, population: Population) -> Population:
    """Return the population with features in another region, and as many channels as may be."""
    diagram = population.diagram
    counts = {**diagram.regions, "hidden": diagram.hidden}
    source = draw(st.sampled_from([region for region, count in counts.items() if count]))
    keeps = isinstance(population.rule, Parity) or counts[source] == diagram.visible
    count = draw(st.integers(0, counts[source] - keeps))
    counts[source] -= count
    counts[draw(st.sampled_from(list(counts)))] += count
    hidden, padded = counts.pop("hidden"), dict.fromkeys(diagram.modalities, 1)
    after = VennDiagram(counts, hidden, padded, diagram.modalities)
    seen = {name: len(after.sees(name)) for name in diagram.modalities}
    noise = {name: max(diagram.dim(name) - n, int(n == 0)) for name, n in seen.items()}
    return dataclasses.replace(population, diagram=dataclasses.replace(after, noise=noise))


@st.composite
def relatives(draw: st.DrawFn) -> tuple[Population, Population]:
    """Return two populations that differ in one respect."""
    one, respect = draw(any_population), draw(st.sampled_from(["features", "channels", "view"]))
    if respect == "features":
        return one, draw(moved(one))
    modality = draw(st.sampled_from(one.diagram.modalities))
    if respect == "view":
        return one, dataclasses.replace(one, views={**one.views, modality: draw(views())})
    noise = {**one.diagram.noise, modality: draw(st.integers(1, 4))}
    return one, dataclasses.replace(one, diagram=dataclasses.replace(one.diagram, noise=noise))


@settings(max_examples=examples(40))
@given(relatives(), SEEDS)
def test_equal_forms_have_equal_bits(pair: tuple[Population, Population], seed: int) -> None:
    """Of labels and views, paired or not."""
    one, other = pair
    paired, again_paired = (each.sample(20, seed) for each in pair)
    alone, again_alone = (each.unpaired(20, seed) for each in pair)
    if one.form(()) == other.form(()):
        assert same(paired.y, again_paired.y)
    names = one.diagram.modalities
    for name in names:
        if one.form(name) == other.form(name):
            assert same_data(paired, again_paired, name)
            assert same_data(alone[name], again_alone[name], name)
    assert (one.form(names) == other.form(names)) == all(
        one.form(name) == other.form(name) for name in names
    )


@settings(max_examples=examples(50))
@given(any_of_all_features, SEEDS, st.data())
def test_what_another_modality_sees_and_shows_does_not_enter(
    one: Population, seed: int, data: st.DataObject
) -> None:
    """All that the first modality alone sees becomes hidden; its noise and view are others."""
    diagram, first = one.diagram, one.diagram.modalities[0]
    own = int(diagram.regions[first] == diagram.visible)
    other = Population(
        VennDiagram(
            {**diagram.regions, first: own},
            diagram.hidden + diagram.regions[first] - own,
            {**diagram.noise, first: data.draw(st.integers(1, 5))},
            diagram.modalities,
        ),
        one.rule,
        {**one.views, first: data.draw(views())},
    )
    others = diagram.modalities[1:]
    assert one.form(others) == other.form(others)
    drawn, again = one.sample(20, seed), other.sample(20, seed)
    assert all(same_data(drawn, again, name) for name in others)


DIAGRAM = VennDiagram({"a": 1, "b": 2, "a&b": 1}, hidden=1, noise={"a": 1, "b": 1})
SHOWN = [ObservationNoise(0.5), Rotation(1), Permutation(1)]


def population(
    diagram: VennDiagram = DIAGRAM, rule: Rule = Hyperplane(), shown: Any = SHOWN
) -> Population:
    """Return a population in which the student's view is `shown`."""
    return Population(diagram, rule, {"b": shown})


CHANGED: dict[str, Population] = {
    "features": population(VennDiagram({"a": 2, "b": 1, "a&b": 1}, 1, {"b": 2})),
    "channels": population(dataclasses.replace(DIAGRAM, noise={"a": 1, "b": 2})),
    "decisive features": population(dataclasses.replace(DIAGRAM, hidden=2)),
    "no view": population(shown=()),
    "seed of a view": population(shown=[ObservationNoise(0.5), Rotation(2), Permutation(1)]),
    "order of views": population(shown=[ObservationNoise(0.5), Permutation(1), Rotation(1)]),
    "observation noise": population(shown=[ObservationNoise(0.25), Rotation(1), Permutation(1)]),
    "weights": population(rule=Hyperplane((1.0, 1.0, 1.0, 1.0, 2.0))),
    "seed of weights": population(rule=Hyperplane("normal", 1)),
    "classes": population(rule=Hyperplane(classes=3)),
    "temperature": population(rule=Hyperplane(temperature=0.1)),
    "flip": population(rule=Hyperplane(flip=0.1)),
    **{name: population(rule=kind()) for name, kind in RULES.items() if kind is not Hyperplane},
}


@pytest.mark.parametrize("changed", CHANGED.values(), ids=CHANGED)
def test_what_changes_the_bits_changes_the_form(changed: Population) -> None:
    one = population()
    assert not same_data(one.sample(300, 0), changed.sample(300, 0), "b")
    assert one.form("b") != changed.form("b")
    assert one.form(("a", "b")) != changed.form(("a", "b"))


def test_a_form_in_full() -> None:
    three = VennDiagram({"a": 1, "b": 1, "a&c": 1, "b&c": 2}, 1, modalities=("a", "b", "c"))
    assert Population(three, Parity(), {"c": Rotation(5)}).form(["c", "a"]) == {
        "decisive": 6,
        "label": {
            "rule": {"kind": "Parity", "flip": 0.0, "regions": ["a", "b"], "classes": 2},
            "diagram": {"features": {"a": [4], "b": [2]}},
        },
        "views": [
            {
                "position": 2,
                "sees": [0, 1, 3],
                "dim": 3,
                "shown": {
                    "kind": "Shown",
                    "noise": 0.0,
                    "steps": [{"kind": "Rotation", "seed": 5}],
                },
            },
            {
                "position": 0,
                "sees": [3, 4],
                "dim": 2,
                "shown": {"kind": "Shown", "noise": 0.0, "steps": []},
            },
        ],
    }
    assert Population(three).form("a") == Population(three).form(("a",))
    assert Population(three).form(())["views"] == []
