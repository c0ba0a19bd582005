"""How well a model ranks rows by their class."""

import numpy as np
from scipy import stats
from torch import Tensor

from analysis.measures.functions import measure


@measure(unit="fraction", target="classes")
def auroc(logits: Tensor, y: Tensor) -> float:
    r"""Return the area under the ROC curve: how often a row of a class has more of its score.

    .. math:: \frac{1}{n_c n_{\bar c}} \sum_{y_i = c} \sum_{y_j \neq c}
              \bigl( [p_{ic} > p_{jc}] + \tfrac{1}{2} [p_{ic} = p_{jc}] \bigr)

    for class 1 of two, whose score is the difference of logits; of more classes the mean over
    classes c with their probability p, one against the rest.  nan where a class is not there.
    """
    labels = y.numpy()
    classes = range(logits.shape[-1])
    if len(classes) == 2:
        scores = {1: (logits[:, 1].double() - logits[:, 0].double()).numpy()}
    else:
        p = logits.double().softmax(-1).numpy()
        scores = {c: p[:, c] for c in classes}
    areas = []
    for c, score in scores.items():
        of_class = labels == c
        count, others = int(of_class.sum()), int((~of_class).sum())
        if 0 in {count, others}:
            return float("nan")
        above = stats.rankdata(score)[of_class].sum() - count * (count + 1) / 2
        areas.append(above / (count * others))
    return float(np.mean(areas))
