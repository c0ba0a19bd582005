"""How much of a linear teacher is modality-general, and what its student can never match."""

import numpy as np
from jaxtyping import Float

from synth.roles import Roles
from venn.checks import ArgumentError, instance


def preserved(
    weights: Float[np.ndarray, "model channel"], roles: Roles
) -> Float[np.ndarray, " model"]:
    r"""Return the share of linear scores' variance that modality-general features make.

    .. math:: \gamma_w = \frac{\lVert (M^\top w)_0 \rVert^2}{\lVert M^\top w \rVert^2}

    for a score :math:`\langle w, x \rangle` of a view :math:`x = M s` of independent sources s of
    variance 1, of which those with index 0 are general.  Its complement is the share that nobody who
    sees only general features can know: the irreducible error of distillation.

    Parameters
    ----------
    weights : array (model, channel)
        w of each model; of two classes, the difference of their weights.
    roles : Roles
        Of the channels, such as ``population.roles["a"]``.

    Returns
    -------
    array (model,)
        From 0 to 1.

    Raises
    ------
    ArgumentError
        If the view is not linear, the channels do not fit, or weights are all 0 or not finite.

    Notes
    -----
    Source: Xue et al. (ICLR 2023), the analysis of linear models.
    """
    return energy(weights, roles, "general")


def energy(
    weights: Float[np.ndarray, "*group channel"], roles: Roles, role: str
) -> Float[np.ndarray, "*group"]:
    r"""Return the share of the energy of linear scores that sources of a role have.

    .. math:: \sum_{s \in \text{role}} (M^\top w)_s^2 \Big/ \sum_s (M^\top w)_s^2

    Parameters and errors are those of `preserved`.
    """
    instance("roles", roles, Roles, "population.roles['a']")
    if roles.matrix is None:
        allowed = "must be of a view that is linear in its sources"
        raise ArgumentError("roles", tuple(roles), allowed)
    if weights.shape[-1] != len(roles):
        raise ArgumentError("weights", weights.shape, f"must have {len(roles)} channels, as roles")
    squares = (weights @ roles.matrix) ** 2  # (…, source)
    total = squares.sum(axis=-1)
    if not (np.isfinite(total) & (total > 0)).all():
        raise ArgumentError("weights", weights, "must be finite, and not all 0")
    own = np.array([source == role for source in roles.sources])
    return np.asarray(squares[..., own].sum(axis=-1) / total)


def unmatched(
    scores: Float[np.ndarray, "sample model"], view: Float[np.ndarray, "sample channel"]
) -> Float[np.ndarray, " model"]:
    r"""Return the share of scores' variance that the best linear function of a view leaves.

    .. math:: e = \frac{\min_{u, c} \sum_i (t_i - \langle u, x_i \rangle - c)^2 / (n - d - 1)}
              {\sum_i (t_i - \bar t)^2 / (n - 1)}

    for scores t on n rows of d linearly independent channels: numerator and denominator are unbiased
    for the variances.

    Parameters
    ----------
    scores : array (sample, model)
        t of each model, such as a teacher's logit of one class less that of the other.
    view : array (sample, channel)
        x, what the student sees of the same rows.

    Returns
    -------
    array (model,)
        At least 0; may exceed 1 by chance where the view tells nothing.

    Raises
    ------
    ArgumentError
        If there are not at least two rows more than channels, or scores are constant.
    """
    rows, channels = view.shape
    if rows < channels + 2:
        allowed = f"must have at least {channels + 2} rows for {channels} channels"
        raise ArgumentError("view", view.shape, allowed)
    t, x = scores - scores.mean(axis=0), view - view.mean(axis=0)
    total = (t**2).sum(axis=0) / (rows - 1)
    if not (total > 0).all():
        raise ArgumentError("scores", scores, "must vary over the rows")
    best, _, rank, _ = np.linalg.lstsq(x.T @ x, x.T @ t)
    left = t - x @ best
    return np.asarray((left**2).sum(axis=0) / (rows - rank - 1) / total)
