"""A loss and its slopes, from a function of torch to machine code that is loaded."""

import ctypes
import logging
import tempfile
import threading
import warnings
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, fx
from torch._decomp import core_aten_decompositions, get_decompositions
from torch.func import functionalize
from torch.fx.experimental.proxy_tensor import make_fx
from torch.fx.passes.dialect.common.cse_pass import CSEPass

from analysis.training.generated.calls import UnknownCallError, array, packed, read
from analysis.training.generated.code import Writer, Written, bytes_of, constants
from analysis.training.generated.values import Array, Stored, Value, order, strides
from venn.compiled import CannotCompileError, compiled
from venn.scratch import scratch

aten = torch.ops.aten

FURTHER = (
    aten.elu,
    aten.gelu,
    aten.hardtanh,
    aten.leaky_relu,
    aten.linalg_vector_norm,
    aten.native_group_norm,
    aten.native_layer_norm,
    aten.nll_loss2d_forward,
    aten.nll_loss2d_backward,
    aten.silu,
    aten.softplus,
    aten.log_sigmoid_forward,
    aten.index_select,
)
"""Calls that torch takes apart if it is asked to."""

FUNCTIONS = Path(__file__).with_name("functions.hpp")

POLYNOMIALS = FUNCTIONS.parents[1] / "kernel" / "polynomials.hpp"
FLAGS = ("-fopenmp-simd", f"-I{FUNCTIONS.parent}", f"-I{POLYNOMIALS.parent}")

MOST = 64
"""Tensors along which there are slopes, and of data, that the kernel has places for."""

HEAD = f"""#include "{FUNCTIONS.name}"

struct Matrices {{
  const float *at;
  long long model, row, column;
}};
struct Products {{
  long long models, rows, columns, terms;
  Matrices a, b;
  float *c, *memory;
}};
typedef void (*Multiply)(const Products *);
"""

Function = Callable[[Sequence[Tensor], Sequence[Tensor]], Tensor]
"""``function(leaves, data)``: the loss of one model, a tensor (1,)."""


@dataclass(frozen=True)
class Program:
    """A loss as machine code.

    Parameters
    ----------
    library : ctypes.CDLL
        With ``prepare``, which works out what data alone give, and ``slopes``.
    constants, memory : int
        Bytes that what the first works out takes, and those that both need.
    pulled : tuple of bool
        Along which leaves there are slopes.
    source : str
        The C++.
    """

    library: ctypes.CDLL
    constants: int
    memory: int
    pulled: tuple[bool, ...]
    source: str


KEPT = 64
_programs: OrderedDict[Hashable, Program | None] = OrderedDict()
"""The last programs, by what was recorded and the shapes."""
_recording = threading.Lock()
"""Torch records in one thread at a time."""


def program_of(
    function: Function,
    key: Hashable | None,
    leaves: Sequence[Tensor],
    data: Sequence[Tensor],
    scratch_of: Callable[[int, int, int], int],
) -> Program | None:
    """Return a loss as machine code, made now if it is not known.

    Parameters
    ----------
    function : callable
        What is recorded: of two with one key, and of equal shapes, it is one of both.
    key : hashable, optional
        What the function is: of two with one key, and of equal shapes, it is one of both.  Without
        one it is recorded anew each time, since nobody knows what it does today.
    leaves, data : sequence of tensors
        Of one model, as they will lie in memory.
    scratch_of : callable
        How many numbers a product of matrices needs beside them.

    Returns
    -------
    Program or None
        None, and one line in the log, where the loss calls what is not known here.
    """
    whole = key, *(tuple((tuple(t.shape), t.stride(), t.dtype) for t in g) for g in (leaves, data))
    with _recording:
        if key is not None and whole in _programs:
            return _programs[whole]
        found = None
        try:
            found = _made(function, leaves, data, scratch_of)
        except (UnknownCallError, CannotCompileError) as error:
            slow = "a loss trains several times slower than it could"
            logging.getLogger("mfh").warning("%s: no machine code is made of %s", slow, error)
        if key is not None:
            _programs[whole] = found
            if len(_programs) > KEPT:
                _programs.popitem(last=False)
        return found


