"""Whether a model says the same of every row."""

from dataclasses import dataclass

from torch import Tensor

from analysis.measures.measure import Answers, Measure


@dataclass(frozen=True)
class Constant(Measure):
    """Whether a model answers one class, or one number, to every row: 1 or 0.

    Such a model has collapsed, and a gain over it is not what anyone's teacher knew.
    """

    def of(self, answers: Answers) -> Tensor:
        """Return whether each does."""
        said = answers.logits[..., 0] if answers.logits.shape[-1] == 1 else answers.answers
        return (said == said[:, :1]).all(-1)
