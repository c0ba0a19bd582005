from typing import Any, get_args

import pytest
import torch
from torch import Tensor

from analysis import Optimiser
from analysis.training.optimiser import OptimiserName
from venn import ArgumentError
from venn.canonical import canonical

START = torch.linspace(-1, 1, 24).reshape(2, 3, 4)

CURVATURE = torch.arange(1.0, 25.0).reshape(START.shape)
"""c: the loss is the sum of c θ² / 2 over elements."""

names = pytest.mark.parametrize("name", get_args(OptimiserName))


def closed(optimiser: Optimiser) -> Tensor:
    """Take the steps as the sources have them, in float64; the penalty is a part of the gradient."""
    theta, k = START.double(), CURVATURE.double() + optimiser.weight_decay
    mean = square = torch.zeros_like(theta)
    for t in range(1, optimiser.steps + 1):
        slope = k * theta
        if optimiser.name == "adam":  # Kingma and Ba (2015), Algorithm 1
            mean, square = 0.9 * mean + 0.1 * slope, 0.999 * square + 0.001 * slope**2
            step = (mean / (1 - 0.9**t)) / ((square / (1 - 0.999**t)).sqrt() + 1e-8)
        else:
            step = mean = (0.9 if optimiser.name == "momentum" else 0) * mean + slope
        theta = theta - optimiser.learning_rate * step
    return theta.float()


@pytest.mark.parametrize("decay", [0.0, 0.2])
@pytest.mark.parametrize("steps", [1, 20])
@names
def test_steps_are_those_of_the_sources(name: Any, steps: int, decay: float) -> None:
    """However a gradient lies: torch's fused optimisers are wrong for one laid out otherwise."""
    optimiser = Optimiser(name, 0.02, steps, decay)
    theta = START.clone().requires_grad_()
    stepper = optimiser.build((theta,))
    for _ in range(steps):
        theta.grad = (CURVATURE * theta.detach()).mT.contiguous().mT
        stepper.step()
    torch.testing.assert_close(theta.detach(), closed(optimiser), rtol=0, atol=1e-5)


@names
def test_names_are_all_that_tells_optimisers_apart(name: Any) -> None:
    """What was stored under a name before there was another is found again."""
    optimiser = Optimiser(name, 0.1, 5, 0.2)
    assert optimiser.momentum == (0.9 if name == "momentum" else 0.0)
    assert canonical(optimiser) == {
        "kind": "Optimiser",
        "name": name,
        "learning_rate": 0.1,
        "steps": 5,
        "weight_decay": 0.2,
    }


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
    with pytest.raises(ArgumentError) as error:
        Optimiser(**{"name": "adam", "learning_rate": 0.1, "steps": 5, **arguments})
    assert message in str(error.value)
