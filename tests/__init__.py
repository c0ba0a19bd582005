"""The type checker of the tests: beartype, for array annotations alone.

Scalars are checked by the functions themselves, in words that the tests read; beartype would speak
before them.
"""

import typing
from collections.abc import Callable, Iterator
from typing import Any

from beartype import beartype
from jaxtyping import AbstractArray


def check(function: Callable[..., Any]) -> Callable[..., Any]:
    """Check the arguments and result of `function` whose annotations hold an array's shape."""
    annotations = function.__annotations__
    function.__annotations__ = {
        name: hint
        for name, hint in annotations.items()
        if any(isinstance(part, type) and issubclass(part, AbstractArray) for part in _parts(hint))
    }
    return beartype(function)


def _parts(hint: Any) -> Iterator[Any]:
    yield hint
    for part in typing.get_args(hint):
        yield from _parts(part)
