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
    seen : slice or list of int
        The features that its first sources are.
    decisive, dim : int
        How many they are, and how many channels there are.
    shown : Shown
        How it shows its sources.
    """

    position: int
    seen: slice | list[int]
    decisive: int
    dim: int
    shown: Shown

    @classmethod
    def of(cls, diagram: VennDiagram, modality: str, shown: Shown) -> "Channels":
        """Return how the channels of a modality of a diagram are drawn."""
        seen = list(diagram.sees(modality))
        run = slice(seen[0], seen[-1] + 1) if seen else slice(0)
        is_run = seen == list(range(run.start or 0, run.stop))
        position = diagram.modalities.index(modality)
        return cls(position, run if is_run else seen, len(seen), diagram.dim(modality), shown)


REMEMBERED = 2**18
"""Numbers of the largest array that is kept: 2 MiB."""


@functools.lru_cache(maxsize=8)
def _opening(
    seed: int, key: tuple[str | int, ...], rows: int, dim: int
) -> tuple[Float[np.ndarray, "row channel"], Any]:
    """Return the first normals of a stream, and its state after them."""
    generator = stream(seed, *key)
    return generator.standard_normal((rows, dim)), generator.bit_generator.state


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
    remembered : bool
        Whether the first rows, if they are few, are kept for the next diagram that is drawn with
        this seed: along a path most of them are the same.
    """

    def __init__(
        self,
        channels: Mapping[str, Channels],
        seed: int,
        *purpose: str | int,
        remembered: bool = False,
    ) -> None:
        self.channels = channels
        self.seed, self._purpose = whole("seed", seed, at_most=None), purpose
        self._remembered = remembered
        self._open: dict[tuple[str | int, ...], np.random.Generator] = {}

    def fill(
        self,
        latents: Float[np.ndarray, "sample feature"],
        views: Mapping[str, Float[np.ndarray, "sample _"]],
    ) -> None:
        """Draw the next rows into arrays of float64 that are contiguous."""
        self._normal(latents, "latents")
        for name, view in views.items():
            each = self.channels[name]
            # Noise for every channel, then overwritten: channel j keeps its noise along a path.
            self._normal(view, "noise", each.position)
            view[:, : each.decisive] = latents[:, each.seen]
            if each.shown.noise > 0:
                noise = self._stream("observation", each.position).standard_normal(view.shape)
                np.add(view, each.shown.noise * noise, out=view)
            if each.shown.steps:
                np.copyto(view, each.shown.show(view))

    def uniform(self, rows: int) -> Float[np.ndarray, " sample"]:
        """Draw the chance in the next labels, strictly between 0 and 1."""
        return np.maximum(self._stream("label").random(rows), 2.0**-54)  # 0 or at least 2**-53

    def _normal(self, out: Float[np.ndarray, "sample _"], *what: str | int) -> None:
        """Draw the next standard normals of a stream."""
        if not self._remembered or what in self._open or out.size > REMEMBERED:
            self._stream(*what).standard_normal(out=out)
            return
        out[...], state = _opening(self.seed, (*self._purpose, *what), *out.shape)
        self._stream(*what).bit_generator.state = state

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
    workers = min(models, os.cpu_count() or 1)
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
