"""Algorithm 1 against permuted copies and torch's own loop, one model and one pair at a time."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, get_args

import jaxtyping
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import linear, mse_loss

import analysis.training.pairs
from analysis import MLP, Distillation, Optimiser, Parameters, logits, minimise, stack
from analysis.methods.saliency import hidden, normalised, saliency
from analysis.training.groups import GROUP_BYTES, Models
from analysis.training.kernel import kernel
from analysis.training.networks import finite
from analysis.training.optimiser import OptimiserName
from analysis.training.pairs import train_pair
from venn import ArgumentError

MODELS, ROWS, REPEATS, CHANNELS, CLASSES = 4, 37, 5, 9, 3

SHAPES = {
    "linear": MLP(CHANNELS, 0, CLASSES),
    "one layer": MLP(CHANNELS, 20, CLASSES),
    "deep": MLP(CHANNELS, 6, CLASSES, depth=3),
}

PAIRS = {
    "linear": (SHAPES["linear"], MLP(5, 0, CLASSES)),
    "one layer": (SHAPES["one layer"], MLP(5, 8, CLASSES)),
    "deep and linear": (SHAPES["deep"], MLP(14, 0, CLASSES)),
}

shapes = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
pairs = pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)


def networks(shape: MLP, dtype: torch.dtype = torch.float32, seed: int = 0) -> Parameters:
    generator = torch.Generator().manual_seed(seed)

    def uniform(bound: float, size: tuple[int, ...]) -> Tensor:
        return torch.empty(size).uniform_(-bound, bound, generator=generator)

    drawn = stack([shape.initial(uniform) for _ in range(MODELS)])
    return tuple(part.to(dtype) for part in drawn)


def asked(dtype: torch.dtype = torch.float32, rows: int = ROWS) -> tuple[Tensor, Tensor, Tensor]:
    """Return rows, what another network says of them, and orders."""
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(MODELS, rows, CHANNELS, generator=generator)
    reference = torch.randn(MODELS, rows, CLASSES, generator=generator)
    orders = torch.rand(MODELS, REPEATS, CHANNELS, rows, generator=generator).argsort(-1)
    return x.to(dtype), reference.to(dtype), orders


def says(network: Sequence[Tensor], x: Tensor) -> Tensor:
    """Return the logits of one network, whose parameters have no model axis, layer by layer."""
    for weight, bias in zip(network[:-2:2], network[1:-2:2], strict=True):
        x = linear(x, weight, bias[:, 0]).relu()
    return linear(x, network[-2], network[-1][:, 0])


def some(chosen: list[int], *parts: Tensor) -> tuple[Tensor, ...]:
    return tuple(part[chosen] for part in parts)


@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 1e-5)], ids=str
)
@shapes
def test_saliency_is_that_of_permuted_copies(
    shape: MLP, dtype: torch.dtype, tolerance: float
) -> None:
    """One model, channel and repeat at a time: a copy of the rows, one column of it permuted."""
    parameters, (x, reference, orders) = networks(shape, dtype), asked(dtype)
    found = saliency(parameters, x, reference, orders.int())
    assert found.dtype == dtype
    for model in range(MODELS):
        for channel in range(CHANNELS):
            apart = []
            for repeat in range(REPEATS):
                copy = x[model].clone()
                copy[:, channel] = copy[orders[model, repeat, channel], channel]
                said = says([part[model] for part in parameters], copy)
                apart.append(mse_loss(said, reference[model]))
            expected = torch.stack(apart).mean()
            torch.testing.assert_close(found[model, channel], expected, rtol=0, atol=tolerance)


@shapes
def test_rows_left_in_place_and_channels_not_looked_at_leave_the_outputs(shape: MLP) -> None:
    """Then the saliency is the squared distance of the two networks as they are."""
    parameters, (x, reference, orders) = networks(shape, torch.float64), asked(torch.float64)
    apart = (logits(parameters, x) - reference).square().mean((1, 2))
    still = torch.arange(ROWS).expand_as(orders)
    expected = apart[:, None].expand(-1, CHANNELS)
    torch.testing.assert_close(saliency(parameters, x, reference, still), expected)
    parameters[0][:, :, 4] = 0
    blind = saliency(parameters, x, logits(parameters, x), orders)
    assert (blind[:, 4].abs() <= 1e-24).all()
    assert (blind[:, [0, 1, 2, 3, 5, 6, 7, 8]] > 1e-6).all()


@shapes
def test_a_saliency_is_the_same_to_the_last_bit_in_any_company(shape: MLP) -> None:
    """And in any number of threads."""
    parts = (*networks(shape), *asked(rows=200))

    def found(chosen: list[int]) -> Tensor:
        *parameters, x, reference, orders = some(chosen, *parts)
        return saliency(tuple(parameters), x, reference, orders)

    together, before = found([0, 1, 2, 3]), torch.get_num_threads()
    try:
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            for chosen in ([2], [3, 0], [1, 1, 1]):
                assert torch.equal(found(chosen), together[chosen])
    finally:
        torch.set_num_threads(before)


@shapes
def test_a_network_that_diverged_is_told_and_leaves_the_others_as_they_are(shape: MLP) -> None:
    parameters, (x, reference, orders) = networks(shape), asked()
    expected = saliency(parameters, x, reference, orders)
    parameters[0][1] = torch.nan
    found = saliency(parameters, x, reference, orders)
    assert found[1].isnan().all()
    assert normalised(found)[1].isnan().all()
    assert torch.equal(found[[0, 2, 3]], expected[[0, 2, 3]])


def test_normalised_saliencies_go_from_0_to_1_in_each_model() -> None:
    given = torch.tensor([[3.0, 1.0, 2.0, 1.5], [-10.0, 30.0, 10.0, 0.0]])
    expected = torch.tensor([[1.0, 0.0, 0.5, 0.25], [0.0, 1.0, 0.5, 0.25]])
    assert torch.equal(normalised(given), expected)


@pytest.mark.parametrize("value", [0.0, 0.7, 1e-30])
def test_where_all_channels_are_equal_none_stands_out(value: float) -> None:
    given = torch.stack([torch.full((3,), value), torch.arange(3.0)])
    assert normalised(given).tolist() == [[0, 0, 0], [0, 0.5, 1]]
    assert normalised(given[:, :1]).tolist() == [[0], [0]]


@shapes
def test_a_head_sees_what_is_hidden_and_says_what_the_network_says(shape: MLP) -> None:
    parameters, (x, *_) = networks(shape, torch.float64), asked(torch.float64)
    head, seen = hidden(parameters, x)
    assert seen.shape == (MODELS, ROWS, shape.width or CHANNELS)
    assert (seen >= 0).all() or shape.width == 0
    torch.testing.assert_close(logits(head, seen), logits(parameters, x), rtol=0, atol=1e-12)
    for model in range(MODELS):
        body = [part[model] for part in parameters[:-2]]
        expected = says(body, x[model]).relu() if body else x[model]
        torch.testing.assert_close(seen[model], expected, rtol=0, atol=1e-12)


def test_hidden_features_are_ranked_by_permuting_them() -> None:
    parameters, (x, reference, _) = (
        networks(SHAPES["one layer"], torch.float64),
        asked(torch.float64),
    )
    orders = torch.rand(MODELS, 2, 20, ROWS).argsort(-1)
    head, seen = hidden(parameters, x)
    found = saliency(head, seen, reference, orders)
    copy = seen[3].clone()
    apart = []
    for order in orders[3, :, 11]:
        copy[:, 11] = seen[3, order, 11]
        apart.append(mse_loss(linear(copy, head[0][3], head[1][3, :, 0]), reference[3]))
    torch.testing.assert_close(found[3, 11], torch.stack(apart).mean(), rtol=0, atol=1e-12)


Data = tuple[Tensor, Tensor, Tensor]


def taught(pair: tuple[MLP, MLP], dtype: torch.dtype = torch.float32) -> Data:
    """Return what two modalities see, and labels that both of them know something of."""
    generator = torch.Generator().manual_seed(2)
    first, second = (
        torch.randn(MODELS, ROWS, shape.channels, generator=generator) for shape in pair
    )
    second[..., 0] = first[..., 0]
    y = (first[..., 0] + first[..., 1] + second[..., 1] > 0).long()
    return first.to(dtype), second.to(dtype), y + (second[..., 2] > 1)


def of_pair(
    pair: tuple[MLP, MLP], dtype: torch.dtype = torch.float32
) -> tuple[Parameters, Parameters]:
    return networks(pair[0], dtype, 0), networks(pair[1], dtype, 1)


def plain_torch(
    starts: Sequence[Parameters], data: Data, optimiser: Optimiser, agreement: float, model: int
) -> list[list[nn.Parameter]]:
    """Train one pair as a textbook would, all parameters of both in one optimiser."""
    leaves = [[nn.Parameter(part[model].clone()) for part in start] for start in starts]
    every = [*leaves[0], *leaves[1]]
    rate, decay = optimiser.learning_rate, optimiser.weight_decay
    stepper: torch.optim.Optimizer
    if optimiser.name == "adam":
        stepper = torch.optim.Adam(every, rate, weight_decay=decay)
    else:
        kept = {"sgd": 0.0, "momentum": 0.9}[optimiser.name]
        stepper = torch.optim.SGD(every, rate, kept, weight_decay=decay)
    right = nn.CrossEntropyLoss()
    *x, y = (part[model] for part in data)
    for _ in range(optimiser.steps):
        a, b = (says(network, seen) for network, seen in zip(leaves, x, strict=True))
        stepper.zero_grad()
        loss = right(a, y) + right(b, y) + agreement * nn.MSELoss()(a, b)
        loss.backward()
        stepper.step()
    return leaves


@pytest.fixture(params=["compiled", "general"])
def both_ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Train by the kernel, and as if there were none."""
    if request.param == "general":
        monkeypatch.setattr(analysis.training.pairs, "kernel", lambda: None)
    elif kernel() is None:
        pytest.skip("there is no C++ compiler")


