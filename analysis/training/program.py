"""A loss and its slopes as a list of torch's calls, recorded once and run at every step."""

import threading
import warnings
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import torch
from torch import Tensor, fx
from torch.fx.passes.split_module import split_module
from torch.fx.experimental.proxy_tensor import make_fx

Program = Callable[..., tuple[Any, ...]]
"""``program(*leaves) -> (values, *slopes)``; the slope is None along a leaf without a part."""

aten = torch.ops.aten

ALONG: dict[Any, int] = {
    aten._log_softmax.default: 1,
    aten._softmax.default: 1,
    aten._log_softmax_backward_data.default: 2,
    aten._softmax_backward_data.default: 2,
}
"""Calls that go along an axis, and which argument says along which: along few classes, which are not
innermost in memory, they are several times as fast when told so."""

KEPT = 64
_recorded: OrderedDict[Hashable, fx.GraphModule] = OrderedDict()
"""The last recordings, by what was recorded and the shapes."""
_recording = threading.Lock()
"""Torch records in one thread at a time."""


def shapes_of(tensors: Sequence[Tensor]) -> Hashable:
    """Return what a recording depends on of tensors."""
    return tuple((tuple(each.shape), each.dtype) for each in tensors)


def recorded(
    function: Callable[..., Tensor],
    key: Hashable,
    leaves: Sequence[Tensor],
    data: Sequence[Tensor],
) -> fx.GraphModule:
    """Record what a function calls for its values and for their slopes.

    Parameters
    ----------
    function : callable
        ``function(leaves, data)`` returns one value a model.
    key : hashable
        What the function is: of one key and of equal shapes it is recorded once.
    leaves : sequence of tensors
        Along which slopes are wanted.
    data : sequence of tensors
        What does not change from step to step.
    """
    shapes = shapes_of(leaves), shapes_of(data)

    def both(leaves: Sequence[Tensor], data: Sequence[Tensor]) -> tuple[Any, ...]:
        own = [leaf.detach().requires_grad_() for leaf in leaves]
        values = function(own, data)
        return values.detach(), *torch.autograd.grad(values.sum(), own, allow_unused=True)

    with _recording:
        if (key, shapes) not in _recorded:
            found = make_fx(both)(list(leaves), list(data))
            found.graph.eliminate_dead_code()
            _recorded[key, shapes] = found
            if len(_recorded) > KEPT:
                _recorded.popitem(last=False)
        return _recorded[key, shapes]


def largest(record: fx.GraphModule) -> int:
    """Return the numbers of the largest tensor that a recording makes."""
    made = (node.meta.get("val") for node in record.graph.nodes if node.op == "call_function")
    return max((each.numel() for each in made if isinstance(each, Tensor)), default=0)


Multiply = Callable[[Tensor, Tensor], Tensor]
"""``multiply(a, b)`` returns the products of many models' matrices."""

WORTH = 2**15
"""Multiplications of one model's product from which on it is not left to torch."""


def specialised(
    record: fx.GraphModule, leaves: Sequence[Tensor], data: Sequence[Tensor], multiply: Multiply
) -> Program:
    """Return a recording as a program of the leaves alone: what data alone give is worked out now.

    It is a call of torch, in which no other thread waits for Python, between any two products of
    matrices; these are `multiply`'s.
    """
    calls = _of_leaves(record, len(leaves), data)
    parts = split_module(calls, calls, _parts(calls.graph).__getitem__)
    for name, part in [*parts.named_children()]:
        products = [node for node in part.graph.nodes if node.target is aten.bmm.default]
        if products:
            for node in products:
                node.target = multiply
            part.recompile()
        else:
            setattr(parts, name, _OneCall(part))
    with torch.no_grad(), warnings.catch_warnings(), _recording:
        warnings.simplefilter("ignore")  # that shapes and constants are recorded, which is meant
        parts(*leaves)
    return parts


class _OneCall(torch.nn.Module):
    """Calls of torch that become one when they are called first."""

    def __init__(self, calls: fx.GraphModule) -> None:
        super().__init__()
        self._calls = calls
        self._one: Any = None

    def forward(self, *given: Tensor) -> Any:
        """Return what the calls do."""
        if self._one is None:
            self._one = torch.jit.trace(self._calls, given, check_trace=False)  # type: ignore[no-untyped-call]  # it has no types
        return self._one(*given)


def _parts(graph: fx.Graph) -> dict[fx.Node, int]:
    """Number the parts of a program: those of odd numbers are products, each ready after the one before."""
    found: dict[fx.Node, int] = {}
    for node in graph.nodes:
        after = max((found[each] for each in node.all_input_nodes if each in found), default=0)
        if node.target is aten.bmm.default and _multiplications(node) >= WORTH:
            found[node] = after + 1 + after % 2
        elif node.op == "call_function":
            found[node] = after + after % 2
    return found


def _multiplications(product: fx.Node) -> int:
    """Return how many one model's product has."""
    first: Any = product.args[0]
    (_, rows, terms), columns = first.meta["val"].shape, product.meta["val"].shape[2]
    return int(rows * terms * columns)


def _of_leaves(
    record: fx.GraphModule, leaves: int, data: Sequence[Tensor]
) -> Callable[..., Sequence[Any]]:
    """Return the calls of a recording that depend on leaves."""
    graph, copies = fx.Graph(), dict[fx.Node, fx.Node]()
    known: dict[fx.Node, Any] = {}
    constants: dict[str, Any] = {}

    def there(node: fx.Node) -> fx.Node:
        """Return the node of the new graph for one of the old."""
        if node not in copies:
            name = f"constant_{len(constants)}"
            constants[name] = known[node]
            copies[node] = graph.get_attr(name)
        return copies[node]

    given = [node for node in record.graph.nodes if node.op == "placeholder"]
    for i, node in enumerate(given):
        if i < leaves:
            copies[node] = graph.placeholder(f"leaf_{i}")
        else:
            known[node] = data[i - leaves]
    for node in record.graph.nodes:
        if node.op == "get_attr":
            known[node] = getattr(record, node.target)
        elif node.op == "output":
            graph.output(fx.node.map_arg(node.args[0], there))
        elif node.op == "call_function":
            if all(each in known for each in node.all_input_nodes):
                args, options = fx.node.map_arg((node.args, node.kwargs), known.__getitem__)
                known[node] = node.target(*args, **options)
            else:
                copies[node] = _copied(graph, node, there)
    graph.eliminate_dead_code()
    return fx.GraphModule(constants, graph)


def _copied(graph: fx.Graph, node: fx.Node, there: Callable[[fx.Node], fx.Node]) -> fx.Node:
    """Copy a call; one along a last axis of few goes along the last but one of what is turned."""
    call: Any = node.target
    shape = tuple(node.meta["val"].shape) if call in ALONG else ()
    place = ALONG.get(call, 0)
    few = len(shape) > 1 and shape[-1] < shape[-2]
    if not few or node.args[place] not in {-1, len(shape) - 1}:
        return graph.node_copy(node, there)
    args: list[Any] = [fx.node.map_arg(each, there) for each in node.args]
    for i in range(place):
        args[i] = graph.call_function(aten.transpose.int, (args[i], -1, -2))
    args[place] = len(shape) - 2
    found = graph.call_function(call, tuple(args), dict(node.kwargs))
    return graph.call_function(aten.transpose.int, (found, -1, -2))
