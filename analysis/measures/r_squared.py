"""The share of a real target's variance that a model explains."""

from torch import Tensor

from analysis.measures.functions import measure


@measure(unit="fraction", target="real")
def r_squared(logits: Tensor, y: Tensor) -> Tensor:
    r"""Return the share of the target's variance that a model explains; below 0 where it adds to it.

    .. math:: 1 - \frac{\sum_i (s_i - y_i)^2}{\sum_i (y_i - \bar y)^2}

    nan where the target does not vary.
    """
    target = y.double()
    left = (logits[:, 0].double() - target).square().sum()
    spread = (target - target.mean()).square().sum()
    return (1 - left / spread).where(spread > 0, float("nan"))
