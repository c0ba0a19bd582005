"""How often a model's likeliest classes are its teacher's."""

from torch import Tensor

from analysis.measures.functions import measure
from venn.checks import whole


@measure(unit="fraction", target="classes")
def agreement(logits: Tensor, teacher: Tensor, *, k: int = 1) -> Tensor:
    r"""Return the share that the k likeliest classes of student and teacher have in common.

    .. math:: \frac{1}{n k} \sum_i \bigl| \mathrm{top}_k(s_i) \cap \mathrm{top}_k(t_i) \bigr|

    for logits s and t of the same rows; with k = 1, how often both give the same answer.  Of equal
    logits the first counts as likelier.

    Parameters
    ----------
    logits, teacher : tensor (sample, class)
        s and t.
    k : int
        How many classes, fewer than there are.

    Notes
    -----
    Source: Stanton, Izmailov, Kirichenko, Alemi and Wilson, Does knowledge distillation really work?
    (2021), the average top-1 agreement, for k = 1.
    """
    whole("k", k, at_least=1, at_most=logits.shape[-1] - 1)
    first, second = (
        each.argsort(dim=-1, descending=True, stable=True)[:, :k] for each in (logits, teacher)
    )
    shared = (first[:, :, None] == second[:, None, :]).any(-1)
    return shared.double().mean()
