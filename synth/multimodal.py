"""Data in one call, in the manner of scikit-learn's generators."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from synth.population import Population
from synth.rules import Hyperplane, Rule
from venn.checks import ArgumentError, whole
from venn.diagram import VennDiagram


class Bunch(dict[str, Any]):
    """A dictionary whose entries are also attributes: ``data["views"]`` is ``data.views``."""

    def __getattr__(self, name: str) -> Any:
        """Return the entry of this name."""
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"{name!r}; there are {', '.join(self)}") from None

    def __dir__(self) -> list[str]:
        """List the entries, which a prompt completes."""
        return [*super().__dir__(), *self]


def make_multimodal(
    n_samples: int,
    *,
    alpha: float,
    beta: float,
    gamma: float,
    random_state: int | np.random.Generator | np.random.RandomState,
    decisive: int = 20,
    hidden: int = 0,
    dims: Mapping[str, int] | None = None,
    modalities: tuple[str, str] = ("a", "b"),
    rounding: Literal["exact", "nearest"] = "exact",
    rule: Rule = Hyperplane(),
    views: Mapping[str, Any] | None = None,
    return_views_y: bool = False,
) -> Any:
    r"""Generate two modalities that share a part of what decides the label.

    Of the decisive features z ~ N(0, I), a share alpha is seen by the first modality only, beta by
    the second only, gamma by both, in the manner of `VennDiagram.from_ratios`; the rule makes the
    label; every modality shows its features and fills its channels up with noise.

    Parameters
    ----------
    n_samples : int
        Number of rows.
    alpha, beta, gamma : float
        Shares of features that the first modality, the second, and both see; they sum to 1.
    random_state : int, Generator or RandomState
        What the rows are drawn from; a generator is asked for a seed, and so moves on.
    decisive, hidden, dims, modalities, rounding
        As for `VennDiagram.from_ratios`; without `dims` there is no noise.
    rule : Rule
        How decisive features make the label.
    views : mapping of str to view or sequence of views, optional
        How modalities show their features, as for `Population`.
    return_views_y : bool
        Whether to return ``(views, y)`` alone.

    Returns
    -------
    Bunch or (views, y)
        With ``views`` (a dict of arrays (sample, channel)), ``y`` (labels), ``roles`` (what each
        channel is), ``latents``, ``population`` (which knows the exact truth) and ``DESCR``.

    Raises
    ------
    ArgumentError
        If an argument is not allowed.

    Examples
    --------
    >>> data = make_multimodal(100, alpha=0.25, beta=0.25, gamma=0.5, random_state=0)
    >>> data.views["a"].shape, data.roles["a"].where("general")
    ((100, 15), (0, 1, 2, 3, 4, 5, 6, 7, 8, 9))
    >>> views, y = make_multimodal(
    ...     100, alpha=0.25, beta=0.25, gamma=0.5, random_state=0, return_views_y=True
    ... )
    """
    diagram = VennDiagram.from_ratios(
        alpha=alpha,
        beta=beta,
        gamma=gamma,
        decisive=decisive,
        hidden=hidden,
        dims=dims,
        modalities=modalities,
        rounding=rounding,
    )
    population = Population(diagram, rule, {} if views is None else views)
    rows = whole("n_samples", n_samples, at_least=1)
    sample = population.sample(rows, _seed(random_state))
    if return_views_y:
        return dict(sample.views), sample.y
    return Bunch(
        views=dict(sample.views),
        y=sample.y,
        roles=dict(sample.roles),
        latents=sample.latents,
        population=population,
        DESCR=f"{n_samples} rows of {population!r}",
    )


def _seed(random_state: Any) -> int:
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(2**63))
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31))
    if random_state is None:
        allowed = "must be a seed or a generator: the same call is to give the same data"
        raise ArgumentError("random_state", random_state, allowed)
    return whole("random_state", random_state, at_most=None)
