"""Losses, each returning one value per model."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import one_hot

from analysis.training.optimiser import LARGEST
from venn import canonical
from venn.checks import ArgumentError, number, one_of

Reduction = Literal["batchmean", "mean"]

LEAST = -1e4
"""A log-probability whose exponential is 0 in float32."""

COLDEST, FLAT, HOTTEST = 1e-6, 16.0, 1e12
"""The temperatures that are allowed, and the one from which on outputs are almost all alike.

Softened outputs q differ from 1 / k by about 1 / T, and a divergence is about 1 / T² times what it is
multiplied with.  In float32 such differences would be rounding errors: above `FLAT` they are computed
themselves, as :math:`\\log kq`, never as a difference of probabilities.  The limit is matching of
logits, and at `HOTTEST` it is reached to the last digit.
"""


def log_softmax(
    logits: Float[Tensor, "model sample class_"],
) -> Float[Tensor, "model sample class_"]:
    """Return log-probabilities over classes, with the samples innermost in memory."""
    return logits.mT.log_softmax(-2).mT


def _log_ratios(
    u: Float[Tensor, "model sample class_"],
) -> Float[Tensor, "model sample class_"]:
    r"""Return :math:`\log (k \, \mathrm{softmax}(u))`, exact to a float's precision near 0 too."""
    u = u - u.amax(-1, keepdim=True)
    return u - u.expm1().mean(-1, keepdim=True).log1p()


def _divergence(
    log_kq: Float[Tensor, "model sample class_"], log_kp: Float[Tensor, "model sample class_"]
) -> Float[Tensor, "model sample"]:
    r"""Return :math:`\mathrm{KL}(q \,\|\, p)` where both are almost uniform.

    .. math:: \sum_j q_j (d_j - 1 + e^{-d_j}), \quad d = \log q - \log p,

    in which every term is about :math:`q_j d_j^2 / 2`: nothing cancels.
    """
    d = log_kq - log_kp
    q, p = log_kq.exp() / d.shape[-1], log_kp.exp() / d.shape[-1]
    series = d * d * (1 / 2 - d * (1 / 6 - d * (1 / 24 - d / 120)))
    return torch.where(d.abs() < 0.05, q * series, q * (d - 1) + p).sum(-1)


def cross_entropy(
    logits: Float[Tensor, "model sample class_"], y: Int[Tensor, "model sample"]
) -> Float[Tensor, " model"]:
    r"""Return :math:`-\frac{1}{n} \sum_i \log p_{y_i}(x_i)` of each model, in nats."""
    log_p = log_softmax(logits)
    return -log_p.gather(-1, y[..., None]).mean((-2, -1))


def squared_error(
    outputs: Float[Tensor, "model sample 1"], y: Float[Tensor, "model sample"]
) -> Float[Tensor, " model"]:
    r"""Return :math:`\frac{1}{n} \sum_i (y_i - s_i)^2` of each model."""
    return (outputs[..., 0] - y).square().mean(-1)


class LogitGradient(NamedTuple):
    r"""The derivative of models' losses along their logits s, in closed form.

    .. math:: \frac{\partial L}{\partial s_{ij}} = \frac{1}{n} \bigl( w_y \,\mathrm{softmax}(s_i)_j
              + w_t \,\mathrm{softmax}(s_i / T)_j - r_{ij} \bigr)

    Parameters
    ----------
    label_weight, teacher_weight : float
        :math:`w_y` and :math:`w_t`.
    temperature : float
        T.
    target : tensor (model, sample, class)
        r, what the weighted softmax of a perfect student would be.
    flat : bool
        Whether softmax(s / T) and r's part of it are both given less 1 / k, for temperatures above
        `FLAT`.
    """

    label_weight: float
    teacher_weight: float
    temperature: float
    target: Float[Tensor, "model sample class_"]
    flat: bool = False


