"""What a recorded loss is made of: arrays of known shape, as functions of their indices.

An index is a tuple of C++ expressions, one an axis; "0" along an axis of length 1.
"""

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

Kind = Literal["float", "long long", "bool"]
"""Of numbers, in C++."""

Index = tuple[str, ...]
Shape = tuple[int, ...]
Strides = tuple[int, ...]

FEW = 16
"""A last axis as short as this is not the innermost in memory, nor in loops."""


def order(shape: Shape) -> tuple[int, ...]:
    """Return the axes longer than 1 from the outermost loop to the innermost."""
    axes = [axis for axis, size in enumerate(shape) if size > 1]
    if len(axes) > 1 and shape[axes[-1]] <= FEW < shape[axes[-2]]:
        axes = [axes[-1], *axes[:-1]]
    return tuple(axes)


def strides(shape: Shape, axes: Sequence[int] | None = None) -> Strides:
    """Return how far apart numbers lie along each axis, the last of some axes being the innermost."""
    found, step = [0] * len(shape), 1
    for axis in reversed(range(len(shape)) if axes is None else axes):
        if shape[axis] > 1:
            found[axis], step = step, step * shape[axis]
    return tuple(found)


def offset(index: Index, along: Strides) -> str:
    """Return where in memory an index is."""
    terms = [
        at if step == 1 else f"({at}) * {step}"
        for at, step in zip(index, along, strict=True)
        if step and at != "0"
    ]
    return " + ".join(terms) or "0"


@dataclass(eq=False)
class Value:
    """An array.

    Parameters
    ----------
    shape : tuple of int
        Of its axes.
    kind : {"float", "long long", "bool"}
        Of its numbers.
    """

    shape: Shape
    kind: Kind

    @property
    def parts(self) -> Sequence["Value"]:
        """What it is worked out of."""
        return ()

    @property
    def numbers(self) -> int:
        """How many it has."""
        return math.prod(self.shape)


@dataclass(eq=False)
class Array(Value):
    """One that lies in memory."""

    name: str
    along: Strides


@dataclass(eq=False)
class Constant(Value):
    """One number, everywhere."""

    text: str


@dataclass(eq=False)
class Count(Value):
    """0, 1, …, along an axis, times something, from something on."""

    axis: int
    start: int = 0
    step: int = 1


@dataclass(eq=False)
class View(Value):
    """The numbers of another one, by other indices.

    Parameters
    ----------
    of : Value
        Whose numbers.
    index : callable
        Returns its index for one of this.
    moved : callable
        Returns the strides of this for those of the other; None where there are none.
    """

    of: Value
    index: Callable[[Index], Index]
    moved: Callable[[Strides], Strides | None]

    @property
    def parts(self) -> Sequence[Value]:
        """The other."""
        return (self.of,)


@dataclass(eq=False)
class Reshaped(View):
    """One with its axes merged or split."""


@dataclass(eq=False)
class Point(Value):
    """A function of the numbers of others at each index; these may be shorter, and are then repeated."""

    of: tuple[Value, ...]
    formula: Callable[..., str]
    kept: bool = False  # whether it is not to be worked out again and again

    @property
    def parts(self) -> Sequence[Value]:
        """The others."""
        return self.of


@dataclass(eq=False)
class Picked(Value):
    """The numbers of one along an axis, at the places that another says."""

    of: Value
    axis: int
    places: Value

    @property
    def parts(self) -> Sequence[Value]:
        """Both."""
        return (self.of, self.places)


@dataclass(eq=False)
class Joined(Value):
    """Some one after another along an axis."""

    of: tuple[Value, ...]
    axis: int

    @property
    def parts(self) -> Sequence[Value]:
        """These."""
        return self.of


@dataclass(eq=False)
class Reduced(Value):
    """The sum, or the largest, over axes; these stay, of length 1."""

    of: Value
    axes: frozenset[int]
    largest: bool = False

    @property
    def parts(self) -> Sequence[Value]:
        """What is summed up."""
        return (self.of,)


