"""The data-generating process of a diagram, and the samples drawn from it."""

import dataclasses
import functools
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from synth.memory import MEMORY, Memory
from synth.roles import Roles
from synth.rows import Channels, Rows, Streams, batch
from synth.rules import Hyperplane, Rule
from synth.sample import Sample
from synth.streams import stream
from synth.views import Shown
from venn.canonical import canonical
from venn.checks import ArgumentError, instance, one_of, whole
from venn.diagram import VennDiagram
from venn.frozen import FrozenMapping


@dataclass(frozen=True)
class Sampler:
    """A diagram, a label rule and views, from which rows are drawn; see `Population`."""

    diagram: VennDiagram
    rule: Rule = Hyperplane()
    views: Mapping[str, Any] = field(default_factory=lambda: FrozenMapping[Any]({}))

    def __post_init__(self) -> None:
        instance("diagram", self.diagram, VennDiagram, "VennDiagram({'a': 10, 'b': 10, 'a&b': 5})")
        instance("rule", self.rule, Rule, "Hyperplane()")
        self.rule.check(self.diagram)
        instance("views", self.views, Mapping, "{'a': Rotation(seed=1)}")
        for modality in self.views:
            if modality not in self.diagram.modalities:
                known = f"known modalities: {', '.join(self.diagram.modalities)}"
                allowed = f"names the unknown modality {modality!r}; {known}"
                raise ArgumentError("views", dict(self.views), allowed)
        given = {name: Shown.of(f"views[{name!r}]", view) for name, view in self.views.items()}
        shown = {name: view for name, view in given.items() if view != Shown()}
        object.__setattr__(self, "views", FrozenMapping(shown))

    @functools.cached_property
    def shown(self) -> Mapping[str, Shown]:
        """How each modality shows its sources."""
        return {name: self.views.get(name, Shown()) for name in self.diagram.modalities}

    @functools.cached_property
    def roles(self) -> Mapping[str, Roles]:
        """What each channel of each modality is: general, specific, noise or mixed."""
        return {name: Roles.of(self.diagram, name, shown) for name, shown in self.shown.items()}

    def form(self, modalities: str | Sequence[str]) -> dict[str, Any]:
        """Return what the labels and the rows of these modalities depend on.

        Two populations with equal forms draw, for equal arguments, the same labels and the same
        views of these modalities, to the last bit: what is trained on them need be trained once.
        They may differ in whatever else there is, such as what another modality sees.  The converse
        need not hold: weights of "ones" and weights given as ones have forms of their own.

        Parameters
        ----------
        modalities : str or sequence of str
            A modality or several; none for the labels alone.

        Returns
        -------
        dict
            Plain JSON data: the number of decisive features, what makes the label, and for each
            modality, in the order given, what makes its view.  Its name does not enter.

        Raises
        ------
        ArgumentError
            If a modality is unknown.

        Examples
        --------
        >>> small, large = (VennDiagram({"a": n, "b": 2}, 5 - n, {"a": 5 - n}) for n in (1, 5))
        >>> Sampler(small).form("b") == Sampler(large).form("b")
        True
        >>> Sampler(small).form("a") == Sampler(large).form("a")
        False
        """
        names = (modalities,) if isinstance(modalities, str) else modalities
        instance("modalities", names, Sequence, "('a', 'b')")
        known = self.diagram.modalities
        named = [one_of(f"modalities[{i}]", name, known) for i, name in enumerate(names)]
        label = {"rule": canonical(self.rule), "diagram": self.rule.depends_on(self.diagram)}
        views = [
            {
                "position": known.index(name),
                "sees": list(self.diagram.sees(name)),
                "dim": self.diagram.dim(name),
                "shown": canonical(self.shown[name]),
            }
            for name in named
        ]
        return {"decisive": self.diagram.decisive, "label": label, "views": views}

    def sample(
        self, n: int, seed: int, *, labelled: bool = True, dtype: DTypeLike = np.float64
    ) -> Sample:
        """Draw `n` rows.

        A longer sample begins with the shorter one.  The same seed gives the same latents for all
        diagrams with as many decisive features, and the same noise for all with as many channels.

        Parameters
        ----------
        n : int
            Number of rows, at least 1.
        seed : int
            A whole number of at least 0.
        labelled : bool
            Whether labels are drawn; without them classes are -1 and real targets nan, as
            scikit-learn marks unlabelled rows.
        dtype : float64 or float32
            Of views and latents; float32 is the same draws, rounded.

        Returns
        -------
        Sample
            Views, labels, latents and roles.

        Raises
        ------
        ArgumentError
            If an argument is not allowed.
        """
        rows = whole("n", n, at_least=1)
        return next(self.chunks(rows, seed, rows, labelled=labelled, dtype=dtype))

    def chunks(
        self, n: int, seed: int, size: int, *, labelled: bool = True, dtype: DTypeLike = np.float64
    ) -> Iterator[Sample]:
        """Draw the rows of ``sample(n, seed)`` piece by piece, so that they need not fit in memory.

        Parameters
        ----------
        n : int
            Number of rows in all, at least 1.
        seed : int
            A whole number of at least 0.
        size : int
            Rows a piece, at least 1; the last piece may be shorter.
        labelled, dtype
            As for `sample`.

        Returns
        -------
        iterator of Sample
            The pieces; together they are, bit for bit, the sample in one piece.

        Raises
        ------
        ArgumentError
            If an argument is not allowed.
        """
        rows, piece = whole("n", n, at_least=1), whole("size", size, at_least=1)
        number, real = whole("seed", seed, at_most=None), _checked_dtype(dtype)
        opened, origin = Streams(number), {"seed": number}
        parts = (range(start, min(start + piece, rows)) for start in range(0, rows, piece))
        return (
            self._sample(self._rows(len(part), number, opened), part, labelled, real, origin)
            for part in parts
        )

    def unpaired(
        self, n: int, seed: int, *, labelled: bool = True, dtype: DTypeLike = np.float64
    ) -> dict[str, Sample]:
        """Draw `n` rows for each modality, each modality its own rows.

        Parameters
        ----------
        n, seed, labelled, dtype
            As for `sample`.

        Returns
        -------
        dict of str to Sample
            For each modality rows of its view alone, independent of the rows of the others and of
            ``sample(n, seed)``.

        Raises
        ------
        ArgumentError
            If an argument is not allowed.
        """
        rows, real = whole("n", n, at_least=1), _checked_dtype(dtype)
        number, samples = whole("seed", seed, at_most=None), {}
        for name, each in self._channels.items():
            opened = Streams(number, "unpaired", each.position)
            alone = dataclasses.replace(self._rows(rows, number, opened), channels={name: each})
            origin = {"seed": number, "unpaired": name}
            samples[name] = self._sample(alone, range(rows), labelled, real, origin)
        return samples

    def batch(
        self,
        n: int,
        seeds: Sequence[int],
        *,
        labelled: bool = True,
        dtype: DTypeLike = np.float64,
    ) -> Sample:
        """Draw `n` rows for each of many seeds.

        Parameters
        ----------
        n : int
            Number of rows a seed, at least 1.
        seeds : sequence of int
            One or more whole numbers of at least 0.
        labelled, dtype
            As for `sample`.

        Returns
        -------
        Sample
            Arrays with a leading axis, one entry a seed: each is, bit for bit, ``sample(n, seed)``.

        Raises
        ------
        ArgumentError
            If an argument is not allowed.
        """
        instance("seeds", seeds, Sequence, "range(10)")
        if len(seeds) == 0:
            raise ArgumentError("seeds", seeds, "must hold at least one seed")
        rows, real = whole("n", n, at_least=1), _checked_dtype(dtype)
        listed = [whole(f"seeds[{i}]", seed, at_most=None) for i, seed in enumerate(seeds)]
        models = [self._rows(rows, seed, Streams(seed)) for seed in listed]
        views, y, latents = batch(models, real, labelled=labelled)
        return self._made(views, y, latents, range(rows), real, {"seeds": listed})

    def rows(self, n: int, seed: int) -> Rows:
        """Return the parts of ``sample(n, seed)``, each drawn when it is asked for.

        This is for many small samples along a path: what their diagrams share is drawn once.

        Parameters
        ----------
        n : int
            Number of rows, at least 1.
        seed : int
            A whole number of at least 0.

        Returns
        -------
        Rows
            Views, labels and latents, equal to the sample's to the last bit.

        Raises
        ------
        ArgumentError
            If an argument is not allowed.
        """
        rows, number = whole("n", n, at_least=1), whole("seed", seed, at_most=None)
        return self._rows(rows, number, functools.partial(stream, number), MEMORY)

    @property
    def _label_form(self) -> str:  # anew each time: code from outside may be edited
        return json.dumps(self.form(()))

    @functools.cached_property
    def _channels(self) -> Mapping[str, Channels]:
        return {name: Channels.of(self.diagram, name, shown) for name, shown in self.shown.items()}

    def _rows(self, n: int, seed: int, opened: Any, memory: Memory | None = None) -> Rows:
        of = (self.diagram, self.rule, self._label_form, self._channels)
        return Rows(*of, n, seed, opened, memory)

    def _sample(
        self,
        rows: Rows,
        part: range,
        labelled: bool,
        dtype: np.dtype[Any],
        origin: Mapping[str, Any],
    ) -> Sample:
        views = {name: rows.view(name, dtype) for name in rows.channels}
        return self._made(views, rows.y if labelled else None, rows.latents, part, dtype, origin)

    def _made(
        self,
        views: Mapping[str, np.ndarray],
        y: np.ndarray | None,
        latents: np.ndarray,
        part: range,
        dtype: np.dtype[Any],
        origin: Mapping[str, Any],
    ) -> Sample:
        real = self.rule.prior is None
        if y is None:
            y = np.full(latents.shape[:-1], math.nan if real else -1)
        return Sample(
            views=views,
            y=y.astype(dtype, copy=False) if real else y,
            latents=latents.astype(dtype, copy=False),
            roles={name: self.roles[name] for name in views},
            origin={"population": canonical(self), "rows": [part.start, part.stop, 1], **origin},
        )


def _checked_dtype(dtype: DTypeLike) -> np.dtype[Any]:
    allowed = "must be float32 or float64"
    try:
        checked = np.dtype(dtype)
    except (TypeError, ValueError, SyntaxError):
        raise ArgumentError("dtype", dtype, allowed) from None
    if checked not in {np.dtype(np.float32), np.dtype(np.float64)}:
        raise ArgumentError("dtype", dtype, allowed)
    return checked
