import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from analysis import Distillation, cross_entropy
from venn import ArgumentError

GENERATOR = torch.Generator().manual_seed(0)
STUDENT = torch.randn(3, 8, 4, generator=GENERATOR)
TEACHER = torch.randn(3, 8, 4, generator=GENERATOR)
Y = torch.randint(0, 4, (3, 8), generator=GENERATOR)


def loss_of(distillation: Distillation, student: Tensor = STUDENT) -> Tensor:
    return distillation(student, Y, distillation.soften(TEACHER))


def test_cross_entropy_equals_torch_per_model() -> None:
    for model, value in enumerate(cross_entropy(STUDENT, Y)):
        torch.testing.assert_close(value, nn.CrossEntropyLoss()(STUDENT[model], Y[model]))


@pytest.mark.parametrize("temperature", [0.5, 1.0, 4.0])
@pytest.mark.parametrize(("average", "terms"), [("samples", 8), ("samples and classes", 32)])
def test_distillation_equals_torch_per_model(average: Any, terms: int, temperature: float) -> None:
    """L = w_y CE + w_t T² KL, against `torch.nn` with either way of averaging."""
    ours = loss_of(Distillation(0.3, 0.7, temperature, average))
    for model, value in enumerate(ours):
        ce = nn.CrossEntropyLoss()(STUDENT[model], Y[model])
        entries = nn.KLDivLoss(reduction="none")(
            (STUDENT[model] / temperature).log_softmax(1), (TEACHER[model] / temperature).softmax(1)
        )
        kl = entries.sum() / terms
        torch.testing.assert_close(value, 0.3 * ce + 0.7 * temperature**2 * kl)


def test_the_averages_differ_by_the_number_of_classes() -> None:
    per_row = loss_of(Distillation(0, 1, average="samples"))
    per_entry = loss_of(Distillation(0, 1, average="samples and classes"))
    torch.testing.assert_close(per_row, 4 * per_entry)


def test_each_weight_multiplies_its_own_term_and_the_ends_are_exact() -> None:
    labels_only, teacher_only = Distillation(1, 0), Distillation(0, 1)
    torch.testing.assert_close(loss_of(labels_only), cross_entropy(STUDENT, Y), rtol=0, atol=0)
    both = loss_of(Distillation(2, 3))
    torch.testing.assert_close(both, 2 * loss_of(labels_only) + 3 * loss_of(teacher_only))
    torch.testing.assert_close(loss_of(teacher_only, TEACHER), torch.zeros(3))


def test_the_loss_is_continuous_where_the_teacher_loses_its_weight() -> None:
    torch.testing.assert_close(
        loss_of(Distillation(1, 1e-7)), loss_of(Distillation(1, 0)), atol=1e-6, rtol=0
    )


def test_divergence_is_kl_of_teacher_and_student_in_this_order() -> None:
    """KL(t || s) has gradient softmax(s) - softmax(t) with respect to the student's logits."""
    student = STUDENT.clone().requires_grad_()
    loss_of(Distillation(0, 1), student).sum().backward()
    torch.testing.assert_close(student.grad, (STUDENT.softmax(-1) - TEACHER.softmax(-1)) / 8)


def test_high_temperature_is_regression_on_centred_logits() -> None:
    """T² KL → mean over rows of |s - t|² / (2K), logits centred (Hinton et al. 2015, 2.1)."""
    student, teacher = (x.double() for x in (STUDENT, TEACHER))
    distillation = Distillation(0, 1, temperature=1e4)
    ours = distillation(student, Y, distillation.soften(teacher))
    difference = student - teacher
    centred = difference - difference.mean(-1, keepdim=True)
    torch.testing.assert_close(ours, centred.square().sum(-1).mean(-1) / 8, rtol=1e-3, atol=0)


@pytest.mark.parametrize("temperature", [1.0, 4.0])
def test_a_target_of_zero_adds_nothing_to_the_divergence(temperature: float) -> None:
    """0 log 0 = 0: one-hot targets give the cross-entropy, finite, gradients too."""
    distillation = Distillation(0, 1, temperature)
    certain = distillation.soften(nn.functional.one_hot(Y, 4).float().log())
    assert certain.isfinite().all()
    assert certain.exp().equal(nn.functional.one_hot(Y, 4).float())
    student = STUDENT.clone().requires_grad_()
    loss = distillation(student, Y, certain)
    expected = temperature**2 * cross_entropy(STUDENT / temperature, Y)
    torch.testing.assert_close(loss.detach(), expected)
    loss.sum().backward()
    assert student.grad is not None
    assert student.grad.isfinite().all()


def test_softening_is_the_softmax_at_the_temperature() -> None:
    """Of logits and of log-probabilities alike, which differ by a constant a row."""
    distillation = Distillation(temperature=2.5)
    expected = (TEACHER / 2.5).softmax(-1)
    torch.testing.assert_close(distillation.soften(TEACHER).exp(), expected)
    torch.testing.assert_close(distillation.soften(TEACHER.log_softmax(-1)).exp(), expected)


@pytest.mark.parametrize(
    ("average", "total"), [("samples", 0.5 + 0.8), ("samples and classes", 0.5 + 0.8 / 4)]
)
def test_the_total_weight_multiplies_the_gradient_where_teacher_and_labels_agree(
    average: Any, total: float
) -> None:
    """w_y CE(y) + w_t KL(one-hot y || s) / k = (w_y + w_t / k) CE(y) at temperature 1."""
    distillation = Distillation(0.5, 0.8, average=average)
    assert distillation.total_weight(4) == pytest.approx(total)
    agreeing = distillation.soften(nn.functional.one_hot(Y, 4).float().log())
    loss = distillation(STUDENT, Y, agreeing)
    torch.testing.assert_close(loss, distillation.total_weight(4) * cross_entropy(STUDENT, Y))


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "negative label weight": ({"label_weight": -1}, "label_weight = -1: must be a finite number"),
    "negative teacher weight": ({"teacher_weight": -0.5}, "teacher_weight = -0.5: must be"),
    "no term at all": (
        {"label_weight": 0, "teacher_weight": 0},
        "teacher_weight = 0: must be a finite number above 0",
    ),
    "nan weight": ({"label_weight": math.nan}, "label_weight = nan: must be a finite number"),
    "temperature 0": ({"temperature": 0}, "temperature = 0: must be a finite number above 0"),
    "unknown average": (
        {"average": "batch"},
        "average = 'batch': is unknown; known: samples, samples and classes",
    ),
}


@pytest.mark.parametrize(("arguments", "message"), BAD.values(), ids=BAD)
def test_bad_distillations(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        Distillation(**arguments)
    assert message in str(error.value)