@dataclass(eq=False)
class Product(Value):
    """Products of matrices, the last two axes; those before are the same in both."""

    a: Value
    b: Value

    @property
    def parts(self) -> Sequence[Value]:
        """Both matrices."""
        return (self.a, self.b)


@dataclass(eq=False)
class Scattered(Value):
    """One with the numbers of another put, or added, at places along an axis."""

    of: Value
    axis: int
    places: Value
    source: Value
    added: bool

    @property
    def parts(self) -> Sequence[Value]:
        """The three."""
        return (self.of, self.places, self.source)


@dataclass(eq=False)
class Stored(Value):
    """One written into an array."""

    of: Value
    to: Array

    @property
    def parts(self) -> Sequence[Value]:
        """What is written."""
        return (self.of,)


def seen(index: Index, shape: Shape) -> Index:
    """Return the index of a shorter array for one of those with which it goes."""
    own = index[len(index) - len(shape) :]
    return tuple("0" if size == 1 else at for at, size in zip(own, shape, strict=True))


def permuted(of: Value, axes: Sequence[int]) -> Value:
    """Return one with its axes in another order."""
    back = [axes.index(i) for i in range(len(axes))]
    return View(
        tuple(of.shape[axis] for axis in axes),
        of.kind,
        of,
        lambda index: tuple(index[i] for i in back),
        lambda along: tuple(along[axis] for axis in axes),
    )


def expanded(of: Value, shape: Shape) -> Value:
    """Return one repeated along axes of length 1, or new ones in front."""
    if shape == of.shape:
        return of
    more = len(shape) - len(of.shape)
    return View(
        shape,
        of.kind,
        of,
        lambda index: seen(index, of.shape),
        lambda along: (0,) * more + along,
    )


def diagonal(of: Value, first: int, second: int) -> Value:
    """Return the diagonal of two axes, as the last axis."""
    others = [axis for axis in range(len(of.shape)) if axis not in (first, second)]

    def index(at: Index) -> Index:
        places = dict(zip(others, at, strict=False)) | {first: at[-1], second: at[-1]}
        return tuple(places[axis] for axis in range(len(of.shape)))

    def moved(along: Strides) -> Strides:
        return (*(along[axis] for axis in others), along[first] + along[second])

    shape = (*(of.shape[axis] for axis in others), of.shape[first])
    # Kept: its numbers lie far apart.
    return Point(shape, of.kind, (View(shape, of.kind, of, index, moved),), str, kept=True)


def sliced(of: Value, axis: int, start: int, size: int, step: int = 1) -> Value:
    """Return one from a place on along an axis."""
    shape = (*of.shape[:axis], size, *of.shape[axis + 1 :])

    def index(at: Index) -> Index:
        place = f"(({at[axis]}) * {step} + {start})"
        return (*at[:axis], place if of.shape[axis] > 1 else "0", *at[axis + 1 :])

    return View(shape, of.kind, of, index, lambda _: None)


def reshaped(of: Value, shape: Shape) -> Value:
    """Return one with its axes merged and split."""
    while isinstance(of, Reshaped):
        of = of.of
    if shape == of.shape:
        return of
    groups = _groups(of.shape, shape)

    def index(at: Index) -> Index:
        found = ["0"] * len(of.shape)
        for theirs, ours in groups:
            if len(theirs) == len(ours) == 1:
                found[theirs[0]] = at[ours[0]]
                continue
            place = offset(at, strides(shape, ours))
            rest = math.prod(of.shape[axis] for axis in theirs)
            for n, axis in enumerate(theirs):
                rest //= of.shape[axis]
                digit = f"({place}) / {rest}" if rest > 1 else f"({place})"
                found[axis] = f"(({digit}) % {of.shape[axis]})" if n else f"({digit})"
        return tuple(found)

    def moved(along: Strides) -> Strides | None:
        found = [0] * len(shape)
        for theirs, ours in groups:
            pairs = itertools.pairwise(theirs)
            if any(along[a] != along[b] * of.shape[b] for a, b in pairs):
                return None
            step = along[theirs[-1]]
            for axis in reversed(ours):
                found[axis], step = step, step * shape[axis]
        return tuple(found)

    return Reshaped(shape, of.kind, of, index, moved)


