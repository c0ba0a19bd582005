"""What torch's calls make of arrays: each as a value of indices."""

import itertools
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, fx

from analysis.training.generated.values import (
    Array,
    Constant,
    Count,
    Joined,
    Kind,
    Picked,
    Product,
    Scattered,
    Value,
    diagonal,
    expanded,
    permuted,
    point,
    reduced,
    repeated,
    reshaped,
    sliced,
    strides,
)

aten = torch.ops.aten

KINDS: Mapping[torch.dtype, Kind] = {
    torch.float32: "float",
    torch.int64: "long long",
    torch.bool: "bool",
}


LARGEST = 4096
"""Numbers of a tensor that is written into the code."""


class UnknownCallError(Exception):
    """A call of torch of which no machine code is made."""


def lifted(value: Any) -> Value:
    """Return a value, or a number as one."""
    if isinstance(value, Value):
        return value
    if isinstance(value, bool):
        return Constant((), "bool", "true" if value else "false")
    if isinstance(value, int):
        return Constant((), "long long", f"{value}LL")
    if isinstance(value, float):
        return Constant((), "float", _text(value))
    raise UnknownCallError(f"a {type(value).__name__}")


def _text(value: float) -> str:
    if math.isnan(value):
        return "NAN"
    if math.isinf(value):
        return "INFINITY" if value > 0 else "-INFINITY"
    return f"{value!r}f"


def number(of: Any, formula: str) -> Value:
    """Return a function of real numbers: ``{}`` stands for each."""
    each = lifted(of)
    return point("float", lambda a: formula.format(f"(float)({a})"), each)


def pair(a: Any, b: Any, formula: str, kind: Kind | None = None) -> Value:
    """Return a function of two, in the wider kind of both, or of a kind."""
    left, right = lifted(a), lifted(b)
    kinds = {left.kind, right.kind}
    wide: Kind = "float" if "float" in kinds else "long long" if "long long" in kinds else "bool"

    def text(one: str, other: str) -> str:
        return formula.format(f"({wide})({one})", f"({wide})({other})")

    return point(kind or wide, text, left, right)


def scaled(of: Any, by: float) -> Any:
    """Return something times a number."""
    return of if by == 1 else pair(of, by, "{} * {}")


def divided(a: Any, b: Any) -> Value:
    """Return a quotient of real numbers: by few of them, a product with each's reciprocal."""
    left, right = lifted(a), lifted(b)
    if repeated(right).numbers < left.numbers:
        return pair(number(left, "{}"), number(right, "1.0f / {}"), "{} * {}")
    return point("float", lambda x, y: f"(float)({x}) / (float)({y})", left, right)


def axes_of(of: Value, axes: Any) -> list[int]:
    """Return axes counted from the front; all of them, if none are told."""
    if axes is None or axes == []:
        return list(range(len(of.shape)))
    listed = axes if isinstance(axes, Sequence) else [axes]
    return [axis % len(of.shape) for axis in listed]


def summed(of: Any, axes: Any = None, keep: bool = False, **_: Any) -> Value:  # torch's
    """Return the sum over axes."""
    each = cast(of, torch.int64) if lifted(of).kind == "bool" else lifted(of)
    return reduced(each, axes_of(each, axes), keep=keep)


def averaged(of: Value, axes: Any = None, keep: bool = False, **_: Any) -> Value:  # torch's
    """Return the mean over axes."""
    count = math.prod(of.shape[axis] for axis in axes_of(of, axes))
    return pair(summed(of, axes, keep), 1.0 / count, "{} * {}")


def spread(
    of: Value, axes: Any = None, correction: Any = 1, keepdim: bool = False
) -> Value:  # torch's
    """Return the variance over axes."""
    count = math.prod(of.shape[axis] for axis in axes_of(of, axes))
    apart = pair(of, averaged(of, axes, keep=True), "{} - {}")
    squares = summed(number(apart, "square({})"), axes, keepdim)
    return pair(squares, 1.0 / (count - (1 if correction is None else correction)), "{} * {}")


def softmax(of: Value, axis: int, *, logarithm: bool) -> Value:
    """Return the softmax along an axis, or its logarithm."""
    most = reduced(of, axes_of(of, axis), keep=True, largest=True)
    less = pair(of, most, "{} - {}")
    total = summed(number(less, "exp_({})"), axis, keep=True)
    if logarithm:
        return pair(less, number(total, "log_({})"), "{} - {}")
    return divided(number(less, "exp_({})"), total)


