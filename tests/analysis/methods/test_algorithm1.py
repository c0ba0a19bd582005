"""What Algorithm 1 keeps of a teacher's view; it is that of a plain loop in `test_fitting`."""

from dataclasses import replace

import pytest
import torch

from analysis import Optimiser, Synthetic
from analysis.methods.algorithm1 import permutations
from analysis.methods.general_teacher import SeesKept, channels_kept
from analysis.methods.trials import Kept, Ranking
from synth import stream
from venn import VennDiagram

DIAGRAM = VennDiagram({"a": 3, "b": 1, "a&b": 3}, noise={"a": 3, "b": 2})
PROTOCOL = Synthetic(
    n_train=60, n_test=5, width=0, optimiser=Optimiser("sgd", 0.1, 30), general_channels="alg1"
)


def kept_of(seed: int, protocol: Synthetic = PROTOCOL) -> Kept:
    kept = protocol.trial(DIAGRAM, seed).kept
    assert kept is not None
    return kept()


def test_permutations_are_permutations_of_each_feature_and_repeat() -> None:
    orders = permutations(stream(7, "saliency"), 30, 4, 3)
    assert torch.equal(orders.sort(-1).values, torch.arange(30).expand(3, 4, 30))
    assert len({tuple(order) for order in orders.flatten(0, 1).tolist()}) == 12
    assert not torch.equal(orders, permutations(stream(8, "saliency"), 30, 4, 3))
    assert torch.equal(orders, permutations(stream(7, "saliency"), 30, 4, 3))


def test_what_is_kept_does_not_depend_on_company() -> None:
    """Beside others of other shapes, optimisers and ways, one of which diverges."""
    steep = Optimiser("sgd", 1e10, 50, weight_decay=1.0)
    protocols = (PROTOCOL, replace(PROTOCOL, width=3), replace(PROTOCOL, general_channels="random"))
    kept = [kept_of(seed, protocol) for seed in range(3) for protocol in protocols]
    ranking = kept_of(9).channels
    assert isinstance(ranking, Ranking)
    lost = Kept(3, replace(ranking, optimiser=steep), zeroed=True)
    together = channels_kept([*kept, lost], PROTOCOL.optimiser)
    assert together[-1] is None
    for own, channels in zip(kept, together, strict=False):
        (alone,) = channels_kept([own], PROTOCOL.optimiser)
        assert channels is not None
        assert alone is not None
        assert torch.equal(channels, alone)
        assert len(channels.unique()) == own.count == 3


@pytest.mark.parametrize("zeroed", [True, False])
def test_where_nobody_knows_what_is_general_nothing_is_shown(zeroed: bool) -> None:
    trial = PROTOCOL.trial(DIAGRAM, 0)
    known, unknown = (SeesKept(3, each, zeroed) for each in (torch.tensor([4, 0, 4]), None))
    for split in (trial.train, trial.test):
        assert unknown(split).isnan().all()
        assert unknown(split).shape == known(split).shape
