"""What machine code is never given: it would read beyond a tensor, or numbers that are none."""

from collections.abc import Iterator
from typing import Any

import jaxtyping
import pytest
import torch
from torch import Tensor

from analysis import Distillation, Optimiser, Parameters
from analysis.training.kernel import Kernel
from analysis.training.objectives import LogitGradient

MODELS, ROWS, CHANNELS, WIDTH, CLASSES = 3, 6, 5, 4, 2
TARGET = (MODELS, ROWS, CLASSES)


class Untouchable:
    """A library that fails the test that lets it read or write."""

    def __getattr__(self, name: str) -> Any:
        def function(*_: object) -> int:
            if name in ("train", "train_pair", "predict"):
                pytest.fail(f"{name} was called")
            return 1

        setattr(self, name, function)
        return function


@pytest.fixture
def kernel() -> Iterator[Kernel]:
    """Return a kernel that nothing may reach, in front of which no test's type checker stands."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jaxtyping.config, "jaxtyping_disable", True)
        yield Kernel(Untouchable())  # type: ignore[arg-type]  # it has a library's attributes


def parameters() -> list[Tensor]:
    shapes = ((WIDTH, CHANNELS), (WIDTH, 1), (CLASSES, WIDTH), (CLASSES, 1))
    return [torch.zeros(MODELS, *shape) for shape in shapes]


def replaced(place: int, tensor: Tensor) -> dict[str, Any]:
    changed = parameters()
    changed[place] = tensor
    return {"parameters": tuple(changed)}


def strided(*shape: int) -> Tensor:
    """Return a tensor of a shape, whose numbers lie two apart."""
    return torch.zeros(*shape, 2)[..., 0]


NETWORKS: dict[str, dict[str, Any]] = {
    "rows of float64": {"x": torch.zeros(ROWS, CHANNELS).double()},
    "rows of float16": {"x": torch.zeros(ROWS, CHANNELS).half()},
    "rows of whole numbers": {"x": torch.zeros(ROWS, CHANNELS).int()},
    "rows apart": {"x": strided(ROWS, CHANNELS)},
    "rows lying across": {"x": torch.zeros(CHANNELS, ROWS).T},
    "rows repeated": {"x": torch.zeros(1, CHANNELS).expand(ROWS, -1)},
    "rows nowhere": {"x": torch.zeros(ROWS, CHANNELS, device="meta")},
    "rows of several models": {"x": torch.zeros(1, ROWS, CHANNELS)},
    "one row without an axis": {"x": torch.zeros(CHANNELS)},
    "a channel too few": {"x": torch.zeros(ROWS, CHANNELS - 1)},
    "a channel too many": {"x": torch.zeros(ROWS, CHANNELS + 1)},
    "no channel": {
        "x": torch.zeros(ROWS, 0),
        "parameters": (torch.zeros(MODELS, WIDTH, 0), *parameters()[1:]),
    },
    "no units": {
        "parameters": (
            *(torch.zeros(MODELS, 0, CHANNELS), torch.zeros(MODELS, 0, 1)),
            *(torch.zeros(MODELS, CLASSES, 0), torch.zeros(MODELS, CLASSES, 1)),
        )
    },
    "a model too far": {"model": MODELS},
    "a model before the first": {"model": -1},
    "no models": {"parameters": tuple(p[:0] for p in parameters()), "model": 0},
    "fewer models in one parameter": replaced(2, torch.zeros(MODELS - 1, CLASSES, WIDTH)),
    "more models in one parameter": replaced(3, torch.zeros(MODELS + 1, CLASSES, 1)),
    "a weight of float64": replaced(0, torch.zeros(MODELS, WIDTH, CHANNELS).double()),
    "a weight apart": replaced(0, strided(MODELS, WIDTH, CHANNELS)),
    "a weight lying across": replaced(0, torch.zeros(MODELS, CHANNELS, WIDTH).mT),
    "a weight repeated": replaced(0, torch.zeros(1, WIDTH, CHANNELS).expand(MODELS, -1, -1)),
    "a weight that does not fit": replaced(2, torch.zeros(MODELS, CLASSES, WIDTH + 1)),
    "a bias that does not fit": replaced(1, torch.zeros(MODELS, WIDTH - 1, 1)),
    "a bias nowhere": replaced(1, torch.zeros(MODELS, WIDTH, 1, device="meta")),
    "a bias lying across": replaced(1, torch.zeros(MODELS, 1, WIDTH)),
    "no last bias": {"parameters": tuple(parameters()[:-1])},
}

SLOPES: dict[str, dict[str, Any]] = {
    "targets of float64": {"gradient": LogitGradient(1.0, 0.0, 1.0, torch.zeros(TARGET).double())},
    "targets apart": {"gradient": LogitGradient(1.0, 0.0, 1.0, strided(*TARGET))},
    "targets of fewer rows": {
        "gradient": LogitGradient(1.0, 0.0, 1.0, torch.zeros(MODELS, ROWS - 1, 2))
    },
    "targets of another class": {
        "gradient": LogitGradient(1.0, 0.0, 1.0, torch.zeros(MODELS, ROWS, 3))
    },
    "targets of fewer models": {
        "gradient": LogitGradient(1.0, 0.0, 1.0, torch.zeros(2, ROWS, CLASSES))
    },
    "targets of more models": {
        "gradient": LogitGradient(1.0, 0.0, 1.0, torch.zeros(4, ROWS, CLASSES))
    },
}

SAID: dict[str, dict[str, Any]] = {
    "fewer rows": {"logits": torch.zeros(ROWS - 1, CLASSES)},
    "another class": {"logits": torch.zeros(ROWS, CLASSES + 1)},
    "float64": {"logits": torch.zeros(ROWS, CLASSES).double()},
    "apart": {"logits": strided(ROWS, CLASSES)},
    "nowhere": {"logits": torch.zeros(ROWS, CLASSES, device="meta")},
}


def good(**changed: Any) -> tuple[Parameters, Tensor, int, dict[str, Any]]:
    """Return arguments that a kernel takes, some of them changed."""
    return (
        changed.pop("parameters", tuple(parameters())),
        changed.pop("x", torch.zeros(ROWS, CHANNELS)),
        changed.pop("model", 1),
        changed,
    )


@pytest.mark.parametrize(
    "changed", [*NETWORKS.values(), *SLOPES.values()], ids=[*NETWORKS, *SLOPES]
)
def test_bad_training(kernel: Kernel, changed: dict[str, Any]) -> None:
    network, x, model, other = good(**changed)
    y = torch.zeros(MODELS, ROWS, dtype=torch.long)
    gradient = other.get("gradient", Distillation(1.0, 0.0).logit_gradient(CLASSES, y))
    with pytest.raises(ValueError, match=r"a tensor is .* where|there is no network|zip\(\)"):
        kernel.train(network, x, gradient, model, Optimiser("sgd", 0.1, 1))


@pytest.mark.parametrize("changed", [*NETWORKS.values(), *SAID.values()], ids=[*NETWORKS, *SAID])
def test_bad_predictions(kernel: Kernel, changed: dict[str, Any]) -> None:
    network, x, model, other = good(**changed)
    said = other.get("logits", torch.zeros(ROWS, CLASSES))
    with pytest.raises(ValueError, match=r"a tensor is .* where|there is no network|zip\(\)"):
        kernel.predict(network, x, model, said)


PAIRS: dict[str, dict[str, Any]] = {
    "fewer pairs": {"parameters": tuple(p[:-1] for p in parameters())},
    "more pairs": {"parameters": tuple(torch.cat([p, p[:1]]) for p in parameters())},
    "fewer rows": {"x": torch.zeros(ROWS - 1, CHANNELS)},
    "more rows": {"x": torch.zeros(ROWS + 1, CHANNELS)},
    "another class": {
        "parameters": (
            *parameters()[:2],
            *(torch.zeros(MODELS, CLASSES + 1, WIDTH), torch.zeros(MODELS, CLASSES + 1, 1)),
        )
    },
}


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize(
    "changed",
    [*NETWORKS.values(), *SLOPES.values(), *PAIRS.values()],
    ids=[*NETWORKS, *SLOPES, *PAIRS],
)
def test_bad_training_together(kernel: Kernel, changed: dict[str, Any], place: int) -> None:
    """Whichever of the two is bad."""
    network, x, model, other = good(**changed)
    both, rows = [tuple(parameters())] * 2, [torch.zeros(ROWS, CHANNELS)] * 2
    both[place], rows[place] = network, x
    gradient = other.get("gradient", LogitGradient(1.0, 0.0, 1.0, torch.zeros(TARGET)))
    with pytest.raises(ValueError, match=r"a tensor is .* where|there is no network|zip\(\)"):
        kernel.train_pair(
            (both[0], both[1]), (rows[0], rows[1]), gradient, 1.0, model, Optimiser("sgd", 0.1, 1)
        )


def test_good_calls_reach_it(kernel: Kernel) -> None:
    """Else the tables above would show nothing."""
    network, x, model, _ = good()
    with pytest.raises(pytest.fail.Exception, match="predict was called"):
        kernel.predict(network, x, model, torch.zeros(ROWS, CLASSES))
    gradient = LogitGradient(1.0, 0.0, 1.0, torch.zeros(TARGET))
    with pytest.raises(pytest.fail.Exception, match="train was called"):
        kernel.train(network, x, gradient, model, Optimiser("sgd", 0.1, 1))
    with pytest.raises(pytest.fail.Exception, match="train_pair was called"):
        kernel.train_pair(
            (network, network), (x, x), gradient, 1.0, model, Optimiser("sgd", 0.1, 1)
        )


def test_an_error_says_what_was_found_and_what_is_needed(kernel: Kernel) -> None:
    network, _, model, _ = good()
    x = torch.zeros(CHANNELS, ROWS).T
    with pytest.raises(ValueError, match="a tensor is") as error:
        kernel.predict(network, x, model, torch.zeros(ROWS, CLASSES))
    assert str(error.value) == (
        "a tensor is (6, 5) torch.float32, strides (1, 6), cpu where contiguous float32 (6, 5) "
        "is needed"
    )
