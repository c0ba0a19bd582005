from typing import Any

import numpy as np
import pytest

from synth import Hyperplane, Linear, ObservationNoise, Parity, Permutation, Rotation, stream
from synth.draws import Channels, Streams, draw
from synth.rules import Rule
from synth.views import Shown
from venn import ArgumentError, VennDiagram

DIAGRAM = VennDiagram({"a": 1, "b": 1, "a&b": 1}, hidden=1, noise={"a": 2, "b": 1})
DOUBLE, SINGLE = np.dtype(np.float64), np.dtype(np.float32)
THREE = VennDiagram(
    {"a": 1, "b": 1, "c": 1, "a&c": 1, "b&c": 2}, noise={"b": 1}, modalities=("a", "b", "c")
)


def channels(diagram: VennDiagram = DIAGRAM, **views: Any) -> dict[str, Channels]:
    """Return how the channels of all modalities of a diagram are drawn."""
    shown = {name: Shown.of(name, views.get(name, ())) for name in diagram.modalities}
    return {name: Channels.of(diagram, name, each) for name, each in shown.items()}


def test_features_that_follow_one_another_are_a_slice() -> None:
    shown = Shown.of("view", Rotation(1))
    assert Channels.of(DIAGRAM, "a", shown) == Channels(0, (1, 2), 4, shown)
    assert Channels.of(DIAGRAM, "b", shown) == Channels(1, (0, 1), 3, shown)
    found = channels()
    assert (found["a"].columns, found["b"].columns) == (slice(1, 3), slice(0, 2))


def test_features_with_a_gap_are_listed() -> None:
    """In the order c, b&c, b, a&b, a&b&c, a&c, a the modality c sees what is around b and a&b."""
    assert THREE.feature_regions == ("c", "b&c", "b&c", "b", "a&c", "a")
    found = channels(THREE)
    assert found["a"] == Channels(0, (4, 5), 2, Shown())
    assert found["b"] == Channels(1, (1, 2, 3), 4, Shown())
    assert found["c"] == Channels(2, (0, 1, 2, 4), 4, Shown())
    columns = [found[name].columns for name in ("a", "b", "c")]
    assert columns == [slice(4, 6), slice(1, 4), [0, 1, 2, 4]]


def test_a_modality_that_sees_nothing_has_an_empty_slice() -> None:
    found = channels(VennDiagram({"a": 2}, noise={"b": 3}))["b"]
    assert (found.seen, found.dim) == ((), 3)
    assert isinstance(found.columns, slice)
    assert list(range(9))[found.columns] == []


@pytest.mark.parametrize("diagram", [DIAGRAM, THREE], ids=["two", "three"])
def test_what_is_indexed_is_what_is_seen(diagram: VennDiagram) -> None:
    for name, each in channels(diagram).items():
        seen = np.arange(diagram.decisive)[each.columns]
        np.testing.assert_array_equal(seen, diagram.sees(name))
        assert each.dim == diagram.dim(name)


