"""Calls packed to be made elsewhere, with the code from outside that they need."""

import dataclasses
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any, NamedTuple

import cloudpickle

from analysis.sweeps.shards import Shard
from analysis.training.progress import Tally, tallied
from venn.code import modules_of


def packed(function: Callable[..., Any], shard: Shard, *arguments: Any) -> bytes:
    """Return a call as bytes, for where the modules of its methods and measures cannot be found.

    What is of this distribution, or installed, must be there.
    """
    recipes = {recipe for family in shard.families for recipe in family.recipes}  # of many seeds
    kinds = {
        kind
        for each in recipes
        for kind in _kinds(each.method, each.point.protocol, *each.measures.values())
    }
    names = {name for kind in kinds for name in modules_of(kind)} & {*sys.modules} - {"__main__"}
    with ExitStack() as stack:
        for name in names:  # what is of no module, and of __main__, is sent along anyway
            cloudpickle.register_pickle_by_value(sys.modules[name])
            stack.callback(cloudpickle.unregister_pickle_by_value, sys.modules[name])
        made: bytes = cloudpickle.dumps((function, shard, arguments))
        return made


class Returned(NamedTuple):
    """What a call that was made elsewhere returned.

    Parameters
    ----------
    value : object
        The value.
    roads : Counter
        The networks that were trained for it, by the road that they took.
    """

    value: Any
    roads: Counter[str]


def unpacked(call: bytes) -> Returned:
    """Make a call that was packed."""
    function, shard, arguments = cloudpickle.loads(call)
    with tallied(Tally()) as tally:
        return Returned(function(shard, *arguments), tally.roads)


def _kinds(*values: Any) -> set[Any]:
    """Return the classes of values and of what is in their fields."""
    found: set[Any] = set()
    for value in values:
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            found |= {type(value)} | _kinds(*vars(value).values())
        elif isinstance(value, tuple | list):
            found |= _kinds(*value)
        elif isinstance(value, Mapping):
            found |= _kinds(*value.values())
        elif callable(value):
            found.add(value)
    return found
