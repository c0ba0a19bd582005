"""The mean of what is recalled of each class."""

from dataclasses import dataclass

import torch
from torch import Tensor

from analysis.measures.measure import Answers, Measure


@dataclass(frozen=True)
class BalancedAccuracy(Measure):
    r"""The mean of what a model recalls of each class.

    .. math:: \frac{1}{|C|} \sum_{c \in C} \frac{\sum_i [\hat y_i = y_i = c]}{\sum_i [y_i = c]}

    for answers ŷ and the classes C that labels have: 1 / \|C\| for one answer to every row.
    """

    unit = "fraction"
    target = "classes"

    def of(self, answers: Answers) -> Tensor:
        """Return the mean of each."""
        labels = answers.y
        right = answers.answers == labels
        classes = torch.arange(answers.logits.shape[-1], device="cpu")
        of_class = labels[:, None] == classes[:, None]  # (model, class, sample)
        there = of_class.sum(-1)
        recall = (of_class & right[:, None]).sum(-1).double() / there.clamp(min=1)
        return recall.sum(-1) / (there > 0).sum(-1)
