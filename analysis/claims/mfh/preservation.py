"""How much of a linear teacher is modality-general, and what its student can never match."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from analysis.measures.measure import Answers, Measure, Place
from analysis.methods.agreeing import Agreed, Agreeing
from analysis.methods.method import Method, Model, Setup
from analysis.protocols import Protocol, Synthetic
from synth.roles import Roles
from venn import VennDiagram
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


class _OfTeachers(Measure):
    """A number of a linear teacher that was trained to agree, of two classes."""

    unit = "fraction"
    of_point = True

    def applies(self, method: Method, setup: Setup) -> bool:
        """Return whether a method's models are such teachers."""
        return isinstance(method, Agreeing) and setup.teacher[0] == 0 and setup.classes == 2


@dataclass(frozen=True)
class Preserved(_OfTeachers):
    """The share of general features in a teacher's weights: `preserved`."""

    def of(self, answers: Answers) -> Sequence[float]:
        """Return that of each."""
        found = []
        for model, place in zip(answers.models, answers.places, strict=True):
            roles = taught_by(place.protocol, place.diagram)
            found.append(float(preserved(_weights(model)[None], roles)[0]))
        return found


@dataclass(frozen=True)
class Error(_OfTeachers):
    """What the best linear function of the student's view leaves of a teacher's output: `unmatched`.

    Parameters
    ----------
    rows : int
        Fresh rows on which it is measured: those that follow the test rows.
    """

    rows: int = 2000

    def of(self, answers: Answers) -> Sequence[float]:
        """Return that of each."""
        fresh = {place: self._fresh(place) for place in {*answers.places}}
        found = []
        for model, place in zip(answers.models, answers.places, strict=True):
            teacher, student = fresh[place]
            found.append(float(unmatched((teacher @ _weights(model))[:, None], student)[0]))
        return found

    def _fresh(self, place: Place) -> list[Float[np.ndarray, "sample _"]]:
        """Return what teacher and student see of rows that nobody was fitted or tested on."""
        drawn = place.protocol.n_train + place.protocol.n_test
        protocol = known(place.protocol)
        population = protocol.population(place.diagram)
        views = population.sample(drawn + self.rows, place.seed, labelled=False)[drawn:].views
        return [
            np.concatenate([views[name] for name in side], axis=1)
            for side in protocol.sides(place.diagram)
        ]


def known(protocol: Protocol) -> Synthetic:
    """Return a protocol that says what rows are drawn from, or fail if a script draws them."""
    if not isinstance(protocol, Synthetic):
        kind = type(protocol).__name__
        raise ArgumentError("protocol", kind, "knows no roles of features; Synthetic does")
    return protocol


def taught_by(protocol: Protocol, diagram: VennDiagram) -> Roles:
    """Return what the channels of the modality that teaches are, or fail if several do."""
    (first, *others), _ = known(protocol).sides(diagram)
    if others:
        raise ArgumentError("teacher", (first, *others), "must be one modality here")
    return known(protocol).population(diagram).roles[first]


def _weights(model: Model) -> Float[np.ndarray, " channel"]:
    """Return the difference of the two classes' weights."""
    assert isinstance(model, Agreed)
    weight = model.parameters[0][0]
    return (weight[1] - weight[0]).double().numpy()
