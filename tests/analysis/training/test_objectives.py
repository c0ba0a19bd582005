import math
from typing import Any, get_args

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from analysis import Distillation, cross_entropy
from analysis.training.objectives import FLAT, LogitGradient, Reduction
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
@pytest.mark.parametrize(("reduction", "terms"), [("batchmean", 8), ("mean", 32)])
def test_distillation_equals_torch_per_model(
    reduction: Any, terms: int, temperature: float
) -> None:
    """L = w_y CE + w_t T² KL, against `torch.nn` with either way of averaging."""
    ours = loss_of(Distillation(0.3, 0.7, temperature, reduction))
    for model, value in enumerate(ours):
        ce = nn.CrossEntropyLoss()(STUDENT[model], Y[model])
        entries = nn.KLDivLoss(reduction="none")(
            (STUDENT[model] / temperature).log_softmax(1), (TEACHER[model] / temperature).softmax(1)
        )
        kl = entries.sum() / terms
        torch.testing.assert_close(value, 0.3 * ce + 0.7 * temperature**2 * kl)


def test_the_averages_differ_by_the_number_of_classes() -> None:
    per_row = loss_of(Distillation(0, 1, reduction="batchmean"))
    per_entry = loss_of(Distillation(0, 1, reduction="mean"))
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
    ("reduction", "total"), [("batchmean", 0.5 + 0.8), ("mean", 0.5 + 0.8 / 4)]
)
def test_the_total_weight_multiplies_the_gradient_where_teacher_and_labels_agree(
    reduction: Any, total: float
) -> None:
    """w_y CE(y) + w_t KL(one-hot y || s) / k = (w_y + w_t / k) CE(y) at temperature 1."""
    distillation = Distillation(0.5, 0.8, reduction=reduction)
    assert sum(distillation.weights(4)) == pytest.approx(total)
    agreeing = distillation.soften(nn.functional.one_hot(Y, 4).float().log())
    loss = distillation(STUDENT, Y, agreeing)
    torch.testing.assert_close(loss, sum(distillation.weights(4)) * cross_entropy(STUDENT, Y))


weights = st.sampled_from([0.0, 0.3, 1.0, 2.5])

losses = st.builds(
    Distillation,
    label_weight=weights,
    teacher_weight=weights.filter(bool),
    temperature=st.sampled_from([0.01, 0.5, 1.0, 3.0, 100.0]),
    reduction=st.sampled_from(get_args(Reduction)),
) | st.builds(Distillation, weights.filter(bool), st.just(0.0), st.sampled_from([1.0, 4.0]))


def along_logits(slope: LogitGradient, logits: Tensor) -> Tensor:
    """(w_y softmax(s) + w_t softmax(s / T) - r) / n, where it is flat less w_t / k."""
    own = slope.label_weight * logits.softmax(-1)
    less = 1 / logits.shape[-1] if slope.flat else 0.0
    soft = slope.teacher_weight * ((logits / slope.temperature).softmax(-1) - less)
    return (own + soft - slope.target) / logits.shape[1]


