"""What pairs refuse; that they are trained as torch trains one, and each alone, is in test_roads.py."""

from typing import Any

import pytest
import torch

from analysis import MLP, Optimiser
from analysis.training.pairs import train_pair
from tests.analysis.plain import networks
from venn import ArgumentError

GOOD: dict[str, Any] = {
    "first": networks(MLP(9, 4), 3),
    "second": networks(MLP(5, 0), 3),
    "x_first": torch.randn(3, 20, 9),
    "x_second": torch.randn(3, 20, 5),
    "y": torch.arange(20).repeat(3, 1) % 2,
    "optimiser": Optimiser("momentum", 0.1, 5),
}


def test_the_weight_of_agreement_is_1_unless_told() -> None:
    found = [train_pair(**GOOD, **how)[0][0] for how in ({}, {"agreement": 1.0}, {"agreement": 0})]
    assert torch.equal(found[0], found[1])
    assert not torch.equal(found[0], found[2])


def test_bad_pairs() -> None:
    with pytest.raises(ArgumentError, match="agreement = -1: must be a finite number of at"):
        train_pair(**GOOD, agreement=-1)
    with pytest.raises(ArgumentError, match=r"classes = \(2, 3\): must be as many for both"):
        train_pair(**{**GOOD, "second": networks(MLP(5, 0, 3), 3)})
    with pytest.raises(ArgumentError, match=r"y = torch\.float32: must be floats for 1 output"):
        train_pair(**{**GOOD, "y": torch.rand(3, 20)})
