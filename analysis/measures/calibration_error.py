"""How far a model's confidence is from how often it is right."""

import torch
from torch import Tensor

from analysis.measures.functions import measure


@measure(unit="fraction", target="classes")
def calibration_error(logits: Tensor, y: Tensor, *, bins: int = 15) -> Tensor:
    r"""Return the expected calibration error of the answers.

    .. math:: \sum_b \frac{|B_b|}{n} \Bigl| \frac{1}{|B_b|} \sum_{i \in B_b}
              \bigl( [\hat y_i = y_i] - \hat p_i \bigr) \Bigr|

    for the largest probability :math:`\hat p_i` of each row, and the rows :math:`B_b` whose
    :math:`\hat p` lies in the b-th of equal intervals of (0, 1].

    Parameters
    ----------
    logits : tensor (sample, class)
        Of one model.
    y : tensor (sample,)
        Labels.
    bins : int
        How many intervals.

    Notes
    -----
    Source: Guo, Pleiss, Sun and Weinberger, On calibration of modern neural networks (2017),
    equation 3.
    """
    confidence, answers = logits.double().softmax(-1).max(-1)
    bin_of = (confidence * bins).ceil().long().clamp(1, bins) - 1
    apart = (answers == y).double() - confidence
    sums = torch.zeros(bins, dtype=torch.double, device="cpu").index_add_(0, bin_of, apart)
    return sums.abs().sum() / len(y)
