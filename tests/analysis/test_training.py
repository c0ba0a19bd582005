import dataclasses
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import analysis.training
from analysis import (
    MLP,
    Distillation,
    Optimiser,
    Parameters,
    cross_entropy,
    logits,
    minimise,
    resolve_device,
    stack,
)
from analysis.networks import finite
from venn import ArgumentError

SGD = Optimiser("sgd", learning_rate=0.1, steps=200, weight_decay=0.02)
ADAM = Optimiser("adam", learning_rate=0.01, steps=200, weight_decay=0.05)


def problem(
    width: int, models: int = 5, depth: int = 1, rows: int = 40, channels: int = 6
) -> tuple[Parameters, tuple[Tensor, Tensor, Tensor]]:
    generator = torch.Generator().manual_seed(width)

    def uniform(bound: float, shape: tuple[int, ...]) -> Tensor:
        return torch.empty(shape).uniform_(-bound, bound, generator=generator)

    shape = MLP(channels, width, depth=depth)
    initial = stack([shape.initial(uniform) for _ in range(models)])
    x = torch.randn(models, rows, channels, generator=generator)
    y = (x[..., 0] + x[..., 1] * x[..., 2] > 0).long()
    teacher = torch.randn(models, rows, 2, generator=generator)
    return initial, (x, y, teacher)


def label_loss(parameters: Parameters, x: Tensor, y: Tensor, _: Tensor) -> Tensor:
    return cross_entropy(logits(parameters, x), y)


def plain_torch(
    initial: Parameters, x: Tensor, y: Tensor, teacher: Tensor, optimiser: Optimiser, kd: bool
) -> list[Tensor]:
    """Train one network as a textbook would: modules, losses and optimisers of torch alone."""
    layers = [nn.Linear(w.shape[2], w.shape[1], dtype=w.dtype) for w in initial[::2]]
    for layer, weight, bias in zip(layers, initial[::2], initial[1::2], strict=True):
        layer.load_state_dict({"weight": weight[0], "bias": bias[0, :, 0]})
    network = nn.Sequential(*[part for layer in layers for part in (layer, nn.ReLU())][:-1])
    stepper: torch.optim.Optimizer
    if optimiser.name == "sgd":
        stepper = torch.optim.SGD(network.parameters(), lr=optimiser.learning_rate)
    else:
        stepper = torch.optim.Adam(network.parameters(), lr=optimiser.learning_rate)
    for _ in range(optimiser.steps):
        stepper.zero_grad()
        output = network(x)
        loss = nn.CrossEntropyLoss()(output, y)
        if kd:
            divergence = nn.KLDivLoss(reduction="batchmean")
            soft = divergence((output / 2).log_softmax(1), (teacher / 2).softmax(1))
            loss = 0.5 * loss + 0.8 * 4 * soft
        for parameter in network.parameters():
            loss = loss + optimiser.weight_decay / 2 * parameter.square().sum()
        loss.backward()
        stepper.step()
    return [tensor for layer in layers for tensor in (layer.weight, layer.bias)]


