"""What is ranked, against one seed and one feature at a time."""

from functools import partial

import numpy as np
import pytest
import torch

from analysis.claims.mfh.ranking import agreed, alone, made_of, mixed, nullified, seen, started
from analysis.methods.algorithm1 import permutations
from analysis.methods.arms import TEACHER
from analysis.methods.trials import Trial
from analysis.verdicts import PAPER, World, worlds
from synth import stream
from tests.analysis import plain
from tests.analysis.claims.plain import DIVERGING, Short, pair, says, start
from venn import VennDiagram

DIAGRAM = VennDiagram({"a": 3, "a&b": 4, "b": 2}, noise={"a": 5, "b": 3})
ROTATED = World("MLP", "hyperplane", "rotated")
WORLDS = [Short.of(w, 20) for w in (PAPER, World("MLP", "hyperplane", "as it is"), ROTATED)]
SEEDS = [3, 11, 4]

each_world = pytest.mark.parametrize("world", WORLDS, ids=str)


def drawn(world: World) -> list[Trial]:
    return [world.protocol.trial(DIAGRAM, seed) for seed in SEEDS]


def test_hidden_units_are_ranked_where_channels_mix_sources() -> None:
    assert {w for w in worlds() if mixed(w)} == {*worlds(views=("rotated",))}


@each_world
def test_saliencies_are_those_of_one_pair_and_one_feature_at_a_time(world: World) -> None:
    """Networks, and how far a copy with one permuted feature drives their outputs apart."""
    trials = drawn(world)
    found = agreed(world, trials, seen(trials, "train"), SEEDS)
    own = alone(world, found.network, seen(trials, "train")[0], SEEDS)
    for i, (seed, trial) in enumerate(zip(SEEDS, trials, strict=True)):
        network, second = pair(world, trial, world.protocol.setup.optimiser)
        for part, expected in zip(found.network, network, strict=True):
            torch.testing.assert_close(part[i].reshape(expected.shape), expected, rtol=0, atol=1e-4)
        x, x_student = (trial.train.views[name][0] for name in ("teacher", "student"))
        references = says(second, x_student), says(network, x)
        if mixed(world):
            x = torch.nn.functional.linear(x, network[0], network[1].flatten()).relu()
            network = network[2:]
        orders = permutations(seed, x.shape[0], x.shape[1], 5)
        for scores, reference in zip((found.saliency, own), references, strict=True):
            expected = plain.saliencies(partial(says, network), x, reference, orders)
            expected = (expected - expected.min()) / (expected.max() - expected.min())
            torch.testing.assert_close(scores[i], expected, rtol=0, atol=2e-3)


def test_a_pair_that_diverges_is_an_error() -> None:
    trials = drawn(DIVERGING)
    with pytest.raises(FloatingPointError, match="diverged; lower the learning rate"):
        agreed(DIVERGING, trials, seen(trials, "train"), SEEDS)


@each_world
def test_features_are_made_of_what_they_show_of_a_source_alone(world: World) -> None:
    """Squares of their responses to a step of one source, a channel's and a hidden unit's."""
    population = world.protocol.population(DIAGRAM)
    roles = population.roles["a"]
    parameters = started(world, drawn(world), TEACHER)
    made = made_of(world, parameters, roles)
    steps = population.shown["a"].show(np.eye(len(roles)))  # a row a source
    for i in range(len(SEEDS)):
        weights = parameters[0][i].double().numpy().T if mixed(world) else np.eye(len(roles))
        squares = (steps @ weights) ** 2  # (source, feature)
        for shares, role in ((made.general, "general"), (made.specific, "specific")):
            own = squares[[source == role for source in roles.sources]].sum(axis=0)
            np.testing.assert_allclose(shares[i], own / squares.sum(axis=0))


@each_world
def test_what_is_gone_is_as_if_it_were_zero(world: World) -> None:
    trials = drawn(world)
    x, _, _ = seen(trials, "test")
    parameters = started(world, trials, TEACHER)
    features = parameters[-2].shape[2] if mixed(world) else x.shape[2]
    gone = torch.from_numpy(stream(0, "gone").random((len(SEEDS), features)) < 0.6)
    left = nullified(world, parameters, gone)
    for i, trial in enumerate(trials):
        network = list(start(world, trial, TEACHER).parameters())  # what was given is as it was
        own = trial.test.views["teacher"][0]
        expected = says(network, own, gone[i], units=mixed(world))
        found = says([part[i] for part in left], x[i])
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)
        assert not torch.allclose(expected, says(network, own), atol=1e-2)
