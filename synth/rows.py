"""Rows of one seed, of which each part is drawn when it is asked for: the one place that draws."""

import functools
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Shaped
from numpy.typing import DTypeLike

from synth.memory import Memory
from synth.normals import normals
from synth.rules import Rule
from synth.streams import stream
from synth.views import Shown
from venn.diagram import VennDiagram

REAL = np.dtype(np.float64)


class Streams:
    """The random streams of one seed, each at the row that comes next.

    Parameters
    ----------
    seed : int
        A whole number of at least 0.
    *purpose : str or int
        What tells these streams from those of a plain sample of the same seed.
    """

    def __init__(self, seed: int, *purpose: str | int) -> None:
        self._seed, self._purpose = seed, purpose
        self._open: dict[tuple[str | int, ...], np.random.Generator] = {}

    def __call__(self, *what: str | int) -> np.random.Generator:
        """Return the stream for this, such as ``"noise", 0``."""
        if what not in self._open:
            self._open[what] = stream(self._seed, *self._purpose, *what)
        return self._open[what]


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


@dataclass(eq=False)
class Rows:
    """The next rows of the streams of one seed.

    With a memory they are the first rows, and what depends on nothing that changes along a path,
    such as latents, labels and the views of a modality that sees the same, is drawn once for all its
    diagrams.  Arrays are then shared, and must not be changed.

    Parameters
    ----------
    diagram : VennDiagram
        Which features there are.
    rule : Rule
        How they make the label.
    label_form : str
        What labels of given latents depend on.
    channels : mapping of str to Channels
        How the channels of each modality are drawn.
    n, seed : int
        As for `Sampler.sample`.
    streams : callable
        From what a stream is for to the stream: `Streams`, or, with a memory, what opens each anew.
    memory : Memory, optional
        Where what is drawn is kept.
    """

    diagram: VennDiagram
    rule: Rule
    label_form: str
    channels: Mapping[str, Channels]
    n: int
    seed: int
    streams: Callable[..., np.random.Generator]
    memory: Memory | None = None

    @functools.cached_property
    def latents(self) -> Float[np.ndarray, "sample feature"]:
        """The decisive features."""
        return self._normals(self.diagram.decisive, "latents")

    @functools.cached_property
    def y(self) -> Shaped[np.ndarray, " sample"]:
        """The labels."""
        if self.memory is None:
            return self._labels()
        return self.memory.recall(("labels", self.label_form, self.n, self.seed), self._labels)

    def uniform(self) -> Float[np.ndarray, " sample"]:
        """Draw the chance in the labels, strictly between 0 and 1."""
        return np.maximum(self.streams("label").random(self.n), 2.0**-54)  # 0 or at least 2**-53

    def view(
        self, modality: str, dtype: DTypeLike = np.float64
    ) -> Float[np.ndarray, "sample channel"]:
        """Return what a modality shows, in float64 or rounded to float32."""
        each, kind = self.channels[modality], np.dtype(dtype)
        if self.memory is None:
            return self._view(each, kind)
        key = ("view", self.diagram.decisive, each, kind.char, self.n, self.seed)
        return self.memory.recall(key, lambda: self._view(each, kind))

    def _labels(self) -> Shaped[np.ndarray, " sample"]:
        uniform = self.uniform() if self.rule.noisy else None
        return self.rule.label(self.diagram, self.latents, uniform)

    def _view(self, each: Channels, dtype: np.dtype[Any]) -> Float[np.ndarray, "sample channel"]:
        # What is only copied may be rounded first; what is computed is rounded last.
        copied = not each.shown.steps and each.shown.noise == 0
        # Noise for every channel, then overwritten: channel j keeps its noise along a path.
        noise = self._normals(each.dim, "noise", each.position, dtype=dtype if copied else REAL)
        view = noise if self.memory is None else noise.copy()
        view[:, : len(each.seen)] = self.latents[:, each.columns]
        if each.shown.noise > 0:
            view += each.shown.noise * self._normals(each.dim, "observation", each.position)
        return each.shown.show(view).astype(dtype, copy=False)

    def _normals(
        self, dim: int, *what: str | int, dtype: np.dtype[Any] = REAL
    ) -> Float[np.ndarray, "sample _"]:
        """Return the next normals of a stream, rounded."""

        def drawn() -> np.ndarray:
            return normals(self.streams(*what), (self.n, dim)).astype(dtype, copy=False)

        if self.memory is None:
            return drawn()
        return self.memory.recall(("normals", what, self.n, dim, dtype.char, self.seed), drawn)


def batch(
    models: Sequence[Rows], dtype: np.dtype[Any], *, labelled: bool
) -> tuple[
    dict[str, Float[np.ndarray, "model sample _"]],
    Shaped[np.ndarray, "model sample"] | None,
    Float[np.ndarray, "model sample feature"],
]:
    """Draw views, labels and latents of several rows of one population, with a leading model axis."""
    first = models[0]
    latents = np.empty((len(models), first.n, first.diagram.decisive))
    views = {
        name: np.empty((len(models), first.n, each.dim), dtype)
        for name, each in first.channels.items()
    }

    def fill(part: range) -> None:
        for model in part:
            latents[model] = models[model].latents
            for name, view in views.items():
                view[model] = models[model].view(name, dtype)

    # A generator releases the interpreter while it draws; no number depends on who draws it.
    workers = min(len(models), os.cpu_count() or 1)
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(fill, (range(start, len(models), workers) for start in range(workers))))
    if not labelled:
        return views, None, latents
    # All labels at once: a rule's cost a call is larger than that of a few rows.
    uniform = np.stack([each.uniform() for each in models]) if first.rule.noisy else None
    return views, first.rule.label(first.diagram, latents, uniform), latents
