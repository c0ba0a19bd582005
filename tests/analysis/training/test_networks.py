import itertools
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from analysis import MLP, Parameters, logits, stack
from analysis.training.networks import finite
from venn import ArgumentError


def uniform_of(generator: torch.Generator) -> Any:
    def uniform(bound: float, shape: tuple[int, ...]) -> Tensor:
        return torch.empty(shape).uniform_(-bound, bound, generator=generator)

    return uniform


def module_of(parameters: Parameters, model: int = 0) -> nn.Sequential:
    """Build the plain torch module with one model's parameters."""
    layers: list[nn.Module] = []
    for weight, bias in zip(parameters[::2], parameters[1::2], strict=True):
        layer = nn.Linear(weight.shape[2], weight.shape[1])
        with torch.no_grad():
            layer.weight.copy_(weight[model])
            layer.bias.copy_(bias[model, :, 0])
        layers += [layer, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


@pytest.mark.parametrize("models", [1, 3])
@pytest.mark.parametrize(("width", "depth"), [(0, 1), (1, 1), (6, 1), (6, 2), (4, 5)])
def test_logits_equal_a_plain_module_per_model(width: int, depth: int, models: int) -> None:
    generator = torch.Generator().manual_seed(0)
    shape = MLP(5, width, classes=3, depth=depth)
    parameters = stack([shape.initial(uniform_of(generator)) for _ in range(models)])
    assert len(parameters) == 2 * len(shape.layers) == 2 * (depth + 1 if width else 1)
    x = torch.randn(models, 7, 5, generator=generator)
    batched = logits(parameters, x)
    assert batched.shape == (models, 7, 3)
    for model in range(models):
        torch.testing.assert_close(batched[model], module_of(parameters, model)(x[model]))


SIZES = {(0, 1): [5, 2], (6, 1): [5, 6, 2], (6, 3): [5, 6, 6, 6, 2]}


@pytest.mark.parametrize(("shape", "sizes"), SIZES.items())
def test_layers_are_hidden_ones_of_one_width_and_then_the_logits(
    shape: tuple[int, int], sizes: list[int]
) -> None:
    width, depth = shape
    assert MLP(5, width, depth=depth).layers == tuple(itertools.pairwise(sizes))


@pytest.mark.parametrize(("shape", "sizes"), SIZES.items())
def test_initial_parameters_are_those_of_torch_layers_draw_by_draw(
    shape: tuple[int, int], sizes: list[int]
) -> None:
    mlp = MLP(5, shape[0], depth=shape[1])
    parameters = mlp.initial(uniform_of(torch.Generator().manual_seed(4)))
    with torch.random.fork_rng():
        torch.manual_seed(4)
        plain = [nn.Linear(*pair) for pair in itertools.pairwise(sizes)]
    expected = [tensor for layer in plain for tensor in (layer.weight, layer.bias)]
    for ours, torchs in zip(parameters, expected, strict=True):
        torch.testing.assert_close(ours.reshape(torchs.shape), torchs, rtol=0, atol=1e-7)


def test_a_model_is_finite_if_all_of_its_parameters_are() -> None:
    shape = MLP(3, 4)
    parameters = stack([shape.initial(uniform_of(torch.Generator())) for _ in range(4)])
    parameters[0][1, 2, 1] = torch.nan
    parameters[3][2, 0, 0] = -torch.inf
    assert finite(parameters).tolist() == [True, False, False, True]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 3), "channels = 0: must be a whole number of at least 1"),
        ((3, -1), "width = -1: must be a whole number of at least 0"),
        ((3, 2.5), "width = 2.5: must be a whole number of at least 0"),
        ((3, 2, 1), "classes = 1: must be a whole number of at least 2"),
        ((3, 2, 2, 0), "depth = 0: must be a whole number of at least 1"),
        ((3, 2, 2, 1.5), "depth = 1.5: must be a whole number of at least 1"),
        ((3, 0, 2, 2), "depth = 2: must be 1 for a linear model; give it a width"),
    ],
    ids=["channels", "width", "fractional width", "classes", "depth", "fractional depth", "linear"],
)
def test_bad_shapes(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        MLP(*arguments)
    assert str(error.value) == message
