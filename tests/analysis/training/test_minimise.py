import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import analysis.training.minimise
from analysis import (
    MLP,
    Distillation,
    Optimiser,
    Parameters,
    cross_entropy,
    logits,
    minimise,
    stack,
)
from analysis.training.groups import GROUP_BYTES, Models, groups
from analysis.training.kernel import kernel
from analysis.training.networks import finite
from venn import ArgumentError

SGD = Optimiser("sgd", learning_rate=0.1, steps=200, weight_decay=0.02)
ADAM = Optimiser("adam", learning_rate=0.01, steps=200, weight_decay=0.05)
MOMENTUM = Optimiser("momentum", learning_rate=0.02, steps=200, weight_decay=0.02)

LABELS = Distillation(1.0, 0.0)
KD = Distillation(0.5, 0.8, temperature=2.0)


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


def label_loss(parameters: Parameters, x: Tensor, y: Tensor, *_: Tensor) -> Tensor:
    return cross_entropy(logits(parameters, x), y)


def kd_loss(parameters: Parameters, x: Tensor, y: Tensor, targets: Tensor) -> Tensor:
    return KD(logits(parameters, x), y, targets)


def data_of(loss: Any, data: tuple[Tensor, Tensor, Tensor]) -> tuple[Tensor, ...]:
    """Return what a loss is given: the teacher's outputs softened, for one that imitates it."""
    x, y, teacher = data
    return (x, y) if loss in (LABELS, label_loss) else (x, y, KD.soften(teacher))


LOSSES = {"labels": LABELS, "kd": KD, "callable labels": label_loss, "callable kd": kd_loss}
"""A `Distillation`, which the kernel can train, and the same as any other loss."""

losses = pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
optimisers = pytest.mark.parametrize(
    "optimiser", [SGD, ADAM, MOMENTUM], ids=["sgd", "adam", "momentum"]
)


def no_kernel() -> None:
    pytest.fail("the kernel was asked for")


def plain_torch(
    initial: Parameters, x: Tensor, y: Tensor, teacher: Tensor, optimiser: Optimiser, kd: bool
) -> list[Tensor]:
    """Train one network as a textbook would: modules, losses and optimisers of torch alone."""
    layers = [nn.Linear(w.shape[2], w.shape[1], dtype=w.dtype) for w in initial[::2]]
    for layer, weight, bias in zip(layers, initial[::2], initial[1::2], strict=True):
        layer.load_state_dict({"weight": weight[0], "bias": bias[0, :, 0]})
    network = nn.Sequential(*[part for layer in layers for part in (layer, nn.ReLU())][:-1])
    stepper: torch.optim.Optimizer
    if optimiser.name == "adam":
        stepper = torch.optim.Adam(network.parameters(), lr=optimiser.learning_rate)
    else:
        kept = {"sgd": 0.0, "momentum": 0.9}[optimiser.name]
        stepper = torch.optim.SGD(network.parameters(), optimiser.learning_rate, kept)
    for _ in range(optimiser.steps):
        stepper.zero_grad()
        output = network(x)
        loss = nn.CrossEntropyLoss()(output, y)
        if kd:
            divergence = nn.KLDivLoss(reduction="batchmean")
            soft = divergence((output / 2).log_softmax(1), (teacher / 2).softmax(1))
            loss = 0.5 * loss + 0.8 * 2**2 * soft
        for parameter in network.parameters():
            loss = loss + optimiser.weight_decay / 2 * parameter.square().sum()
        loss.backward()
        stepper.step()
    return [tensor for layer in layers for tensor in (layer.weight, layer.bias)]


