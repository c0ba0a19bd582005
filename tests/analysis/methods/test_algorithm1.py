"""Algorithm 1 on data whose truth is known, and what its ranking keeps of a teacher's view.

That its numbers are those of a plain loop is tested with the arms, in `test_fitting`.
"""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from analysis import MLP, Optimiser, Parameters, Synthetic, stack
from analysis.methods.algorithm1 import algorithm1, permutations
from analysis.methods.general_teacher import channels_kept, kept_of, seeing
from analysis.methods.trials import Kept, Trial
from synth import stream
from venn import VennDiagram

DIAGRAM = VennDiagram({"a": 3, "b": 1, "a&b": 3}, noise={"a": 3, "b": 2})
PROTOCOL = Synthetic(
    n_train=60, n_test=5, width=0, optimiser=Optimiser("sgd", 0.1, 30), general_channels="alg1"
)


def drawn(seed: int, protocol: Synthetic = PROTOCOL) -> Trial:
    return protocol.draw(DIAGRAM, seed, ["general_teacher"])


def networks(shape: MLP, models: int, seed: int) -> Parameters:
    chance = torch.Generator().manual_seed(seed)

    def uniform(bound: float, size: tuple[int, ...]) -> Tensor:
        return torch.empty(size).uniform_(-bound, bound, generator=chance)

    return stack([shape.initial(uniform) for _ in range(models)])


def test_what_both_see_of_what_decides_is_ranked_first() -> None:
    """As in Table 2: 10 channels of a are general, 10 are its own, and 30 are noise."""
    chance = torch.Generator().manual_seed(0)
    z = torch.randn(4, 200, 20, generator=chance)
    noise = torch.randn(2, 4, 200, 40, generator=chance)
    a, b = torch.cat([z, noise[0][..., :30]], -1), torch.cat([z[..., :10], noise[1]], -1)
    pair = networks(MLP(50, 0), 4, 0), networks(MLP(50, 0), 4, 1)
    y = (z.sum(-1) > 0).long()
    orders = torch.stack([permutations(seed, 200, 50, 20) for seed in range(4)])
    found = algorithm1(pair, a, b, y, orders, Optimiser("momentum", 0.01, 1000))
    assert (found.saliency.topk(10).indices < 10).double().mean() >= 0.9


def test_hidden_units_are_ranked_by_what_permuting_them_does() -> None:
    """A last layer that does not look at a unit leaves the outputs as they are."""
    chance = torch.Generator().manual_seed(0)
    x = torch.randn(2, 40, 3, generator=chance)
    pair = networks(MLP(3, 6), 2, 0), networks(MLP(3, 6), 2, 1)
    pair[0][2][:, :, 4] = 0
    orders = torch.stack([permutations(seed, 40, 6, 4) for seed in range(2)])
    still, y = Optimiser("sgd", 1e-9, 1), (x[..., 0] > 0).long()
    found = algorithm1(pair, x, x, y, orders, still, units=True)
    in_place = torch.arange(40).expand_as(orders)
    base = algorithm1(pair, x, x, y, in_place, still, units=True).saliency
    apart = (found.saliency - base).abs()
    assert (apart[:, 4] < 1e-6).all()
    assert (apart.sum(1) > 1e-3).all()


def test_permutations_are_permutations_from_a_stream_of_their_own() -> None:
    orders = permutations(7, 30, 4, 3)
    assert torch.equal(orders.sort(-1).values, torch.arange(30).expand(3, 4, 30))
    assert len({tuple(order) for order in orders.flatten(0, 1).tolist()}) == 12
    assert not torch.equal(orders, permutations(8, 30, 4, 3))
    assert torch.equal(orders, permutations(7, 30, 4, 3))


def test_what_is_kept_does_not_depend_on_company() -> None:
    """Trials of other shapes, optimisers and ways beside it, one of which diverges."""
    steep = Optimiser("sgd", 1e10, 50, weight_decay=1.0)
    protocols = (PROTOCOL, replace(PROTOCOL, width=3), replace(PROTOCOL, general_channels="random"))
    trials = [drawn(seed, protocol) for seed in range(3) for protocol in protocols]
    together = channels_kept([*trials, drawn(9)], [PROTOCOL.optimiser] * len(trials) + [steep])
    assert together[-1] is None
    for trial, kept in zip(trials, together, strict=False):
        (alone,) = channels_kept([trial], [PROTOCOL.optimiser])
        assert kept is not None
        assert alone is not None
        assert torch.equal(kept, alone)
        assert len(kept.unique()) == kept_of(trial).count == 3


@pytest.mark.parametrize("zeroed", [True, False])
def test_a_general_teacher_sees_what_is_kept_and_nothing_else(zeroed: bool) -> None:
    trial = drawn(0)
    channels = torch.tensor([4, 0, 4])
    trial = replace(trial, kept=Kept(3, channels, zeroed))
    for split, seen in (
        (trial.train, seeing(trial, channels).train),
        (trial.test, seeing(trial, channels).test),
    ):
        view, general = split.views["teacher"], seen.views["general"]
        if zeroed:
            assert torch.equal(general[..., [0, 4]], view[..., [0, 4]])
            assert general.count_nonzero() == general[..., [0, 4]].count_nonzero()
            assert general.shape == view.shape
        else:
            assert torch.equal(general, view[..., [4, 0, 4]])
    unknown = seeing(trial, None).test.views["general"]
    assert unknown.isnan().all()
    assert unknown.shape == general.shape


def test_channels_by_chance_are_drawn_without_replacement_from_their_stream() -> None:
    kept = [
        kept_of(drawn(seed, replace(PROTOCOL, general_channels="random"))).channels
        for seed in range(40)
    ]
    found = [each.tolist() for each in kept if isinstance(each, Tensor)]
    assert found == [
        stream(seed, "random channels").permutation(9)[:3].tolist() for seed in range(40)
    ]
    assert {channel for each in found for channel in each} == set(range(9))


def test_a_trial_without_a_general_teacher_keeps_nothing() -> None:
    with pytest.raises(ValueError, match="drawn for no general teacher"):
        kept_of(PROTOCOL.draw(DIAGRAM, 0, ["kd"]))
