"""The canonical JSON form of the project's values, and so their identity."""

import dataclasses
import operator
from collections.abc import Callable, Mapping
from types import FunctionType, MappingProxyType
from typing import Any

from venn.checks import ArgumentError
from venn.code import code_of

LATER: Mapping[str, Any] = MappingProxyType({"later": True})
"""The metadata of a field that a dataclass had not from the beginning.

Where it has its default, `canonical` leaves it out: what was known by its form before has that form.
"""


def canonical(value: Any) -> Any:
    """Turn a value into plain JSON data that is equal for equal values.

    A dataclass becomes ``{"kind": class name, field: canonical(field), …}``, a mapping an object,
    a tuple, list or range an array; numbers, strings, booleans and None stay as they are.  A class
    or function becomes ``{"name": its name}``.  What is of a class or function from outside this
    distribution has ``"code"`` too: see `code_of`.

    Parameters
    ----------
    value : object
        A frozen dataclass, class or function, or anything made of mappings, sequences and scalars.

    Returns
    -------
    object
        What ``json.dumps`` takes without a default.

    Raises
    ------
    ArgumentError
        If a part of the value has no canonical form, or its code no identity.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {
            f.name: _field(value, f.name)
            for f in dataclasses.fields(value)
            if f.metadata != LATER or getattr(value, f.name) != f.default
        }
        return {"kind": type(value).__name__, **code(type(value)), **fields}
    if isinstance(value, type | FunctionType):
        return {"name": f"{value.__module__}.{value.__qualname__}", **code(value)}
    if isinstance(value, Mapping):
        return {str(key): canonical(item) for key, item in value.items()}
    if isinstance(value, tuple | list | range):
        return [canonical(item) for item in value]
    if value is None or isinstance(value, str | bool | float):
        return value
    try:
        return operator.index(value)
    except TypeError:
        allowed = "has no canonical form; use dataclasses, mappings, sequences and plain scalars"
        raise ArgumentError("value", value, allowed) from None


def _field(value: Any, name: str) -> Any:
    """Return the form of a field; an error says of which."""
    try:
        return canonical(getattr(value, name))
    except ArgumentError as error:
        if error.argument != "value":
            raise
        where = f"{type(value).__name__}.{name}"
        raise ArgumentError(where, error.value, error.allowed) from None


def code(value: Callable[..., Any]) -> dict[str, str]:
    """Return ``{"code": hash}`` of a class or function from outside, and nothing of one of ours."""
    found = code_of(value)
    return {} if found is None else {"code": found}
