"""What only training does; that it does what torch does, and for each alone, is in test_roads.py."""

import inspect
from collections.abc import Callable
from typing import Any
from unittest.mock import ANY, MagicMock

import pytest
import torch

import analysis.training.minimise
from analysis import (
    MLP,
    Distillation,
    Optimiser,
    Parameters,
    SquaredError,
    cross_entropy,
    logits,
    minimise,
    progress,
)
from analysis.training.groups import GROUP_BYTES
from analysis.training.kernel import kernel, kernel_for, library
from analysis.training.minimise import trajectory
from analysis.training.networks import finite
from analysis.training.outputs import outputs
from analysis.training.pairs import train_pair
from tests.analysis.bars import Shown
from tests.analysis.plain import networks
from tests.refusals import refusal

START = networks(MLP(6, 4), 5)
X = torch.randn(5, 30, 6, generator=torch.Generator().manual_seed(1))
Y = (torch.arange(30) % 2).repeat(5, 1)
SAID = X[..., :2].contiguous()
LABELS = Distillation(1.0, 0.0)
SGD = Optimiser("sgd", 0.1, 3)


def label_loss(parameters: Parameters, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return cross_entropy(logits(parameters, x), y)


def test_the_kernel_trains_networks_of_float32_on_a_cpu() -> None:
    double = tuple(part.double() for part in START)
    assert kernel_for("cpu", START) is kernel()
    assert kernel_for("cuda", START) is None
    assert kernel_for("cpu", double) is kernel_for("cpu", (*START, double[0])) is None


USES: dict[str, Callable[[str], Any]] = {
    "minimise": lambda device: minimise(LABELS, START, (X, Y), SGD, device=device),
    "a loss of one's own": lambda device: minimise(label_loss, START, (X, Y), SGD, device=device),
    "train_pair": lambda device: train_pair(START, START, X, X, Y, SGD, device=device)[0],
    "outputs": lambda device: (outputs(START, X, device),),
}

uses = pytest.mark.parametrize("use", USES.values(), ids=USES)


@uses
def test_a_gpu_that_is_asked_for_is_used(use: Callable[[str], Any]) -> None:
    """Or missed: nothing is computed elsewhere in its place."""
    if torch.cuda.is_available():
        for ours, here in zip(use("cuda"), use("cpu"), strict=True):
            torch.testing.assert_close(ours, here, rtol=0, atol=1e-4)
    else:
        with pytest.raises((AssertionError, RuntimeError), match=r"CUDA|NVIDIA"):
            use("cuda")


@pytest.mark.skipif(kernel() is None, reason="there is no C++ compiler")
@uses
def test_what_the_kernel_can_do_it_does(
    use: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Torch rounds in another order; a loss of one's own is torch's in any case."""
    with_kernel = use("cpu")
    monkeypatch.setattr(library, "kernel", lambda: None)
    same = all(map(torch.equal, with_kernel, use("cpu")))
    assert same is (use is USES["a loss of one's own"])


def test_a_step_is_repeated_where_its_tensors_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """What `repeated` is given is all there is to a step."""
    repeated = MagicMock()
    monkeypatch.setattr(analysis.training.minimise, "repeated", repeated)
    found = minimise(label_loss, START, (X, Y), SGD)
    repeated.assert_called_with(ANY, "cpu")
    repeated.return_value.assert_called_with(3)
    assert all(map(torch.equal, found, START))


@pytest.mark.parametrize("loss", [LABELS, label_loss], ids=["kernel", "torch"])
def test_progress_counts_every_model_once(loss: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(GROUP_BYTES, "cpu", 3000)
    shown = Shown()
    with progress(shown):
        minimise(loss, START, (X, Y), SGD)
    assert len(shown.seen) > 2
    assert (shown.n, shown.total) == (5, None)


@pytest.mark.parametrize("weights", [(1e12, 1e12, 0.0), (1e-12, 1e-12, 0.0), (1.0, 1.0, 1e12)])
@pytest.mark.parametrize("compiled", [True, False])
def test_the_largest_and_smallest_weights_train_as_in_float64(
    weights: tuple[float, float, float], compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a square of Adam's overflows, a network would stay as it was, and nobody would know."""
    label_weight, teacher_weight, decay = weights
    loss, optimiser = Distillation(label_weight, teacher_weight), Optimiser("adam", 0.01, 20, decay)
    if not compiled:
        monkeypatch.setattr(library, "kernel", lambda: None)
    found = minimise(loss, START, (X, Y, loss.soften(SAID)), optimiser)
    double = tuple(tensor.double() for tensor in START)
    data = (X.double(), Y, loss.soften(SAID.double()))
    expected = minimise(loss, double, data, optimiser)
    for one, two, start in zip(found, expected, START, strict=True):
        torch.testing.assert_close(one.double(), two, rtol=1e-4, atol=1e-4)
        assert label_weight < 1 or not torch.equal(one, start)


def test_a_model_whose_loss_has_no_value_in_the_end_diverged_and_no_other_did() -> None:
    """As of 0 log(0), added as a constant: the gradient is that of the rest."""
    added = torch.tensor([0.0, torch.nan, 0.0, torch.inf, 0.0])
    found = minimise(lambda p, x, y, more: label_loss(p, x, y) + more, START, (X, Y, added), SGD)
    assert finite(found).tolist() == [True, False, True, False, True]
    fine = [0, 2, 4]
    expected = minimise(label_loss, START, (X, Y), SGD)
    for one, two in zip(found, expected, strict=True):
        assert torch.equal(one[fine], two[fine])


ONE = (torch.zeros(2, 3, 1),)
FLAT = {"a number": 1.0, "nothing": None, "a sum": torch.zeros(()), "a column": torch.zeros(2, 1)}
ROWS = tuple(X[i : i + 1] for i in range(5))
BAD: dict[str, tuple[Any, ...]] = {
    "initial = 'Tensor': must be a tuple of tensors": (LABELS, START[0], (X, Y)),
    "initial[0] = 'numpy.ndarray': must be a tensor with": (LABELS, (START[0].numpy(),), (X, Y)),
    "initial[0] = torch.int64: must be of floats": (LABELS, (Y,), (X, Y)),
    "data[0] = 'numpy.ndarray': must be a tensor": (LABELS, START, (X.numpy(), Y)),
    "data[0] = ['((1, 30, 6), torch.float32)', '((1, 7, 6)": (
        *(LABELS, START, ((*ROWS[:4], ROWS[4][:, :7]), Y)),
    ),
    "data[0] = '(5, 30, 6) of torch.float64': must be (5, 30, 6) of torch.float32": (
        *(LABELS, START, (X.double(), Y)),
    ),
    "data[0] = '(5, 30, 5) of torch.float32': must be (5, 30, 6)": (LABELS, START, (X[..., 1:], Y)),
    "data[1] = '(5, 29) of torch.int64': must be (5, 30)": (LABELS, START, (X, Y[:, 1:])),
    "data[1] = '(5, 30) of torch.float32': must be (5, 30) of": (LABELS, START, (X, Y.float())),
    "data[1] = '1 to 2': must be classes from 0 to 1": (LABELS, START, (X, Y + 1)),
    "data = '2 parts': must be (x, y, targets)": (Distillation(), START, (X, Y)),
    "models = [5, 5, 5, 5, 4, 5]: must be as many": (LABELS, START, (X[:4], Y)),
    "initial[1] = '(4, 1) a model': has no part in what the loss returns": (
        *(lambda p, _: p[0].sum((1, 2)), START[:2], (X,)),
    ),
}


@pytest.mark.parametrize("words", BAD)
def test_what_cannot_be_trained_is_refused(words: str) -> None:
    assert refusal(inspect.unwrap(trajectory), *BAD[words], SGD).startswith(words)


@pytest.mark.parametrize("value", FLAT.values(), ids=FLAT)
def test_a_loss_returns_one_float_a_model_with_a_gradient(value: Any) -> None:
    words = refusal(inspect.unwrap(minimise), lambda *_: value, ONE, (), SGD)
    assert words.startswith("loss(…) = ")
    assert "must return one value a model, a tensor (2,) of floats" in words


def test_what_is_made_of_a_distillation_is_trained_as_it_says() -> None:
    class Half(Distillation):
        def __call__(self, *data: Any) -> torch.Tensor:
            return super().__call__(*data) / 2

    halved = minimise(Half(1.0, 0.0), START, (X, Y), SGD)
    expected = minimise(Distillation(0.5, 0.0), START, (X, Y), SGD)
    for one, two in zip(halved, expected, strict=True):
        torch.testing.assert_close(one, two)


def test_a_real_target_wants_one_output_and_floats() -> None:
    one, y = networks(MLP(6, 4, 1), 5), X[..., 0].contiguous()
    trained = minimise(SquaredError(), one, (X, y, SAID[..., :1]), SGD)
    assert trained[-1].shape == (5, 1, 1)
    for loss, start, labels, words in (
        (SquaredError(), START, y, "initial[3] = (5, 2, 1): must be of 1 output for this loss"),
        (LABELS, one, Y, "initial[3] = (5, 1, 1): must be of 2 outputs or more for this loss"),
        (SquaredError(), one, Y, "data[1] = '(5, 30) of torch.int64': must be (5, 30) of torch.f"),
    ):
        assert refusal(minimise, loss, start, (X, labels, SAID[..., :1]), SGD).startswith(words)


def test_a_weight_decay_that_nobody_chose_is_refused() -> None:
    open_to_depth = Optimiser("adam", 0.1, 3, None)
    words = refusal(minimise, LABELS, START, (X, Y), open_to_depth)
    assert words.startswith("weight_decay = None: is left to the depth of networks")
    assert open_to_depth.settled(2) == Optimiser("adam", 0.1, 3, 0.03)
    assert SGD.settled(2) == SGD


@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
def test_a_lone_model_without_data_is_trained(kind: torch.dtype) -> None:
    (found,) = minimise(
        lambda p: p[0].square().sum((1, 2)), (torch.ones(1, 1, 1, dtype=kind),), (), SGD
    )
    assert found.item() == pytest.approx(0.8**3)
