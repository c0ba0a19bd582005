"""Losses as machine code: each function of torch beside its own slopes in float64."""

import logging
from collections.abc import Callable
from unittest.mock import MagicMock

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from analysis import MLP, Optimiser, Parameters, cross_entropy, minimise
from analysis.training.generated import program
from analysis.training.kernel import kernel
from analysis.training.layerwise import OfLayers
from tests.analysis.plain import networks

pytestmark = pytest.mark.skipif(kernel() is None, reason="there is no compiler")

ROWS, COLUMNS, FEW = 37, 23, 3
Y = torch.randint(0, FEW, (2, ROWS), generator=torch.Generator().manual_seed(5))

TABLE = torch.linspace(-1, 2, COLUMNS)
LARGE = torch.ones(5000)

Function = Callable[[Tensor, Tensor, Tensor], Tensor]
"""``function(x, few, y)`` of arrays (model, row, column), (model, row, class) and classes (model, row)."""


def onto(formula: Callable[[Tensor], Tensor]) -> Function:
    """Return a function of each number."""
    return lambda x, *_: formula(x).square().mean((1, 2))


def rows(formula: Callable[[Tensor], Tensor]) -> Function:
    """Return a function of each row of few columns."""
    return lambda _, few, __: formula(few).square().sum(-1).mean(-1)


NUMBERS: dict[str, Callable[[Tensor], Tensor]] = {
    "exp": torch.exp,
    "log": lambda x: (x.square() + 0.1).log(),
    "log1p": lambda x: x.square().log1p(),
    "log2": lambda x: (x.square() + 1).log2(),
    "expm1": torch.expm1,
    "tanh": torch.tanh,
    "erf": torch.erf,
    "sin and cos": lambda x: x.sin() + x.cos(),
    "sigmoid": torch.sigmoid,
    "softplus": functional.softplus,
    "silu": functional.silu,
    "gelu": functional.gelu,
    "gelu by tanh": lambda x: functional.gelu(x, approximate="tanh"),
    "relu": torch.relu,
    "leaky": functional.leaky_relu,
    "elu": functional.elu,
    "hardtanh": functional.hardtanh,
    "abs and sign": lambda x: x.abs() + x * x.sign(),
    "roots": lambda x: (x.square() + 1).sqrt() + (x.square() + 1).rsqrt(),
    "powers": lambda x: x**3 + (x.abs() + 1) ** 2.5 + (x + 9) ** -1,
    "reciprocal": lambda x: 1 / (x.square() + 1) + x / 3,
    "clamp": lambda x: x.clamp(-0.5, 0.7) + x.clamp(min=0.1),
    "least and most": lambda x: torch.maximum(x, 0.5 * x + 0.1) - torch.minimum(x, x.square()),
    "where": lambda x: torch.where((x > 0.1) & (x < 1) | ~(x >= -1), x, x.square()),
    "softmax": lambda x: x.softmax(-1) + x.softmax(-2),
    "log-softmax": lambda x: x.log_softmax(-1) + (x / 2).log_softmax(1),
    "logsumexp": lambda x: x.logsumexp(-1, keepdim=True) + x,
    "mean and variance": lambda x: (x - x.mean(1, keepdim=True)) / x.std(1, keepdim=True),
    "norm": lambda x: functional.normalize(x, dim=-1) + x.norm(dim=1, keepdim=True),
    "layer norm": lambda x: functional.layer_norm(x, x.shape[-1:]),
    "largest": lambda x: x - x.amax(-1, keepdim=True),
    "turned": lambda x: x.mT @ x,
    "distances": lambda x: (x[:, :, None] - x[:, None]).square().sum(-1).add(0.1).sqrt(),
    "diagonal": lambda x: x @ x.mT - (x @ x.mT).diagonal(dim1=1, dim2=2)[:, None],
    "cut and joined": lambda x: torch.cat([x[..., 3:9], x[..., :4].exp(), -x[:, :, 8:9]], -1),
    "chunks": lambda x: torch.stack(
        [each.square() for each in x[..., :20].chunk(2, -1)], 1
    ).flatten(2),
    "reshaped": lambda x: (x.reshape(len(x), -1) * 1.5).view(len(x), COLUMNS, ROWS),
    "einsum": lambda x: torch.einsum("mij,mkj->mik", x, x.tanh()),
    "outer": lambda x: x[:, :, :1] * x[:, :1, :] + x.sum(1, keepdim=True),
    "shifted": lambda x: x[:, 1:] - x[:, :-1],
    "a tensor": lambda x: x * TABLE.to(x.dtype) + x * torch.arange(COLUMNS * 1.0, dtype=x.dtype),
}

