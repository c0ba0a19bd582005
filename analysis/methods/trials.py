"""What chance gives one diagram and seed: rows to learn from, rows to be judged on, and where to start."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from analysis.training.groups import Models
from analysis.training.networks import MLP, Activation, Parameters
from analysis.training.optimiser import Optimiser
from venn import ArgumentError

Input = Literal["teacher", "student", "both", "general"]
"""What a side sees, what both see, or what of the teacher's side is general.

A side is the modalities that teach, or those that learn: their views side by side.
"""


class Views(Mapping[str, Tensor]):
    """Views that are drawn when they are first asked for.

    Parameters
    ----------
    made : mapping of input to callable
        What draws each: a tensor (1, sample, channel).
    """

    def __init__(self, made: Mapping[str, Callable[[], Tensor]]) -> None:
        self._made, self._drawn = made, dict[str, Tensor]()

    def __getitem__(self, name: str) -> Tensor:
        if name not in self._drawn:
            self._drawn[name] = self._made[name]()
        return self._drawn[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)


class Declared(Mapping[str, Tensor]):
    """The views that a method says it reads: what else it reads its identity would not know of.

    Parameters
    ----------
    whole : mapping of input to tensor
        All views.
    names : tuple of str
        Those that it says, and whatever else of a trial.
    method : str
        Its kind.
    """

    def __init__(self, whole: Mapping[str, Tensor], names: tuple[str, ...], method: str) -> None:
        self.whole, self.method = whole, method
        self._names = tuple(name for name in names if name in whole)

    def __getitem__(self, name: str) -> Tensor:
        if name in self._names:
            return self.whole[name]
        allowed = f"is not among its inputs, which are {', '.join(self._names)}; name it there"
        raise ArgumentError(f"{self.method}.inputs", name, allowed)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@dataclass(frozen=True)
class Split:
    """Rows to train or to test on.

    Parameters
    ----------
    views : mapping of input to tensor (1, sample, channel)
        What networks see.
    y : tensor (1, sample)
        Labels: classes 0, 1, …, or a real target in float32.
    numbers : tensor (sample,), optional
        Which rows of the trial's sample they are; not known where a script is replayed.
    """

    views: Mapping[str, Float[Tensor, "model sample _"]]
    y: Int[Tensor, "model sample"] | Float[Tensor, "model sample"]
    numbers: Int[Tensor, " sample"] | None = None

    def part(self, rows: slice | Int[Tensor, " part"]) -> "Split":
        """Return some of the rows, which are drawn when they are first asked for."""
        declared = self.views if isinstance(self.views, Declared) else None
        whole = self.views if declared is None else declared.whole
        views: Mapping[str, Tensor] = Views({n: partial(_cut, whole, n, rows) for n in whole})
        if declared is not None:
            views = Declared(views, tuple(declared), declared.method)
        numbers = None if self.numbers is None else self.numbers[rows]
        return Split(views, self.y[:, rows], numbers)

    def declared(self, names: tuple[str, ...], method: str) -> "Split":
        """Return the rows with the views that a method says it reads."""
        return replace(self, views=Declared(self.views, names, method))


@dataclass(frozen=True)
class Ranking:
    """What Algorithm 1 needs to rank the channels of the teacher's side.

    Parameters
    ----------
    pair : tuple of two Parameters
        Where the networks of the teacher's and of the student's side start, each with a model axis
        of length 1.
    rows : Split
        What the pair is trained on, and ranks by.
    orders : tensor (1, repeat, channel, sample)
        Permutations of these rows, for each channel.
    optimiser : Optimiser, optional
        How the pair is trained; as the general teacher is, unless told otherwise.
    batches : callable, optional
        Returns the rows of each step of an optimiser, as `Trial.batches` does.
    activation : {"relu", "tanh", "gelu"}
        Of the two.
    """

    pair: tuple[Parameters, Parameters]
    rows: Split
    orders: Int[Tensor, "model repeat channel sample"]
    optimiser: Optimiser | None = None
    batches: Callable[[Optimiser], Tensor | None] = lambda _: None
    activation: Activation = "relu"


@dataclass(frozen=True)
class Kept:
    """Which channels of the teacher's side a general teacher sees.

    Parameters
    ----------
    count : int
        How many.
    channels : tensor (kept,) or Ranking
        Their numbers, or what ranks them: those of the largest saliency are kept.
    zeroed : bool
        Whether the others are there as zeros; else the channels that are kept come alone, in order.
    """

    count: int
    channels: Int[Tensor, " kept"] | Ranking
    zeroed: bool


def _none() -> Tensor:
    allowed = "draws no posterior and no permutation; the synthetic protocol does"
    raise ArgumentError("protocol", "a replay", allowed)


@dataclass(frozen=True)
class Trial:
    """What chance gives one diagram and seed to a method.

    Parameters
    ----------
    train, test : Split
        Rows to learn from and rows to be judged on.
    start : callable
        ``start(stream, network)`` returns initial parameters with a model axis of length 1: the
        same for whoever asks for one network in one stream.
    chance : callable
        ``chance(*purpose)`` returns a generator of the trial's seed for a purpose of this package.
    posterior : callable
        Returns the log-probabilities (1, sample, class) of the label of training rows, given what
        the teacher's side shows; of a real target its mean (1, sample, 1).
    order : callable
        Returns a permutation of the training rows.
    kept : callable, optional
        Returns what a general teacher keeps, where its view is not among `views`.
    """

    train: Split
    test: Split
    start: Callable[[str, MLP], Parameters]
    chance: Callable[..., np.random.Generator]
    posterior: Callable[[], Float[Tensor, "model sample class_"]] = _none
    order: Callable[[], Int[Tensor, " sample"]] = _none
    kept: Callable[[], Kept] | None = None

    def stream(self, *purpose: str | int) -> np.random.Generator:
        """Return a generator of the trial's seed for a purpose of one's own."""
        return self.chance("method", *purpose)

    def batches(self, optimiser: Optimiser) -> Int[Tensor, "model step batch"] | None:
        """Return the training rows of each step, where an optimiser wants some; see `batches`."""
        return batches(self.chance("batches"), optimiser, self.train.y.shape[1])

    def parted(self, count: int) -> tuple["Trial", Split]:
        """Return the trial with its first training rows alone, and the others."""
        return self.only(slice(0, count)), self.train.part(slice(count, None))

    def only(self, rows: slice | Int[Tensor, " part"]) -> "Trial":
        """Return the trial with some of its training rows alone."""

        def order() -> Tensor:
            whole = self.order()
            place = torch.full_like(whole, -1)
            place[rows] = torch.arange(len(place[rows]), device="cpu")
            return place[whole][place[whole] >= 0]

        return replace(
            self,
            train=self.train.part(rows),
            posterior=lambda: self.posterior()[:, rows],
            order=order,
        )


def batches(
    chance: np.random.Generator, optimiser: Optimiser, rows: int
) -> Int[Tensor, "model step batch"] | None:
    """Draw the rows of each step: one permutation after another of those that are learned from.

    A batch may begin in one permutation and end in the next, so that all have as many rows.
    """
    if not optimiser.batch:
        return None
    kept, wanted = optimiser.kept(rows), optimiser.steps * optimiser.batch
    in_order = np.broadcast_to(np.arange(kept, dtype=np.int32), (-(-wanted // kept), kept))
    order = chance.permuted(in_order, axis=1).reshape(-1)[:wanted]
    return torch.from_numpy(order.reshape(1, optimiser.steps, optimiser.batch))


def batches_of(trials: Sequence[Trial], optimiser: Optimiser) -> Models | None:
    """Return the rows of each step of every trial, where an optimiser wants some."""
    if not optimiser.batch:
        return None
    found = [trial.batches(optimiser) for trial in trials]
    return [each for each in found if each is not None]


def _cut(views: Mapping[str, Tensor], name: str, part: slice | Tensor) -> Tensor:
    return views[name][:, part]
