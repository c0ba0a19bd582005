"""How well a score puts things in their true order: the area under the ROC curve, and beyond."""

import numpy as np
from jaxtyping import Float

from venn import ArgumentError


def concordance(
    score: Float[np.ndarray, "*group item"], truth: Float[np.ndarray, "..."]
) -> Float[np.ndarray, "*group"]:
    r"""Return how often, of two items that differ in truth, the truer one has the larger score.

    .. math:: C = \frac{\sum_{t_i > t_j} \bigl(\mathbb{1}[s_i > s_j]
              + \tfrac{1}{2} \mathbb{1}[s_i = s_j]\bigr)}{\sum_{t_i > t_j} 1}

    For a truth of two values it is the area under the ROC curve (AUC); a score that knows nothing
    of the truth has ½.

    Parameters
    ----------
    score, truth : array (..., item)
        s and t, of one shape.  Items whose truth is NaN are left out.

    Returns
    -------
    array (...)
        From 0 to 1.

    Raises
    ------
    ArgumentError
        If the shapes differ, a score is no finite number, or a group has no two items that differ
        in truth.

    Examples
    --------
    >>> score, truth = np.array([0.1, 0.4, 0.35, 0.8]), np.array([0.0, 0.0, 1.0, 1.0])
    >>> float(concordance(score, truth))
    0.75
    """
    if score.shape != truth.shape:
        raise ArgumentError("truth", truth.shape, f"must be of shape {score.shape}, as score is")
    if not np.isfinite(score).all():
        raise ArgumentError("score", score, "must be finite numbers")
    truer = truth[..., :, None] > truth[..., None, :]  # never, where one is NaN
    pairs = truer.sum(axis=(-2, -1))
    if not (pairs > 0).all():
        raise ArgumentError("truth", truth, "must differ for at least two items of each group")
    first, second = score[..., :, None], score[..., None, :]
    right = (truer & (first > second)).sum(axis=(-2, -1))
    tied = (truer & (first == second)).sum(axis=(-2, -1))
    return np.asarray((right + tied / 2) / pairs)