CLASSES: dict[str, Function] = {
    "cross-entropy": lambda _, few, y: functional.cross_entropy(few.mT, y, reduction="none").mean(
        1
    ),
    "smoothed": lambda _, few, y: functional.cross_entropy(
        few.mT, y, reduction="none", label_smoothing=0.1
    ).mean(1),
    "gathered": lambda _, few, y: few.gather(-1, y[..., None]).square().mean((1, 2)),
    "scattered": lambda _, few, y: (
        few.scatter(-1, y[..., None], -2.0).softmax(-1).square().sum((1, 2))
    ),
    "one-hot": lambda _, few, y: (
        (few.sigmoid() - (y[..., None] == torch.arange(FEW)).float()).square().mean((1, 2))
    ),
    "divergence": lambda _, few, y: functional.kl_div(
        few.log_softmax(-1), (2.0 * y[..., None] * few.detach()).softmax(-1), reduction="none"
    ).sum((1, 2)),
    "binary": lambda _, few, y: functional.binary_cross_entropy_with_logits(
        few[..., 0], (y > 0).to(few.dtype), reduction="none"
    ).mean(1),
    "huber": lambda x, few, _: functional.smooth_l1_loss(x[..., :FEW], few, reduction="none").mean(
        (1, 2)
    ),
    "margin": lambda _, few, y: (few + 1 - few.gather(-1, y[..., None])).relu().mean((1, 2)),
    "cosine": lambda x, few, _: functional.cosine_similarity(x[..., :FEW], few, dim=-1).mean(1),
}

FUNCTIONS: dict[str, Function] = {
    **{name: onto(formula) for name, formula in NUMBERS.items()},
    **{f"{name}, few columns": rows(NUMBERS[name]) for name in ("softmax", "log-softmax", "norm")},
    **CLASSES,
}


def started(dtype: torch.dtype) -> Parameters:
    """Return an x and a few columns for each function."""
    chance = torch.Generator().manual_seed(3)
    sizes = [(2, ROWS, columns) for _ in FUNCTIONS for columns in (COLUMNS, FEW)]
    return tuple(torch.randn(size, generator=chance).to(dtype) for size in sizes)


def all_of_them(some: dict[str, Function]) -> Callable[..., Tensor]:
    def loss(parameters: Parameters, y: Tensor) -> Tensor:
        pairs = zip(parameters[::2], parameters[1::2], strict=True)
        parts = [
            function(x, few, y) + 0.1 * (x.sum((1, 2)) + few.sum((1, 2)))
            for function, (x, few) in zip(some.values(), pairs, strict=True)
        ]
        return torch.stack(parts).sum(0)

    return loss