def filled(streams: Streams, rows: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    latents = np.empty((rows, DIAGRAM.decisive))
    views = {name: np.empty((rows, each.dim)) for name, each in streams.channels.items()}
    streams.fill(latents, views)
    return latents, views


def test_each_purpose_has_its_own_stream() -> None:
    """Latents, noise, observation noise and label: "latents", "noise" m, "observation" m, "label"."""
    turned = Permutation(1)
    streams = Streams(channels(b=[ObservationNoise(0.5), turned]), 7)
    latents, views = filled(streams, 5)
    np.testing.assert_array_equal(latents, stream(7, "latents").standard_normal((5, 4)))
    noise = stream(7, "noise", 0).standard_normal((5, 4))
    np.testing.assert_array_equal(views["a"][:, :2], latents[:, 1:3])
    np.testing.assert_array_equal(views["a"][:, 2:], noise[:, 2:])
    sources = np.hstack([latents[:, :2], stream(7, "noise", 1).standard_normal((5, 3))[:, 2:]])
    observed = sources + 0.5 * stream(7, "observation", 1).standard_normal((5, 3))
    np.testing.assert_array_equal(views["b"], turned.show(observed))
    assert (views["b"] != observed).any()
    chance = stream(7, "label").random(5)
    np.testing.assert_array_equal(streams.uniform(5), chance)


def test_a_purpose_comes_before_what_is_drawn() -> None:
    latents, views = filled(Streams(channels(), 7, "unpaired", 1), 5)
    expected = stream(7, "unpaired", 1, "latents").standard_normal((5, 4))
    np.testing.assert_array_equal(latents, expected)
    noise = stream(7, "unpaired", 1, "noise", 0).standard_normal((5, 4))
    np.testing.assert_array_equal(views["a"][:, 2:], noise[:, 2:])


def test_streams_go_on_where_they_stopped() -> None:
    views: dict[str, Any] = {"a": Rotation(1), "b": ObservationNoise(0.5)}
    whole, pieces = Streams(channels(**views), 7), Streams(channels(**views), 7)
    latents, shown = filled(whole, 10)
    parts = [filled(pieces, rows) for rows in (3, 1, 6)]
    np.testing.assert_array_equal(np.vstack([part[0] for part in parts]), latents)
    for name in ("a", "b"):
        np.testing.assert_array_equal(np.vstack([part[1][name] for part in parts]), shown[name])
    chance = np.concatenate([pieces.uniform(rows) for rows in (3, 1, 6)])
    np.testing.assert_array_equal(chance, whole.uniform(10))


@pytest.mark.parametrize(
    ("drawn", "chance"),
    [
        (0.0, 2.0**-54),
        (2.0**-53, 2.0**-53),
        (0.5, 0.5),
        (1 - 2.0**-53, 1 - 2.0**-53),
    ],
    ids=["least", "next", "middle", "largest"],
)
def test_chance_is_strictly_between_0_and_1(
    drawn: float, chance: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A draw is u = k 2⁻⁵³, k = 0, …, 2⁵³ - 1; 2⁻⁵⁴ takes the place of 0."""

    class Extreme:
        def random(self, rows: int) -> np.ndarray:
            return np.full(rows, drawn)

    streams = Streams({}, 0)
    monkeypatch.setattr(streams, "_stream", lambda *_: Extreme())
    np.testing.assert_array_equal(streams.uniform(2), [chance, chance])
    assert 0 < chance < 1


RULES: dict[str, tuple[Rule, bool]] = {
    "without noise": (Hyperplane(), False),
    "flips": (Hyperplane(flip=0.3), True),
    "temperature": (Hyperplane(temperature=0.5), True),
    "parity": (Parity(flip=0.3), True),
    "real": (Linear(), False),
    "real with noise": (Linear(noise=0.5), True),
}


@pytest.mark.parametrize(("rule", "noisy"), RULES.values(), ids=RULES)
def test_every_model_is_drawn_from_its_own_streams(rule: Rule, noisy: bool) -> None:
    seeds = (7, 5, 7, 9, 11)
    views, y, latents = draw(
        DIAGRAM, rule, [Streams(channels(), seed) for seed in seeds], 6, DOUBLE
    )
    assert y is not None
    assert latents.shape == (5, 6, 4)
    assert {name: view.shape for name, view in views.items()} == {"a": (5, 6, 4), "b": (5, 6, 3)}
    for model, seed in enumerate(seeds):
        alone, shown = filled(Streams(channels(), seed), 6)
        np.testing.assert_array_equal(latents[model], alone)
        for name in ("a", "b"):
            np.testing.assert_array_equal(views[name][model], shown[name])
        chance = Streams({}, seed).uniform(6) if noisy else None
        np.testing.assert_array_equal(y[model], rule.label(DIAGRAM, alone, chance))


def test_without_a_rule_there_are_no_labels() -> None:
    views, y, latents = draw(DIAGRAM, None, [Streams(channels(), 7)], 3, DOUBLE)
    assert y is None
    alone, shown = filled(Streams(channels(), 7), 3)
    np.testing.assert_array_equal(latents[0], alone)
    np.testing.assert_array_equal(views["a"][0], shown["a"])


def test_only_the_modalities_that_are_asked_for_are_drawn() -> None:
    views, _, _ = draw(DIAGRAM, None, [Streams({"b": channels()["b"]}, 7)], 3, DOUBLE)
    assert list(views) == ["b"]
    np.testing.assert_array_equal(views["b"][0], filled(Streams(channels(), 7), 3)[1]["b"])


@pytest.mark.parametrize("cores", [None, 1, 2, 3, 64])
def test_the_number_of_workers_does_not_matter(
    cores: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeds = range(7)
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    views, y, latents = draw(
        DIAGRAM, Linear(), [Streams(channels(), seed) for seed in seeds], 3, DOUBLE
    )
    assert y is not None
    for seed in seeds:
        alone, shown = filled(Streams(channels(), seed), 3)
        np.testing.assert_array_equal(latents[seed], alone)
        np.testing.assert_array_equal(views["b"][seed], shown["b"])


@pytest.mark.parametrize("cores", [1, 2])
def test_views_can_be_rounded_to_float32(cores: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    made = channels(b=[ObservationNoise(0.5), Rotation(1)])
    double = draw(DIAGRAM, Linear(), [Streams(made, seed) for seed in range(5)], 3, DOUBLE)
    single = draw(DIAGRAM, Linear(), [Streams(made, seed) for seed in range(5)], 3, SINGLE)
    for name in ("a", "b"):
        assert (double[0][name].dtype, single[0][name].dtype) == (DOUBLE, SINGLE)
        np.testing.assert_array_equal(single[0][name], double[0][name].astype(SINGLE))
    assert single[1] is not None
    np.testing.assert_array_equal(single[1], double[1])
    np.testing.assert_array_equal(single[2], double[2])


@pytest.mark.parametrize("seed", [-1, 0.5, "0", None])
def test_bad_seeds(seed: Any) -> None:
    with pytest.raises(ArgumentError) as error:
        Streams({}, seed)
    assert str(error.value) == f"seed = {seed!r}: must be a whole number of at least 0"
