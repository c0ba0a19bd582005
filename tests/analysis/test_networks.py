from typing import Any

import pytest
import torch
from torch import Tensor, nn

from analysis import MLP, Parameters, accuracy, logits, stack
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


@pytest.mark.parametrize("width", [0, 1, 6])
def test_logits_equal_a_plain_module_per_model(width: int) -> None:
    generator = torch.Generator().manual_seed(0)
    shape = MLP(5, width)
    parameters = stack([shape.initial(uniform_of(generator)) for _ in range(3)])
    x = torch.randn(3, 7, 5, generator=generator)
    batched = logits(parameters, x)
    assert batched.shape == (3, 7, 2)
    for model in range(3):
        torch.testing.assert_close(batched[model], module_of(parameters, model)(x[model]))


@pytest.mark.parametrize("width", [0, 6])
def test_initial_parameters_are_those_of_torch_layers_draw_by_draw(width: int) -> None:
    parameters = MLP(5, width).initial(uniform_of(torch.Generator().manual_seed(4)))
    torch.manual_seed(4)
    plain = [nn.Linear(5, width), nn.Linear(width, 2)] if width else [nn.Linear(5, 2)]
    expected = [tensor for layer in plain for tensor in (layer.weight, layer.bias)]
    for ours, torchs in zip(parameters, expected, strict=True):
        torch.testing.assert_close(ours.reshape(torchs.shape), torchs, rtol=0, atol=1e-7)


def test_accuracy_counts_per_model() -> None:
    shape = MLP(3, 4)
    parameters = stack(
        [shape.initial(uniform_of(torch.Generator().manual_seed(m))) for m in (1, 2)]
    )
    x = torch.randn(2, 50, 3, generator=torch.Generator().manual_seed(0))
    y = torch.randint(0, 2, (2, 50), generator=torch.Generator().manual_seed(1))
    measured = accuracy(parameters, x, y)
    for model in range(2):
        predicted = module_of(parameters, model)(x[model]).argmax(1)
        assert measured[model] == pytest.approx(float((predicted == y[model]).double().mean()))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 3), "channels = 0: must be a whole number of at least 1"),
        ((3, -1), "width = -1: must be a whole number of at least 0"),
        ((3, 2.5), "width = 2.5: must be a whole number of at least 0"),
        ((3, 2, 1), "classes = 1: must be a whole number of at least 2"),
    ],
)
def test_bad_shapes(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        MLP(*arguments)
    assert str(error.value) == message