@pytest.mark.parametrize("part", range(3))
def test_every_function_has_the_slopes_that_torch_gives(
    part: int, caplog: pytest.LogCaptureFixture
) -> None:
    """A step down the slope, of many functions at once, each of numbers of its own."""
    names = list(FUNCTIONS)[part::3]
    some = {name: FUNCTIONS[name] for name in names}
    loss, places = all_of_them(some), [i for i, name in enumerate(FUNCTIONS) if name in some]
    single, double = (
        tuple(started(kind)[2 * i + k] for i in places for k in (0, 1))
        for kind in (torch.float32, torch.float64)
    )
    with caplog.at_level(logging.WARNING, "mfh"):
        found = minimise(loss, single, (Y,), Optimiser("sgd", 1.0, 1))
    assert not [record.message for record in caplog.records]
    leaves = tuple(each.requires_grad_() for each in double)
    slopes = torch.autograd.grad(loss(leaves, Y).sum(), leaves)
    numbered = enumerate(zip(found, double, slopes, strict=True))
    for n, (after, before, slope) in numbered:
        expected = (before - slope).detach().float()
        assert torch.allclose(after, expected, atol=3e-6, rtol=3e-6), names[n // 2]


def test_a_function_is_recorded_whenever_it_trains() -> None:
    """It may have changed in between: here it reads a weight."""
    weights, start = [1.0], (torch.ones(2, ROWS, 1),)

    def loss(parameters: Parameters, _: Tensor) -> Tensor:
        return weights[-1] * parameters[0].square().sum((1, 2))

    found = []
    for weight in (1.0, 2.0):
        weights.append(weight)
        (after,) = minimise(loss, start, (Y,), Optimiser("sgd", 0.1, 1))
        found.append(float(after[0, 0, 0]))
    assert found == pytest.approx([0.8, 0.6])


def test_more_tensors_than_there_are_places_for_train_by_torch(
    caplog: pytest.LogCaptureFixture,
) -> None:
    start = tuple(torch.ones(2, 1, 1) for _ in range(program.MOST + 1))

    def loss(parameters: Parameters, _: Tensor) -> Tensor:
        return torch.stack([each.square().sum((1, 2)) for each in parameters]).sum(0)

    with caplog.at_level(logging.WARNING, "mfh"):
        found = minimise(loss, start, (Y,), Optimiser("sgd", 0.1, 1))
    assert "65 tensors, which are more than 64" in caplog.text
    assert all(torch.allclose(each, torch.full((2, 1, 1), 0.8)) for each in found)


@pytest.mark.parametrize(("key", "times"), [(None, 3), ("labels alone", 1)])
def test_what_has_a_key_is_recorded_once(
    key: str | None, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = MagicMock(side_effect=program.recorded)
    monkeypatch.setattr(program, "recorded", recorded)
    start, x = networks(MLP(4, 3, FEW), 2), torch.ones(2, ROWS, 4)
    loss = OfLayers(lambda said, _, y: cross_entropy(said[-1], y), len(start), key)
    for _ in range(3):
        minimise(loss, start, (x, Y), Optimiser("sgd", 0.1, 1))
    assert recorded.call_count == times


@pytest.mark.parametrize(
    ("name", "unknown"),
    {
        "sort": lambda x: x.sort(1).values[:, :3].square().sum((1, 2)),
        "cumsum": lambda x: x.cumsum(1).square().mean((1, 2)),
        "a large tensor": lambda x: (x * LARGE[: x.shape[1]].mean()).mean((1, 2)),
        "chance": lambda x: (x * torch.rand(())).mean((1, 2)) + x.square().mean((1, 2)),
    }.items(),
)
def test_what_no_machine_code_is_made_of_trains_by_torch_and_is_told(
    name: str, unknown: Callable[[Tensor], Tensor], caplog: pytest.LogCaptureFixture
) -> None:
    start = (torch.randn(2, ROWS, 1, generator=torch.Generator().manual_seed(1)),)
    with caplog.at_level(logging.WARNING, "mfh"):
        found = minimise(lambda p, _: unknown(p[0]), start, (Y,), Optimiser("sgd", 0.1, 1))
    told = [record.message for record in caplog.records]
    assert len(told) == 1, name
    assert "trains several times slower than it could: no machine code is made of" in told[0]
    if name != "chance":
        leaf = start[0].clone().requires_grad_()
        (slope,) = torch.autograd.grad(unknown(leaf).sum(), leaf)
        torch.testing.assert_close(found[0], (leaf - 0.1 * slope).detach())
