"""Step 2 of Algorithm 1; that it is that of permuted copies, of each network alone, is in
tests/analysis/training/test_roads.py."""

from collections.abc import Callable
from typing import Any

import jaxtyping
import pytest
import torch
from torch import Tensor, nn

from analysis import MLP, Parameters, logits
from analysis.methods.saliency import hidden, normalised, saliency
from tests.analysis.plain import module, networks
from venn import ArgumentError

MODELS, ROWS, REPEATS, CHANNELS, CLASSES = 4, 37, 5, 9, 3

SHAPES = {
    "linear": MLP(CHANNELS, 0, CLASSES),
    "one layer": MLP(CHANNELS, 20, CLASSES),
    "deep": MLP(CHANNELS, 6, CLASSES, depth=3),
}


def asked(shape: MLP) -> tuple[Parameters, Tensor, Tensor, Tensor]:
    """Return networks, rows, what another network says of them, and orders, in float64."""
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(MODELS, ROWS, CHANNELS, generator=generator)
    reference = torch.randn(MODELS, ROWS, CLASSES, generator=generator)
    orders = torch.rand(MODELS, REPEATS, CHANNELS, ROWS, generator=generator).argsort(-1)
    parameters = tuple(part.double() for part in networks(shape, MODELS))
    return parameters, x.double(), reference.double(), orders


def test_normalised_saliencies_go_from_0_to_1_in_each_model() -> None:
    """Where all channels are equal none stands out; what is not finite is told."""
    given = torch.tensor(
        [[3.0, 1.0, 2.0, 1.5], [-10.0, 30.0, 10.0, 0.0], [0.7] * 4, [torch.nan] * 4]
    )
    expected = torch.tensor([[1.0, 0.0, 0.5, 0.25], [0.0, 1.0, 0.5, 0.25], [0.0] * 4])
    assert torch.equal(normalised(given)[:3], expected)
    assert normalised(given)[3].isnan().all()


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_head_sees_what_is_hidden_and_says_what_the_network_says(shape: MLP) -> None:
    """So hidden features are ranked by permuting them."""
    parameters, x, *_ = asked(shape)
    head, seen = hidden(parameters, x)
    for model in range(MODELS):
        *body, last = module(parameters, model)
        expected = nn.Sequential(*body)(x[model])
        torch.testing.assert_close(seen[model], expected, rtol=0, atol=1e-12)
        torch.testing.assert_close(logits(head, seen)[model], last(expected), rtol=0, atol=1e-12)


def changed(at: tuple[int, ...], value: int) -> Callable[[Tensor], Tensor]:
    def change(orders: Tensor) -> Tensor:
        orders[at] = value
        return orders

    return change


ONCE = "must have every row of 0 to 36 once"

BAD: dict[str, tuple[str, Callable[[Tensor], Tensor], str]] = {
    "a channel too few": ("x", lambda x: x[..., 1:], r"parameters\[0\] = \(4, .*9\): must be of s"),
    "a model too few": ("x", lambda x: x[1:], r"parameters\[0\] = .*: must be of shape \(3, .*9\)"),
    "a class too few": ("reference", lambda t: t[..., 1:], r"reference = \(4, 37, 2\): must be of"),
    "one model's reference": ("reference", lambda t: t[:1], r"reference = \(1, 37, 3\): must"),
    "no repeat": ("orders", lambda o: o[:, :0], r"orders = \(4, 0, 9, 37\): must be of shape"),
    "one order for all": ("orders", lambda o: o[:, :, :1], r"orders = \(4, 5, 1, 37\): must be of"),
    "orders of fewer rows": ("orders", lambda o: o[..., 1:], r"orders = \(4, 5, 9, 36\): must be"),
    "a row twice": (
        "orders",
        lambda o: changed((2, 1, 3, 0), int(o[2, 1, 3, 1]))(o),
        rf"orders\[2, 1, 3\] = \[.*\]: {ONCE}",
    ),
    "a row too far": (
        "orders",
        changed((0, 0, 0, 0), 37),
        rf"orders\[0, 0, 0\] = \[37, .*: {ONCE}",
    ),
    "a row before the first": (
        "orders",
        changed((0, 0, 0, 0), -1),
        rf"orders\[0, 0, 0\] = \[-1, .*: {ONCE}",
    ),
}


@pytest.mark.parametrize(("name", "change", "message"), BAD.values(), ids=BAD)
def test_bad_saliencies(
    name: str, change: Callable[[Tensor], Tensor], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    parameters, x, reference, orders = asked(SHAPES["one layer"])
    given: dict[str, Any] = {"x": x, "reference": reference, "orders": orders}
    given[name] = change(given[name])
    with pytest.raises(ArgumentError, match=message):
        saliency(parameters, **given)