in_both_ways = pytest.mark.usefixtures("both_ways")


@pytest.mark.parametrize("agreement", [0.0, 2.5])
@pytest.mark.parametrize("name", get_args(OptimiserName))
@pytest.mark.parametrize(
    ("dtype", "tolerance"),
    [(torch.float32, 1e-5), (torch.float64, 1e-12)],
    ids=["compiled", "general"],
)
@pairs
def test_pairs_are_trained_as_torch_trains_one(
    pair: tuple[MLP, MLP], dtype: torch.dtype, tolerance: float, name: Any, agreement: float
) -> None:
    starts, data = of_pair(pair, dtype), taught(pair, dtype)
    optimiser = Optimiser(name, 0.01, 20, weight_decay=0.1)
    found = train_pair(*starts, *data, optimiser, agreement=agreement)
    for model in range(MODELS):
        expected = plain_torch(starts, data, optimiser, agreement, model)
        for ours, torchs in zip(found, expected, strict=True):
            for one, other in zip(ours, torchs, strict=True):
                assert one.dtype == dtype
                assert not one.requires_grad
                torch.testing.assert_close(one[model], other.detach(), rtol=0, atol=tolerance)


@in_both_ways
@pairs
def test_training_together_leaves_the_initial_parameters(pair: tuple[MLP, MLP]) -> None:
    starts, data = of_pair(pair), taught(pair)
    train_pair(*starts, *data, Optimiser("sgd", 0.1, 3))
    for start, kept in zip(starts, of_pair(pair), strict=True):
        assert all(map(torch.equal, start, kept))


