"""The data-generating process of a diagram, and samples drawn from it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from synth.rules import Hyperplane
from synth.streams import stream
from venn.checks import ArgumentError, instance, whole
from venn.diagram import VennDiagram


@dataclass(frozen=True, eq=False)
class Sample:
    """Rows drawn from a population.

    Parameters
    ----------
    views : mapping of str to array, shape (sample, channel)
        What each modality shows: ``views["a"]``.
    y : array of int, shape (sample,)
        Labels.
    latents : array, shape (sample, feature)
        The decisive features that made the labels, in the diagram's order, hidden ones included.
    """

    views: Mapping[str, Float[np.ndarray, "sample _"]]
    y: Int[np.ndarray, " sample"]
    latents: Float[np.ndarray, "sample feature"]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.y)

    def __getitem__(self, rows: slice) -> "Sample":
        """Return the rows of a slice, as in ``train, test = sample[:200], sample[200:]``."""
        if not isinstance(rows, slice):
            raise ArgumentError("rows", rows, "must be a slice, such as sample[:200]")
        views = {modality: view[rows] for modality, view in self.views.items()}
        return Sample(views, self.y[rows], self.latents[rows])


@dataclass(frozen=True)
class Population:
    r"""The distribution of views and labels that a diagram and a label rule define.

    .. math:: z \sim N(0, I), \quad y = \text{rule}(z), \quad
              x^m = (z_{S_m}, \varepsilon^m), \quad \varepsilon^m \sim N(0, I),

    where :math:`S_m` are the decisive features that modality m sees, in ascending order, followed
    by its noise channels.

    Parameters
    ----------
    diagram : VennDiagram
        Which features each modality sees, and its noise channels.
    rule : Hyperplane
        How decisive features make the label.

    Raises
    ------
    ArgumentError
        If the rule does not fit the diagram.

    Examples
    --------
    >>> from venn import VennDiagram
    >>> diagram = VennDiagram(regions={"a": 10, "b": 10, "a&b": 5}, noise={"a": 15, "b": 35})
    >>> sample = Population(diagram, rule=Hyperplane()).sample(200, seed=0)
    >>> sample.views["a"].shape, sample.views["b"].shape, sample.y.shape
    ((200, 30), (200, 50), (200,))
    """

    diagram: VennDiagram
    rule: Hyperplane = Hyperplane()

    def __post_init__(self) -> None:
        """Check that the rule fits the diagram."""
        instance("diagram", self.diagram, VennDiagram, "VennDiagram({'a': 10, 'b': 10, 'a&b': 5})")
        instance("rule", self.rule, Hyperplane, "Hyperplane()")
        self.rule.check(self.diagram.decisive)

    def sample(self, n: int, seed: int) -> Sample:
        """Draw `n` rows.

        A longer sample begins with the shorter one.  The same seed gives the same latents for all
        diagrams with as many decisive features, and the same noise for all with as many channels.

        Parameters
        ----------
        n : int
            Number of rows, at least 1.
        seed : int
            A whole number of at least 0.

        Returns
        -------
        Sample
            Views in float64, labels 0 or 1.

        Raises
        ------
        ArgumentError
            If `n` or `seed` is not allowed.
        """
        rows = whole("n", n, at_least=1)
        latents = stream(seed, "latents").standard_normal((rows, self.diagram.decisive))
        views = {}
        for position, modality in enumerate(self.diagram.modalities):
            seen = self.diagram.sees(modality)
            # Noise for every channel, then overwritten: channel j keeps its noise along a path.
            view = stream(seed, "noise", position).standard_normal(
                (rows, self.diagram.dim(modality))
            )
            view[:, : len(seen)] = latents[:, seen]
            views[modality] = view
        return Sample(views, self.rule.label(latents), latents)
