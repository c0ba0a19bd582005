import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from synth import VIEWS, InvertibleNetwork, ObservationNoise, Permutation, Rotation, View, stream
from synth.views import Shown, orthogonal
from tests.refusals import refusal

NAMES = {kind.__name__: kind for kind in VIEWS.values()}
COMPOSED: dict[str, Callable[[int], View | Shown]] = {
    "permutation": Permutation,
    "rotation": Rotation,
    "network of one layer": lambda seed: InvertibleNetwork(seed, layers=1),
    "network": InvertibleNetwork,
    "network of five layers": lambda seed: InvertibleNetwork(seed, layers=5),
    "as it is": lambda _: Shown(),
    "two views": lambda seed: Shown(steps=(Rotation(seed), Permutation(seed + 100))),
    "three views": lambda seed: Shown(
        0.5, (Permutation(seed), InvertibleNetwork(seed, layers=1), Rotation(seed + 100))
    ),
}
every_view = pytest.mark.parametrize("view", COMPOSED.values(), ids=COMPOSED)
every_dim = pytest.mark.parametrize("dim", [1, 2, 7, 30], ids="{} channels".format)


def sources(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(shape)


@every_view
@every_dim
def test_inverting_gives_the_sources_back(view: Callable[[int], View | Shown], dim: int) -> None:
    x = sources(50, dim)
    shown = view(3).show(x)
    assert shown.shape == x.shape
    np.testing.assert_allclose(view(3).invert(shown), x, rtol=0, atol=1e-9)
    np.testing.assert_allclose(view(3).show(view(3).invert(x)), x, rtol=0, atol=1e-9)


@every_view
@every_dim
def test_the_channels_are_the_matrix_times_the_sources_where_there_is_one(
    view: Callable[[int], View | Shown], dim: int
) -> None:
    """x = M s."""
    x, matrix = sources(50, dim), view(3).matrix(dim)
    if matrix is not None:
        assert matrix.shape == (dim, dim)
        np.testing.assert_allclose(view(3).show(x), x @ matrix.T, rtol=0, atol=1e-12)
        np.testing.assert_allclose(matrix @ matrix.T, np.eye(dim), rtol=0, atol=1e-12)


def test_which_views_have_a_matrix() -> None:
    linear = {name for name, view in COMPOSED.items() if view(3).matrix(4) is not None}
    assert linear == {"permutation", "rotation", "as it is", "two views"}


@every_view
@pytest.mark.parametrize("apply", ["show", "invert"])
def test_a_row_does_not_depend_on_the_rows_beside_it(
    view: Callable[[int], View | Shown], apply: str
) -> None:
    x = sources(600, 7)
    together = getattr(view(3), apply)(x)
    alone = np.stack([getattr(view(3), apply)(row) for row in x])
    np.testing.assert_array_equal(together, alone)
    folded = getattr(view(3), apply)(x.reshape(2, 300, 7))
    np.testing.assert_array_equal(folded.reshape(600, 7), alone)


@every_view
def test_what_is_given_is_left_as_it_is(view: Callable[[int], View | Shown]) -> None:
    x = sources(5, 4)
    view(3).show(x)
    view(3).invert(x)
    np.testing.assert_array_equal(x, sources(5, 4))


def test_a_permutation_is_that_of_its_stream() -> None:
    order = stream(3, "permutation").permutation(9)
    np.testing.assert_array_equal(Permutation(3).show(np.arange(9.0)), order)


@pytest.mark.parametrize("layers", [1, 2, 4])
def test_a_network_is_what_plain_numpy_makes_of_its_stream(layers: int) -> None:
    """x = Q_L g(Q_{L-1} … g(Q_0 s)), g(u) = max(u, 0.2 u)."""
    chance = stream(3, "network view")
    first, *others = [orthogonal(chance, 6) for _ in range(layers + 1)]
    x = sources(40, 6)
    expected = x @ first.T
    for matrix in others:
        expected = np.maximum(expected, 0.2 * expected) @ matrix.T
    shown = InvertibleNetwork(3, layers).show(x)
    np.testing.assert_allclose(shown, expected, rtol=0, atol=1e-13)


def test_a_matrix_that_others_share_cannot_be_written() -> None:
    assert not Rotation(1).matrix(3).flags.writeable
    assert Rotation(1).matrix(3) is Rotation(1).matrix(3)


def orthogonals(dim: int, count: int) -> np.ndarray:
    chance = np.random.default_rng(0)
    return np.stack([orthogonal(chance, dim) for _ in range(count)])


DRAWN = orthogonals(4, 5000)
MOMENTS: dict[str, tuple[Callable[[np.ndarray], np.ndarray], float]] = {
    "q11": (lambda q: q[:, 0, 0], 0),
    "q11²": (lambda q: q[:, 0, 0] ** 2, 1 / 4),
    "q11² q22²": (lambda q: q[:, 0, 0] ** 2 * q[:, 1, 1] ** 2, 5 / 72),
    "q11 q22 q12 q21": (lambda q: q[:, 0, 0] * q[:, 1, 1] * q[:, 0, 1] * q[:, 1, 0], -1 / 72),
    "trace²": (lambda q: np.trace(q, axis1=1, axis2=2) ** 2, 1),
    "determinant": (np.linalg.det, 0),
}


@pytest.mark.parametrize(("moment", "exact"), MOMENTS.values(), ids=MOMENTS)
def test_moments_are_those_of_haar(
    moment: Callable[[np.ndarray], np.ndarray], exact: float
) -> None:
    """For n = 4: E q⁴ = 3 / n(n+2), E q11² q22² = (n+1) / (n-1)n(n+2), E tr⁴ = 3, and so on."""
    values = moment(DRAWN)
    assert abs(values.mean() - exact) < 4 * values.std() / math.sqrt(len(values))


GOLDEN: dict[str, tuple[View, list[float]]] = {
    "permutation": (Permutation(1), [3.0, 1.0, -2.0]),
    "rotation": (Rotation(1), [-2.0000333999949813, 2.8742210130371717, -1.3186053113498715]),
    "network": (InvertibleNetwork(1), [0.5010129524349671, -0.5876686095533861, 3.526634136846101]),
}


@pytest.mark.parametrize(("view", "channels"), GOLDEN.values(), ids=GOLDEN)
def test_views_are_the_same_for_ever(view: View, channels: list[float]) -> None:
    np.testing.assert_array_equal(view.show(np.array([1.0, -2.0, 3.0])), channels)


GIVEN: dict[str, tuple[Any, Shown]] = {
    "a view": (Rotation(1), Shown(0.0, (Rotation(1),))),
    "noise": (ObservationNoise(0.5), Shown(0.5)),
    "nothing": ((), Shown()),
    "a list": ([Rotation(1), Permutation(2)], Shown(0.0, (Rotation(1), Permutation(2)))),
    "noise first": ([ObservationNoise(2), Rotation(1)], Shown(2.0, (Rotation(1),))),
    "as it is": (Shown(0.5, (Rotation(1),)), Shown(0.5, (Rotation(1),))),
}


@pytest.mark.parametrize(("given", "shown"), GIVEN.values(), ids=GIVEN)
def test_one_view_or_several_are_shown_in_order(given: Any, shown: Shown) -> None:
    assert Shown.of("views['a']", given) == shown


@pytest.mark.parametrize("shown", [shown for _, shown in GIVEN.values()], ids=GIVEN)
def test_repr_is_an_expression_for_what_makes_it(shown: Shown) -> None:
    assert Shown.of("view", eval(repr(shown), {**NAMES})) == shown


def test_steps_are_applied_one_after_another() -> None:
    x = sources(5, 4)
    one, other = Rotation(1), InvertibleNetwork(2)
    shown = Shown(0.5, (one, other))
    np.testing.assert_array_equal(shown.show(x), other.show(one.show(x)))
    np.testing.assert_array_equal(shown.invert(x), one.invert(other.invert(x)))


NOT_VIEWS = "must be a view, such as Rotation(seed=1), or a sequence of views"
NOT_FIRST = "must have its observation noise first, and once: it is noise of the sources"
BAD_SHOWN: dict[str, Any] = {
    f"views['a'] = 3: {NOT_VIEWS}": 3,
    f"views['a'] = [Rotation(seed=1), 3]: {NOT_VIEWS}": [Rotation(1), 3],
    f"views['a'] = (Rotation(seed=1), ObservationNoise(sd=1.0)): {NOT_FIRST}": (
        Rotation(1),
        ObservationNoise(1),
    ),
    f"views['a'] = [ObservationNoise(sd=1.0), ObservationNoise(sd=2.0)]: {NOT_FIRST}": [
        ObservationNoise(1),
        ObservationNoise(2),
    ],
}


@pytest.mark.parametrize(("message", "given"), BAD_SHOWN.items(), ids=BAD_SHOWN)
def test_what_is_no_view_is_refused(given: Any, message: str) -> None:
    assert refusal(Shown.of, "views['a']", given) == message


def test_bad_views() -> None:
    assert refusal(Permutation, -1) == "seed = -1: must be a whole number of at least 0"
    said = refusal(InvertibleNetwork, 0, 0)
    assert said == "layers = 0: must be a whole number of at least 1"
    assert refusal(InvertibleNetwork, 0, 11) == "layers = 11: must be at most 10"
    assert refusal(ObservationNoise, 0) == "sd = 0: must be a finite number of at least 1e-06"