@given(losses, st.integers(2, 5), st.integers(1, 3), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_the_slope_is_the_gradient_along_the_logits(
    loss: Distillation, classes: int, models: int, rows: int, seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    student, teacher = torch.randn(
        2, models, rows, classes, dtype=torch.float64, generator=generator
    )
    y = torch.randint(0, classes, (models, rows), generator=generator)
    targets = (loss.soften(teacher),) if loss.teacher_weight else ()
    student.requires_grad_()
    (gradient,) = torch.autograd.grad(loss(student, y, *targets).sum(), student)
    slope = loss.logit_gradient(classes, y, *targets)
    found = along_logits(slope, student.detach())
    torch.testing.assert_close(found, gradient, rtol=0, atol=1e-6 * max(1, loss.temperature))
    assert slope.target.shape == (models, rows, classes)


@pytest.mark.parametrize("reduction", get_args(Reduction))
@pytest.mark.parametrize("temperature", [1.0, 4.0])
def test_the_slope_is_0_where_labels_and_teacher_are_met(
    reduction: Any, temperature: float
) -> None:
    """Of a student that says what its teacher says, and of labels that are as certain."""
    teacher = 1e4 * nn.functional.one_hot(Y, 4).float()
    loss = Distillation(0.5, 0.8, temperature, reduction)
    slope = loss.logit_gradient(4, Y, loss.soften(teacher))
    torch.testing.assert_close(along_logits(slope, teacher), torch.zeros(3, 8, 4))


def test_a_loss_of_labels_alone_takes_no_targets() -> None:
    loss = Distillation(0.7, 0, temperature=3.0)
    torch.testing.assert_close(loss(STUDENT, Y), 0.7 * cross_entropy(STUDENT, Y))
    slope = loss.logit_gradient(4, Y)
    assert slope[:3] == (0.7, 0.0, 1.0)
    assert torch.equal(slope.target, 0.7 * nn.functional.one_hot(Y, 4))


EXTREMES = (1e-6, 1e-3, FLAT, math.nextafter(FLAT, 17), 1e4, 1e6, 1e8, 1e10, 1e12)


def slopes(distillation: Distillation, student: Tensor, teacher: Tensor) -> Tensor:
    """Differentiate a loss along the student's logits."""
    leaf = student.clone().requires_grad_()
    value = distillation(leaf, Y, distillation.soften(teacher))
    return torch.autograd.grad(value.sum(), leaf)[0]


@pytest.mark.parametrize("temperature", EXTREMES)
def test_a_loss_is_the_same_in_both_precisions_at_any_temperature(temperature: float) -> None:
    distillation = Distillation(0.5, 0.5, temperature)
    for student, teacher in ((STUDENT, TEACHER), (100 * STUDENT, TEACHER / 100)):
        single = distillation(student, Y, distillation.soften(teacher))
        double = distillation(student.double(), Y, distillation.soften(teacher.double()))
        torch.testing.assert_close(single.double(), double, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(
            slopes(distillation, student, teacher).double(),
            slopes(distillation, student.double(), teacher.double()),
            rtol=1e-5,
            atol=1e-6,
        )


@pytest.mark.parametrize("temperature", [1e6, 1e8, 1e10, 1e12])
def test_the_limit_of_high_temperatures_is_matching_of_logits(temperature: float) -> None:
    """Half the squared difference of centred logits, over their number."""
    distillation = Distillation(0.0, 1.0, temperature)
    apart = (STUDENT - STUDENT.mean(-1, keepdim=True)) - (TEACHER - TEACHER.mean(-1, keepdim=True))
    expected = (apart**2).sum(-1).mean(-1) / 2 / 4
    torch.testing.assert_close(loss_of(distillation), expected, rtol=1e-5, atol=1e-6)
    found = slopes(distillation, STUDENT, TEACHER)
    torch.testing.assert_close(found, apart / 4 / STUDENT.shape[1], rtol=1e-5, atol=1e-6)


def test_a_loss_is_the_textbook_s_on_both_sides_of_where_its_form_changes() -> None:
    for temperature in (FLAT, math.nextafter(FLAT, 17)):
        student, teacher = STUDENT.double() / temperature, TEACHER.double() / temperature
        textbook = nn.KLDivLoss(reduction="none", log_target=True)
        divergence = textbook(student.log_softmax(-1), teacher.log_softmax(-1)).sum(-1).mean(-1)
        found = loss_of(Distillation(0.0, 1.0, temperature))
        expected = (temperature**2 * divergence).float()
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("use", [lambda d: d(STUDENT, Y), lambda d: d.logit_gradient(4, Y)])
def test_a_teacher_with_a_weight_must_say_something(use: Any) -> None:
    with pytest.raises(ArgumentError) as error:
        use(Distillation(1, 0.5))
    assert str(error.value) == (
        "teacher_weight = 0.5: needs the teacher's softened outputs beside the labels"
    )


@pytest.mark.parametrize("layout", ["plain", "rows innermost", "models innermost"])
def test_targets_lie_as_the_kernel_reads_them(layout: str) -> None:
    """Whole rows one after another, however labels and the teacher's outputs lie."""
    orders = {"plain": (0, 1, 2), "rows innermost": (0, 2, 1), "models innermost": (1, 2, 0)}
    order = orders[layout]
    back = [order.index(axis) for axis in range(3)]
    teacher = TEACHER.permute(order).contiguous().permute(back)
    y = Y.T.contiguous().T if layout == "models innermost" else Y
    for loss in (Distillation(), Distillation(1.0, 0.0)):
        targets = (loss.soften(teacher),) if loss.teacher_weight else ()
        target = loss.logit_gradient(4, y, *targets).target
        assert target.is_contiguous()
        assert target.dtype == torch.float32


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "negative label weight": ({"label_weight": -1}, "label_weight = -1: must be a finite number"),
    "negative teacher weight": ({"teacher_weight": -0.5}, "teacher_weight = -0.5: must be"),
    "no term at all": (
        {"label_weight": 0, "teacher_weight": 0},
        "teacher_weight = 0: must be a finite number above 0",
    ),
    "nan weight": ({"label_weight": math.nan}, "label_weight = nan: must be a finite number"),
    "temperature 0": (
        {"temperature": 0},
        "temperature = 0: must be a finite number of at least 1e-06",
    ),
    "weights too large": ({"label_weight": 1e13}, "label_weight = 10000000000000.0: must be at"),
    "a teacher too heavy": ({"teacher_weight": 2e12}, "teacher_weight = 2000000000000.0: must be"),
    "temperature too high": ({"temperature": 2e12}, "temperature = 2000000000000.0: must be at m"),
    "unknown reduction": (
        {"reduction": "batch"},
        "reduction = 'batch': is unknown; known: batchmean, mean",
    ),
}


@pytest.mark.parametrize(("arguments", "message"), BAD.values(), ids=BAD)
def test_bad_distillations(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        Distillation(**arguments)
    assert message in str(error.value)
