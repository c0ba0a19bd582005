"""The course of a training: which rows are learned from, when models are looked at, and kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from analysis.training.groups import Models, check_models, count, own
from analysis.training.networks import Parameters
from analysis.training.optimiser import Optimiser
from venn.checks import ArgumentError


@dataclass(frozen=True, eq=False)
class Course:
    """What an optimiser means for rows of some number.

    Parameters
    ----------
    optimiser : Optimiser
        Its steps, stops, and when to look at rows held out.
    rows, kept : int
        How many rows there are, and how many of them, the first ones, are learned from.
    batches : tensor (model, step, batch), or a tensor (1, step, batch) a model, optional
        The rows of each step; all that are learned from unless told otherwise.
    """

    optimiser: Optimiser
    rows: int
    kept: int
    batches: Models | None = None

    @property
    def batch(self) -> int:
        """How many rows a step has."""
        return self.optimiser.batch or self.kept

    def order(self, model: int) -> Int[Tensor, "step batch"] | None:
        """Return the rows of each step of one model, as machine code reads them."""
        return None if self.batches is None else own(self.batches, model).int().contiguous()

    def learned(self, part: Tensor) -> Tensor:
        """Return the rows to learn from, of data with a model axis."""
        return part if self.kept == self.rows else part[:, : self.kept]

    def held(self, part: Tensor) -> Tensor:
        """Return the rows held out, of data with a model axis."""
        return part[:, self.kept :]

    def go(
        self,
        on: Callable[[int], None],
        now: Callable[[], Parameters],
        judged: Callable[[], Float[Tensor, " model"]],
    ) -> list[Parameters]:
        """Go from stop to stop and return the models at each: as they are, or the best until then.

        Parameters
        ----------
        on : callable
            ``on(steps)`` takes so many steps.
        now : callable
            Returns the models as they are, in memory of their own.
        judged : callable
            Returns their loss on the rows held out.
        """
        how, step, found = self.optimiser, 0, list[Parameters]()
        best = _Best(how.patience)
        looks = range(how.validate_every, how.steps, how.validate_every) if how.validation else ()
        every = sorted({*looks, *how.stops})
        for stop in every:
            if not best.over:
                on(stop - step)
                step = stop
                if how.validation and (stop in looks or stop == how.steps):
                    best.look(now(), judged())
            if stop in how.stops:
                found.append(best.of(now))
        return found


class _Best:
    """The best of the models that were looked at, each for as long as it is trained."""

    def __init__(self, patience: int) -> None:
        self._patience = patience
        self._best: Parameters | None = None
        self._least = self._waiting = torch.empty(0, device="cpu")

    @property
    def over(self) -> bool:
        """Whether no model is trained any more."""
        return bool(self._patience) and self._best is not None and bool(self._done.all())

    @property
    def _done(self) -> Bool[Tensor, " model"]:
        return self._waiting >= (self._patience or torch.inf)

    @property
    def _found(self) -> Bool[Tensor, " model"]:
        return self._least < torch.inf

    def look(self, models: Parameters, loss: Float[Tensor, " model"]) -> None:
        """Keep those that are better than before."""
        if self._best is None:
            self._best, self._waiting = models, torch.zeros_like(loss)
            self._least = torch.full_like(loss, torch.inf)
        done = self._done
        better = (loss < self._least) & ~done
        self._least = loss.where(better, self._least)
        self._waiting = self._waiting.where(done, (self._waiting + 1).where(~better, 0))
        self._best = chosen(better | ~self._found & ~done, models, self._best)

    def of(self, now: Callable[[], Parameters]) -> Parameters:
        """Return the best models, or those that there are where none is."""
        if self._best is None:
            return now()
        return chosen(self._found | self._done, self._best, now())


def joined(groups: Sequence[Sequence[tuple[Tensor, ...]]]) -> tuple[Parameters, ...]:
    """Return groups of models as one, at each stop."""
    return tuple(
        tuple(torch.cat(tensors) for tensors in zip(*stop, strict=True))
        for stop in zip(*groups, strict=True)
    )


def chosen(which: Bool[Tensor, " model"], one: Parameters, other: Parameters) -> Parameters:
    """Return some models of one and the others of another."""
    shown = [which.view(-1, *[1] * (part.dim() - 1)) for part in one]
    return tuple(a.where(each, b) for each, a, b in zip(shown, one, other, strict=True))


def undefined(parameters: Parameters, loss: Float[Tensor, " model"]) -> Parameters:
    """Return models, not finite where their loss is not."""
    nothing = tuple(torch.full_like(part, torch.nan) for part in parameters)
    return chosen(loss.isfinite(), tuple(part.detach() for part in parameters), nothing)


def picked(part: Tensor, rows: Int[Tensor, "model row"]) -> Tensor:
    """Return some rows of each model's data, whose second axis they are."""
    models, count = part.shape[:2]
    first = torch.arange(0, models * count, count, device=part.device)[:, None]
    found = part.flatten(0, 1).index_select(0, (rows + first).flatten())
    return found.view(*rows.shape, *part.shape[2:])


def course(optimiser: Optimiser, data: Sequence[Models], batches: Any) -> Course:
    """Return the course of a training on data, or fail if these have no rows for it."""
    if not optimiser.batch and batches is not None:
        raise ArgumentError("batches", "given", "is for an optimiser with a batch; give it one")
    if not optimiser.batch and not optimiser.validation:
        return Course(optimiser, *(_rows(data, strict=False),) * 2)
    rows = _rows(data)
    kept = optimiser.kept(rows)
    if optimiser.batch:
        if batches is None:
            allowed = "must say the rows of each step: Trial.batches(optimiser) draws them"
            raise ArgumentError("batches", None, allowed)
        check_models("batches", batches)
        one, size = own(batches, 0), (optimiser.steps, optimiser.batch)
        if tuple(one.shape) != size or one.is_floating_point():
            given = f"{tuple(one.shape)} of {one.dtype} a model"
            raise ArgumentError("batches", given, f"must be {size} whole numbers a model")
        count((data[0], batches))
        parts = [batches] if isinstance(batches, Tensor) else batches
        for part in {id(part): part for part in parts}.values():
            if not 0 <= int(part.min()) <= int(part.max()) < kept:
                given = f"{int(part.min())} to {int(part.max())}"
                allowed = f"must be numbers of rows that are learned from, 0 to {kept - 1}"
                raise ArgumentError("batches", given, allowed)
    return Course(optimiser, rows, kept, batches)


def _rows(data: Sequence[Models], *, strict: bool = True) -> int:
    """Return how many rows data have, all of them if that is asked for."""
    shapes = [tuple(own(part, 0).shape) for part in data]
    counts = {shape[0] if shape else 0 for shape in shapes}
    if strict and len(counts) != 1:
        allowed = "must have the same number of rows as second axis, for batches or validation"
        raise ArgumentError("data", [list(shape) for shape in shapes], allowed)
    return max(counts, default=0)
