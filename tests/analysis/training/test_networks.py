import inspect
import itertools
from typing import Any

import pytest
import torch
from torch import nn

from analysis import MLP, logits
from analysis.training.networks import finite
from tests.analysis.plain import module, networks
from venn import ArgumentError

SIZES = {(0, 1): [5, 3], (6, 1): [5, 6, 3], (4, 3): [5, 4, 4, 4, 3]}


@pytest.mark.parametrize("models", [1, 3])
@pytest.mark.parametrize(("shape", "sizes"), SIZES.items())
def test_a_network_is_drawn_and_says_what_torch_s_layers_do(
    shape: tuple[int, int], sizes: list[int], models: int
) -> None:
    """Draw by draw, one network after another."""
    width, depth = shape
    layers = list(itertools.pairwise(sizes))
    mlp = MLP(5, width, classes=3, depth=depth)
    assert mlp.layers == tuple(layers)
    parameters = networks(mlp, models, seed=4)
    x = torch.randn(models, 7, 5)
    with torch.random.fork_rng():
        torch.manual_seed(4)
        plain = [[nn.Linear(*layer) for layer in layers] for _ in range(models)]
    for model, its in enumerate(plain):
        drawn = [tensor for layer in its for tensor in (layer.weight, layer.bias)]
        for ours, torchs in zip(parameters, drawn, strict=True):
            torch.testing.assert_close(ours[model].squeeze(-1), torchs, rtol=0, atol=1e-7)
        torch.testing.assert_close(
            logits(parameters, x)[model], module(parameters, model)(x[model])
        )


def test_a_model_is_finite_if_all_of_its_parameters_are() -> None:
    parameters = networks(MLP(3, 4), 4)
    parameters[0][1, 2, 1] = torch.nan
    parameters[3][2, 0, 0] = -torch.inf
    assert finite(parameters).tolist() == [True, False, False, True]


BAD: dict[str, tuple[Any, ...]] = {
    "channels = 0: must be a whole number of at least 1": (0, 3),
    "width = -1: must be a whole number of at least 0": (3, -1),
    "classes = 0: must be a whole number of at least 1": (3, 2, 0),
    "depth = -1: must be a whole number of at least 0": (3, 2, 2, -1),
    "depth = 2: must be at most 1 for a linear model; give it a width": (3, 0, 2, 2),
    "depth = 16: must be at most 15": (3, 2, 2, 16),
    "activation = 'sigmoid': is unknown; known: relu, tanh, gelu": (3, 2, 2, 1, "sigmoid"),
}


@pytest.mark.parametrize(("message", "arguments"), BAD.items(), ids=BAD)
def test_bad_shapes(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ArgumentError, match=f"^{message}$"):
        inspect.unwrap(MLP)(*arguments)


def test_a_network_without_hidden_layers_is_the_linear_one() -> None:
    assert MLP(3, 64, depth=0) == MLP(3, 0)
