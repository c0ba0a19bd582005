"""What is known of the features, against regression on drawn rows and against adding precisions."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth import Evidence, InvertibleNetwork, ObservationNoise, Permutation, Population, Rotation
from synth.knowledge import _aligned, _mixed, know
from synth.strategies import diagrams
from tests.examples import examples
from tests.refusals import refusal
from venn import VennDiagram

DIAGRAM = VennDiagram({"a": 2, "b": 1, "a&b": 2}, hidden=1, noise={"a": 1, "b": 2})


def unknown(views: Mapping[str, object], evidence: Evidence) -> np.ndarray:
    population = Population(DIAGRAM, views=views)
    return know(population.diagram, population.shown, evidence).unknown


def test_regions_are_known_themselves() -> None:
    views = {"a": ObservationNoise(1.0), "b": ObservationNoise(1.0)}
    left = unknown(views, Evidence(regions=("a&b", "hidden")))
    np.testing.assert_array_equal(left, np.diag([1, 0, 0, 1, 1, 0]))


def test_a_region_without_features_tells_nothing() -> None:
    diagram = VennDiagram({"a": 1, "b": 1})
    knowledge = know(diagram, Population(diagram).shown, Evidence(regions=("a&b",)))
    np.testing.assert_array_equal(knowledge.unknown, np.eye(2))


def test_precisions_of_noisy_modalities_add() -> None:
    """1 / (1 + sum of 1 / sd^2); one that sees without noise knows all."""
    views = {"a": ObservationNoise(0.5), "b": ObservationNoise(2.0)}
    left = np.diag(unknown(views, Evidence(modalities=("a", "b"))))
    both, only_a, only_b = 1 / (1 + 4 + 0.25), 1 / (1 + 4), 1 / (1 + 0.25)
    np.testing.assert_allclose(left, [only_b, both, both, only_a, only_a, 1])
    left = np.diag(unknown({"a": ObservationNoise(0.5)}, Evidence(modalities=("a", "b"))))
    np.testing.assert_allclose(left, [0, 0, 0, only_a, only_a, 1])


@settings(max_examples=examples(25))
@given(
    diagrams(max_modalities=3, max_features=3),
    st.lists(st.sampled_from([0.0, 0.3, 1.0]), min_size=3, max_size=3),
    st.booleans(),
)
def test_adding_precisions_is_what_the_best_linear_estimate_does(
    diagram: VennDiagram, noises: list[float], whole: bool
) -> None:
    """Two ways to one covariance, and to one estimate of drawn rows."""
    views = {
        name: ObservationNoise(noise)
        for name, noise in zip(diagram.modalities, noises, strict=False)
        if noise
    }
    population = Population(diagram, views=views)
    if whole:
        evidence = Evidence(modalities=diagram.modalities)
    else:
        evidence = Evidence(channels={name: [0] for name in diagram.modalities})
    knowledge = know(diagram, population.shown, evidence)
    drawn = population.sample(5, 0)
    estimates: list[np.ndarray] = []
    for solve in (_aligned, _mixed):
        left, gains = solve(diagram.decisive, knowledge.observations)
        np.testing.assert_allclose(left, knowledge.unknown, atol=1e-9)
        seen = [
            drawn.views[str(each.modality)][..., : len(each.weights)]
            for each in knowledge.observations
        ]
        estimates.append(np.sum([x @ g.T for x, g in zip(seen, gains, strict=True)], axis=0))
    np.testing.assert_allclose(estimates[0], estimates[1], atol=1e-7)
    np.testing.assert_allclose(knowledge.mean(drawn.views), estimates[0], atol=1e-9)


CASES = {
    "some rotated channels": ({"a": Rotation(1)}, Evidence(channels={"a": [0, 2, 3]})),
    "rotated and noisy": (
        {"a": [ObservationNoise(0.5), Rotation(1)]},
        Evidence(channels={"a": [0, 1]}),
    ),
    "rotated, then permuted, beside the other modality": (
        {"a": [Rotation(1), Permutation(2)], "b": ObservationNoise(0.7)},
        Evidence(modalities=("b",), channels={"a": [1, 4]}),
    ),
    "a nonlinear view": ({"a": InvertibleNetwork(1)}, Evidence(modalities=("a",))),
    "a nonlinear and noisy view": (
        {"a": [ObservationNoise(0.5), InvertibleNetwork(1)]},
        Evidence(modalities=("a", "b")),
    ),
    "all channels of a nonlinear view": (
        {"a": InvertibleNetwork(1)},
        Evidence(channels={"a": range(5)}),
    ),
}


@pytest.mark.parametrize(("views", "evidence"), CASES.values(), ids=CASES)
def test_knowledge_of_drawn_rows(views: dict[str, object], evidence: Evidence) -> None:
    """E[z - mean] = 0 with covariance `unknown`, and the errors are uncorrelated with the mean."""
    n = 40_000
    population = Population(DIAGRAM, views=views)
    drawn = population.sample(n, 0)
    knowledge = know(DIAGRAM, population.shown, evidence)
    mean = knowledge.mean(drawn.views)
    error = drawn.latents - mean
    np.testing.assert_allclose(error.T @ error / n, knowledge.unknown, atol=5 * 1.5 / np.sqrt(n))
    np.testing.assert_allclose(error.T @ mean / n, 0, atol=5 / np.sqrt(n))


def test_evidence_of_both_is_what_either_sees() -> None:
    one = Evidence(modalities=("a",), channels={"b": (0, 2)})
    other = Evidence(("b", "a"), ("a&b",), {"b": (1,), "c": (3,)})
    assert one | other == Evidence(("a", "b"), ("a&b",), {"b": (0, 1, 2), "c": (3,)})


def test_evidence_is_canonical() -> None:
    assert Evidence(["a", "a"], channels={"b": np.array([2, 0, 2])}) == Evidence(  # type: ignore[dict-item]  # as users do
        ("a",), (), {"b": (0, 2)}
    )
    assert hash(Evidence(channels={"b": [1]})) == hash(Evidence(channels={"b": (1,)}))
    assert Evidence.of("seen", "a") == Evidence.of("seen", ["a"]) == Evidence(("a",))


NAMES_ALLOWED = "must be a sequence of names, such as ('a', 'b')"
BAD_EVIDENCE: dict[str, dict[str, Any]] = {
    "evidence = Evidence(modalities=(), regions=(), channels={}): "
    "must name something that is seen": {},
    f"modalities = 'ab': {NAMES_ALLOWED}": {"modalities": "ab"},
    f"regions = 'a&b': {NAMES_ALLOWED}": {"regions": "a&b"},
    "channels = [1]: must be of kind Mapping, such as {'a': (0, 1)}": {"channels": [1]},
    "channels['a'] = 1: must be a sequence of channel numbers, such as (0, 1)": {
        "channels": {"a": 1}
    },
    "channels['a'] = -1: must be a whole number of at least 0": {"channels": {"a": (-1,)}},
}


@pytest.mark.parametrize(("message", "arguments"), BAD_EVIDENCE.items(), ids=BAD_EVIDENCE)
def test_bad_evidence(message: str, arguments: dict[str, Any]) -> None:
    assert refusal(Evidence, **arguments) == message


BAD_QUESTIONS = {
    "modality = 'c': is unknown; known: a, b": "c",
    "region = 'a&c': names the unknown modality 'c'; known modalities: a, b": (
        Evidence(regions=("a&c",))
    ),
    "channels['b'] = 5: must be below 5, the channels of 'b'": Evidence(channels={"b": (0, 5)}),
    "channels['a'] = (0, 1): some channels of a nonlinear view have no exact truth; "
    "name the whole modality 'a'": Evidence(channels={"a": (0, 1)}),
    "seen = 3: must be a modality, several, or Evidence(regions=('a&b',))": 3,
}


@pytest.mark.parametrize(("message", "seen"), BAD_QUESTIONS.items(), ids=BAD_QUESTIONS)
def test_bad_questions(message: str, seen: object) -> None:
    population = Population(DIAGRAM, views={"a": InvertibleNetwork(1)})
    assert refusal(population.truth, seen) == message