@dataclass(frozen=True)
class Objective(ABC):
    """The loss of networks: labels and what a teacher says, each with its weight.

    Parameters
    ----------
    label_weight, teacher_weight : float
        What multiplies the two terms, from 0 to 1e12, not both 0; with a `teacher_weight` of 0 the
        loss is that of labels alone, and takes no targets.
    """

    label_weight: float = 1.0
    teacher_weight: float = 1.0

    def __post_init__(self) -> None:
        above = self.label_weight == 0  # a loss without a term trains nothing
        for name, least in (("label_weight", False), ("teacher_weight", above)):
            weight = number(name, getattr(self, name), above=least, at_most=LARGEST)
            object.__setattr__(self, name, weight)

    @abstractmethod
    def of_labels(self, weight: float) -> "Objective":
        """Return the loss of labels alone, with another weight."""

    @abstractmethod
    def weights(self, classes: int) -> tuple[float, float]:
        """Return what multiplies the mean loss of a row's label, and of what the teacher says of it."""

    @abstractmethod
    def form(self, classes: int) -> dict[str, Any]:
        """Return, as JSON data, all that a training depends on of it; of equal losses the same."""

    @abstractmethod
    def soften(
        self, outputs: Float[Tensor, "model sample class_"]
    ) -> Float[Tensor, "model sample class_"]:
        """Return what a teacher says in the form in which targets are given."""

    @abstractmethod
    def __call__(
        self, outputs: Tensor, y: Tensor, targets: Tensor | None = None
    ) -> Float[Tensor, " model"]:
        """Return the loss of each model; `targets` is what `soften` returned."""

    def _given(self, targets: Tensor | None) -> Tensor:
        if targets is None:
            allowed = "needs the teacher's softened outputs beside the labels"
            raise ArgumentError("teacher_weight", self.teacher_weight, allowed)
        return targets


@dataclass(frozen=True)
class SquaredError(Objective):
    r"""The loss of a real target: its own squared error, and that of a teacher's word for it.

    .. math:: L = w_y \, \overline{(y - s)^2} + w_t \, \overline{(t - s)^2}

    for the one output s of a student and t of its teacher; the bar is the mean over rows.

    Parameters
    ----------
    label_weight, teacher_weight : float
        :math:`w_y` and :math:`w_t`, from 0 to 1e12, not both 0.

    Notes
    -----
    The student descends on the squared error of :math:`(w_y y + w_t t) / (w_y + w_t)`: it is that of
    `LinearDistillation` with :math:`\lambda = w_t / (w_y + w_t)`.
    """

    def of_labels(self, weight: float) -> "SquaredError":
        """Return the squared error of labels alone."""
        return SquaredError(weight, 0.0)

    def weights(self, classes: int) -> tuple[float, float]:  # noqa: ARG002  # there are none
        """Return both weights."""
        return self.label_weight, self.teacher_weight

    def form(self, classes: int) -> dict[str, Any]:
        """Return, as JSON data, all that a training depends on of it."""
        return {"squared_error": list(self.weights(classes))}

    def soften(self, outputs: Float[Tensor, "model sample 1"]) -> Float[Tensor, "model sample 1"]:
        """Return what a teacher says as it is."""
        return outputs

    def __call__(
        self,
        outputs: Float[Tensor, "model sample 1"],
        y: Float[Tensor, "model sample"],
        targets: Float[Tensor, "model sample 1"] | None = None,
    ) -> Float[Tensor, " model"]:
        """Return the loss of each model; `targets` is what its teacher says."""
        labels = self.label_weight * squared_error(outputs, y)
        if self.teacher_weight == 0:
            return labels
        return labels + self.teacher_weight * squared_error(outputs, self._given(targets)[..., 0])


