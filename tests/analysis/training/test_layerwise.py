"""Losses of what networks say, as machine code, beside torch alone."""

from collections.abc import Callable, Sequence
from typing import Any

import jaxtyping
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from analysis import MLP, Optimiser, Parameters, minimise, stack
from analysis.training.kernel import kernel
from analysis.training.layerwise import OfLayers
from tests.analysis.plain import networks
from tests.refusals import refusal

ROWS = 37
pytestmark = pytest.mark.skipif(kernel() is None, reason="there is no compiler")


def of_logits(said: Sequence[Tensor], _: Parameters, y: Tensor, heard: Tensor) -> Tensor:
    s, t = (each.log_softmax(-1) for each in (said[-1], heard))
    own = -s.gather(-1, y[..., None])[..., 0].mean(-1)
    return own + (t.exp() * (t - s)).sum(-1).mean(-1)


def of_hidden(said: Sequence[Tensor], _: Parameters, y: Tensor, heard: Tensor) -> Tensor:
    apart = sum((layer.square().mean((1, 2)) for layer in said[:-1]), torch.zeros(len(y)))
    return of_logits(said, (), y, heard) + 0.3 * apart


def of_maps(said: Sequence[Tensor], further: Parameters, y: Tensor, heard: Tensor) -> Tensor:
    weight, bias = further
    apart = (said[0] @ weight.mT + bias.mT - heard[..., :1]).square().mean((1, 2))
    return of_logits(said, (), y, heard) + apart


def of_relations(said: Sequence[Tensor], _: Parameters, y: Tensor, heard: Tensor) -> Tensor:
    alike = [functional.normalize(each, dim=-1) for each in (said[0], heard)]
    one, other = (each @ each.mT for each in alike)
    return of_logits(said, (), y, heard) + (one - other).square().mean((1, 2))


LOSSES: dict[str, Callable[..., Tensor]] = {
    "logits": of_logits,
    "hidden": of_hidden,
    "maps": of_maps,
    "relations": of_relations,
}
SHAPES = (MLP(9, 5, 3), MLP(6, 16, 4, 3), MLP(7, 0, 3), MLP(20, 33, 2, 2))
OPTIMISERS = (
    Optimiser("adam", 0.01, 12, weight_decay=0.01),
    Optimiser("sgd", 0.1, 12, weight_decay=0.01),
    Optimiser("momentum", 0.05, 12),
)


def made(shape: MLP, name: str, models: int = 3) -> tuple[OfLayers, Parameters, tuple[Any, ...]]:
    """Return a loss, where networks start, and their data."""
    chance = torch.Generator().manual_seed(1)
    start = networks(shape, models)
    x = list(torch.randn(models, ROWS, shape.channels, generator=chance).split(1))
    y = torch.randint(0, shape.classes, (models, ROWS), generator=chance)
    heard = torch.randn(models, ROWS, shape.classes, generator=chance)
    maps: Parameters = ()
    if name == "maps":
        units = shape.width or shape.classes
        maps = torch.randn(models, 1, units, generator=chance), torch.zeros(models, 1, 1)
    return OfLayers(LOSSES[name], len(start), name), (*start, *maps), (x, y, heard)


CASES = [
    *((name, shape, OPTIMISERS[0]) for name in LOSSES for shape in SHAPES),
    *((name, SHAPES[0], each) for name in ("hidden", "maps") for each in OPTIMISERS[1:]),
]


@pytest.mark.parametrize(("name", "shape", "optimiser"), CASES, ids=str)
def test_a_loss_of_layers_trains_as_torch_does(name: str, shape: MLP, optimiser: Optimiser) -> None:
    loss, start, data = made(shape, name)
    ours = minimise(loss, start, data, optimiser)
    torchs = minimise(lambda *given: loss(given[0], *given[1:]), start, data, optimiser)
    for mine, theirs in zip(ours, torchs, strict=True):
        torch.testing.assert_close(mine, theirs, atol=5e-4, rtol=5e-4)
    assert not any(map(torch.equal, ours, start))


@pytest.mark.parametrize("name", LOSSES)
def test_no_models_bits_depend_on_company(name: str) -> None:
    shape, optimiser = SHAPES[1], OPTIMISERS[0]
    loss, start, (x, y, heard) = made(shape, name, 5)
    whole = minimise(loss, start, (x, y, heard), optimiser)
    for some in (slice(1), slice(1, 4)):
        own = tuple(part[some] for part in start)
        again = minimise(loss, own, (x[some], y[some], heard[some]), optimiser)
        assert all(map(torch.equal, again, (part[some] for part in whole)))


def test_a_model_without_a_value_in_the_end_is_not_finite_and_no_other() -> None:
    loss, start, data = made(SHAPES[0], "logits")
    data[2][1, 0, 0] = torch.nan
    found = minimise(loss, start, data, OPTIMISERS[0])
    assert [bool(each.isfinite().all()) for each in found[0]] == [True, False, True]


def test_what_has_no_part_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def first_layer(said: Sequence[Tensor], *_: Any) -> Tensor:
        return said[0].square().mean((1, 2))

    def constant(said: Sequence[Tensor], *_: Any) -> Tensor:
        return torch.zeros(len(said[0]))

    def scalar(said: Sequence[Tensor], *_: Any) -> Tensor:
        return said[0].mean()

    _, start, data = made(SHAPES[1], "logits")
    words = {first_layer: "initial[2] = ", constant: "loss(…) = ", scalar: "loss(…) = "}
    for function, expected in words.items():
        loss = OfLayers(function, len(start))
        monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
        assert refusal(minimise, loss, start, data, OPTIMISERS[0]).startswith(expected)
    maps = stack([start[-2:]])  # which the loss does not read
    loss = OfLayers(of_logits, len(start))
    assert refusal(minimise, loss, (*start, *maps), data, OPTIMISERS[0]).startswith("initial[8] = ")
