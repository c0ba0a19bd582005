from typing import Any

import pytest
import torch
from torch import Tensor

from analysis import Optimiser
from venn import ArgumentError


class OnGpu(Tensor):
    """A tensor that says it is on a GPU."""

    is_cuda = True


def test_on_a_gpu_adam_counts_its_steps_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A recorded step cannot ask the host which one it is."""
    made: list[dict[str, Any]] = []
    monkeypatch.setattr(torch.optim, "Adam", lambda *_, **options: made.append(options))
    here = torch.zeros(1, 1, 1)
    for parameter in (here, here.as_subclass(OnGpu)):
        Optimiser("adam", 0.1, 1).build((parameter,))
    assert [options["capturable"] for options in made] == [False, True]


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "unknown name": ({"name": "lbfgs"}, "name = 'lbfgs': is unknown; known: sgd, adam, momentum"),
    "no rate": ({"learning_rate": 0}, "learning_rate = 0: must be a finite number above 0"),
    "no steps": ({"steps": 0}, "steps = 0: must be a whole number of at least 1"),
    "decay too large": ({"weight_decay": 1e13}, "weight_decay = 10000000000000.0: must be at most"),
    "negative decay": ({"weight_decay": -1}, "weight_decay = -1: must be a finite number"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD.values(), ids=BAD)
def test_bad_optimisers(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=f"^{message}"):
        Optimiser(**{"name": "adam", "learning_rate": 0.1, "steps": 5, **arguments})
