"""What machine code is never given: it would read beyond a tensor, or numbers that are none."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from unittest.mock import MagicMock

import jaxtyping
import pytest
import torch
from torch import Tensor

from analysis import Optimiser, Parameters
from analysis.training.course import Course
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
    "new first weight": (MODELS, WIDTH, CHANNELS),
}


Tensors = dict[str, Tensor]

ERROR = (
    r"^a tensor is \([\d, ]+\) torch\.\w+, strides \([\d, ]*\), \w+ where contiguous \w+ "
    r"\([\d, ]+\) is needed$|^there is no network -?\d+ among \d+ of layers \[[\d, ]+\]$"
    r"|^there are \d+ rows, where the course is one of \d+$"
)


def arguments(tensors: Tensors) -> tuple[Parameters, Tensor, LogitGradient]:
    parameters = tuple(tensors[name] for name in list(SHAPES)[:4])
    return parameters, tensors["x"], LogitGradient(1.0, 0.0, 1.0, tensors["target"])


def found(tensors: Tensors) -> Parameters:
    """Return where what is trained is written."""
    return tuple(tensors.get(f"new {name}", torch.zeros(SHAPES[name])) for name in [*SHAPES][:4])


def train(kernel: Kernel, tensors: Tensors, model: int) -> None:
    parameters, x, gradient = arguments(tensors)
    task = Course(ONE_STEP, ROWS, ROWS)
    kernel.train(parameters, x, gradient, model, task, "relu", [found(tensors)])


def in_batches(kernel: Kernel, tensors: Tensors, model: int) -> None:
    parameters, x, gradient = arguments(tensors)
    task = Course(replace(ONE_STEP, batch=2), ROWS, ROWS, torch.zeros(MODELS, 1, 2))
    kernel.train(parameters, x, gradient, model, task, "relu", [found(tensors)])


def first(kernel: Kernel, tensors: Tensors, model: int, *, turned: bool = False) -> None:
    """Train a pair whose other network is good."""
    (parameters, x, gradient), (others, seen, _) = arguments(tensors), arguments(good())
    pair, rows = (others, parameters)[:: 1 if turned else -1], (seen, x)[:: 1 if turned else -1]
    there = (found(good()), found(tensors))[:: -1 if turned else 1]
    task = Course(ONE_STEP, ROWS, ROWS)
    kernel.train_pair(pair, rows, gradient, 1.0, model, task, "relu", there)  # type: ignore[arg-type]  # two


def second(kernel: Kernel, tensors: Tensors, model: int) -> None:
    first(kernel, tensors, model, turned=True)


def predict(kernel: Kernel, tensors: Tensors, model: int) -> None:
    parameters, x, _ = arguments(tensors)
    kernel.predict(parameters, x, model, "relu", tensors["logits"])


CALLS: dict[Any, set[str]] = {
    **{call: {"logits"} for call in (train, in_batches, first, second)},
    predict: {"target", "new first weight"},
}
"""What each does not take."""

calls = pytest.mark.parametrize("call", CALLS)

ONE_STEP = Optimiser("sgd", 0.1, 1)


def good() -> Tensors:
    return {name: torch.zeros(shape) for name, shape in SHAPES.items()}


def reached(call: Any, tensors: Tensors, model: int = 1) -> bool:
    """Return whether a call reaches machine code, here a library that reads and writes nothing."""
    library = MagicMock(**{f"memory_to_{name}.return_value": 1 for name in ("train", "predict")})
    with pytest.MonkeyPatch.context() as patch:  # no test's type checker stands in front
        patch.setattr(jaxtyping.config, "jaxtyping_disable", True)
        try:
            call(Kernel(library), tensors, model)
        except ValueError as error:
            return re.search(ERROR, str(error)) is None
        finally:
            used = library.train.called or library.train_pair.called or library.predict.called
    assert used
    return True


@calls
def test_good_calls_reach_it(call: Any) -> None:
    """Else the tests below would show nothing."""
    assert reached(call, good())


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
    changed = kind(good()[name])
    if "bias" in name and kind is KINDS["lying across"]:
        pytest.skip("a column lies as a row does")
    for call, others in CALLS.items():
        if name not in others:
            assert not reached(call, {**good(), name: changed})


@calls
def test_a_network_that_is_not_there_is_refused(call: Any) -> None:
    none = {name: tensor[:0] for name, tensor in good().items() if len(tensor) == MODELS}
    for tensors, model in ((good(), -1), (good(), MODELS), ({**good(), **none}, 0)):
        assert not reached(call, tensors, model)


EMPTY = {
    "no units": {
        "first weight": torch.zeros(MODELS, 0, CHANNELS),
        "first bias": torch.zeros(MODELS, 0, 1),
        "last weight": torch.zeros(MODELS, CLASSES, 0),
    },
    "no channels": {"first weight": torch.zeros(MODELS, WIDTH, 0), "x": torch.zeros(ROWS, 0)},
}


@pytest.mark.parametrize("empty", EMPTY.values(), ids=EMPTY)
def test_layers_without_units_or_channels_are_refused(empty: Tensors) -> None:
    assert not reached(train, {**good(), **empty})


def test_a_bias_goes_with_each_weight() -> None:
    parameters, x, _ = arguments(good())
    with pytest.raises(ValueError, match=r"zip\(\)"):
        Kernel(MagicMock()).predict(parameters[:3], x, 1, "relu", torch.zeros(ROWS, CLASSES))


@pytest.mark.parametrize("shape", [(MODELS, 2, 2), (MODELS, 1, 3)])
def test_batches_of_other_steps_or_rows_are_refused(shape: tuple[int, ...]) -> None:
    parameters, x, gradient = arguments(good())
    task = Course(replace(ONE_STEP, batch=2), ROWS, ROWS, torch.zeros(shape))
    with pytest.raises(ValueError, match=ERROR):
        Kernel(MagicMock()).train(parameters, x, gradient, 1, task, "relu", [found(good())])


def test_a_course_of_other_rows_is_refused() -> None:
    parameters, x, gradient = arguments(good())
    task = Course(ONE_STEP, ROWS + 1, ROWS + 1)
    with pytest.raises(ValueError, match=r"^there are 6 rows, where the course is one of 7$"):
        Kernel(MagicMock()).train(parameters, x, gradient, 1, task, "relu", [found(good())])
