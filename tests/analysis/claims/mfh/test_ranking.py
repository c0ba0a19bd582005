"""What is ranked, against one seed and one feature at a time."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from analysis import Optimiser, Parameters
from analysis.claims.mfh import ranking
from analysis.claims.mfh.ranking import agreed, alone, energy, mixed, nullified, seen, started
from analysis.methods.trials import Trial
from analysis.protocols.synthetic import Synthetic
from analysis.training.pairs import train_pair
from analysis.verdicts import PAPER, World, worlds
from synth import Hyperplane, InvertibleNetwork, Population, stream
from venn import VennDiagram

DIAGRAM = VennDiagram({"a": 3, "a&b": 4, "b": 2}, noise={"a": 5, "b": 3})
MLP, ROTATED = World("MLP", "hyperplane", "as it is"), World("MLP", "hyperplane", "rotated")
SEEDS = [3, 11, 4]

each_world = pytest.mark.parametrize("world", [PAPER, MLP, ROTATED], ids=str)


class Short(World):
    """A world whose networks are trained for a few steps."""

    @property
    def protocol(self) -> Synthetic:
        plain = super().protocol
        return replace(plain, optimiser=replace(plain.optimiser, steps=20))


def short(world: World) -> World:
    return Short(world.models, world.rule, world.view)


def drawn(world: World, seeds: Sequence[int] = SEEDS) -> list[Trial]:
    return [world.protocol.draw(DIAGRAM, seed, ("teacher", "um_teacher")) for seed in seeds]


def layers(parameters: Parameters, model: int) -> list[Tensor]:
    return [part[model] for part in parameters]


def says(network: Sequence[Tensor], x: Tensor, gone: Tensor | None = None) -> Tensor:
    """Return the logits of one network, with some of its hidden units at 0."""
    for weight, bias in zip(network[:-2:2], network[1:-2:2], strict=True):
        x = functional.linear(x, weight, bias[:, 0]).relu()
        if gone is not None:
            x = x * ~gone
    return functional.linear(x, network[-2], network[-1][:, 0])


def test_hidden_units_are_ranked_where_channels_mix_sources() -> None:
    assert {str(world) for world in worlds() if mixed(world)} == {
        str(world) for world in worlds(views=("rotated",))
    }


def test_rows_and_starts_are_those_of_the_trials() -> None:
    trials = drawn(PAPER)
    for part in ("train", "test"):
        x, x_student, y = seen(trials, part)
        for i, trial in enumerate(trials):
            split = getattr(trial, part)
            assert torch.equal(x[i], split.views["teacher"][0])
            assert torch.equal(x_student[i], split.views["student"][0])
            assert torch.equal(y[i], split.y[0])
    for i, trial in enumerate(trials):
        start = started(trials, "um_teacher")
        for mine, own in zip(layers(start, i), trial.initial["um_teacher"], strict=True):
            assert torch.equal(mine, own[0])


@each_world
def test_pairs_are_trained_together_from_where_teachers_start(world: World) -> None:
    world = short(world)
    trials = drawn(world)
    rows = seen(trials, "train")
    network = agreed(world, trials, rows, SEEDS).network
    for i, trial in enumerate(trials):
        starts = trial.initial["teacher"], trial.initial["um_teacher"]
        x, x_student, y = (part[i : i + 1] for part in rows)
        own, _ = train_pair(*starts, x, x_student, y, world.protocol.optimiser)
        for part, expected in zip(layers(network, i), own, strict=True):
            assert torch.equal(part, expected[0])


def test_a_pair_that_diverges_is_an_error() -> None:
    class Fast(World):
        @property
        def protocol(self) -> Synthetic:
            return replace(super().protocol, optimiser=Optimiser("sgd", 10, 50, weight_decay=10))

    world = Fast(PAPER.models, PAPER.rule, PAPER.view)
    trials = drawn(world)
    with pytest.raises(FloatingPointError, match="diverged; lower the learning rate"):
        agreed(world, trials, seen(trials, "train"), SEEDS)


@each_world
def test_saliencies_are_those_of_one_feature_permuted_at_a_time(world: World) -> None:
    trials = drawn(short(world))
    x, x_student, y = rows_seen = seen(trials, "train")
    starts = (started(trials, arm) for arm in ("teacher", "um_teacher"))
    first, second = train_pair(*starts, x, x_student, y, short(world).protocol.optimiser)
    reference = torch.stack([says(layers(second, i), own) for i, own in enumerate(x_student)])
    found = agreed(short(world), trials, rows_seen, SEEDS).saliency
    own_reference = torch.stack([says(layers(first, i), own) for i, own in enumerate(x)])
    own_found = alone(world, first, x, SEEDS)
    for i, seed in enumerate(SEEDS):
        network = layers(first, i)
        features = x[i]
        if world.view == "rotated":
            features = functional.linear(x[i], network[0], network[1][:, 0]).relu()
            network = network[2:]
        rows, count = features.shape
        in_order = np.broadcast_to(np.arange(rows), (ranking.REPEATS, count, rows))
        orders = stream(seed, "saliency").permuted(in_order, axis=-1)
        apart, own_apart = torch.zeros(count), torch.zeros(count)
        for repeat in range(ranking.REPEATS):
            for feature in range(count):
                copy = features.clone()
                copy[:, feature] = features[orders[repeat, feature], feature]
                said = says(network, copy)
                apart[feature] += functional.mse_loss(said, reference[i])
                own_apart[feature] += functional.mse_loss(said, own_reference[i])
        expected = (apart - apart.min()) / (apart.max() - apart.min())
        torch.testing.assert_close(found[i], expected, rtol=0, atol=1e-3)
        expected = (own_apart - own_apart.min()) / (own_apart.max() - own_apart.min())
        torch.testing.assert_close(own_found[i], expected, rtol=0, atol=1e-3)


def test_channels_are_what_their_roles_say() -> None:
    for world in (PAPER, MLP):
        roles = world.protocol.population(DIAGRAM).roles["a"]
        made = energy(world, started(drawn(world), "teacher"), roles)
        for shares, role in ((made.general, "general"), (made.specific, "specific")):
            expected = [float(word == role) for word in roles]
            np.testing.assert_array_equal(shares, [expected] * len(SEEDS))


def test_hidden_units_are_what_their_weights_on_sources_say() -> None:
    """A unit's response to a step of one source, found by showing that source alone."""
    population = ROTATED.protocol.population(DIAGRAM)
    roles = population.roles["a"]
    parameters = started(drawn(ROTATED), "teacher")
    made = energy(ROTATED, parameters, roles)
    steps = population.shown["a"].show(np.eye(len(roles)))  # a row a source
    for i in range(len(SEEDS)):
        responses = steps @ layers(parameters, i)[0].double().numpy().T  # (source, unit)
        squares = responses**2 / (responses**2).sum(axis=0)
        for shares, role in ((made.general, "general"), (made.specific, "specific")):
            expected = squares[[source == role for source in roles.sources]].sum(axis=0)
            np.testing.assert_allclose(shares[i], expected)


