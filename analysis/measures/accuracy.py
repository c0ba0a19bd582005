"""How often a model is right."""

from dataclasses import dataclass

from torch import Tensor

from analysis.measures.measure import Answers, Measure


@dataclass(frozen=True)
class Accuracy(Measure):
    r"""The share of rows that a model classifies correctly.

    .. math:: \frac{1}{n} \sum_i [\hat y_i = y_i]
    """

    unit = "fraction"
    target = "classes"

    def of(self, answers: Answers) -> Tensor:
        """Return the share of each."""
        return (answers.answers == answers.y).double().mean(-1)