def log_softmax_back(slope: Value, found: Value, axis: int, _: Any) -> Value:
    """Return the slope along what a log-softmax is of."""
    total = summed(slope, axis, keep=True)
    return pair(slope, pair(number(found, "exp_({})"), total, "{} * {}"), "{} - {}")


def softmax_back(slope: Value, found: Value, axis: int, _: Any) -> Value:
    """Return the slope along what a softmax is of."""
    total = summed(pair(slope, found, "{} * {}"), axis, keep=True)
    return pair(found, pair(slope, total, "{} - {}"), "{} * {}")


def clamped(of: Value, least: Any = None, most: Any = None) -> Value:
    """Return one within bounds; a nan stays one."""
    found = of
    if least is not None:
        found = pair(found, least, "atleast({}, {})")
    return found if most is None else pair(found, most, "atmost({}, {})")


def chosen(where: Value, one: Any, other: Any) -> Value:
    """Return one where something holds, and else the other."""
    a, b = lifted(one), lifted(other)
    kind: Kind = "float" if "float" in (a.kind, b.kind) else a.kind
    return point(kind, lambda c, x, y: f"pick<{kind}>({c}, {x}, {y})", where, a, b)


def power(of: Any, exponent: Any) -> Value:
    """Return a power."""
    known = {2: "square({})", 1: "{}", 0.5: "sqrtf({})", -1: "1.0f / {}", -0.5: "1.0f / sqrtf({})"}
    if isinstance(exponent, int | float) and exponent in known:
        return number(of, known[exponent])
    if exponent == 3:  # a cube
        return number(of, "cube({})")
    return pair(of, exponent, "powf({}, {})", "float")


def multiplied(a: Value, b: Value) -> Value:
    """Return products of matrices."""
    return Product((*a.shape[:-1], b.shape[-1]), "float", a, b)


def filled(shape: Sequence[int], value: Any, dtype: Any = None) -> Value:
    """Return a number everywhere."""
    each = lifted(value)
    kind = KINDS.get(dtype, each.kind) if dtype is not None else each.kind
    text = each.text if isinstance(each, Constant) else ""
    return expanded(Constant((), kind, f"({kind}){text}"), tuple(shape))


def cast(of: Any, dtype: Any = None, **_: Any) -> Value:
    """Return one in another kind."""
    each = lifted(of)
    if dtype is None:
        return each
    if dtype not in KINDS:
        raise UnknownCallError(str(dtype))
    return as_kind(each, KINDS[dtype])


def as_kind(of: Any, kind: Kind) -> Value:
    """Return one in another kind."""
    each = lifted(of)
    return each if each.kind == kind else point(kind, lambda a: f"({kind})({a})", each)


