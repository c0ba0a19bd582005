"""Values written down as loops in C++: those of one shape that need not wait for each other as one."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from analysis.training.generated.calls import UnknownCallError
from analysis.training.generated.values import (
    Array,
    Constant,
    Count,
    Index,
    Joined,
    Picked,
    Point,
    Product,
    Reduced,
    Scattered,
    Shape,
    Stored,
    Value,
    View,
    offset,
    order,
    seen,
    strides,
)

ALIGNED = 64
"""Arrays begin at multiples of so many bytes."""

BYTES = {"float": 4, "long long": 8, "bool": 1}

Scratch = Callable[[int, int, int], int]
"""``scratch(rows, columns, terms)``: numbers that a product of matrices needs beside them."""


def long_axes(shape: Shape) -> Shape:
    """Return the sizes of axes that are longer than 1."""
    return tuple(size for size in shape if size > 1)


def index_of(shape: Shape) -> Index:
    """Return the index of an array in loops over its axes."""
    names = (f"i{n}" for n in range(len(shape)))
    return tuple(next(names) if size > 1 else "0" for size in shape)


def base(value: Value) -> Value:
    """Return what a value is a view of."""
    while isinstance(value, View):
        value = value.of
    return value


@dataclass
class Step:
    """Loops over one shape, or one product or scattering, which are no loops of ours.

    Parameters
    ----------
    sizes : tuple of int, optional
        Of the loops.
    values : list of Value
        What they work out, in order.
    """

    sizes: Shape | None
    values: list[Value] = field(default_factory=list)


@dataclass
class Written:
    """C++ of one function's body.

    Parameters
    ----------
    lines : list of str
        Of it.
    bytes : int
        Of the memory that it needs.
    """

    lines: list[str]
    bytes: int


class Writer:
    """Writes values into arrays.

    Parameters
    ----------
    outputs : sequence of Stored
        What is to be written where.
    scratch : callable
        Memory of products.
    known : mapping of Value to Array
        Values that lie in memory already.
    """

    def __init__(
        self, outputs: Sequence[Stored], scratch: Scratch, known: dict[Value, Array]
    ) -> None:
        self._scratch, self._known = scratch, dict(known)
        self._lines: list[str] = []
        self._taken = 0
        self._local: dict[Value, str] = {}
        self._users: dict[Value, int] = {}
        self._in_memory: set[Value] = set()
        ordered = self._ordered(outputs)
        self._in_memory.update(*map(self._needed, ordered))
        self._named = [value for value in ordered if self._is_named(value)]
        self._names = {value: n for n, value in enumerate(self._named)}
        self._steps, self._place = list[Step](), dict[Value, int]()
        for value in self._named:
            self._schedule(value)

    def written(self) -> Written:
        """Return the code."""
        for value in self._named:
            if value in self._in_memory and value not in self._known:
                self._known[value] = self._array(value)
        for step in self._steps:
            self._write(step)
        return Written(self._lines, self._taken)

    # Which values there are, and which have a name.

    def _ordered(self, outputs: Iterable[Value]) -> list[Value]:
        found: dict[Value, None] = {}

        def visit(value: Value) -> None:
            if value in found or value in self._known:
                return
            for part in value.parts:
                visit(part)
                under = base(part)
                self._users[under] = self._users.get(under, 0) + 1
                if under.numbers < value.numbers and _costly(under):
                    self._in_memory.add(under)  # not to be worked out again and again
            found[value] = None

        for output in outputs:
            visit(output)
        return list(found)

    def _needed(self, value: Value) -> set[Value]:
        """Return what a value needs to lie in memory, itself among it."""
        if isinstance(value, Product):
            return {base(value.a), base(value.b), value}
        if isinstance(value, Picked):
            return {base(value.of)}
        return {value} if isinstance(value, Scattered | Reduced) else set()

    def _is_named(self, value: Value) -> bool:
        """Return whether a value is worked out once, by a line of its own."""
        if isinstance(value, Product | Scattered | Reduced | Stored):
            return True
        wanted = value in self._in_memory or self._users.get(value, 0) > 1
        return wanted and isinstance(value, Point | Picked | Joined)

    # When they are worked out.

    def _schedule(self, value: Value) -> None:
        looped = not isinstance(value, Product | Scattered)
        whole = value.of if isinstance(value, Reduced | Stored) else value
        sizes = long_axes(whole.shape) if looped else None
        earliest, reads = 0, [each for each in self._reads(value) if each[0] in self._place]
        for read, index in reads:
            place = self._place[read]
            together = (
                looped
                and self._steps[place].sizes == sizes
                and not isinstance(read, Reduced)
                and index == index_of(read.shape)
            )
            earliest = max(earliest, place + (not together))
        for place in range(earliest, len(self._steps)):
            if looped and self._steps[place].sizes == sizes:
                break
        else:
            place = len(self._steps)
            self._steps.append(Step(sizes))
        self._in_memory.update(read for read, _ in reads if self._place[read] != place)
        self._steps[place].values.append(value)
        self._place[value] = place

    def _reads(self, value: Value) -> list[tuple[Value, Index]]:
        """Return the named values that one reads, and where."""
        found: list[tuple[Value, Index]] = []

        def read(part: Value, index: Index) -> None:
            if part in self._known:
                return
            if part in self._names:
                found.append((part, index))
            elif isinstance(part, View):
                read(part.of, part.index(index))
            elif isinstance(part, Point):
                for each in part.of:
                    read(each, seen(index, each.shape))
            elif isinstance(part, Picked):
                read(part.places, index)
                read(part.of, _along(index, part.axis, "?"))
            elif isinstance(part, Joined):
                for each in part.of:
                    read(each, _along(index, part.axis, "?"))

        if isinstance(value, Point):
            for each in value.of:
                read(each, seen(index_of(value.shape), each.shape))
        elif isinstance(value, Reduced | Stored):
            read(value.of, index_of(value.of.shape))
        else:
            for each in value.parts:
                read(each, ("?",) * len(each.shape))
        return found

    # What is written.

    def _take(self, size: int) -> int:
        """Return where so many bytes of memory begin."""
        at, self._taken = self._taken, self._taken + aligned(size)
        return at

    def _array(self, value: Value) -> Array:
        """Return where in memory a value lies."""
        name, at = f"m{self._names[value]}", self._take(bytes_of([value]))
        self._lines.append(f"{value.kind} *__restrict {name} = ({value.kind} *)(memory + {at});")
        axes = None if isinstance(value, Product) else order(value.shape)
        return Array(value.shape, value.kind, name, strides(value.shape, axes))

    def _text(self, value: Value, index: Index) -> str:
        """Return a value's number at an index."""
        if value in self._local and index == index_of(value.shape):
            return self._local[value]
        return self._formula(self._known.get(value, value), index)

    def _formula(self, value: Value, index: Index) -> str:  # noqa: PLR0911  # one for each kind
        """Return how a number is worked out of others."""
        if isinstance(value, Array):
            return f"{value.name}[{offset(index, value.along)}]"
        if isinstance(value, Constant):
            return value.text
        if isinstance(value, Count):
            return f"({value.start}LL + {value.step}LL * ({index[value.axis]}))"
        if isinstance(value, View):
            return self._text(value.of, value.index(index))
        if isinstance(value, Point):
            return f"({value.formula(*(self._text(p, seen(index, p.shape)) for p in value.of))})"
        if isinstance(value, Picked):
            # A place that is not there is told by a number that is none.
            place, size = self._text(value.places, index), value.of.shape[value.axis]
            there = self._text(value.of, _along(index, value.axis, f"within({place}, {size})"))
            return f"pick<float>(is_within({place}, {size}), {there}, NAN)"
        if isinstance(value, Joined):
            return self._joined(value, index)
        raise AssertionError(type(value))

    def _joined(self, value: Joined, index: Index) -> str:
        at, axis, start, text = index[value.axis], value.axis, 0, ""
        for part in value.of:
            size = part.shape[axis]
            place = f"(({at}) - {start})" if size > 1 else "0"
            own = self._text(part, _along(index, axis, place))
            start += size
            last = part is value.of[-1] and start == value.shape[axis]
            text += own if last else f"({at}) < {start} ? {own} : "
        return f"({text})"

    def _write(self, step: Step) -> None:
        self._local = {}
        if step.sizes is None:
            (value,) = step.values
            (self._product if isinstance(value, Product) else self._scatter)(value)  # type: ignore[arg-type]  # one of two
            return
        before, body, after, kept = self._statements(step)
        axes, ahead = order(step.sizes), ""
        self._lines += before[-1]
        for depth, axis in enumerate(axes):
            self._lines += [ahead + line for line in before[depth]]
            if depth == len(axes) - 1 and kept is not None:
                self._lines.append(f"{ahead}#pragma omp simd{kept}")
            size = step.sizes[axis]
            self._lines.append(f"{ahead}for (int i{axis} = 0; i{axis} < {size}; i{axis}++) {{")
            ahead += "  "
        self._lines += [ahead + line for line in body]
        for depth in reversed(range(len(axes))):
            ahead = ahead[2:]
            self._lines.append(f"{ahead}}}")
            self._lines += [ahead + line for line in after[depth]]

    def _statements(
        self, step: Step
    ) -> tuple[dict[int, list[str]], list[str], dict[int, list[str]], str | None]:
        """Return lines before loops at each depth, in the innermost, and after; and what it sums up."""
        assert step.sizes is not None
        axes = order(step.sizes)
        before: dict[int, list[str]] = {depth: [] for depth in range(-1, len(axes))}
        after: dict[int, list[str]] = {depth: [] for depth in range(len(axes))}
        body, sums, vectors = [], [], True
        for value in step.values:
            name = f"v{self._names[value]}"
            if isinstance(value, Stored):
                index = index_of(value.of.shape)
                place = f"{value.to.name}[{offset(index, value.to.along)}]"
                body.append(f"{place} = {self._text(value.of, index)};")
                continue
            if not isinstance(value, Reduced):
                index = index_of(value.shape)
                body.append(f"const {value.kind} {name} = {self._formula(value, index)};")
                if value in self._known:
                    own = self._known[value]
                    body.append(f"{own.name}[{offset(index, own.along)}] = {name};")
                self._local[value] = name
                continue
            own, index = self._known[value], index_of(value.of.shape)
            places = [n for n, size in enumerate(value.of.shape) if size > 1]
            gone = {places.index(axis) for axis in value.axes}
            depth = max((n + 1 for n, axis in enumerate(axes) if axis not in gone), default=0)
            kept = tuple("0" if axis in value.axes else at for axis, at in enumerate(index))
            place = f"{own.name}[{offset(kept, own.along)}]"
            start, text = ("-INFINITY" if value.largest else "0"), self._text(value.of, index)
            whole = not gone & {*axes[:depth]}

            def joined(to: str, more: str, *, largest: bool = value.largest) -> str:
                return f"{to} = larger({to}, {more});" if largest else f"{to} += {more};"

            if not whole:
                before[-1].append(
                    f"for (int n = 0; n < {value.numbers}; n++) {own.name}[n] = {start};"
                )
            if depth == len(axes):
                body.append(joined(place, text))
                continue
            before[depth].append(f"{value.kind} {name} = {start};")
            after[depth].append(f"{place} = {name};" if whole else joined(place, name))
            body.append(joined(name, text))
            sums.append(name)
            vectors = vectors and not value.largest
        return (
            before,
            body,
            after,
            ((f" reduction(+ : {', '.join(sums)})" if sums else "") if vectors else None),
        )

    def _product(self, value: Product) -> None:
        (*many, rows, columns), terms = value.shape, value.a.shape[-1]
        if any(size > 1 for size in many):
            raise UnknownCallError("products of several matrices of a model")
        lies = []
        for part in (value.a, value.b):
            along = self._along(part)
            if along is None:
                raise UnknownCallError("a product of matrices that do not lie in rows")
            first, (row, column) = self._text(part, ("0",) * len(part.shape)), along[-2:]
            # Along an axis of length 1 any step will do.
            lies.append(f"{{&{first}, 0, {row or 1}, {column or 1}}}")
        found = self._known[value]
        at = self._take(4 * self._scratch(rows, columns, terms))
        self._lines += [
            "{",
            f"  const Products task = {{1, {rows}, {columns}, {terms}, {lies[0]}, {lies[1]},",
            f"                         {found.name}, (float *)(memory + {at})}};",
            "  multiply(&task);",
            "}",
        ]

    def _along(self, value: Value) -> tuple[int, ...] | None:
        """Return how the numbers of what lies in memory lie."""
        if value in self._known:
            return self._known[value].along
        if isinstance(value, Array):
            return value.along
        if not isinstance(value, View):
            raise UnknownCallError("a product of a matrix that nothing was written into")
        along = self._along(value.of)
        return None if along is None else value.moved(along)

    def _scatter(self, value: Scattered) -> None:
        own, index = self._known[value], index_of(value.shape)

        def loops(shape: Shape, line: str) -> None:
            sizes = long_axes(shape)
            names = [(f"i{axis}", sizes[axis]) for axis in order(sizes)]
            ahead = "".join(f"for (int {at} = 0; {at} < {size}; {at}++) " for at, size in names)
            self._lines.append(ahead + line)

        place = f"{own.name}[{offset(index, own.along)}]"
        loops(value.shape, f"{place} = {self._text(value.of, index)};")
        at = index_of(value.places.shape)
        spot, size = self._text(value.places, at), value.shape[value.axis]
        to = _along(at, value.axis, f"within({spot}, {size})")
        written = f"{own.name}[{offset(to, own.along)}]"
        loops(
            value.places.shape,
            f"{written} {'+=' if value.added else '='} pick<float>(is_within({spot}, {size}), "
            f"{self._text(value.source, at)}, NAN);",
        )


