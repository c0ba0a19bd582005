"""The draws behind a sample: one stream for each purpose, read from its start, row by row."""

import functools
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Shaped

from synth.rules import Rule
from synth.streams import stream
from synth.views import Shown
from venn.checks import whole
from venn.diagram import VennDiagram


@dataclass(frozen=True)
class Channels:
    """How the channels of one modality are drawn.

    Parameters
    ----------
    position : int
        The modality's place in the diagram, which keys its streams.
    seen : tuple of int
        The features that its first sources are.
    dim : int
        How many channels there are.
    shown : Shown
        How it shows its sources.
    """

    position: int
    seen: tuple[int, ...]
    dim: int
    shown: Shown

    @classmethod
    def of(cls, diagram: VennDiagram, modality: str, shown: Shown) -> "Channels":
        """Return how the channels of a modality of a diagram are drawn."""
        position = diagram.modalities.index(modality)
        return cls(position, diagram.sees(modality), diagram.dim(modality), shown)

    @functools.cached_property
    def columns(self) -> slice | list[int]:
        """Where the seen features are, as a slice if they follow one another."""
        run = slice(self.seen[0], self.seen[-1] + 1) if self.seen else slice(0)
        is_run = self.seen == tuple(range(run.start or 0, run.stop))
        return run if is_run else list(self.seen)

    def show(
        self,
        view: Float[np.ndarray, "sample channel"],
        latents: Float[np.ndarray, "sample feature"],
        errors: Float[np.ndarray, "sample channel"] | None,
    ) -> None:
        """Turn noise for every channel into the view, errors of observation added if there are."""
        # Noise for every channel, then overwritten: channel j keeps its noise along a path.
        view[:, : len(self.seen)] = latents[:, self.columns]
        if errors is not None:
            np.add(view, self.shown.noise * errors, out=view)
        if self.shown.steps:
            np.copyto(view, self.shown.show(view))


class Streams:
    """The random streams of one seed, each at the row that comes next.

    Parameters
    ----------
    channels : mapping of str to Channels
        The modalities whose views are drawn.
    seed : int
        A whole number of at least 0.
    *purpose : str or int
        What tells these streams from those of a plain sample of the same seed.
    """

    def __init__(self, channels: Mapping[str, Channels], seed: int, *purpose: str | int) -> None:
        self.channels = channels
        self.seed, self._purpose = whole("seed", seed, at_most=None), purpose
        self._open: dict[tuple[str | int, ...], np.random.Generator] = {}

    def fill(
        self,
        latents: Float[np.ndarray, "sample feature"],
        views: Mapping[str, Float[np.ndarray, "sample _"]],
    ) -> None:
        """Draw the next rows into arrays of float64 that are contiguous."""
        self._stream("latents").standard_normal(out=latents)
        for name, view in views.items():
            each = self.channels[name]
            self._stream("noise", each.position).standard_normal(out=view)
            errors = None
            if each.shown.noise > 0:
                errors = self._stream("observation", each.position).standard_normal(view.shape)
            each.show(view, latents, errors)

    def uniform(self, rows: int) -> Float[np.ndarray, " sample"]:
        """Draw the chance in the next labels, strictly between 0 and 1."""
        return np.maximum(self._stream("label").random(rows), 2.0**-54)  # 0 or at least 2**-53

    def _stream(self, *what: str | int) -> np.random.Generator:
        if what not in self._open:
            self._open[what] = stream(self.seed, *self._purpose, *what)
        return self._open[what]


def draw(
    diagram: VennDiagram,
    rule: Rule | None,
    streams: Sequence[Streams],
    rows: int,
    dtype: np.dtype[Any],
) -> tuple[
    dict[str, Float[np.ndarray, "model sample _"]],
    Shaped[np.ndarray, "model sample"] | None,
    Float[np.ndarray, "model sample feature"],
]:
    """Draw the next rows of each of several streams.

    Parameters
    ----------
    diagram : VennDiagram
        Which features there are.
    rule : Rule or None
        How they make the label; None draws no labels.
    streams : sequence of Streams
        One a model, all of the same modalities.
    rows : int
        Rows a model.
    dtype : float32 or float64
        Of the views; labels are those of the latents in float64 in either case.

    Returns
    -------
    views, y, latents
        Arrays with a leading model axis; y is None without a rule.
    """
    models, channels = len(streams), streams[0].channels
    latents = np.empty((models, rows, diagram.decisive))
    views = {name: np.empty((models, rows, each.dim), dtype) for name, each in channels.items()}

    def fill(part: Sequence[int]) -> None:
        buffers = {name: np.empty((rows, each.dim)) for name, each in channels.items()}
        for model in part:
            own = {name: view[model] for name, view in views.items()}
            drawn = own if dtype == np.float64 else buffers
            streams[model].fill(latents[model], drawn)
            for name, view in own.items():
                if view is not drawn[name]:
                    view[...] = drawn[name]

    # A generator releases the interpreter while it draws; no number depends on who draws it.
    workers = min(models, os.cpu_count() or 1) if models > 1 else 1  # to count them takes 50 µs
    parts = [range(first, models, workers) for first in range(workers)]
    if workers == 1:
        fill(parts[0])
    else:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(fill, parts))
    if rule is None:
        return views, None, latents
    uniform = np.stack([each.uniform(rows) for each in streams]) if rule.noisy else None
    return views, rule.label(diagram, latents, uniform), latents
