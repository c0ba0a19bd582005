"""What machine code is never given: it would read beyond a tensor, or numbers that are none."""

from collections.abc import Callable, Iterator
from typing import Any

import jaxtyping
import pytest
import torch
from torch import Tensor

from analysis import Optimiser, Parameters
from analysis.training.kernel import Kernel
from analysis.training.objectives import LogitGradient

MODELS, ROWS, CHANNELS, WIDTH, CLASSES = 3, 6, 5, 4, 2

SHAPES = {
    "first weight": (MODELS, WIDTH, CHANNELS),
    "first bias": (MODELS, WIDTH, 1),
    "last weight": (MODELS, CLASSES, WIDTH),
    "last bias": (MODELS, CLASSES, 1),
    "x": (ROWS, CHANNELS),
    "target": (MODELS, ROWS, CLASSES),
    "logits": (ROWS, CLASSES),
}


class Untouchable:
    """A library that says what reaches it, and reads and writes nothing."""

    def __init__(self) -> None:
        self.called: list[str] = []

    def __getattr__(self, name: str) -> Any:
        def function(*_: object) -> int:
            self.called.append(name)
            return 1

        setattr(self, name, function)
        return function


Tensors = dict[str, Tensor]

ERROR = (
    r"^a tensor is \([\d, ]+\) torch\.\w+, strides \([\d, ]*\), \w+ where contiguous float32 "
    r"\([\d, ]+\) is needed$|^there is no network -?\d+ among \d+ of layers \[[\d, ]+\]$"
)


def network(tensors: Tensors) -> Parameters:
    return tuple(tensors[name] for name in list(SHAPES)[:4])


def train(kernel: Kernel, tensors: Tensors, model: int) -> None:
    gradient = LogitGradient(1.0, 0.0, 1.0, tensors["target"])
    kernel.train(network(tensors), tensors["x"], gradient, model, Optimiser("sgd", 0.1, 1))


def pair(first: bool) -> Callable[[Kernel, Tensors, int], None]:
    """Return a call in which the tensors are those of one of the two; the other's are good."""

    def call(kernel: Kernel, tensors: Tensors, model: int) -> None:
        good = {name: torch.zeros(shape) for name, shape in SHAPES.items()}
        a, b = (tensors, good) if first else (good, tensors)
        gradient = LogitGradient(1.0, 0.0, 1.0, tensors["target"])
        both, x = (network(a), network(b)), (a["x"], b["x"])
        kernel.train_pair(both, x, gradient, 1.0, model, Optimiser("sgd", 0.1, 1))

    return call


def predict(kernel: Kernel, tensors: Tensors, model: int) -> None:
    kernel.predict(network(tensors), tensors["x"], model, tensors["logits"])


CALLS = {"train": train, "first": pair(True), "second": pair(False), "predict": predict}

calls = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


@pytest.fixture(autouse=True)
def unchecked() -> Iterator[None]:
    """No test's type checker stands in front of the kernel."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jaxtyping.config, "jaxtyping_disable", True)
        yield


def refused(call: Any, change: Callable[[Tensors], object], model: int = 1) -> None:
    """Fail if a call with some tensor changed reaches machine code."""
    library = Untouchable()
    tensors = {name: torch.zeros(shape) for name, shape in SHAPES.items()}
    change(tensors)
    with pytest.raises(ValueError, match=ERROR):
        call(Kernel(library), tensors, model)  # type: ignore[arg-type]  # it has a library's attributes
    assert not {"train", "train_pair", "predict"} & set(library.called)


KINDS: dict[str, Callable[[Tensor], Tensor]] = {
    "of float64": torch.Tensor.double,
    "of whole numbers": torch.Tensor.int,
    "apart": lambda tensor: torch.zeros(*tensor.shape, 2)[..., 0],
    "repeated": lambda tensor: tensor[:1].expand(tensor.shape),
    "lying across": lambda tensor: tensor.mT.contiguous().mT,
    "nowhere": lambda tensor: tensor.to("meta"),
    "a number more": lambda tensor: torch.zeros(*tensor.shape[:-1], tensor.shape[-1] + 1),
    "one more": lambda tensor: torch.cat([tensor, tensor[:1]]),
    "one less": lambda tensor: tensor[1:],
    "without an axis": lambda tensor: tensor[0],
}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("name", SHAPES)
def test_tensors_of_another_kind_or_shape_are_refused(name: str, kind: Any) -> None:
    changed = kind(torch.zeros(SHAPES[name]))
    if "bias" in name and kind is KINDS["lying across"]:
        pytest.skip("a column lies as a row does")
    for call in CALLS.values():
        if name != ("target" if call is predict else "logits"):  # which it does not take
            refused(call, lambda tensors: tensors.update({name: changed}))


def test_a_bias_goes_with_each_weight() -> None:
    tensors = {name: torch.zeros(shape) for name, shape in SHAPES.items()}
    with pytest.raises(ValueError, match=r"zip\(\)"):
        Kernel(Untouchable()).predict(network(tensors)[:3], tensors["x"], 1, tensors["logits"])  # type: ignore[arg-type]


@calls
def test_a_network_that_is_not_there_is_refused(call: Any) -> None:
    for model in (-1, MODELS):
        refused(call, lambda _: None, model)
    none = {
        name: torch.zeros(0, *shape[1:]) for name, shape in SHAPES.items() if shape[0] == MODELS
    }
    refused(call, lambda tensors: tensors.update(none), 0)


def test_layers_without_units_or_channels_are_refused() -> None:
    no_units = {
        "first weight": torch.zeros(MODELS, 0, CHANNELS),
        "first bias": torch.zeros(MODELS, 0, 1),
        "last weight": torch.zeros(MODELS, CLASSES, 0),
    }
    no_channels = {"first weight": torch.zeros(MODELS, WIDTH, 0), "x": torch.zeros(ROWS, 0)}
    for changed in (no_units, no_channels):
        refused(train, lambda tensors, some=changed: tensors.update(some))


@calls
def test_good_calls_reach_it(call: Any) -> None:
    """Else the tests above would show nothing."""
    library = Untouchable()
    tensors = {name: torch.zeros(shape) for name, shape in SHAPES.items()}
    call(Kernel(library), tensors, 1)  # type: ignore[arg-type]  # it has a library's attributes
    assert {"train", "train_pair", "predict"} & set(library.called)