@pytest.mark.parametrize(
    ("dtype", "steps", "tolerance"), [(torch.float64, 60, 1e-9), (torch.float32, 30, 1e-4)]
)
@pytest.mark.parametrize("kd", [False, True], ids=["labels", "distillation"])
@pytest.mark.parametrize("optimiser", [SGD, ADAM], ids=["sgd", "adam"])
@pytest.mark.parametrize(("width", "depth"), [(0, 1), (8, 1), (6, 3)])
@pytest.mark.parametrize("group_bytes", [1, 2**20], ids=["one a group", "one group"])
def test_many_at_once_equal_one_by_one(
    width: int,
    depth: int,
    optimiser: Optimiser,
    kd: bool,
    group_bytes: int,
    dtype: torch.dtype,
    steps: int,
    tolerance: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Batched, grouped or plain torch: the same parameters after the same steps.

    In float32 to 1e-4 for fewer steps, because a rounding at the kink of a ReLU can send a network
    another way; in float64, where none does, to 1e-9.
    """
    monkeypatch.setitem(analysis.training.GROUP_BYTES, "cpu", group_bytes)
    optimiser = dataclasses.replace(optimiser, steps=steps)
    initial, (x, y, teacher) = problem(width, depth=depth)
    initial = tuple(tensor.to(dtype) for tensor in initial)
    x, teacher = x.to(dtype), teacher.to(dtype)
    distillation = Distillation(0.5, 0.8, temperature=2.0)

    def kd_loss(parameters: Parameters, x: Tensor, y: Tensor, teacher: Tensor) -> Tensor:
        return distillation(logits(parameters, x), y, distillation.soften(teacher))

    trained = minimise(kd_loss if kd else label_loss, initial, (x, y, teacher), optimiser)
    for model in range(5):
        start = tuple(tensor[model : model + 1] for tensor in initial)
        alone = plain_torch(start, x[model], y[model], teacher[model], optimiser, kd)
        for ours, torchs in zip(trained, alone, strict=True):
            expected = torchs.detach().reshape(ours[model].shape)
            torch.testing.assert_close(ours[model], expected, atol=tolerance, rtol=0)


def test_minimising_needs_a_device_that_it_knows() -> None:
    initial, data = problem(0)
    with pytest.raises(ArgumentError, match="device = 'auto': is unknown; known: cpu, cuda"):
        minimise(label_loss, initial, data, SGD, device="auto")


def test_training_moves_parameters_and_leaves_the_initial_ones() -> None:
    initial, data = problem(8)
    before = [tensor.clone() for tensor in initial]
    trained = minimise(label_loss, initial, data, SGD)
    for tensor, kept, moved in zip(initial, before, trained, strict=True):
        torch.testing.assert_close(tensor, kept, rtol=0, atol=0)
        assert not torch.equal(moved, kept)
        assert not moved.requires_grad


@pytest.mark.parametrize("models", [1, 2, 3, 14, 38])
@pytest.mark.parametrize("optimiser", [SGD, ADAM], ids=["sgd", "adam"])
@pytest.mark.parametrize(("width", "depth"), [(0, 1), (3, 1), (5, 2), (64, 1)])
@pytest.mark.parametrize(("rows", "channels"), [(40, 6), (37, 9), (50, 25)])
def test_equal_models_stay_equal_to_the_last_bit_wherever_they_stand(
    models: int, optimiser: Optimiser, width: int, depth: int, rows: int, channels: int
) -> None:
    """A model's result is a function of its own data and start, not of its place or company.

    Sizes that are no multiple of 4 let models lie in memory at other multiples of 16 bytes.
    """
    optimiser = dataclasses.replace(optimiser, steps=20)
    alone, data = problem(width, 1, depth, rows, channels)
    reference = minimise(label_loss, alone, data, optimiser)
    crowd = minimise(
        label_loss,
        tuple(tensor.repeat(models, 1, 1) for tensor in alone),
        tuple(tensor.repeat(models, *[1] * (tensor.ndim - 1)) for tensor in data),
        optimiser,
    )
    for one, many in zip(reference, crowd, strict=True):
        assert torch.equal(many, one.expand_as(many))


@pytest.mark.parametrize("models", [1, 2, 5])
@pytest.mark.parametrize(("width", "depth"), [(0, 1), (5, 2), (64, 1)])
def test_the_number_of_threads_changes_no_bit(models: int, width: int, depth: int) -> None:
    """Workers have their share of the cores each, and store what one process would."""
    initial, data = problem(width, models, depth, rows=50, channels=25)
    optimiser = dataclasses.replace(ADAM, steps=20)
    before, found = torch.get_num_threads(), []
    try:
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            found.append(minimise(label_loss, initial, data, optimiser))
    finally:
        torch.set_num_threads(before)
    for other in found[1:]:
        assert all(map(torch.equal, found[0], other))


@pytest.mark.parametrize("optimiser", [SGD, ADAM], ids=["sgd", "adam"])
def test_a_transposed_gradient_is_stepped_along_right(optimiser: Optimiser) -> None:
    """Each element of this loss is a parabola of its own: the minimum is known element by element."""
    target = torch.arange(12.0).reshape(1, 3, 4)

    def loss(parameters: Parameters, target: Tensor) -> Tensor:
        return (parameters[0].transpose(1, 2) - target).square().mean((1, 2))

    plain = dataclasses.replace(optimiser, learning_rate=0.5, steps=500, weight_decay=0.0)
    (found,) = minimise(loss, (torch.zeros(1, 4, 3),), (target,), plain)
    torch.testing.assert_close(found, target.transpose(1, 2), atol=1e-2, rtol=0)


def test_weight_decay_changes_the_result() -> None:
    initial, data = problem(8)
    plain = minimise(label_loss, initial, data, Optimiser("adam", 0.01, steps=50))
    decayed = minimise(label_loss, initial, data, Optimiser("adam", 0.01, 50, weight_decay=0.5))
    assert decayed[0].norm() < 0.8 * plain[0].norm()


def test_progress_counts_every_model_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(analysis.training.GROUP_BYTES, "cpu", 3000)
    initial, data = problem(0)
    counts: list[int] = []
    minimise(label_loss, initial, data, Optimiser("sgd", 0.1, steps=1), progress=counts.append)
    assert len(counts) > 1
    assert sum(counts) == 5


def test_a_model_that_diverges_is_told_and_leaves_the_others_as_they_are() -> None:
    initial, (x, y, teacher) = problem(8)
    whole = minimise(label_loss, initial, (x, y, teacher), SGD)
    x = x.clone()
    x[3, 5] = torch.inf
    trained = minimise(label_loss, initial, (x, y, teacher), SGD)
    assert finite(trained).tolist() == [True, True, True, False, True]
    others = torch.tensor([0, 1, 2, 4])
    for ours, expected in zip(trained, whole, strict=True):
        assert torch.equal(ours[others], expected[others])


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "unknown name": ({"name": "lbfgs"}, "name = 'lbfgs': is unknown; known: sgd, adam"),
    "no rate": ({"learning_rate": 0}, "learning_rate = 0: must be a finite number above 0"),
    "no steps": ({"steps": 0}, "steps = 0: must be a whole number of at least 1"),
    "fractional steps": ({"steps": 1.5}, "steps = 1.5: must be a whole number"),
    "negative decay": ({"weight_decay": -1}, "weight_decay = -1: must be a finite number"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD.values(), ids=BAD)
def test_bad_optimisers(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        Optimiser(**{"name": "adam", "learning_rate": 0.1, "steps": 5, **arguments})
    assert message in str(error.value)


def test_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert resolve_device("auto") == resolve_device("cpu") == "cpu"
    with pytest.raises(ArgumentError, match="device = 'cuda': no CUDA device was found; use 'cpu'"):
        resolve_device("cuda")
    with pytest.raises(ArgumentError, match="device = 'tpu': is unknown; known: auto, cpu, cuda"):
        resolve_device("tpu")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert resolve_device("auto") == resolve_device("cuda") == "cuda"