@in_both_ways
@pairs
def test_agreement_brings_a_pair_together_and_without_it_there_are_two_networks(
    pair: tuple[MLP, MLP],
) -> None:
    starts, data = of_pair(pair), taught(pair)
    optimiser = Optimiser("momentum", 0.01, 100)
    apart = []
    for agreement in (0.0, 1.0, 10.0):
        found = train_pair(*starts, *data, optimiser, agreement=agreement)
        a, b = (logits(network, seen) for network, seen in zip(found, data[:2], strict=True))
        apart.append(mse_loss(a, b).item())
        if agreement == 0:
            for ours, start, x in zip(found, starts, data[:2], strict=True):
                alone = minimise(Distillation(teacher_weight=0.0), start, (x, data[2]), optimiser)
                for one, other in zip(ours, alone, strict=True):
                    torch.testing.assert_close(one, other, rtol=0, atol=1e-5)
    assert apart[0] > 1.5 * apart[1] > 3 * apart[2]


@in_both_ways
@pytest.mark.parametrize("group_bytes", [1, 2**20], ids=["one a group", "one group"])
@pairs
def test_a_pair_is_the_same_to_the_last_bit_in_any_company(
    pair: tuple[MLP, MLP], group_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alone, among others, in another order, however grouped, and with rows that are shared."""
    starts, data = of_pair(pair), taught(pair)
    optimiser = Optimiser("adam", 0.01, 10)
    together = train_pair(*starts, *data, optimiser)
    monkeypatch.setitem(GROUP_BYTES, "cpu", group_bytes)
    for chosen in ([2], [3, 0], [1, 1, 1]):
        listed: list[Models] = [[part[i : i + 1] for i in chosen] for part in data]
        for x, other, y in (some(chosen, *data), listed):
            first, second = (some(chosen, *start) for start in starts)
            found = train_pair(first, second, x, other, y, optimiser)
            for ours, whole in zip(found, together, strict=True):
                assert all(map(torch.equal, ours, some(chosen, *whole)))


@in_both_ways
def test_the_number_of_threads_changes_no_bit_of_a_pair() -> None:
    pair = PAIRS["one layer"]
    before, found = torch.get_num_threads(), []
    try:
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            both = train_pair(*of_pair(pair), *taught(pair), Optimiser("momentum", 0.01, 10))
            found.append([*both[0], *both[1]])
    finally:
        torch.set_num_threads(before)
    for other in found[1:]:
        assert all(map(torch.equal, found[0], other))


@in_both_ways
def test_a_pair_that_diverges_is_told_and_leaves_the_others_as_they_are() -> None:
    pair = PAIRS["deep and linear"]
    starts, (x, other, y) = of_pair(pair), taught(pair)
    optimiser = Optimiser("momentum", 0.01, 10)
    expected = train_pair(*starts, x, other, y, optimiser)
    x[2, 5] = torch.inf
    found = train_pair(*starts, x, other, y, optimiser)
    for ours, whole in zip(found, expected, strict=True):
        assert finite(ours).tolist() == [True, True, False, True]
        assert all(map(torch.equal, some([0, 1, 3], *ours), some([0, 1, 3], *whole)))


@pytest.mark.skipif(kernel() is None, reason="there is no C++ compiler")
def test_pairs_of_float32_are_trained_by_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    pair = PAIRS["linear"]
    monkeypatch.setattr(
        analysis.training.pairs, "minimise", lambda *_, **__: pytest.fail("the general way")
    )
    train_pair(*of_pair(pair), *taught(pair), Optimiser("sgd", 0.1, 1))


GENERAL = {"float64": (torch.float64, "cpu"), "another device": (torch.float32, "cuda")}


@pytest.mark.parametrize(("dtype", "device"), GENERAL.values(), ids=GENERAL)
def test_what_the_kernel_cannot_train_goes_the_general_way(
    dtype: torch.dtype, device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair, optimiser = PAIRS["deep and linear"], Optimiser("momentum", 0.01, 10)
    devices: list[str] = []

    def here(*arguments: Any, device: str) -> Parameters:
        devices.append(device)
        return minimise(*arguments)

    expected = train_pair(*of_pair(pair), *taught(pair), optimiser)
    monkeypatch.setattr(
        analysis.training.pairs, "kernel", lambda: pytest.fail("the kernel was asked")
    )
    monkeypatch.setattr(analysis.training.pairs, "minimise", here)
    found = train_pair(*of_pair(pair, dtype), *taught(pair, dtype), optimiser, device=device)
    assert devices == [device]
    for ours, other in zip((*found[0], *found[1]), (*expected[0], *expected[1]), strict=True):
        torch.testing.assert_close(ours.float(), other, rtol=0, atol=1e-5)


def test_what_both_see_of_what_decides_is_ranked_first() -> None:
    """As in Table 2: 10 channels of a are general, 10 are its own, and 30 are noise."""
    generator = torch.Generator().manual_seed(0)
    z = torch.randn(MODELS, 200, 20, generator=generator)
    noise = torch.randn(2, MODELS, 200, 40, generator=generator)
    a, b = torch.cat([z, noise[0][..., :30]], -1), torch.cat([z[..., :10], noise[1]], -1)
    first, second = (networks(MLP(50, 0), seed=seed) for seed in (0, 1))
    optimiser = Optimiser("momentum", 0.01, 1000)
    trained, other = train_pair(first, second, a, b, (z.sum(-1) > 0).long(), optimiser)
    orders = torch.rand(MODELS, 20, 50, 200, generator=generator).argsort(-1)
    found = saliency(trained, a, logits(other, b), orders)
    top = found.topk(10).indices
    assert (top < 10).double().mean() >= 0.9


@pytest.fixture
def unchecked() -> Iterator[None]:
    """No test's type checker stands in front."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jaxtyping.config, "jaxtyping_disable", True)
        yield


def doubled(orders: Tensor) -> Tensor:
    orders[2, 1, 3, 0] = orders[2, 1, 3, 1]
    return orders


def beyond(value: int) -> Callable[[Tensor], Tensor]:
    def changed(orders: Tensor) -> Tensor:
        orders[0, 0, 0, 0] = value
        return orders

    return changed


BAD: dict[str, tuple[str, Callable[[Tensor], Tensor], str]] = {
    "a channel too few": (
        "x",
        lambda x: x[..., 1:],
        r"parameters\[0\] = \(4, 3, 9\): must be of shape \(4, 3, 8\)",
    ),
    "a model too few": ("x", lambda x: x[1:], r"parameters\[0\] = .*: must be of shape \(3, 3, 9"),
    "rows too few": ("reference", lambda t: t[:, 1:], r"reference = \(4, 36, 3\): must be of"),
    "a class too few": ("reference", lambda t: t[..., 1:], r"reference = \(4, 37, 2\): must be of"),
    "one model's reference": ("reference", lambda t: t[:1], r"reference = \(1, 37, 3\): must"),
    "no repeat": ("orders", lambda o: o[:, :0], r"orders = \(4, 0, 9, 37\): must be of shape"),
    "one order for all": ("orders", lambda o: o[:, :, :1], r"orders = \(4, 5, 1, 37\): must be of"),
    "orders of fewer rows": ("orders", lambda o: o[..., 1:], r"orders = \(4, 5, 9, 36\): must be"),
    "a row twice": (
        "orders",
        doubled,
        r"orders\[2, 1, 3\] = \[.*\]: must have every row of 0 to 36",
    ),
    "a row too far": (
        "orders",
        beyond(37),
        r"orders\[0, 0, 0\] = \[37, .*: must have every row of 0 to 36 once",
    ),
    "a row before the first": (
        "orders",
        beyond(-1),
        r"orders\[0, 0, 0\] = \[-1, .*: must have every row",
    ),
}


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("shape", [SHAPES["linear"], SHAPES["deep"]], ids=["linear", "deep"])
@pytest.mark.parametrize(("name", "change", "message"), BAD.values(), ids=BAD)
def test_bad_saliencies(
    shape: MLP, name: str, change: Callable[[Tensor], Tensor], message: str
) -> None:
    given = dict(zip(("x", "reference", "orders"), asked(), strict=True))
    parameters = networks(shape)
    assert saliency(parameters, **given).isfinite().all()
    given[name] = change(given[name].clone())
    if shape.width:
        message = message.replace("4, 3, 9", "4, 6, 9").replace("4, 3, 8", "4, 6, 8")
        message = message.replace("3, 3, 9", "3, 6, 9")
    with pytest.raises(ArgumentError, match=message):
        saliency(parameters, **given)


TOGETHER: dict[str, tuple[dict[str, Any], str]] = {
    "a negative agreement": ({"agreement": -1}, "agreement = -1: must be a finite number of at"),
    "no number": ({"agreement": torch.nan}, "agreement = nan: must be a finite number"),
    "other classes": (
        {"second": networks(MLP(5, 0, 2))},
        r"classes = \(3, 2\): must be as many for both",
    ),
    "fewer pairs": (
        {"second": tuple(part[1:] for part in networks(MLP(5, 0, CLASSES)))},
        r"models = .*4, 3.*: must be as many in each",
    ),
    "rows of fewer": ({"x_first": taught(PAIRS["linear"])[0][:3]}, "models = .*: must be as many"),
    "labels of fewer": ({"y": taught(PAIRS["linear"])[2][:3]}, "models = .*: must be as many"),
    "another device": ({"device": "auto"}, "device = 'auto': is unknown; known: cpu, cuda"),
}


@in_both_ways
@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(("changed", "message"), TOGETHER.values(), ids=TOGETHER)
def test_bad_pairs(changed: dict[str, Any], message: str) -> None:
    pair = PAIRS["linear"]
    names = ("first", "second", "x_first", "x_second", "y", "optimiser")
    good = (*of_pair(pair), *taught(pair), Optimiser("sgd", 0.1, 1))
    given = {**dict(zip(names, good, strict=True)), **changed}
    with pytest.raises(ArgumentError, match=message):
        train_pair(**given)
