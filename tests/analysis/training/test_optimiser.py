from typing import Any

import pytest
import torch
from torch import Tensor

from analysis import Optimiser
from venn import ArgumentError
from venn.canonical import canonical

START = (torch.linspace(-1, 1, 24).reshape(2, 3, 4), torch.linspace(0, 2, 6).reshape(2, 3, 1))


def parabolas(tensors: tuple[Tensor, ...]) -> Tensor:
    """Return a loss with a curvature of its own along each element."""
    return sum((torch.arange(1, t.numel() + 1) * t.flatten() ** 2).sum() for t in tensors)  # type: ignore[return-value]  # never 0


def stepped(stepper: torch.optim.Optimizer, tensors: tuple[Tensor, ...], steps: int) -> None:
    for _ in range(steps):
        for tensor, slope in zip(
            tensors, torch.autograd.grad(parabolas(tensors), tensors), strict=True
        ):
            tensor.grad = slope
        stepper.step()


def leaves() -> tuple[Tensor, ...]:
    return tuple(tensor.clone().requires_grad_() for tensor in START)


@pytest.mark.parametrize("decay", [0.0, 0.2])
@pytest.mark.parametrize("steps", [1, 20])
def test_sgd_steps_along_the_gradient_of_the_penalised_loss(steps: int, decay: float) -> None:
    """Each element is multiplied by 1 - r (2 c + λ) in each step, c being its curvature."""
    tensors = leaves()
    stepper = Optimiser("sgd", 0.01, steps, decay).build(tensors)
    stepped(stepper, tensors, steps)
    for tensor, start in zip(tensors, START, strict=True):
        curvature = torch.arange(1, start.numel() + 1).reshape(start.shape)
        expected = start * (1 - 0.01 * (2 * curvature + decay)) ** steps
        torch.testing.assert_close(tensor.detach(), expected)


@pytest.mark.parametrize("decay", [0.0, 0.2])
@pytest.mark.parametrize("steps", [1, 20])
def test_momentum_is_the_power_of_a_matrix(steps: int, decay: float) -> None:
    """(v, θ) becomes (0.9 v + k θ, θ - r (0.9 v + k θ)) in each step, with k = 2 c + λ."""
    tensors = leaves()
    stepped(Optimiser("momentum", 0.01, steps, decay).build(tensors), tensors, steps)
    for tensor, start in zip(tensors, START, strict=True):
        curvature = torch.arange(1, start.numel() + 1).double().reshape(start.shape)
        k = 2 * curvature + decay
        kept = torch.full_like(k, 0.9)
        step = torch.stack([kept, k, -0.01 * kept, 1 - 0.01 * k], -1).unflatten(-1, (2, 2))
        expected = torch.linalg.matrix_power(step, steps)[..., 1, 1] * start
        torch.testing.assert_close(tensor.detach(), expected.float())


@pytest.mark.parametrize(("name", "kept"), [("sgd", 0.0), ("adam", 0.0), ("momentum", 0.9)])
def test_only_momentum_keeps_of_the_step_before(name: Any, kept: float) -> None:
    assert Optimiser(name, 0.1, 1).momentum == kept


@pytest.mark.parametrize("name", ["sgd", "adam", "momentum"])
def test_names_are_all_that_tells_optimisers_apart(name: Any) -> None:
    """What was stored under a name before there was another is found again."""
    assert canonical(Optimiser(name, 0.1, 5, 0.2)) == {
        "kind": "Optimiser",
        "name": name,
        "learning_rate": 0.1,
        "steps": 5,
        "weight_decay": 0.2,
    }


@pytest.mark.parametrize("decay", [0.0, 0.2])
@pytest.mark.parametrize("steps", [1, 20])
def test_adam_is_algorithm_1_of_kingma_and_ba(steps: int, decay: float) -> None:
    """With betas 0.9 and 0.999 and epsilon 1e-8; the penalty is a part of the gradient."""
    tensors = leaves()
    stepped(Optimiser("adam", 0.05, steps, decay).build(tensors), tensors, steps)
    for tensor, start in zip(tensors, START, strict=True):
        theta = start.double()
        curvature = torch.arange(1, start.numel() + 1).reshape(start.shape)
        mean = square = torch.zeros_like(theta)
        for t in range(1, steps + 1):
            slope = (2 * curvature + decay) * theta
            mean, square = 0.9 * mean + 0.1 * slope, 0.999 * square + 0.001 * slope**2
            step = (mean / (1 - 0.9**t)) / ((square / (1 - 0.999**t)).sqrt() + 1e-8)
            theta = theta - 0.05 * step
        torch.testing.assert_close(tensor.detach(), theta.float(), rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", ["sgd", "adam", "momentum"])
def test_a_transposed_gradient_is_stepped_along_right(name: Any) -> None:
    """As torch's fused optimisers do not: a gradient may lie unlike its parameter."""
    theta, same = (torch.zeros(1, 4, 3, requires_grad=True) for _ in range(2))
    slope = torch.arange(12.0).reshape(1, 3, 4).mT
    assert slope.stride() != theta.stride()
    theta.grad, same.grad = slope, slope.contiguous()
    for tensor in (theta, same):
        Optimiser(name, 0.5, 1).build((tensor,)).step()
    assert torch.equal(theta, same)
    assert not torch.equal(theta, torch.zeros(1, 4, 3))


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
    "fractional steps": ({"steps": 1.5}, "steps = 1.5: must be a whole number"),
    "decay too large": ({"weight_decay": 1e13}, "weight_decay = 10000000000000.0: must be at most"),
    "negative decay": ({"weight_decay": -1}, "weight_decay = -1: must be a finite number"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD.values(), ids=BAD)
def test_bad_optimisers(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        Optimiser(**{"name": "adam", "learning_rate": 0.1, "steps": 5, **arguments})
    assert message in str(error.value)
