from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from synth import Hyperplane, Linear, ObservationNoise, Population, Rotation, View
from synth.views import Shown
from tests.refusals import refusal
from venn import VennDiagram

DIAGRAM = VennDiagram({"a": 1, "b": 1, "a&b": 1}, hidden=1, noise={"a": 1, "b": 2})


LATENTS = [
    [-2.1592534628204945, -1.188599110145783, -0.19921041751501292, -0.34470208016326975],
    [0.25003158956169996, 0.42314482479447696, 0.5452851528876973, 0.7090499414174702],
]
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


def test_samples_with_noise_flips_and_a_rotation_are_the_same_for_ever() -> None:
    views = {"a": [ObservationNoise(0.5), Rotation(1)], "b": ObservationNoise(0.25)}
    diagram = VennDiagram({"a": 1, "b": 1, "a&b": 1}, hidden=1, noise={"a": 1, "b": 1})
    sample = Population(diagram, Hyperplane(flip=0.5), views).sample(2, 0)
    np.testing.assert_array_equal(sample.latents, LATENTS)
    np.testing.assert_array_equal(sample.views["a"], NOISY_A)
    np.testing.assert_array_equal(sample.views["b"], NOISY_B)
    flipped = Population(diagram, Hyperplane(flip=0.5)).sample(10, 0)
    np.testing.assert_array_equal(flipped.y, FLIPPED)
    real = Population(diagram, Linear(noise=1.0)).sample(2, 0)
    np.testing.assert_array_equal(real.y, REAL)


def test_views_that_change_nothing_are_left_out() -> None:
    plain = Population(DIAGRAM)
    for views in ({"a": ()}, {"a": [], "b": Shown()}):
        assert Population(DIAGRAM, views=views) == plain
        assert Population(DIAGRAM, views=views).views == {}
    assert plain.shown == {"a": Shown(), "b": Shown()}
    assert plain.rule == Hyperplane()


def test_views_are_brought_to_one_form() -> None:
    spellings: list[Any] = [Rotation(1), [Rotation(1)], (Rotation(1),), Shown.of("", Rotation(1))]
    (population,) = {Population(DIAGRAM, views={"a": view}) for view in spellings}
    assert population.shown == {"a": Shown(steps=(Rotation(1),)), "b": Shown()}
    assert population.views == {"a": Shown(steps=(Rotation(1),))}


def test_a_population_cannot_be_changed_through_its_arguments() -> None:
    views: dict[str, View] = {"a": Rotation(1)}
    population = Population(DIAGRAM, views=views)
    views["a"] = Rotation(2)
    assert population.views == {"a": Shown(steps=(Rotation(1),))}
    with pytest.raises(TypeError):
        population.views["a"] = Rotation(2)  # type: ignore[index]  # that it cannot is what is tested


WHOLE = "must be a whole number of at least"
POPULATION = Population(DIAGRAM)
DRAWS: list[tuple[Callable[..., Any], Any, tuple[Any, ...]]] = [
    (POPULATION.sample, 0, ()),
    (POPULATION.chunks, 0, (1,)),
    (POPULATION.unpaired, 0, ()),
    (POPULATION.rows, 0, ()),
    (POPULATION.batch, [0], ()),
]
"""Every way to draw rows, a seed or seeds that it takes, and what else it needs."""


@pytest.mark.parametrize(("draw", "seed", "more"), DRAWS)
def test_bad_draws(draw: Callable[..., Any], seed: Any, more: tuple[Any, ...]) -> None:
    assert refusal(draw, 0, seed, *more) == f"n = 0: {WHOLE} 1"
    assert refusal(draw, 10**10, seed, *more) == f"n = {10**10}: must be at most {10**9}"
    one = isinstance(seed, int)
    name = "seed" if one else "seeds[1]"
    assert refusal(draw, 1, -1 if one else [0, -1], *more) == f"{name} = -1: {WHOLE} 0"
    if draw != POPULATION.rows:
        for dtype in ("int64", "real", "float16", 3, "f8,"):
            said = refusal(draw, 1, seed, *more, dtype=dtype)
            assert said == f"dtype = {dtype!r}: must be float32 or float64"


OF_DIAGRAM = (Population, DIAGRAM, Hyperplane())
BAD: dict[str, tuple[Any, ...]] = {
    f"size = 0: {WHOLE} 1": (POPULATION.chunks, 1, 0, 0),
    "seeds = 3: must be of kind Sequence, such as range(10)": (POPULATION.batch, 1, 3),
    "seeds = []: must hold at least one seed": (POPULATION.batch, 1, []),
    "modalities[1] = 'c': is unknown; known: a, b": (POPULATION.form, ("a", "c")),
    "modalities = {'a'}: must be of kind Sequence, such as ('a', 'b')": (POPULATION.form, {"a"}),
    "diagram = {'a': 1}: must be of kind VennDiagram, "
    "such as VennDiagram({'a': 10, 'b': 10, 'a&b': 5})": (Population, {"a": 1}),
    "views = [Rotation(seed=1)]: must be of kind Mapping, such as {'a': Rotation(seed=1)}": (
        *OF_DIAGRAM,
        [Rotation(1)],
    ),
    "views = {'c': Rotation(seed=2)}: names the unknown modality 'c'; known modalities: a, b": (
        *OF_DIAGRAM,
        {"c": Rotation(2)},
    ),
}


@pytest.mark.parametrize("message", BAD)
def test_bad_calls(message: str) -> None:
    assert refusal(*BAD[message]) == message
