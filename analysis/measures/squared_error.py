"""How far a model is from a real target."""

from torch import Tensor

from analysis.measures.functions import measure


@measure(target="real")
def squared_error(logits: Tensor, y: Tensor) -> Tensor:
    r"""Return the mean squared error, in squared units of the target.

    .. math:: \frac{1}{n} \sum_i (s_i - y_i)^2
    """
    return (logits[:, 0].double() - y.double()).square().mean()