def test_bad_roles_are_refused() -> None:
    views = {"a": InvertibleNetwork(seed=1)}
    bent = Population(DIAGRAM, Hyperplane(), views).roles["a"]
    parameters = started(drawn(ROTATED), "teacher")
    with pytest.raises(ValueError, match=r"roles = .*: must be of a view that is linear"):
        energy(ROTATED, parameters, bent)
    other = ROTATED.protocol.population(DIAGRAM).roles["b"]
    with pytest.raises(ValueError, match=r"roles = .*: must be of 12 channels"):
        energy(ROTATED, parameters, other)


@each_world
def test_what_is_gone_is_as_if_it_were_zero(world: World) -> None:
    trials = drawn(world)
    x, _, _ = seen(trials, "test")
    parameters = started(trials, "teacher")
    features = parameters[-2].shape[2] if world.view == "rotated" else x.shape[2]
    gone = torch.from_numpy(stream(0, "gone").random((len(SEEDS), features)) < 0.6)
    before = [part.clone() for part in parameters]
    left = nullified(world, parameters, gone)
    for i in range(len(SEEDS)):
        network, without = layers(parameters, i), gone[i]
        if world.view == "rotated":
            expected = says(network, x[i], without)
        else:
            expected = says(network, x[i] * ~without)
        torch.testing.assert_close(says(layers(left, i), x[i]), expected, rtol=0, atol=1e-5)
        assert not torch.allclose(expected, says(network, x[i]), atol=1e-2)
    for part, own in zip(parameters, before, strict=True):
        assert torch.equal(part, own)
