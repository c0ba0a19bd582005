import math
from typing import Any, get_args

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from analysis import Distillation, SquaredError, cross_entropy
from analysis.training.objectives import FLAT, Reduction
from tests.analysis import plain
from tests.refusals import refusal
from venn import ArgumentError

GENERATOR = torch.Generator().manual_seed(0)
STUDENT = torch.randn(3, 8, 4, generator=GENERATOR)
TEACHER = torch.randn(3, 8, 4, generator=GENERATOR)
Y = torch.randint(0, 4, (3, 8), generator=GENERATOR)


def value_and_slopes(
    loss: Distillation, student: Tensor, y: Tensor, teacher: Tensor
) -> tuple[Tensor, Tensor]:
    """Return a loss, and differentiate it along the student's logits."""
    leaf = student.clone().requires_grad_()
    value = loss(leaf, y, *([loss.soften(teacher)] if loss.teacher_weight else []))
    return value.detach(), torch.autograd.grad(value.sum(), leaf)[0]


weights = st.sampled_from([0.0, 0.3, 1.0, 2.5])

JUST_FLAT = math.nextafter(FLAT, 17)

losses = st.builds(
    Distillation,
    label_weight=weights,
    teacher_weight=weights.filter(bool),
    temperature=st.sampled_from([0.01, 0.5, 1.0, 3.0, FLAT, JUST_FLAT, 100.0]),
    reduction=st.sampled_from(get_args(Reduction)),
) | st.builds(Distillation, weights.filter(bool), st.just(0.0), st.sampled_from([1.0, 4.0]))

ORDERS = {"plain": (0, 1, 2), "rows innermost": (0, 2, 1), "models innermost": (1, 2, 0)}


@given(
    losses,
    st.integers(2, 5),
    st.integers(1, 3),
    st.integers(1, 6),
    st.sampled_from(list(ORDERS.values())),
    st.integers(0, 2**32 - 1),
)
def test_a_loss_is_torch_s_per_model_and_its_gradient_is_closed(
    loss: Distillation, classes: int, models: int, rows: int, order: tuple[int, int, int], seed: int
) -> None:
    """(w_y softmax(s) + w_t softmax(s / T) - r) / n, where it is flat less w_t / k.

    Of a loss of labels alone too, which takes no targets; r lies as the kernel reads it, however
    the teacher's outputs do.
    """
    generator = torch.Generator().manual_seed(seed)
    student, teacher = torch.randn(2, models, rows, classes, generator=generator).double()
    teacher = teacher.permute(order).contiguous().permute([order.index(axis) for axis in range(3)])
    y = torch.randint(0, classes, (models, rows), generator=generator)
    value, slopes = value_and_slopes(loss, student, y, teacher)
    for model in range(models):
        soft = (teacher[model] / loss.temperature).softmax(-1)
        expected = plain.loss(loss, student[model], y[model], soft)
        torch.testing.assert_close(value[model], expected, rtol=1e-6, atol=1e-9)
    targets = (loss.soften(teacher),) if loss.teacher_weight else ()
    closed = loss.logit_gradient(classes, y, *targets)
    assert closed.target.is_contiguous()
    assert closed.target.dtype == torch.float32
    less = 1 / classes if closed.flat else 0.0
    own = closed.label_weight * student.softmax(-1)
    imitated = closed.teacher_weight * ((student / closed.temperature).softmax(-1) - less)
    found = (own + imitated - closed.target) / rows
    torch.testing.assert_close(found, slopes, rtol=0, atol=1e-6 * max(1, loss.temperature))


@pytest.mark.parametrize("temperature", [1.0, 4.0])
def test_a_target_of_zero_adds_nothing_to_the_divergence(temperature: float) -> None:
    """0 log 0 = 0: one-hot targets give the cross-entropy, finite, gradients too."""
    loss, certain = Distillation(0, 1, temperature), nn.functional.one_hot(Y, 4).float().log()
    assert loss.soften(certain).isfinite().all()
    value, slopes = value_and_slopes(loss, STUDENT, Y, certain)
    torch.testing.assert_close(value, temperature**2 * cross_entropy(STUDENT / temperature, Y))
    assert slopes.isfinite().all()


