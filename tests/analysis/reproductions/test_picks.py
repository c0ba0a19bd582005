"""Which channels a general teacher keeps: against draws and trainings of one's own."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from analysis import Native, Optimiser
from analysis.methods.distillation import Trial
from analysis.reproductions.picks import NEEDED, REPEATS, checked_ways, picks, share
from synth import InvertibleNetwork, ObservationNoise, Permutation, RandomNetwork, Rotation, stream
from venn import ArgumentError, VennDiagram

DIAGRAM = VennDiagram({"a": 3, "b": 1, "a&b": 3}, noise={"a": 3, "b": 2})
LINEAR = Native(n_train=60, n_test=5, width=0, optimiser=Optimiser("sgd", 0.1, 60))
CASES = {
    "linear": LINEAR,
    "hidden units": replace(LINEAR, width=4, teacher_width=5, teacher_depth=2),
    "Adam": replace(LINEAR, optimiser=Optimiser("adam", 0.02, 40, weight_decay=0.01)),
    "mixed": replace(LINEAR, teacher_view=(Rotation(1),)),
    "permuted": replace(LINEAR, teacher_view=(Permutation(2),)),
    "three classes": replace(LINEAR, rule=RandomNetwork(classes=3)),
}


def trials(protocol: Native, seeds: range = range(3)) -> dict[int, Trial]:
    return {seed: protocol.draw(DIAGRAM, seed, NEEDED) for seed in seeds}


def module(start: tuple[Tensor, ...]) -> nn.Sequential:
    """Return torch's own network with these parameters."""
    layers: list[nn.Module] = []
    for weight, bias in zip(start[::2], start[1::2], strict=True):
        layer = nn.Linear(weight.shape[2], weight.shape[1])
        with torch.no_grad():
            layer.weight.copy_(weight[0])
            layer.bias.copy_(bias[0, :, 0])
        layers += [layer, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def saliencies(protocol: Native, trial: Trial, seed: int) -> Tensor:
    """Train two modules to agree, then permute one channel after another."""
    x, x_student = trial.train.views["teacher"][0], trial.train.views["student"][0]
    y = trial.train.y[0]
    one, other = (module(trial.initial[arm]) for arm in NEEDED)
    kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[protocol.optimiser.name]
    stepper = kind(
        [*one.parameters(), *other.parameters()],
        lr=protocol.optimiser.learning_rate,
        weight_decay=protocol.optimiser.weight_decay,
    )
    for _ in range(protocol.optimiser.steps):
        a, b = one(x), other(x_student)
        apart = (a - b).square().mean()
        loss = nn.functional.cross_entropy(a, y) + nn.functional.cross_entropy(b, y) + apart
        stepper.zero_grad()
        loss.backward()
        stepper.step()
    rows = np.broadcast_to(np.arange(60), (REPEATS, 9, 60))
    orders = torch.tensor(stream(seed, "saliency").permuted(rows, axis=-1))
    found = torch.zeros(REPEATS, 9)
    with torch.no_grad():
        for (repeat, channel), _ in np.ndenumerate(found.numpy()):
            permuted = x.clone()
            permuted[:, channel] = x[orders[repeat, channel], channel]
            found[repeat, channel] = (one(permuted) - other(x_student)).square().mean()
    return found.mean(0)


@pytest.mark.parametrize("case", CASES)
def test_algorithm_1_keeps_the_channels_of_most_saliency(case: str) -> None:
    """The three largest of nine, by a plain loop over modules and permutations."""
    drawn = trials(CASES[case])
    found = picks("alg1", CASES[case], DIAGRAM, drawn)
    for seed, trial in drawn.items():
        ordered = saliencies(CASES[case], trial, seed).sort(descending=True)
        assert ordered.values[2] - ordered.values[3] > 1e-5  # no tie that rounding could break
        pick = found[seed]
        assert pick is not None
        assert set(np.flatnonzero(pick)) == set(ordered.indices[:3].tolist())


def test_algorithm_1_finds_most_of_what_is_general_where_the_rows_suffice() -> None:
    protocol = replace(LINEAR, n_train=400, optimiser=Optimiser("sgd", 0.1, 300))
    found = picks("alg1", protocol, DIAGRAM, trials(protocol))
    shares = [share(protocol, DIAGRAM, pick) for pick in found.values() if pick is not None]
    assert np.mean(shares) > 0.6 > 3 / 9


def test_random_channels_are_as_many_from_a_stream_of_their_own() -> None:
    seeds = range(40)
    found = picks("random", LINEAR, DIAGRAM, trials(LINEAR, seeds))
    picked = set()
    for seed in seeds:
        pick = found[seed]
        assert pick is not None
        drawn = stream(seed, "random channels").permutation(9)[:3]
        assert set(np.flatnonzero(pick)) == set(drawn.tolist())
        assert pick.sum() == 3
        picked |= set(drawn.tolist())
    assert picked == set(range(9))


def test_the_truth_is_left_to_the_protocol() -> None:
    assert picks("gt", LINEAR, DIAGRAM, trials(LINEAR)) == {0: None, 1: None, 2: None}


@pytest.mark.parametrize("way", ["alg1", "random"])
def test_where_nothing_is_general_nothing_is_kept(way: Any) -> None:
    nothing = VennDiagram({"a": 2, "b": 2})
    drawn = {0: LINEAR.draw(nothing, 0, NEEDED)}
    pick = picks(way, LINEAR, nothing, drawn)[0]
    assert pick is not None
    assert not pick.any()
    assert np.isnan(share(LINEAR, nothing, pick))


VIEWS: Mapping[str, Any] = {
    "as it is": (),
    "permuted": (Permutation(3),),
    "mixed": (Rotation(1),),
    "noisy and mixed": (ObservationNoise(0.5), Rotation(1), Permutation(2)),
}


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_the_share_is_that_of_the_general_variance(view: Any) -> None:
    """Of Var(x_j) what general sources bring, summed over kept channels, measured on many rows."""
    protocol = replace(LINEAR, n_train=20_000, teacher_view=view)
    general = protocol.draw(DIAGRAM, 0, ["general_teacher"]).train.views["general"][0]
    variance = general.double().var(0).numpy()
    for seed in range(4):
        pick = np.random.default_rng(seed).random(9) < 0.5
        measured = variance[pick].sum() / variance.sum()
        assert share(protocol, DIAGRAM, pick) == pytest.approx(measured, abs=0.02)
        rest = share(protocol, DIAGRAM, ~pick)
        assert share(protocol, DIAGRAM, pick) + rest == pytest.approx(1)


def test_where_channels_are_not_mixed_the_share_is_that_of_the_true_ones() -> None:
    pick = np.zeros(9, dtype=bool)
    for kept, expected in enumerate((0, 1 / 3, 2 / 3, 1, 1)):
        pick[:kept] = True  # general channels are the first
        assert share(LINEAR, DIAGRAM, pick) == pytest.approx(expected)


def test_a_pair_that_diverged_picks_nothing() -> None:
    steep = replace(LINEAR, optimiser=Optimiser("sgd", 1e10, 50, weight_decay=1.0))
    with pytest.raises(FloatingPointError, match="Algorithm 1 diverged; lower the learning rate"):
        picks("alg1", steep, DIAGRAM, trials(steep))


BAD: dict[str, tuple[Any, str]] = {
    "unknown way": (
        lambda: picks("best", LINEAR, DIAGRAM, trials(LINEAR)),  # type: ignore[arg-type]
        "way = 'best': is unknown; known: gt, alg1, random",
    ),
    "unknown ways": (
        lambda: checked_ways(["gt", "best"]),  # type: ignore[list-item]
        "ways = 'best': is unknown; known: gt, alg1, random",
    ),
    "a way twice": (
        lambda: checked_ways(["random", "random"]),
        "ways = ['random', 'random']: must name each way once",
    ),
    "a share of what cannot be undone": (
        lambda: share(
            replace(LINEAR, teacher_view=(InvertibleNetwork(1),)), DIAGRAM, np.ones(9, dtype=bool)
        ),
        "is not linear in its sources",
    ),
}


@pytest.mark.parametrize(("call", "message"), BAD.values(), ids=BAD)
def test_bad_picks(call: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        call()
    assert message in str(error.value)