def _groups(old: Shape, new: Shape) -> list[tuple[list[int], list[int]]]:
    """Return which axes became which, those of length 1 left out."""
    theirs = [axis for axis, size in enumerate(old) if size != 1]
    ours = [axis for axis, size in enumerate(new) if size != 1]
    found: list[tuple[list[int], list[int]]] = []
    while theirs or ours:
        a, b = [theirs.pop(0)], [ours.pop(0)]
        while (left := math.prod(old[i] for i in a)) != (right := math.prod(new[i] for i in b)):
            (a if left < right else b).append((theirs if left < right else ours).pop(0))
        found.append((a, b))
    return found


def point(kind: Kind, formula: Callable[..., str], *of: Value) -> Value:
    """Return a function of the numbers of others.

    Where one of them has axes merged, it is a function of what that was before: loops need no
    divisions then.
    """
    if all(repeated(each).numbers == 1 for each in of) and any(each.numbers > 1 for each in of):
        shape = np.broadcast_shapes(*(each.shape for each in of))
        once = [reshaped(repeated(each), ()) for each in of]
        return expanded(Point((), kind, tuple(once), formula), tuple(shape))
    rank = max(len(each.shape) for each in of)
    padded = [(1,) * (rank - len(each.shape)) + each.shape for each in of]
    shape = tuple(max(sizes) for sizes in zip(*padded, strict=True))
    for each in of:
        whole = each.of if isinstance(each, Reshaped) and each.shape == shape else None
        if whole is not None and len(order(whole.shape)) > len(order(shape)):
            apart = [
                unmerged(one, size, shape, whole.shape)
                for one, size in zip(of, padded, strict=True)
            ]
            if None not in apart:
                return reshaped(point(kind, formula, *[one for one in apart if one]), shape)
    return Point(shape, kind, of, formula)


def repeated(of: Value) -> Value:
    """Return the one number that fills an array, if that is so, or the array."""
    whole = of
    while isinstance(whole, View) and whole.numbers > 1:
        whole = whole.of
    return whole if whole.numbers == 1 else of


def unmerged(of: Value, padded: Shape, shape: Shape, whole: Shape) -> Value | None:
    """Return a value that goes with an array as it goes with that one reshaped."""
    of = repeated(of)
    if of.numbers == 1:
        return reshaped(of, (1,) * len(whole))
    if padded == shape:
        return reshaped(of, whole)
    return None


def reduced(of: Value, axes: Sequence[int], *, keep: bool, largest: bool = False) -> Value:
    """Return the sum, or the largest, over axes."""
    kept = tuple(1 if axis in axes else size for axis, size in enumerate(of.shape))
    shape = kept if keep else tuple(size for axis, size in enumerate(of.shape) if axis not in axes)
    if isinstance(of, Reshaped):
        groups = _groups(of.of.shape, of.shape)
        whole = [theirs for theirs, ours in groups if {*ours} <= {*axes}]
        if all({*ours} <= {*axes} or not {*ours} & {*axes} for _, ours in groups):
            theirs = [axis for each in whole for axis in each]
            return reshaped(reduced(of.of, theirs, keep=True, largest=largest), shape)
    long = frozenset(axis for axis in axes if of.shape[axis] > 1)
    found = Reduced(kept, of.kind, of, long, largest) if long else of
    return reshaped(found, shape)


@dataclass
class Loops:
    """Values that are worked out in the same loops.

    Parameters
    ----------
    shape : tuple of int
        Of the loops.
    values : list of Value
        In order.
    """

    shape: Shape
    values: list[Value] = field(default_factory=list)