EXTREMES = (1e-6, 1e-3, FLAT, JUST_FLAT, 1e4, 1e6, 1e8, 1e10, 1e12)


@pytest.mark.parametrize("temperature", EXTREMES)
def test_a_loss_is_the_same_in_both_precisions_at_any_temperature(temperature: float) -> None:
    loss = Distillation(0.5, 0.5, temperature)
    for student, teacher in ((STUDENT, TEACHER), (100 * STUDENT, TEACHER / 100)):
        single = value_and_slopes(loss, student, Y, teacher)
        double = value_and_slopes(loss, student.double(), Y, teacher.double())
        torch.testing.assert_close(single[0].double(), double[0], rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(single[1].double(), double[1], rtol=1e-5, atol=1e-6)


def test_a_teacher_with_a_weight_must_say_something() -> None:
    loss = Distillation(1, 0.5)
    for use in (lambda: loss(STUDENT, Y), lambda: loss.logit_gradient(4, Y)):
        with pytest.raises(ArgumentError) as error:
            use()
        assert str(error.value) == (
            "teacher_weight = 0.5: needs the teacher's softened outputs beside the labels"
        )


@given(
    weights, weights.filter(bool), st.integers(1, 3), st.integers(1, 6), st.integers(0, 2**32 - 1)
)
def test_squared_errors_are_torch_s(
    label: float, teacher: float, models: int, rows: int, seed: int
) -> None:
    """w_y (y - s)² + w_t (t - s)², means over the rows of each model."""
    generator = torch.Generator().manual_seed(seed)
    said, heard, real = torch.randn(3, models, rows, 1, generator=generator).double()
    for loss in (SquaredError(label, teacher), SquaredError(teacher, 0.0)):
        leaves = [said.clone().requires_grad_() for _ in range(2)]
        value = loss(leaves[0], real[..., 0], *([heard] if loss.teacher_weight else []))
        expected = [
            loss.label_weight * nn.functional.mse_loss(s, y)
            + loss.teacher_weight * nn.functional.mse_loss(s, t)
            for s, y, t in zip(leaves[1], real, heard, strict=True)
        ]
        torch.testing.assert_close(value, torch.stack(expected))
        slopes = [
            torch.autograd.grad(each.sum(), leaf)[0]
            for each, leaf in zip((value, torch.stack(expected)), leaves, strict=True)
        ]
        torch.testing.assert_close(*slopes)
    assert loss.soften(heard) is heard


def test_a_real_target_takes_the_weights_alone() -> None:
    class Own(Distillation):
        """A loss of one's own."""

    for reduction in get_args(Reduction):
        loss = Distillation(0.5, 2.0, reduction=reduction)
        assert loss.of_real_targets() == SquaredError(0.5, 2.0)
    assert SquaredError(0.5, 2.0).of_labels(3.0) == SquaredError(3.0, 0.0)
    assert refusal(Distillation(temperature=4.0).of_real_targets) == (
        "temperature = 4.0: must be 1 for a real target: a teacher's word for it is not softened"
    )
    assert "is a loss of classes" in refusal(Own().of_real_targets)
    assert refusal(SquaredError(0.5), STUDENT[..., :1], STUDENT[..., 0]) == (
        "teacher_weight = 1.0: needs the teacher's softened outputs beside the labels"
    )
    assert "must be a finite number above 0" in refusal(SquaredError, 0, 0)


BAD: dict[str, dict[str, Any]] = {
    "label_weight = -1: must be a finite number": {"label_weight": -1},
    "teacher_weight = -0.5: must be": {"teacher_weight": -0.5},
    "teacher_weight = 0: must be a finite number above 0": {"label_weight": 0, "teacher_weight": 0},
    "temperature = 0: must be a finite number of at least 1e-06": {"temperature": 0},
    "label_weight = 10000000000000.0: must be at": {"label_weight": 1e13},
    "teacher_weight = 2000000000000.0: must be": {"teacher_weight": 2e12},
    "temperature = 2000000000000.0: must be at m": {"temperature": 2e12},
    "reduction = 'batch': is unknown; known: batchmean, mean": {"reduction": "batch"},
}


@pytest.mark.parametrize(("message", "arguments"), BAD.items(), ids=BAD)
def test_bad_distillations(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=f"^{message}"):
        Distillation(**arguments)
