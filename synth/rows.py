"""Rows of one seed, of which each part is drawn when it is asked for."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Shaped
from numpy.typing import DTypeLike

from synth.draws import Channels, Streams
from synth.memory import MEMORY
from synth.rules import Rule
from synth.streams import stream
from synth.views import Shown
from venn.diagram import VennDiagram


@dataclass(frozen=True, eq=False)
class Rows:
    """The parts of a sample, each drawn when it is asked for: `Sampler.rows` makes it.

    What depends on nothing that changes along a path, such as latents, labels and the views of a
    modality that sees the same, is kept in memory and drawn once for all its diagrams.  So arrays
    are shared, and must not be changed.

    Parameters
    ----------
    diagram : VennDiagram
        Which features there are.
    rule : Rule
        How they make the label.
    law : str
        What labels of given latents depend on.
    channels : mapping of str to Channels
        How the channels of each modality are drawn.
    n, seed : int
        As for `Sampler.sample`.
    """

    diagram: VennDiagram
    rule: Rule
    law: str
    channels: Mapping[str, Channels]
    n: int
    seed: int

    @functools.cached_property
    def latents(self) -> Float[np.ndarray, "sample feature"]:
        """The decisive features."""
        return self._normals(self.diagram.decisive, "latents")

    @functools.cached_property
    def y(self) -> Shaped[np.ndarray, " sample"]:
        """The labels."""
        return MEMORY.recall(("labels", self.law, self.n, self.seed), self._labels)

    def view(
        self, modality: str, dtype: DTypeLike = np.float64
    ) -> Float[np.ndarray, "sample channel"]:
        """Return what a modality shows, in float64 or rounded to float32."""
        each = self.channels[modality]
        key = ("view", self.diagram.decisive, each, np.dtype(dtype).char, self.n, self.seed)
        return MEMORY.recall(key, lambda: self._view(each, np.dtype(dtype)))

    def _labels(self) -> Shaped[np.ndarray, " sample"]:
        uniform = Streams({}, self.seed).uniform(self.n) if self.rule.noisy else None
        return self.rule.label(self.diagram, self.latents, uniform)

    def _view(self, each: Channels, dtype: np.dtype[Any]) -> Float[np.ndarray, "sample channel"]:
        noise = self._normals(each.dim, "noise", each.position)
        # What is only copied may be rounded first; what is computed is rounded last.
        view = noise.astype(dtype if each.shown == Shown() else np.float64)
        errors = None
        if each.shown.noise > 0:
            errors = self._normals(each.dim, "observation", each.position)
        each.show(view, self.latents, errors)
        return view.astype(dtype, copy=False)

    def _normals(self, dim: int, *what: str | int) -> Float[np.ndarray, "sample _"]:
        """Return the first normals of a stream."""
        return MEMORY.recall(
            ("normals", what, self.n, dim, self.seed),
            lambda: stream(self.seed, *what).standard_normal((self.n, dim)),
        )
