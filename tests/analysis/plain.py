"""The oracle of training: one network at a time, with torch's modules, losses and optimisers alone."""

from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor, nn

from analysis import MLP, Distillation, Optimiser, Parameters, stack


def networks(shape: MLP, models: int, seed: int = 0) -> Parameters:
    """Draw where many networks start."""
    chance = torch.Generator().manual_seed(seed)

    def uniform(bound: float, size: tuple[int, ...]) -> Tensor:
        return torch.empty(size).uniform_(-bound, bound, generator=chance)

    return stack([shape.initial(uniform) for _ in range(models)])


def module(parameters: Parameters, model: int = 0) -> nn.Sequential:
    """Return one of many networks as torch's modules."""
    layers: list[nn.Module] = []
    for weight, bias in zip(parameters[::2], parameters[1::2], strict=True):
        layer = nn.Linear(weight.shape[2], weight.shape[1], dtype=weight.dtype)
        layer.load_state_dict({"weight": weight[model], "bias": bias[model, :, 0]})
        layers += [layer, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def loss(
    kind: Distillation, said: Tensor, y: Tensor, probabilities: Tensor | None = None
) -> Tensor:
    """Return w_y CE(y, s) + w_t T² KL(p || softmax(s / T)) of one network that says s."""
    value: Tensor = kind.label_weight * nn.CrossEntropyLoss()(said, y)
    if kind.teacher_weight:
        terms = said.numel() if kind.reduction == "mean" else len(said)
        divergence = nn.KLDivLoss(reduction="sum")
        soft = divergence((said / kind.temperature).log_softmax(-1), probabilities)
        value = value + kind.teacher_weight * kind.temperature**2 * soft / terms
    return value


def descend(
    value: Callable[[], Tensor], parameters: Iterable[nn.Parameter], optimiser: Optimiser
) -> None:
    """Take an optimiser's steps on what a function returns."""
    rate, decay = optimiser.learning_rate, optimiser.weight_decay
    stepper: torch.optim.Optimizer
    if optimiser.name == "adam":
        stepper = torch.optim.Adam(parameters, rate, weight_decay=decay)
    else:
        momentum = {"sgd": 0.0, "momentum": 0.9}[optimiser.name]
        stepper = torch.optim.SGD(parameters, rate, momentum, weight_decay=decay)
    for _ in range(optimiser.steps):
        stepper.zero_grad()
        value().backward()
        stepper.step()


def trained_pair(
    starts: Sequence[Parameters],
    x: Sequence[Tensor],
    y: Tensor,
    optimiser: Optimiser,
    agreement: float,
) -> list[Tensor]:
    """Train the first of many pairs on CE + CE + agreement * mean (a - b)^2."""
    a, b = map(module, starts)
    labels = Distillation(teacher_weight=0.0)

    def value() -> Tensor:
        said, other = a(x[0][0]), b(x[1][0])
        own = loss(labels, said, y[0]) + loss(labels, other, y[0])
        both: Tensor = own + agreement * nn.MSELoss()(said, other)
        return both

    parameters = [*a.parameters(), *b.parameters()]
    descend(value, parameters, optimiser)
    return [parameter.detach() for parameter in parameters]
