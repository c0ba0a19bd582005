from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from synth import (
    Hyperplane,
    Linear,
    ObservationNoise,
    Population,
    Rotation,
    View,
)
from synth.views import Shown
from venn import ArgumentError, VennDiagram

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
    np.testing.assert_array_equal(
        Population(diagram, Hyperplane(flip=0.5)).sample(10, 0).y, FLIPPED
    )
    real = Population(diagram, Linear(noise=1.0)).sample(2, 0).y
    np.testing.assert_array_equal(real, REAL)


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


def test_a_population_cannot_be_changed_through_its_arguments() -> None:
    views: dict[str, View] = {"a": Rotation(1)}
    population = Population(DIAGRAM, views=views)
    views["a"] = Rotation(2)
    assert population.views == {"a": Shown(steps=(Rotation(1),))}
    with pytest.raises(TypeError):
        population.views["a"] = Rotation(2)  # type: ignore[index]  # that it cannot is what is tested


WHOLE = "must be a whole number of at least"
POPULATION = Population(DIAGRAM)
BAD: dict[str, tuple[Callable[..., Any], tuple[Any, ...], str]] = {
    "sample: no rows": (POPULATION.sample, (0, -1), f"n = 0: {WHOLE} 1"),
    "sample: too many": (POPULATION.sample, (10**10, 0), f"n = {10**10}: must be at most {10**9}"),
    "sample: seed": (POPULATION.sample, (1, -1), f"seed = -1: {WHOLE} 0"),
    "chunks: no rows": (POPULATION.chunks, (0, 0, 1), f"n = 0: {WHOLE} 1"),
    "chunks: no size": (POPULATION.chunks, (1, 0, 0), f"size = 0: {WHOLE} 1"),
    "chunks: seed": (POPULATION.chunks, (1, -1, 1), f"seed = -1: {WHOLE} 0"),
    "unpaired: no rows": (POPULATION.unpaired, (0, 0), f"n = 0: {WHOLE} 1"),
    "unpaired: seed": (POPULATION.unpaired, (1, -1), f"seed = -1: {WHOLE} 0"),
    "rows: no rows": (POPULATION.rows, (0, 1), f"n = 0: {WHOLE} 1"),
    "rows: seed": (POPULATION.rows, (1, -1), f"seed = -1: {WHOLE} 0"),
    "form: unknown": (
        POPULATION.form,
        (("a", "c"),),
        "modalities[1] = 'c': is unknown; known: a, b",
    ),
    "form: a set": (
        POPULATION.form,
        ({"a"},),
        "modalities = {'a'}: must be of kind Sequence, such as ('a', 'b')",
    ),
    "batch: no rows": (POPULATION.batch, (0, [0]), f"n = 0: {WHOLE} 1"),
    "batch: one seed": (
        POPULATION.batch,
        (1, 3),
        "seeds = 3: must be of kind Sequence, such as range(10)",
    ),
    "batch: no seeds": (POPULATION.batch, (1, []), "seeds = []: must hold at least one seed"),
    "batch: negative seed": (POPULATION.batch, (1, [0, -1]), f"seeds[1] = -1: {WHOLE} 0"),
}


@pytest.mark.parametrize(("draw", "arguments", "message"), BAD.values(), ids=BAD)
def test_bad_draws(draw: Callable[..., Any], arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        draw(*arguments)
    assert str(error.value) == message


@pytest.mark.parametrize("dtype", ["int64", "real", "float16", 3, "f8,"])
def test_bad_kinds_of_numbers(dtype: Any) -> None:
    for draw, arguments in (
        (POPULATION.sample, (1, 0)),
        (POPULATION.chunks, (1, 0, 1)),
        (POPULATION.unpaired, (1, 0)),
        (POPULATION.batch, (1, [0])),
    ):
        with pytest.raises(ArgumentError) as error:
            draw(*arguments, dtype=dtype)
        assert str(error.value) == f"dtype = {dtype!r}: must be float32 or float64"


NOT_VIEWS = "must be a view, such as Rotation(seed=1), or a sequence of views"
BAD_POPULATIONS: dict[str, tuple[tuple[Any, ...], str]] = {
    "diagram": (
        ({"a": 1},),
        "diagram = {'a': 1}: must be of kind VennDiagram, "
        "such as VennDiagram({'a': 10, 'b': 10, 'a&b': 5})",
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
}


@pytest.mark.parametrize(("arguments", "message"), BAD_POPULATIONS.values(), ids=BAD_POPULATIONS)
def test_bad_populations(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        Population(*arguments)
    assert str(error.value) == message
