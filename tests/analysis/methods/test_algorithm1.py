"""What Algorithm 1 keeps of a teacher's view; it is that of a plain loop in `test_fitting`."""

from dataclasses import replace

import pytest
import torch

from analysis import Optimiser, Synthetic
from analysis.methods.algorithm1 import permutations
from analysis.methods.general_teacher import channels_kept, kept_of, seeing
from analysis.methods.trials import Kept, Trial
from venn import VennDiagram

DIAGRAM = VennDiagram({"a": 3, "b": 1, "a&b": 3}, noise={"a": 3, "b": 2})
PROTOCOL = Synthetic(
    n_train=60, n_test=5, width=0, optimiser=Optimiser("sgd", 0.1, 30), general_channels="alg1"
)


def drawn(seed: int, protocol: Synthetic = PROTOCOL) -> Trial:
    return protocol.draw(DIAGRAM, seed, ["general_teacher"])


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
def test_where_nobody_knows_what_is_general_nothing_is_shown(zeroed: bool) -> None:
    trial = replace(drawn(0), kept=Kept(3, torch.tensor([4, 0, 4]), zeroed))
    known, unknown = (seeing(trial, channels) for channels in (torch.tensor([4, 0, 4]), None))
    for split, shown in ((unknown.train, known.train), (unknown.test, known.test)):
        assert split.views["general"].isnan().all()
        assert split.views["general"].shape == shown.views["general"].shape


def test_a_trial_without_a_general_teacher_keeps_nothing() -> None:
    with pytest.raises(ValueError, match="drawn for no general teacher"):
        kept_of(PROTOCOL.draw(DIAGRAM, 0, ["kd"]))