@dataclass(frozen=True)
class Distillation(Objective):
    r"""Logit distillation: labels and a teacher's softened outputs, each with its weight.

    .. math:: L = w_y \, \mathrm{CE}(y, s) + w_t \, T^2 \,
              \overline{\mathrm{KL}}(\mathrm{softmax}(t/T) \,\|\, \mathrm{softmax}(s/T))

    for student logits s and teacher logits t; the bar is the mean over rows.

    Parameters
    ----------
    label_weight : float
        :math:`w_y`, multiplies the cross-entropy with the labels; from 0 to 1e12.
    teacher_weight : float
        :math:`w_t`, multiplies the divergence from the teacher; from 0 to 1e12.  With 0 the loss is
        that of labels alone, and takes no targets.
    temperature : float
        T, from 1e-6 to 1e12; softens both outputs.  The factor T² keeps the size of the gradient: as
        T grows, the loss becomes half the squared difference of centred logits over their number.
    reduction : {"batchmean", "mean"}
        How rows and classes become one number, in the words of ``torch.nn.KLDivLoss``.
        ``"batchmean"`` sums over classes, which is the divergence, and averages over rows; ``"mean"``
        averages over both, and so divides by the number of classes k.  It is the default there, and
        with it of the paper's released script: a `teacher_weight` of 1 then acts as ½ of two classes.

    Raises
    ------
    ArgumentError
        If a weight or the temperature is out of bounds, both weights are 0, or the reduction is
        unknown.

    Notes
    -----
    Source: Hinton, Vinyals and Dean, Distilling the Knowledge in a Neural Network (2015), Section
    2, for the loss and its factor T²; the released script of Xue et al. (ICLR 2023) for the
    mean over rows and classes.
    """

    temperature: float = 1.0
    reduction: Reduction = "batchmean"

    def __post_init__(self) -> None:
        super().__post_init__()
        checked = number("temperature", self.temperature, at_least=COLDEST, at_most=HOTTEST)
        object.__setattr__(self, "temperature", checked)
        one_of("reduction", self.reduction, get_args(Reduction))

    def of_labels(self, weight: float) -> "Distillation":
        """Return the cross-entropy with labels alone."""
        return Distillation(weight, 0.0)

    def of_real_targets(self) -> SquaredError:
        """Return the loss of a real target with these weights, or fail where there is more to it."""
        if type(self) is not Distillation:
            allowed = (
                "is a loss of classes; a real target takes the weights of a plain Distillation"
            )
            raise ArgumentError("distillation", self, allowed)
        if self.temperature != 1:
            allowed = "must be 1 for a real target: a teacher's word for it is not softened"
            raise ArgumentError("temperature", self.temperature, allowed)
        return SquaredError(self.label_weight, self.teacher_weight)

    def weights(self, classes: int) -> tuple[float, float]:
        r"""Return what multiplies the cross-entropy, and what the mean divergence of a row.

        .. math:: w_y \text{ and } w_t / k, \quad k = 1 \text{ or, for ``"mean"``, the number of classes}

        All else follows from these two and the temperature: losses that agree in them are one loss.
        """
        shared = classes if self.reduction == "mean" else 1
        return self.label_weight, self.teacher_weight / shared

    def form(self, classes: int) -> dict[str, Any]:
        """Return, as JSON data, all that a training depends on of it; of equal losses the same."""
        if type(self) is not Distillation:
            return dict(canonical(self))
        return {"weights": list(self.weights(classes)), "temperature": self.temperature}

    def soften(
        self, logits: Float[Tensor, "model sample class_"]
    ) -> Float[Tensor, "model sample class_"]:
        """Return log-probabilities at the temperature: the form in which targets are given.

        Above `FLAT` they are those of k times the probabilities.  What is below `LEAST` stands for a
        probability of 0 in float32, and is raised to it: a target of 0 then adds 0 to the
        divergence, where an infinite logarithm would add nan.
        """
        return self._log(logits).clamp(min=LEAST)

    def __call__(
        self,
        logits: Float[Tensor, "model sample class_"],
        y: Int[Tensor, "model sample"],
        targets: Float[Tensor, "model sample class_"] | None = None,
    ) -> Float[Tensor, " model"]:
        """Return the loss of each model; `targets` are its teacher's softened outputs.

        They are constant during training, so they are softened once, by `soften`.
        """
        label_weight, teacher_weight = self.weights(logits.shape[-1])
        labels = label_weight * cross_entropy(logits, y)
        if teacher_weight == 0:
            return labels
        targets, log_p = self._given(targets), self._log(logits)
        if self._flat:
            divergence = _divergence(targets, log_p).mean(-1)
        else:
            divergence = (targets.exp() * (targets - log_p)).sum(-1).mean(-1)  # (model,)
        return labels + teacher_weight * self.temperature**2 * divergence

    def logit_gradient(
        self,
        classes: int,
        y: Int[Tensor, "model sample"],
        targets: Float[Tensor, "model sample class_"] | None = None,
    ) -> LogitGradient:
        r"""Return the derivative of each model's loss along its logits.

        The divergence adds :math:`w_t T (\mathrm{softmax}(s / T) - q)`: of its factor T², one goes
        with the derivative of s / T.
        """
        label_weight, teacher_weight = self.weights(classes)
        wanted = label_weight * one_hot(y, classes).float()
        if teacher_weight == 0:
            return LogitGradient(label_weight, 0.0, 1.0, wanted)
        weight = teacher_weight * self.temperature
        given = self._given(targets).float()
        wanted = wanted + weight * (given.expm1() / classes if self._flat else given.exp())
        return LogitGradient(label_weight, weight, self.temperature, wanted, self._flat)

    @property
    def _flat(self) -> bool:
        return self.temperature > FLAT

    def _log(
        self, logits: Float[Tensor, "model sample class_"]
    ) -> Float[Tensor, "model sample class_"]:
        """Return the logarithms of softened outputs, above `FLAT` of k times these."""
        return (_log_ratios if self._flat else log_softmax)(logits / self.temperature)