def _made(
    function: Function,
    leaves: Sequence[Tensor],
    data: Sequence[Tensor],
    scratch_of: Callable[[int, int, int], int],
) -> Program:
    for parts in (leaves, data):
        if len(parts) > MOST:
            raise UnknownCallError(f"{len(parts)} tensors, which are more than {MOST}")
    graph = recorded(function, leaves, data)
    seen = [array(f"x{i}", leaf) for i, leaf in enumerate(leaves)]
    given = [array(f"d{i}", part) for i, part in enumerate(data)]
    (value, *slopes), tables = read(graph, [*seen, *given])
    along = [Array(x.shape, x.kind, f"s{i}", x.along) for i, x in enumerate(seen)]
    assert value is not None
    whole = Stored(value.shape, "float", value, packed("found", "float", value.shape))
    outputs = [
        Stored(slope.shape, "float", slope, to)
        for slope, to in zip(slopes, along, strict=True)
        if slope is not None
    ]
    fixed = constants([*outputs, whole], set(seen))
    known = {
        part: Array(part.shape, part.kind, f"k{i}", strides(part.shape, order(part.shape)))
        for i, part in enumerate(fixed)
    }
    before = Writer(
        [Stored(part.shape, part.kind, part, known[part]) for part in fixed], scratch_of, {}
    ).written()
    during = Writer(outputs, scratch_of, known).written()
    after = Writer([whole], scratch_of, known).written()
    source = _source((before, during, after), tables, seen, given, along, known)
    with scratch(Path(tempfile.gettempdir())) as folder:
        file = folder / "loss.cpp"
        file.write_text(source, encoding="utf-8")
        library = compiled([file, FUNCTIONS, POLYNOMIALS], *FLAGS)
    memory = max(each.bytes for each in (before, during, after))
    pulled = tuple(slope is not None for slope in slopes)
    return Program(library, bytes_of(fixed), memory, pulled, source)


def recorded(
    function: Function, leaves: Sequence[Tensor], data: Sequence[Tensor]
) -> fx.GraphModule:
    """Return what a function calls for its value and for its slopes."""

    def both(leaves: Sequence[Tensor], data: Sequence[Tensor]) -> tuple[Any, ...]:
        own = [leaf.detach().requires_grad_() for leaf in leaves]
        value = function(own, data)
        return value.detach(), *torch.autograd.grad(value.sum(), own, allow_unused=True)

    # Zeros in their places: a recording reads no numbers.
    given = [
        [torch.empty_strided(p.shape, p.stride(), dtype=p.dtype, device="cpu").zero_() for p in g]
        for g in (leaves, data)
    ]
    with torch.enable_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of decompositions, which are none of the user's
        apart = {**core_aten_decompositions(), **get_decompositions(FURTHER)}
        try:
            found = make_fx(both, decomposition_table=apart)(*given)
            # What is changed in place becomes another value.
            still = make_fx(functionalize(found))(*given)
        except Exception as error:  # whatever it is: the loss has been called before, and works
            raise UnknownCallError(" ".join(str(error).split())[:120]) from error
    once = CSEPass()(still)
    assert once is not None
    graph: fx.GraphModule = once.graph_module
    graph.graph.eliminate_dead_code()
    return graph


def _source(
    written: tuple[Written, Written, Written],
    tables: Sequence[str],
    leaves: Sequence[Array],
    data: Sequence[Array],
    along: Sequence[Array],
    known: dict[Value, Array],
) -> str:
    """Return all three functions."""
    before, during, after = written
    first = [
        *(_pointer(part, f"data[{i}]") for i, part in enumerate(data)),
        *_places(known, "constants", constant=False),
    ]
    second = [
        *(_pointer(leaf, f"leaves[{i}]") for i, leaf in enumerate(leaves)),
        *(_pointer(part, f"data[{i}]") for i, part in enumerate(data)),
        *_places(known, "constants", constant=True),
    ]
    slopes = [f"float *__restrict {to.name} = along[{i}];" for i, to in enumerate(along)]
    return "\n".join(
        [
            HEAD,
            *tables,
            'extern "C" void prepare(const void *const *data, unsigned char *constants,',
            "                        unsigned char *memory, Multiply multiply) {",
            *(f"  {line}" for line in (*first, *before.lines)),
            "}",
            "",
            'extern "C" void slopes(const void *const *leaves, const void *const *data,',
            "                       const unsigned char *constants, float *const *along,",
            "                       unsigned char *memory, Multiply multiply) {",
            *(f"  {line}" for line in (*second, *slopes, *during.lines)),
            "}",
            "",
            'extern "C" void value(const void *const *leaves, const void *const *data,',
            "                      const unsigned char *constants, float *found,",
            "                      unsigned char *memory, Multiply multiply) {",
            *(f"  {line}" for line in (*second, *after.lines)),
            "}",
            "",
        ]
    )


def _pointer(part: Array, place: str) -> str:
    return f"const {part.kind} *__restrict {part.name} = (const {part.kind} *){place};"


def _places(known: dict[Value, Array], name: str, *, constant: bool) -> list[str]:
    """Return where arrays are that lie one after another."""
    found, at = [], 0
    kept = "const " if constant else ""
    for part in known.values():
        found.append(
            f"{kept}{part.kind} *__restrict {part.name} = ({kept}{part.kind} *)({name} + {at});"
        )
        at += bytes_of([part])
    return found