def view(of: Value, shape: Sequence[int]) -> Value:
    """Return one in another shape, of which one size may be left out."""
    known = -math.prod(shape) if -1 in shape else 0
    sizes = [of.numbers // known if size == -1 else size for size in shape]
    return reshaped(of, tuple(sizes))


def expand(of: Value, shape: Sequence[int], **_: Any) -> Value:
    """Return one repeated."""
    more = len(shape) - len(of.shape)
    sizes = [of.shape[i - more] if size == -1 else size for i, size in enumerate(shape)]
    return expanded(of, tuple(sizes))


def unsqueezed(of: Value, axis: int) -> Value:
    """Return one with an axis of length 1 more."""
    at = axis % (len(of.shape) + 1)
    return reshaped(of, (*of.shape[:at], 1, *of.shape[at:]))


def squeezed(of: Value, axes: Any = None) -> Value:
    """Return one without axes of length 1."""
    gone = axes_of(of, axes)
    shape = tuple(s for axis, s in enumerate(of.shape) if axis not in gone or s != 1)
    return reshaped(of, shape)


def transposed(of: Value, first: int = 0, second: int = 1) -> Value:
    """Return one with two axes changed."""
    axes = list(range(len(of.shape)))
    if len(axes) > 1:
        axes[first], axes[second] = axes[second], axes[first]
    return permuted(of, axes)


def part(of: Value, axis: int = 0, start: Any = None, end: Any = None, step: int = 1) -> Value:
    """Return one from a place to another along an axis."""
    at = axis % len(of.shape)
    first, last, _ = slice(start, end).indices(of.shape[at])
    return sliced(of, at, first, len(range(first, last, step)), step)


def parts_of(of: Value, sizes: Sequence[int], axis: int = 0) -> list[Value]:
    """Return one cut into parts along an axis."""
    ends = list(itertools.accumulate(sizes, initial=0))
    return [part(of, axis, *pair) for pair in itertools.pairwise(ends)]


def single(of: Value, axis: int, place: int) -> Value:
    """Return one at a place of an axis, without it."""
    at = axis % len(of.shape)
    found = sliced(of, at, place % of.shape[at], 1)
    return reshaped(found, (*of.shape[:at], *of.shape[at + 1 :]))


def only_real(of: Value) -> None:
    """Fail if numbers are whole: of these none could tell that a place is not there."""
    if of.kind != "float":
        raise UnknownCallError("whole numbers at places of others")


def gathered(of: Value, axis: int, places: Value, **_: Any) -> Value:
    """Return the numbers along an axis at some places."""
    only_real(of)
    return Picked(places.shape, of.kind, of, axis % len(of.shape), places)


def scattered(added: bool) -> Callable[..., Value]:  # one of two
    """Return what puts numbers at places, or adds them there."""

    def call(of: Value, axis: int, places: Value, source: Any) -> Value:
        only_real(of)
        whole = expanded(lifted(source), places.shape)
        return Scattered(of.shape, of.kind, of, axis % len(of.shape), places, whole, added)

    return call


def joined(parts: Sequence[Value], axis: int = 0) -> Value:
    """Return some one after another."""
    at = axis % len(parts[0].shape)
    size = sum(each.shape[at] for each in parts)
    shape = (*parts[0].shape[:at], size, *parts[0].shape[at + 1 :])
    return Joined(shape, parts[0].kind, tuple(parts), at)


def counted(*given: Any, dtype: Any = None, **_: Any) -> Value:
    """Return 0, 1, … or from a number on."""
    if any(each != int(each) for each in given):
        raise UnknownCallError("a range of numbers that are not whole")
    start, end, step = {1: (0, *given, 1), 2: (*given, 1), 3: given}[len(given)]
    places = range(int(start), int(end), int(step))
    found = Count((len(places),), "long long", 0, places.start, places.step)
    whole = all(isinstance(each, int) for each in given) if dtype is None else dtype == torch.int64
    return found if whole else number(found, "{}")


def diagonal_put(of: Any, source: Value, shape: Sequence[int], first: int, second: int) -> Value:
    """Return one with other numbers on the diagonal of its last two axes."""
    rank = len(shape)
    if sorted((first % rank, second % rank)) != [rank - 2, rank - 1]:
        raise UnknownCallError("a diagonal of axes that are not the last")
    size = shape[-1]
    along, across = (
        reshaped(
            Count((size,), "long long", 0), (1,) * before + (size,) + (1,) * (rank - 1 - before)
        )
        for before in (rank - 2, rank - 1)
    )
    here = expanded(unsqueezed(source, -1), tuple(shape))
    return chosen(pair(along, across, "{} == {}", "bool"), here, of)


def select_back(slope: Value, shape: Sequence[int], axis: int, place: int) -> Value:
    """Return the slope along what a selection is of."""
    at = axis % len(shape)
    return slice_back(unsqueezed(slope, at), shape, at, place % shape[at], place % shape[at] + 1, 1)


def slice_back(
    slope: Value, shape: Sequence[int], axis: int, start: int, end: int, step: int
) -> Value:
    """Return the slope along what a slice is of."""
    at, rank = axis % len(shape), len(shape)
    first, last, _ = slice(start, end).indices(shape[at])
    if step != 1:
        raise UnknownCallError("slices with steps")
    parts = [
        filled((*shape[:at], size, *shape[at + 1 :]), 0.0) if each is None else each
        for size, each in ((first, None), (last - first, slope), (shape[at] - last, None))
        if size
    ]
    assert rank
    return joined(parts, at) if len(parts) > 1 else parts[0]


def flipped(of: Value, axes: Sequence[int]) -> Value:
    """Return one from the last to the first along axes."""
    for axis in axes_of(of, axes):
        of = sliced(of, axis, of.shape[axis] - 1, of.shape[axis], -1)
    return of


def _only(places: Sequence[Value | None]) -> tuple[int, Value]:
    """Return the one axis along which there are places, and these."""
    told = [(axis, each) for axis, each in enumerate(places) if each is not None]
    if len(told) != 1 or len(told[0][1].shape) != 1 or told[0][1].kind != "long long":
        raise UnknownCallError("an index of several axes")
    return told[0]


def _beside(places: Value, axis: int, shape: Sequence[int]) -> Value:
    """Return places along an axis, alike along all others."""
    alone = tuple(size if n == axis else 1 for n, size in enumerate(shape))
    return expanded(reshaped(places, alone), tuple(shape))


def _from_the_front(places: Value, size: int) -> Value:
    """Return places of which those below 0 are counted from the end."""
    return chosen(pair(places, 0, "{} < {}", "bool"), pair(places, size, "{} + {}"), places)


def indexed(of: Value, places: Sequence[Value | None]) -> Value:
    """Return the numbers at places along one axis."""
    axis, which = _only(places)
    which = _from_the_front(which, of.shape[axis])
    shape = (*of.shape[:axis], which.numbers, *of.shape[axis + 1 :])
    only_real(of)
    return Picked(shape, of.kind, of, axis, _beside(which, axis, shape))


def index_put(of: Value, places: Sequence[Value | None], source: Value, *added: bool) -> Value:
    """Return one with numbers put, or added, at places along one axis."""
    axis, which = _only(places)
    which = _from_the_front(which, of.shape[axis])
    shape = (*of.shape[:axis], which.numbers, *of.shape[axis + 1 :])
    put = scattered(added=any(added))
    return put(of, axis, _beside(which, axis, shape), expanded(source, shape))


def slice_put(
    of: Value, source: Value, axis: int = 0, start: Any = None, end: Any = None, step: int = 1
) -> Value:
    """Return one with other numbers from a place to another along an axis."""
    at = axis % len(of.shape)
    first, last, _ = slice(start, end).indices(of.shape[at])
    if step != 1:
        raise UnknownCallError("slices with steps")
    parts = [part(of, at, 0, first), source, part(of, at, last)]
    return joined([each for each in parts if each.shape[at]], at)


def select_put(of: Value, source: Value, axis: int, place: int) -> Value:
    """Return one with other numbers at a place of an axis."""
    at = axis % len(of.shape)
    first = place % of.shape[at]
    return slice_put(of, unsqueezed(source, at), at, first, first + 1)


def alike(value: Any) -> Callable[..., Value]:
    """Return what makes an array like another with a number everywhere."""

    def call(of: Value, dtype: Any = None, **_: Any) -> Value:
        return like(of, of.shape, value, dtype)

    return call


def like(of: Value, shape: Sequence[int], value: Any, dtype: Any = None) -> Value:
    """Return a number everywhere, of the kind of another unless that is told."""
    found = filled(shape, value, dtype)
    return found if dtype is not None else as_kind(found, of.kind)


def functions(formulas: Mapping[str, str]) -> dict[str, Callable[..., Value]]:
    """Return functions of real numbers."""

    def made(formula: str) -> Callable[..., Value]:
        return lambda of: number(of, formula)

    return {name: made(formula) for name, formula in formulas.items()}


def comparisons(formulas: Mapping[str, str]) -> dict[str, Callable[..., Value]]:
    """Return what is true or false of two."""

    def made(formula: str) -> Callable[..., Value]:
        return lambda a, b: pair(a, b, formula, "bool")

    return {name: made(formula) for name, formula in formulas.items()}


def only_truths(of: Any) -> Value:
    """Return what is true or false, or fail if it is a number."""
    each = lifted(of)
    if each.kind != "bool":
        raise UnknownCallError("bits of numbers")
    return each


def bitwise(formula: str) -> Callable[..., Value]:
    """Return what is true or false of two that are."""
    return lambda a, b: pair(only_truths(a), only_truths(b), formula, "bool")


def same(of: Any, *_: Any, **__: Any) -> Any:
    """Return what is given."""
    return of


def negated(of: Value) -> Value:
    """Return its negative."""
    return point(of.kind, lambda a: f"-({a})", of)


CALLS: Mapping[str, Callable[..., Any]] = {
    **dict.fromkeys(["detach", "clone", "alias", "contiguous", "lift_fresh_copy"], same),
    "_to_copy": cast,
    "copy": lambda of, source, *_: expanded(as_kind(source, of.kind), of.shape),
    "view": view,
    "_unsafe_view": view,
    "reshape": view,
    "expand": expand,
    "unsqueeze": unsqueezed,
    "squeeze": squeezed,
    "permute": permuted,
    "transpose": transposed,
    "t": transposed,
    "slice": part,
    "split_with_sizes": parts_of,
    "unbind": lambda of, axis=0: [single(of, axis, i) for i in range(of.shape[axis])],
    "select": single,
    "diagonal": lambda of, _=0, a=0, b=1: diagonal(of, a % len(of.shape), b % len(of.shape)),
    "diagonal_backward": lambda of, shape, _, a, b: diagonal_put(0.0, of, shape, a, b),
    "slice_scatter": slice_put,
    "select_scatter": select_put,
    "diagonal_scatter": lambda of, source, _=0, a=0, b=1: diagonal_put(of, source, of.shape, a, b),
    "select_backward": select_back,
    "slice_backward": slice_back,
    "cat": joined,
    "flip": flipped,
    "index": indexed,
    "index_put": index_put,
    "gather": gathered,
    "scatter": scattered(added=False),
    "scatter_add": scattered(added=True),
    "arange": counted,
    "full": lambda shape, value, dtype=None, **_: filled(shape, value, dtype),
    "zeros": lambda shape, dtype=None, **_: filled(shape, 0.0, dtype),
    "ones": lambda shape, dtype=None, **_: filled(shape, 1.0, dtype),
    "new_zeros": lambda of, shape, dtype=None, **_: like(of, shape, 0, dtype),
    "new_full": lambda of, shape, value, dtype=None, **_: like(of, shape, value, dtype),
    "zeros_like": alike(0),
    "ones_like": alike(1),
    "full_like": lambda of, value, dtype=None, **_: like(of, of.shape, value, dtype),
    "scalar_tensor": lambda value, dtype=None, **_: filled((), value, dtype),
    "add": lambda a, b, alpha=1: pair(a, scaled(b, alpha), "{} + {}"),
    "sub": lambda a, b, alpha=1: pair(a, scaled(b, alpha), "{} - {}"),
    "rsub": lambda a, b, alpha=1: pair(b, scaled(a, alpha), "{} - {}"),
    "mul": lambda a, b: pair(a, b, "{} * {}"),
    "div": divided,
    "neg": negated,
    "pow": power,
    "clamp": clamped,
    "clamp_min": clamped,
    "clamp_max": lambda of, most: clamped(of, None, most),
    "maximum": lambda a, b: pair(a, b, "atleast({}, {})"),
    "minimum": lambda a, b: pair(a, b, "atmost({}, {})"),
    "where": chosen,
    "masked_fill": lambda of, mask, value: chosen(mask, value, of),
    "isnan": lambda of: pair(of, of, "{} != {}", "bool"),
    "isinf": lambda of: pair(number(of, "fabsf({})"), float("inf"), "{} == {}", "bool"),
    "logical_not": lambda of: point("bool", lambda a: f"!({a})", of),
    "bitwise_not": lambda of: point("bool", lambda a: f"!({a})", only_truths(of)),
    **comparisons(
        {
            "eq": "{} == {}",
            "ne": "{} != {}",
            "lt": "{} < {}",
            "le": "{} <= {}",
            "gt": "{} > {}",
            "ge": "{} >= {}",
            "logical_and": "{} && {}",
            "logical_or": "{} || {}",
        }
    ),
    "bitwise_and": bitwise("{} & {}"),
    "bitwise_or": bitwise("{} | {}"),
    **functions(
        {
            "exp": "exp_({})",
            "log": "log_({})",
            "log2": "log_({}) * 1.44269504f",
            "log1p": "log1p_({})",
            "expm1": "expm1_({})",
            "sqrt": "sqrtf({})",
            "rsqrt": "1.0f / sqrtf({})",
            "reciprocal": "1.0f / {}",
            "abs": "fabsf({})",
            "sign": "sign_({})",
            "sgn": "sign_({})",
            "square": "square({})",
            "relu": "atleast({}, 0.0f)",
            "sigmoid": "1.0f / (1.0f + exp_(-{}))",
            "tanh": "tanh_({})",
            "erf": "erf_({})",
            "sin": "sinf({})",
            "cos": "cosf({})",
        }
    ),
    "sum": summed,
    "mean": averaged,
    "var": spread,
    "var_mean": lambda of, axes=None, correction=1, keepdim=False: (
        spread(of, axes, correction, keepdim),
        averaged(of, axes, keepdim),
    ),
    "amax": lambda of, axes=None, keep=False: reduced(
        of, axes_of(of, axes), keep=keep, largest=True
    ),
    "_softmax": lambda of, axis, _: softmax(of, axis, logarithm=False),
    "_log_softmax": lambda of, axis, _: softmax(of, axis, logarithm=True),
    "_softmax_backward_data": softmax_back,
    "_log_softmax_backward_data": log_softmax_back,
    "mm": multiplied,
    "bmm": multiplied,
    "addmm": lambda c, a, b: pair(c, multiplied(a, b), "{} + {}"),
    "baddbmm": lambda c, a, b: pair(c, multiplied(a, b), "{} + {}"),
}
"""Calls by their names in torch."""


def read(record: fx.GraphModule, given: Sequence[Array]) -> tuple[list[Value | None], list[str]]:
    """Return what a recording returns, as values of what it is given.

    Returns
    -------
    list of Value or None
        None where it returns nothing.
    list of str
        C++ of the tensors that are in the loss itself.

    Raises
    ------
    UnknownCallError
        If it has a call, or a constant, of which no machine code is made.
    """
    known: dict[fx.Node, Any] = {}
    placeholders, tables = iter(given), list[str]()
    for node in record.graph.nodes:
        if node.op == "placeholder":
            known[node] = next(placeholders)
        elif node.op == "get_attr":
            known[node] = _constant(getattr(record, node.target), tables)
        elif node.op == "output":
            found = fx.node.map_arg(node.args[0], known.__getitem__)
            return [None if each is None else lifted(each) for each in found], tables
        elif node.target is operator.getitem:
            known[node] = known[node.args[0]][node.args[1]]
        else:
            name = str(node.target).split(".")[1]
            if name not in CALLS:
                raise UnknownCallError(name)
            args, options = fx.node.map_arg((node.args, node.kwargs), known.__getitem__)
            try:
                known[node] = CALLS[name](*args, **options)
            except TypeError as error:
                raise UnknownCallError(f"{name} with these arguments: {error}") from None
    raise UnknownCallError("a recording that returns nothing")


def _constant(value: Tensor, tables: list[str]) -> Value:
    """Return a tensor in the loss itself: one number, or some that are written into the code."""
    shape = tuple(value.shape)
    if value.numel() == 1:
        return reshaped(lifted(value.item()), shape)
    if value.numel() > LARGEST or value.dtype not in KINDS:
        size = f"{value.numel()} numbers of {value.dtype}"
        raise UnknownCallError(f"a tensor of {size} that is none of the loss's arguments")
    found = packed(f"t{len(tables)}", KINDS[value.dtype], shape)
    texts = (lifted(each) for each in value.flatten().tolist())
    numbers = ", ".join(each.text for each in texts if isinstance(each, Constant))
    tables.append(f"static const {found.kind} {found.name}[] = {{{numbers}}};")
    return found


def array(name: str, tensor: Tensor) -> Array:
    """Return a tensor as an array of memory.

    Raises
    ------
    UnknownCallError
        If its numbers are of another kind.
    """
    if tensor.dtype not in KINDS:
        raise UnknownCallError(f"numbers of {tensor.dtype}")
    shape = tuple(tensor.shape)
    along = tuple(
        step if size > 1 else 0 for step, size in zip(tensor.stride(), shape, strict=True)
    )
    return Array(shape, KINDS[tensor.dtype], name, along)


def packed(name: str, kind: Kind, shape: tuple[int, ...]) -> Array:
    """Return an array that lies in one piece."""
    return Array(shape, kind, name, strides(shape))
