"""How improbable labels are to a model."""

import math

from torch import Tensor

from analysis.measures.functions import measure


@measure(unit="bits", target="classes")
def negative_log_likelihood(logits: Tensor, y: Tensor) -> Tensor:
    r"""Return the mean surprise at the labels, in bits.

    .. math:: -\frac{1}{n} \sum_i \log_2 p_{y_i}(x_i), \qquad p = \mathrm{softmax}(s)

    for logits s.  No model has less than the entropy of the label given what it sees.
    """
    log_p = logits.double().log_softmax(-1)
    return -log_p.gather(-1, y[:, None]).mean() / math.log(2)