COSTLY = re.compile(r"exp|log|sqrt|tanh|erf|pow|sin|cos| / ")


def _costly(value: Value) -> bool:
    """Return whether a value takes long enough to work out that it is read where it can be."""
    if not isinstance(value, Point):
        return False
    own = value.kept or COSTLY.search(value.formula(*("x" for _ in value.of))) is not None
    return own or any(
        _costly(base(part)) for part in value.of if base(part).numbers == value.numbers
    )


def _along(index: Index, axis: int, place: str) -> Index:
    return (*index[:axis], place, *index[axis + 1 :])


def constants(outputs: Sequence[Stored], leaves: set[Value]) -> list[Value]:
    """Return what outputs need that depends on no leaf, and is worked out of something in memory."""
    depends: dict[Value, bool] = {}

    def moving(value: Value) -> bool:
        if value not in depends:
            depends[value] = value in leaves or any(map(moving, value.parts))
        return depends[value]

    read: dict[Value, bool] = {}

    def reading(value: Value) -> bool:
        if value not in read:
            read[value] = isinstance(value, Array) or any(map(reading, value.parts))
        return read[value]

    found: dict[Value, None] = {}
    seen: set[Value] = set()

    def visit(value: Value) -> None:
        for part in value.parts:
            under = base(part)
            if moving(under):
                if under not in seen:
                    seen.add(under)
                    visit(under)
            elif reading(under) and not isinstance(under, Array):
                found[under] = None

    for output in outputs:
        visit(output)
    return list(found)


def aligned(size: int) -> int:
    """Return the bytes to where the next array may begin."""
    return -(-size // ALIGNED) * ALIGNED


def bytes_of(values: Iterable[Value]) -> int:
    """Return how many bytes arrays take one after another."""
    return sum(aligned(BYTES[value.kind] * max(1, value.numbers)) for value in values)
