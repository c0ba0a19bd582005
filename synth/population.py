"""A population: the data-generating process of a diagram, together with its exact truth."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from synth.evidence import Evidence
from synth.knowledge import Knowledge, know
from synth.montecarlo import DRAWS, estimate, posteriors
from synth.rules import Classification, Linear
from synth.sampler import Sampler
from synth.streams import stream
from venn.checks import ArgumentError, instance, one_of, whole
from venn.information import InformationDiagram, entropy
from venn.regression import LinearDistillation
from venn.slices import flipped
from venn.truth import Truth

Seen = str | Sequence[str] | Evidence
"""What an observer sees: a modality, several modalities, or `Evidence`."""


@dataclass(frozen=True)
class Population(Sampler):
    r"""The distribution of views and labels that a diagram, a label rule and views define.

    .. math:: z \sim N(0, I), \quad y \sim \text{rule}(z), \quad
              s^m = (z_{S_m}, \varepsilon^m) + \sigma_m \eta^m, \quad x^m = \text{view}_m(s^m),
              \quad \varepsilon^m, \eta^m \sim N(0, I),

    where :math:`S_m` are the decisive features that modality m sees, in ascending order, followed
    by its noise channels.

    Parameters
    ----------
    diagram : VennDiagram
        Which features each modality sees, and its noise channels.
    rule : Rule
        How decisive features make the label.
    views : mapping of str to view or sequence of views
        How modalities show their sources, such as ``{"a": Rotation(seed=1)}`` or
        ``{"b": [ObservationNoise(0.5), Permutation(seed=2)]}``; the others show them as they are.

    Raises
    ------
    ArgumentError
        If the rule does not fit the diagram, or a view names an unknown modality.

    Examples
    --------
    >>> from synth import Hyperplane
    >>> from venn import VennDiagram
    >>> diagram = VennDiagram(regions={"a": 10, "b": 10, "a&b": 5}, noise={"a": 15, "b": 35})
    >>> population = Population(diagram, rule=Hyperplane())
    >>> sample = population.sample(200, seed=0)
    >>> sample.views["a"].shape, sample.views["b"].shape, sample.y.shape
    ((200, 30), (200, 50), (200,))
    >>> population.roles["a"][:6]
    ('general', 'general', 'general', 'general', 'general', 'specific')
    >>> round(population.bayes_accuracy("a"), 4), round(population.information("a"), 4)
    (0.782, 0.3523)
    """

    def truth(self, seen: Seen, *, draws: int = DRAWS, seed: int = 0) -> Truth:
        """Return how well anyone can know the label from what is seen.

        Parameters
        ----------
        seen : str, sequence of str or Evidence
            A modality, several, or `Evidence` of modalities, regions and single channels.
        draws, seed : int
            Where there is no exact form: the draws of the Monte Carlo, and what they come from.

        Returns
        -------
        Truth
            Bayes accuracy (R² for a real target) and information in bits, with their errors.

        Raises
        ------
        ArgumentError
            If something that is named is not there, or some channels of a nonlinear view are asked
            for, which have no exact truth.
        """
        return self._truth(self._know(seen).unknown, draws, seed)

    def bayes_accuracy(self, seen: Seen, *, draws: int = DRAWS, seed: int = 0) -> float:
        """Return the largest accuracy of any classifier that sees this; see `truth`.

        Where there is no exact form this is an estimate; `truth` has its error.
        """
        if self.rule.prior is None:
            raise ArgumentError("rule", self.rule, "has a real target; r_squared knows its truth")
        return self.truth(seen, draws=draws, seed=seed).score

    def r_squared(self, seen: Seen) -> float:
        """Return the largest R² of any regression that sees this; see `truth`."""
        if self.rule.prior is not None:
            raise ArgumentError("rule", self.rule, "has classes; bayes_accuracy knows their truth")
        return self.truth(seen).score

    def information(
        self, seen: Seen, *, given: Seen | None = None, draws: int = DRAWS, seed: int = 0
    ) -> float:
        r"""Return the mutual information of what is seen and the label, in bits.

        .. math:: I(x; y) \quad \text{or, given } g, \quad I(x; y \mid g) = I(x, g; y) - I(g; y)

        Parameters
        ----------
        seen, given : str, sequence of str or Evidence
            What is seen, and what is known beforehand; see `truth`.
        draws, seed : int
            As for `truth`, which has the error of an estimate.

        Raises
        ------
        ArgumentError
            As for `truth`, or if what is given tells all of a real target.
        """
        if given is None:
            return self.truth(seen, draws=draws, seed=seed).information
        known = Evidence.of("given", given)
        both = self.truth(Evidence.of("seen", seen) | known, draws=draws, seed=seed)
        before = self.truth(known, draws=draws, seed=seed).information
        if math.isinf(before):
            raise ArgumentError("given", given, "tells the target without error; nothing is left")
        return both.information - before

    def information_diagram(
        self,
        teacher: str | None = None,
        student: str | None = None,
        *,
        draws: int = DRAWS,
        seed: int = 0,
    ) -> InformationDiagram:
        """Split the information of two modalities into general, specific and synergy.

        `InformationDiagram` states the definition.

        Parameters
        ----------
        teacher, student : str, optional
            Two modalities; the first and the second of the diagram unless told otherwise.
        draws, seed : int
            As for `truth`.

        Raises
        ------
        ArgumentError
            If a modality is unknown or given twice, or a real target is known without error, so
            that the information is infinite.
        """
        pair = self._pair(teacher, student)
        first, second, both = (self.truth(seen, draws=draws, seed=seed) for seen in (*pair, pair))
        if math.isinf(both.information):
            raise ArgumentError("rule", self.rule, "has no noise: the information is infinite")
        general = min(
            (self._truth(self._unknown_but_general(name, pair), draws, seed) for name in pair),
            key=lambda truth: truth.information,
        )
        label = math.inf
        if isinstance(self.rule, Classification):
            label = float(entropy(flipped(np.array(self.rule.prior), self.rule.flip)))
        return InformationDiagram.of(general, first, second, both, label)

    def posterior(
        self, views: Mapping[str, ArrayLike], seen: Seen | None = None
    ) -> Float[np.ndarray, "*row _"]:
        """Return the distribution of the label given the views: the best possible teacher.

        Parameters
        ----------
        views : mapping of str to array (…, channel)
            Views of this population, such as ``sample.views`` or ``{"a": sample.views["a"]}``.
        seen : str, sequence of str or Evidence, optional
            What is looked at; all the views that are given, unless told otherwise.

        Returns
        -------
        array (…, class)
            Class probabilities; for a real target mean and standard deviation.

        Raises
        ------
        ArgumentError
            If a view is missing or has another number of channels, or `seen` names regions.

        Notes
        -----
        Where the posterior has no exact form it is the mean over 512 draws of what is not seen,
        the same for every row, with a standard error of at most 0.0221.
        """
        instance("views", views, Mapping, "sample.views")
        evidence = Evidence.of("seen", tuple(views) if seen is None else seen)
        if evidence.regions:
            allowed = "names regions, whose features are not in the views; name modalities"
            raise ArgumentError("seen", evidence, allowed)
        knowledge = self._know(evidence)
        mean = knowledge.mean(views)
        rows = mean.reshape(-1, mean.shape[-1])
        chance = partial(stream, 0, "posterior")
        first, second = posteriors(
            self.rule, self.diagram, rows, knowledge.unknown, chance, same_errors=True
        )
        found = (first + second) / 2
        return np.asarray(found.reshape(*mean.shape[:-1], found.shape[-1]))

    def distillation(
        self, rows: int, teacher: str | None = None, student: str | None = None
    ) -> LinearDistillation:
        """Return what a linear student gains from the population-optimal teacher, exactly.

        Parameters
        ----------
        rows : int
            Training rows of the student.
        teacher, student : str, optional
            Two modalities; the first and the second of the diagram unless told otherwise.

        Returns
        -------
        LinearDistillation
            Excess risk at any mixing weight, whether KD helps, and the best weight.

        Raises
        ------
        ArgumentError
            If the rule is not `Linear`, a modality is unknown or not seen as it is or rotated, or
            the rows do not suffice.
        """
        if not isinstance(self.rule, Linear):
            allowed = "has classes; the risk is known exactly for a linear target, rule=Linear()"
            raise ArgumentError("rule", self.rule, allowed)
        pair = self._pair(teacher, student)
        for name in pair:
            shown = self.shown[name]
            if shown.noise > 0 or shown.matrix(self.diagram.dim(name)) is None:
                allowed = "the risk is known for views that are linear and without noise"
                raise ArgumentError(f"views[{name!r}]", shown, allowed)
        energy = self.rule.weights_for(self.diagram) ** 2
        first, second = (set(self.diagram.sees(name)) for name in pair)
        neither = set(range(self.diagram.decisive)) - first - second
        own, others, unseen = (
            math.fsum(energy[feature] for feature in part)
            for part in (first - second, second - first, neither)
        )
        channels = self.diagram.dim(pair[1])
        return LinearDistillation(own, others, unseen + self.rule.noise**2, rows, channels)

    def _pair(self, teacher: str | None, student: str | None) -> tuple[str, str]:
        first, second, *_ = self.diagram.modalities
        pair = (
            one_of("teacher", first if teacher is None else teacher, self.diagram.modalities),
            one_of("student", second if student is None else student, self.diagram.modalities),
        )
        if pair[0] == pair[1]:
            raise ArgumentError("student", pair[1], "must be another modality than the teacher")
        return pair

    def _know(self, seen: Seen) -> Knowledge:
        return know(self.diagram, self.shown, Evidence.of("seen", seen))

    def _truth(self, unknown: Float[np.ndarray, "feature feature"], draws: int, seed: int) -> Truth:
        whole("draws", draws, at_least=2)
        whole("seed", seed, at_most=None)
        exact = self.rule.truth(self.diagram, unknown)
        if exact is not None:
            return exact
        return estimate(self.rule, self.diagram, unknown, draws, seed)

    def _unknown_but_general(
        self, modality: str, pair: tuple[str, str]
    ) -> Float[np.ndarray, "feature feature"]:
        """Return the covariance of the features given what `modality` shows of the general ones."""
        general = set(self.diagram.sees(pair[0])) & set(self.diagram.sees(pair[1]))
        noise = self.shown[modality].noise ** 2
        unknown = np.ones(self.diagram.decisive)
        unknown[list(general)] = noise / (1 + noise)
        return np.diag(unknown)