@pytest.mark.parametrize(
    ("dtype", "steps", "tolerance", "group_bytes"),
    [(torch.float64, 60, 1e-9, 1), (torch.float32, 30, 1e-4, 2**20)],
    ids=["float64, one a group", "float32, one group"],
)
@losses
@optimisers
@pytest.mark.parametrize(("width", "depth"), [(0, 1), (8, 1), (6, 3)])
def test_many_at_once_equal_one_by_one(
    width: int,
    depth: int,
    optimiser: Optimiser,
    loss: Any,
    dtype: torch.dtype,
    steps: int,
    tolerance: float,
    group_bytes: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Compiled, batched, grouped or plain torch: the same parameters after the same steps.

    In float32 to 1e-4 for fewer steps, because a rounding at the kink of a ReLU can send a network
    another way; in float64, where none does, to 1e-9.
    """
    monkeypatch.setitem(GROUP_BYTES, "cpu", group_bytes)
    optimiser = dataclasses.replace(optimiser, steps=steps)
    initial, (x, y, teacher) = problem(width, 3, depth)
    initial = tuple(tensor.to(dtype) for tensor in initial)
    x, teacher = x.to(dtype), teacher.to(dtype)
    trained = minimise(loss, initial, data_of(loss, (x, y, teacher)), optimiser)
    for model in range(3):
        start = tuple(tensor[model : model + 1] for tensor in initial)
        kd = loss in (KD, kd_loss)
        alone = plain_torch(start, x[model], y[model], teacher[model], optimiser, kd)
        for ours, torchs in zip(trained, alone, strict=True):
            expected = torchs.detach().reshape(ours[model].shape)
            torch.testing.assert_close(ours[model], expected, atol=tolerance, rtol=0)


@pytest.mark.skipif(kernel() is None, reason="there is no C++ compiler")
@pytest.mark.parametrize("loss", [LABELS, KD], ids=["labels", "kd"])
def test_networks_of_float32_are_trained_by_the_kernel(
    loss: Distillation, monkeypatch: pytest.MonkeyPatch
) -> None:
    initial, data = problem(8)
    monkeypatch.setattr(
        analysis.training.minimise, "groups", lambda *_: pytest.fail("the general way")
    )
    minimise(loss, initial, data_of(loss, data), dataclasses.replace(SGD, steps=1))


GENERAL: dict[str, tuple[Any, dict[str, Any], Callable[[Tensor], Tensor]]] = {
    "a callable": (label_loss, {}, lambda tensor: tensor),
    "float64": (LABELS, {}, lambda tensor: tensor.double()),
    "another device": (LABELS, {"device": "cuda"}, lambda tensor: tensor),
}


@pytest.mark.parametrize(("loss", "options", "convert"), GENERAL.values(), ids=GENERAL)
def test_what_the_kernel_cannot_train_goes_the_general_way(
    loss: Any,
    options: dict[str, Any],
    convert: Callable[[Tensor], Tensor],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And arrives at the same parameters."""
    initial, (x, y, _) = problem(8)
    optimiser = dataclasses.replace(SGD, steps=20)
    expected = minimise(LABELS, initial, (x, y), optimiser)
    devices: list[str] = []

    def here(parts: Any, device: str) -> Any:
        devices.append(device)
        return groups(parts, "cpu")

    monkeypatch.setattr(analysis.training.minimise, "kernel", no_kernel)
    monkeypatch.setattr(analysis.training.minimise, "groups", here)
    start = tuple(map(convert, initial))
    trained = minimise(loss, start, (convert(x), y), optimiser, **options)
    assert devices == [options.get("device", "cpu")]
    for ours, other in zip(trained, expected, strict=True):
        assert ours.dtype == start[0].dtype
        torch.testing.assert_close(ours.float(), other, rtol=0, atol=1e-5)


def test_a_step_is_repeated_where_its_tensors_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """What `repeat` is given is all there is to a step: here it is done one time more."""
    asked: list[tuple[int, str]] = []

    def once_more(step: Callable[[], None], times: int, device: str) -> None:
        asked.append((times, device))
        for _ in range(times + 1):
            step()

    initial, data = problem(8)
    expected = minimise(label_loss, initial, data, dataclasses.replace(ADAM, steps=6))
    monkeypatch.setattr(analysis.training.minimise, "repeat", once_more)
    found = minimise(label_loss, initial, data, dataclasses.replace(ADAM, steps=5))
    assert asked == [(5, "cpu")]
    assert all(map(torch.equal, found, expected))


@pytest.mark.parametrize("loss", [LABELS, label_loss], ids=["Distillation", "callable"])
def test_minimising_needs_a_device_that_it_knows(loss: Any) -> None:
    initial, (x, y, _) = problem(0)
    with pytest.raises(ArgumentError, match="device = 'auto': is unknown; known: cpu, cuda"):
        minimise(loss, initial, (x, y), SGD, device="auto")


def test_imitating_needs_somebody_to_imitate() -> None:
    initial, (x, y, _) = problem(0)
    with pytest.raises(ArgumentError, match=r"teacher_weight = 0\.8: needs the teacher's softened"):
        minimise(KD, initial, (x, y), SGD)


@losses
def test_training_moves_parameters_and_leaves_the_initial_ones(loss: Any) -> None:
    initial, data = problem(8)
    before = [tensor.clone() for tensor in initial]
    trained = minimise(loss, initial, data_of(loss, data), SGD)
    for tensor, kept, moved in zip(initial, before, trained, strict=True):
        torch.testing.assert_close(tensor, kept, rtol=0, atol=0)
        assert not torch.equal(moved, kept)
        assert not moved.requires_grad


@pytest.mark.parametrize("models", [2, 14])
@pytest.mark.parametrize("optimiser", [SGD, ADAM], ids=["sgd", "adam"])
@pytest.mark.parametrize("loss", [KD, label_loss], ids=["compiled", "general"])
@pytest.mark.parametrize(("width", "depth"), [(0, 1), (3, 1), (5, 2), (64, 1)])
@pytest.mark.parametrize(("rows", "channels"), [(40, 6), (37, 9), (50, 25)])
def test_equal_models_stay_equal_to_the_last_bit_wherever_they_stand(
    models: int, optimiser: Optimiser, loss: Any, width: int, depth: int, rows: int, channels: int
) -> None:
    """A model's result is a function of its own data and start, not of its place or company.

    Sizes that are no multiple of 4 let models lie in memory at other multiples of 16 bytes.
    """
    optimiser = dataclasses.replace(optimiser, steps=10)
    alone, drawn = problem(width, 1, depth, rows, channels)
    data = data_of(loss, drawn)
    reference = minimise(loss, alone, data, optimiser)
    crowd = minimise(
        loss,
        tuple(tensor.repeat(models, 1, 1) for tensor in alone),
        tuple(tensor.repeat(models, *[1] * (tensor.ndim - 1)) for tensor in data),
        optimiser,
    )
    for one, many in zip(reference, crowd, strict=True):
        assert torch.equal(many, one.expand_as(many))


@pytest.mark.parametrize("loss", [KD, kd_loss], ids=["compiled", "general"])
@pytest.mark.parametrize(("width", "depth"), [(0, 1), (5, 2), (64, 1)])
@pytest.mark.parametrize("group_bytes", [1, 2**20], ids=["one a group", "one group"])
def test_a_model_is_the_same_to_the_last_bit_in_any_company(
    loss: Any, width: int, depth: int, group_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alone, among others, among them in another order, and however they are grouped."""
    initial, drawn = problem(width, 7, depth, rows=50, channels=25)
    data, optimiser = data_of(loss, drawn), dataclasses.replace(ADAM, steps=10)
    together = minimise(loss, initial, data, optimiser)
    monkeypatch.setitem(GROUP_BYTES, "cpu", group_bytes)
    for chosen in ([0, 1, 2, 3, 4, 5, 6], [4], [6, 2, 0], [3, 3]):
        found = minimise(
            loss,
            tuple(tensor[chosen] for tensor in initial),
            tuple(part[chosen] for part in data),
            optimiser,
        )
        for some, whole in zip(found, together, strict=True):
            assert torch.equal(some, whole[chosen])


@losses
def test_models_may_share_their_rows(loss: Any) -> None:
    """A list that holds one tensor several times is, to the last bit, one tensor of copies."""
    initial, drawn = problem(8, 5)
    shared = [0, 1, 0, 0, 1]
    optimiser = dataclasses.replace(ADAM, steps=10)
    two = data_of(loss, drawn)
    copies: tuple[Models, ...] = tuple(part[shared] for part in two)
    pieces = [[part[:1], part[1:2]] for part in two]
    listed: tuple[Models, ...] = tuple([piece[i] for i in shared] for piece in pieces)
    expected = minimise(loss, initial, copies, optimiser)
    for data in (listed, (listed[0], *copies[1:]), (copies[0], *listed[1:])):
        assert all(map(torch.equal, minimise(loss, initial, data, optimiser), expected))


@pytest.mark.parametrize("loss", [LABELS, label_loss], ids=["compiled", "general"])
def test_neither_parameters_nor_rows_need_lie_in_one_piece(loss: Any) -> None:
    initial, (x, y, _) = problem(8)
    optimiser = dataclasses.replace(ADAM, steps=10)
    expected = minimise(loss, initial, (x, y), optimiser)
    across = tuple(tensor.mT.contiguous().mT for tensor in (*initial, x))
    assert not across[0].is_contiguous()
    apart = (across[-1], y.repeat_interleave(2, -1)[:, ::2])
    found = minimise(loss, across[:-1], apart, optimiser)
    for ours, other in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, other, rtol=0, atol=1e-6)


@pytest.mark.parametrize("models", [1, 2, 5])
@pytest.mark.parametrize("loss", [KD, kd_loss], ids=["compiled", "general"])
@pytest.mark.parametrize(("width", "depth"), [(0, 1), (5, 2), (64, 1)])
def test_the_number_of_threads_changes_no_bit(
    models: int, loss: Any, width: int, depth: int
) -> None:
    """Workers have their share of the cores each, and store what one process would."""
    initial, drawn = problem(width, models, depth, rows=50, channels=25)
    optimiser = dataclasses.replace(ADAM, steps=20)
    before, found = torch.get_num_threads(), []
    try:
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            found.append(minimise(loss, initial, data_of(loss, drawn), optimiser))
    finally:
        torch.set_num_threads(before)
    for other in found[1:]:
        assert all(map(torch.equal, found[0], other))


@pytest.mark.parametrize("loss", [LABELS, label_loss], ids=["compiled", "general"])
def test_weight_decay_changes_the_result(loss: Any) -> None:
    initial, (x, y, _) = problem(8)
    plain = minimise(loss, initial, (x, y), Optimiser("adam", 0.01, steps=50))
    decayed = minimise(loss, initial, (x, y), Optimiser("adam", 0.01, 50, weight_decay=0.5))
    assert decayed[0].norm() < 0.8 * plain[0].norm()


@pytest.mark.parametrize("loss", [LABELS, label_loss], ids=["compiled", "general"])
def test_progress_counts_every_model_once(loss: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(GROUP_BYTES, "cpu", 3000)
    initial, (x, y, _) = problem(0)
    counts: list[int] = []
    minimise(loss, initial, (x, y), Optimiser("sgd", 0.1, steps=1), progress=counts.append)
    assert len(counts) > 1
    assert sum(counts) == 5


@losses
@pytest.mark.parametrize("bad", [torch.nan, torch.inf])
def test_a_model_that_diverges_is_told_and_leaves_the_others_as_they_are(
    loss: Any, bad: float
) -> None:
    initial, (x, y, teacher) = problem(8)
    optimiser = dataclasses.replace(SGD, steps=20)
    whole = minimise(loss, initial, data_of(loss, (x, y, teacher)), optimiser)
    x = x.clone()
    x[3, 5] = bad
    trained = minimise(loss, initial, data_of(loss, (x, y, teacher)), optimiser)
    assert finite(trained).tolist() == [True, True, True, False, True]
    others = torch.tensor([0, 1, 2, 4])
    for ours, expected in zip(trained, whole, strict=True):
        assert torch.equal(ours[others], expected[others])


@pytest.mark.parametrize("loss", [LABELS, label_loss], ids=["compiled", "general"])
def test_an_error_in_one_model_is_raised(loss: Any) -> None:
    """In whatever thread it is trained; here it sees a channel too few."""
    initial, (x, y, _) = problem(0)
    rows = [x[model : model + 1] for model in range(5)]
    rows[3] = rows[3][..., :-1]
    with pytest.raises((ValueError, RuntimeError), match=r"a tensor is|Sizes of tensors"):
        minimise(loss, initial, (rows, y), SGD)


@pytest.mark.parametrize("form", ["a value", "a function"])
def test_every_model_has_rows(form: str) -> None:
    initial, (x, y, teacher) = problem(8)
    loss: Any = Distillation(teacher_weight=0.0) if form == "a value" else label_loss
    data = (x[:3], y) if form == "a value" else (x[:3], y, teacher)
    with pytest.raises(ValueError, match="models"):
        minimise(loss, initial, data, SGD)


def test_targets_in_float64_train_networks_in_float32() -> None:
    initial, (x, y, teacher) = problem(8)
    distillation = Distillation()
    found = [
        minimise(distillation, initial, (x, y, distillation.soften(said)), SGD)
        for said in (teacher, teacher.double())
    ]
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, atol=1e-4, rtol=0)


@pytest.mark.parametrize("weights", [(1e12, 1e12, 0.0), (1e-12, 1e-12, 0.0), (1.0, 1.0, 1e12)])
@pytest.mark.parametrize("compiled", [True, False])
def test_the_largest_and_smallest_weights_train_as_in_float64(
    weights: tuple[float, float, float], compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a square of Adam's overflows, a network would stay as it was, and nobody would know."""
    label_weight, teacher_weight, decay = weights
    initial, (x, y, said) = problem(4)
    loss, optimiser = Distillation(label_weight, teacher_weight), Optimiser("adam", 0.01, 20, decay)
    if not compiled:
        monkeypatch.setattr(analysis.training.minimise, "kernel", lambda: None)
    found = minimise(loss, initial, (x, y, loss.soften(said)), optimiser)
    double = tuple(tensor.double() for tensor in initial)
    data = (x.double(), y, loss.soften(said.double()))
    expected = minimise(loss, double, data, optimiser)
    for one, two, start in zip(found, expected, initial, strict=True):
        torch.testing.assert_close(one.double(), two, rtol=1e-4, atol=1e-4)
        assert label_weight < 1 or not torch.equal(one, start)
