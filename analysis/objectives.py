"""Losses, each returning one value per model."""

from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import one_hot

from venn.checks import ArgumentError, number, one_of

Average = Literal["samples", "samples and classes"]

LEAST = -1e4
"""A log-probability whose exponential is 0 in float32."""


def log_softmax(
    logits: Float[Tensor, "model sample class_"],
) -> Float[Tensor, "model sample class_"]:
    """Return log-probabilities over classes, with the samples innermost in memory."""
    return logits.mT.log_softmax(-2).mT


def cross_entropy(
    logits: Float[Tensor, "model sample class_"], y: Int[Tensor, "model sample"]
) -> Float[Tensor, " model"]:
    r"""Return :math:`-\frac{1}{n} \sum_i \log p_{y_i}(x_i)` of each model, in nats."""
    log_p = log_softmax(logits)
    return -log_p.gather(-1, y[..., None]).mean((-2, -1))


class Slope(NamedTuple):
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
    """

    label_weight: float
    teacher_weight: float
    temperature: float
    target: Float[Tensor, "model sample class_"]


@dataclass(frozen=True)
class Distillation:
    r"""Logit distillation: labels and a teacher's softened outputs, each with its weight.

    .. math:: L = w_y \, \mathrm{CE}(y, s) + w_t \, T^2 \,
              \overline{\mathrm{KL}}(\mathrm{softmax}(t/T) \,\|\, \mathrm{softmax}(s/T))

    for student logits s and teacher logits t; the bar is the mean over rows.

    Parameters
    ----------
    label_weight : float
        :math:`w_y`, multiplies the cross-entropy with the labels; at least 0.
    teacher_weight : float
        :math:`w_t`, multiplies the divergence from the teacher; at least 0.  With 0 the loss is
        that of labels alone, and takes no targets.
    temperature : float
        T, above 0; softens both outputs.  The factor T² keeps the size of the gradient.
    average : {"samples", "samples and classes"}
        What the divergence is averaged over.  The sum over classes is the divergence itself;
        averaging over classes too divides it by their number, as ``KLDivLoss`` does by default and
        with it the paper's released script: a `teacher_weight` of 1 then acts as ½ of two classes.

    Raises
    ------
    ArgumentError
        If a weight is negative, both are 0, the temperature is not positive, or `average` is
        unknown.

    Notes
    -----
    Source: Hinton, Vinyals and Dean, Distilling the Knowledge in a Neural Network (2015), Section
    2, for the loss and its factor T²; the released script of Xue et al. (ICLR 2023) for the
    average over samples and classes.
    """

    label_weight: float = 1.0
    teacher_weight: float = 1.0
    temperature: float = 1.0
    average: Average = "samples"

    def __post_init__(self) -> None:
        """Check every argument."""
        exclusive = {
            "label_weight": False,
            "teacher_weight": self.label_weight == 0,  # a loss without a term trains nothing
            "temperature": True,
        }
        for name, above in exclusive.items():
            object.__setattr__(self, name, number(name, getattr(self, name), above=above))
        one_of("average", self.average, get_args(Average))

    def total_weight(self, classes: int) -> float:
        r"""Return what multiplies the gradient where the teacher says what the labels say.

        .. math:: w_y + w_t / k, \quad k = 1 \text{ or, averaged over classes too, their number}

        At temperature 1 the loss with one-hot targets is the cross-entropy with this weight.
        """
        return self.label_weight + self.teacher_weight / self._divisor(classes)

    def soften(
        self, logits: Float[Tensor, "model sample class_"]
    ) -> Float[Tensor, "model sample class_"]:
        """Return log-probabilities at the temperature: the form in which targets are given.

        Those below `LEAST` stand for a probability of 0 in float32, and are raised to it: a target
        of 0 then adds 0 to the divergence, where an infinite logarithm would add nan.
        """
        return log_softmax(logits / self.temperature).clamp(min=LEAST)

    def __call__(
        self,
        logits: Float[Tensor, "model sample class_"],
        y: Int[Tensor, "model sample"],
        targets: Float[Tensor, "model sample class_"] | None = None,
    ) -> Float[Tensor, " model"]:
        """Return the loss of each model; `targets` are its teacher's softened outputs.

        They are constant during training, so they are softened once, by `soften`.
        """
        labels = self.label_weight * cross_entropy(logits, y)
        if self.teacher_weight == 0:
            return labels
        targets = self._given(targets)
        log_p = log_softmax(logits / self.temperature)
        divergence = (targets.exp() * (targets - log_p)).sum(-1).mean(-1)  # (model,)
        divergence = divergence / self._divisor(logits.shape[-1])
        return labels + self.teacher_weight * self.temperature**2 * divergence

    def slope(
        self,
        classes: int,
        y: Int[Tensor, "model sample"],
        targets: Float[Tensor, "model sample class_"] | None = None,
    ) -> Slope:
        r"""Return the derivative of each model's loss along its logits.

        The divergence adds :math:`w_t T (\mathrm{softmax}(s / T) - q)`, divided as it is averaged:
        of its factor T², one goes with the derivative of s / T.
        """
        wanted = self.label_weight * one_hot(y, classes).float()
        if self.teacher_weight == 0:
            return Slope(self.label_weight, 0.0, 1.0, wanted)
        weight = self.teacher_weight * self.temperature / self._divisor(classes)
        wanted = wanted + weight * self._given(targets).float().exp()
        return Slope(self.label_weight, weight, self.temperature, wanted)

    def _given(self, targets: Tensor | None) -> Tensor:
        if targets is None:
            allowed = "needs the teacher's softened outputs beside the labels"
            raise ArgumentError("teacher_weight", self.teacher_weight, allowed)
        return targets

    def _divisor(self, classes: int) -> int:
        return classes if self.average == "samples and classes" else 1
