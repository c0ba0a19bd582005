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

from synth.draws import Channels, Streams, draw
from synth.roles import Roles
from synth.rows import Rows
from synth.rules import Hyperplane, Rule
from synth.sample import Sample
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
        """Check that rule and views fit the diagram."""
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
        streams = Streams(self._channels, seed)
        real = _checked_dtype(dtype)
        origin = {"seed": streams.seed}
        return (
            _only(self._draw([streams], start, min(start + piece, rows), labelled, real, origin))
            for start in range(0, rows, piece)
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
        samples = {}
        for name, each in self._channels.items():
            streams = Streams({name: each}, seed, "unpaired", each.position)
            origin = {"seed": streams.seed, "unpaired": name}
            batch = self._draw([streams], 0, rows, labelled, real, origin)
            samples[name] = _only(batch)
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
        streams = [Streams(self._channels, seed) for seed in listed]
        return self._draw(streams, 0, rows, labelled, real, {"seeds": listed})

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
        return Rows(self.diagram, self.rule, self._law, self._channels, rows, number)

    @functools.cached_property
    def _law(self) -> str:
        return json.dumps(self.form(()))

    @functools.cached_property
    def _channels(self) -> Mapping[str, Channels]:
        return {name: Channels.of(self.diagram, name, shown) for name, shown in self.shown.items()}

    def _draw(
        self,
        streams: Sequence[Streams],
        start: int,
        stop: int,
        labelled: bool,
        dtype: np.dtype[Any],
        origin: Mapping[str, Any],
    ) -> Sample:
        rule = self.rule if labelled else None
        views, y, latents = draw(self.diagram, rule, streams, stop - start, dtype)
        if y is None:
            y = np.full(latents.shape[:-1], math.nan if self.rule.prior is None else -1)
        return Sample(
            views=views,
            y=y.astype(dtype, copy=False) if self.rule.prior is None else y,
            latents=latents.astype(dtype, copy=False),
            roles={name: self.roles[name] for name in views},
            origin={"population": canonical(self), "rows": [start, stop, 1], **origin},
        )


def _only(batch: Sample) -> Sample:
    """Return the one sample of a batch of one."""
    return dataclasses.replace(
        batch,
        views={name: view[0] for name, view in batch.views.items()},
        y=batch.y[0],
        latents=batch.latents[0],
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
