"""The oracle of training: one network at a time, with torch's modules, losses and optimisers alone."""

import itertools
import math
from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor, nn

from analysis import MLP, Distillation, Optimiser, Parameters, stack
from analysis.training.networks import Activation


def networks(shape: MLP, models: int, seed: int = 0) -> Parameters:
    """Draw where many networks start."""
    chance = torch.Generator().manual_seed(seed)

    def uniform(bound: float, size: tuple[int, ...]) -> Tensor:
        return torch.empty(size).uniform_(-bound, bound, generator=chance)

    return stack([shape.initial(uniform) for _ in range(models)])


UNITS = {"relu": nn.ReLU, "tanh": nn.Tanh, "gelu": nn.GELU}


def module(
    parameters: Parameters, model: int = 0, activation: Activation = "relu"
) -> nn.Sequential:
    """Return one of many networks as torch's modules."""
    layers: list[nn.Module] = []
    for weight, bias in zip(parameters[::2], parameters[1::2], strict=True):
        layer = nn.Linear(weight.shape[2], weight.shape[1], dtype=weight.dtype)
        layer.load_state_dict({"weight": weight[model], "bias": bias[model, :, 0]})
        layers += [layer, UNITS[activation]()]
    return nn.Sequential(*layers[:-1])


def loss(kind: Distillation, said: Tensor, y: Tensor, soft: Tensor | None = None) -> Tensor:
    """Return w_y CE(y, s) and, if p is given, w_t T² KL(p || softmax(s / T)) of what says s.

    Of a real target w_y (y - s)² and, if t is given, w_t (t - s)².
    """
    if y.is_floating_point():
        apart = nn.MSELoss()
        real: Tensor = kind.label_weight * apart(said[:, 0], y)
        return real if soft is None else real + kind.teacher_weight * apart(said, soft)
    value: Tensor = kind.label_weight * nn.CrossEntropyLoss()(said, y)
    if soft is not None and kind.teacher_weight:
        terms = said.numel() if kind.reduction == "mean" else len(said)
        divergence = nn.KLDivLoss(reduction="sum")
        apart = divergence((said / kind.temperature).log_softmax(-1), soft)
        value = value + kind.teacher_weight * kind.temperature**2 * apart / terms
    return value


Rows = slice | Tensor
"""Which rows."""


def descend(
    value: Callable[[Rows], Tensor],
    parameters: Iterable[nn.Parameter],
    optimiser: Optimiser,
    rows: int = 0,
    order: Sequence[Tensor] | None = None,
) -> None:
    """Take an optimiser's steps on what a function returns of the rows of each."""
    own, rate, decay = list(parameters), optimiser.learning_rate, optimiser.decay
    stepper: torch.optim.Optimizer
    if optimiser.name in {"adam", "adamw"}:
        kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[optimiser.name]
        stepper = kind(own, rate, weight_decay=decay)
    else:
        momentum = {"sgd": 0.0, "momentum": 0.9}[optimiser.name]
        stepper = torch.optim.SGD(own, rate, momentum, weight_decay=decay)
    steps, scheduler = optimiser.steps, torch.optim.lr_scheduler
    schedule = {
        "constant": scheduler.ConstantLR(stepper, factor=1.0),
        "cosine": scheduler.CosineAnnealingLR(stepper, steps),
        "step": scheduler.MultiStepLR(stepper, [-(-steps // 2), -(-3 * steps // 4)]),
    }[optimiser.schedule]
    kept = rows - round(optimiser.validation * rows)
    best, found, waiting = math.inf, [each.detach().clone() for each in own], 0
    for step in range(steps):
        stepper.zero_grad()
        value(slice(kept) if order is None else order[step]).backward()
        if optimiser.clip:
            nn.utils.clip_grad_norm_(own, optimiser.clip)
        stepper.step()
        schedule.step()
        if optimiser.validation and (
            (step + 1) % optimiser.validate_every == 0 or step + 1 == steps
        ):
            judged, waiting = value(slice(kept, None)).item(), waiting + 1
            if judged < best:
                best, found, waiting = judged, [each.detach().clone() for each in own], 0
            if waiting == (optimiser.patience or -1):
                break
    for each, chosen in zip(own, found, strict=True):
        if optimiser.validation:
            each.data = chosen


LABELS = Distillation(teacher_weight=0.0)
PAPER = Distillation(1.0, 1.0, 1.0, "mean")


def fit(
    network: nn.Module,
    x: Tensor,
    y: Tensor,
    optimiser: Optimiser,
    kind: Distillation = PAPER,
    soft: Tensor | None = None,
    order: Sequence[Tensor] | None = None,
) -> None:
    """Train a network on labels and, where they are given, on a teacher's softened outputs."""

    def value(rows: Rows) -> Tensor:
        return loss(kind, network(x[rows]), y[rows], None if soft is None else soft[rows])

    descend(value, network.parameters(), optimiser, len(x), order)


def fit_pair(
    pair: Sequence[nn.Module],
    x: Sequence[Tensor],
    y: Tensor,
    optimiser: Optimiser,
    agreement: float = 1.0,
    order: Sequence[Tensor] | None = None,
) -> list[Tensor]:
    """Train two networks on CE + CE + agreement * mean (a - b)^2; return all parameters."""

    def value(rows: Rows) -> Tensor:
        said, other = (network(seen[rows]) for network, seen in zip(pair, x, strict=True))
        own = loss(LABELS, said, y[rows]) + loss(LABELS, other, y[rows])
        both: Tensor = own + agreement * nn.MSELoss()(said, other)
        return both

    parameters = [parameter for network in pair for parameter in network.parameters()]
    descend(value, parameters, optimiser, len(y), order)
    return [parameter.detach() for parameter in parameters]


@torch.no_grad()
def saliencies(
    says: Callable[[Tensor], Tensor], x: Tensor, reference: Tensor, orders: Tensor
) -> Tensor:
    """Return how far copies of the rows with one permuted column drive outputs from a reference."""
    repeats, columns, _ = orders.shape
    found = torch.zeros(repeats, columns, dtype=x.dtype)
    for repeat, column in itertools.product(range(repeats), range(columns)):
        copy = x.clone()
        copy[:, column] = x[orders[repeat, column], column]
        found[repeat, column] = nn.MSELoss()(says(copy), reference)
    return found.mean(0)
