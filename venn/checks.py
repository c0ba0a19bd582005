"""Checks of arguments, all failing in the same words: argument, value, what is allowed."""

import math
import operator
from collections.abc import Collection
from types import UnionType
from typing import Any

LARGEST = 10**9
"""The largest count, far above what can be run; a slip of the hand is refused at once."""


class ArgumentError(ValueError):
    """A bad argument: ``argument = value: what is allowed``.

    Parameters
    ----------
    argument : str
        The argument as the caller wrote it, such as ``"seeds"`` or ``"regions['a']"``.
    value : object
        The value that was given; echoed with ``repr``.
    allowed : str
        What is allowed and, where there is one, the fix.
    """

    def __init__(self, argument: str, value: object, allowed: str) -> None:
        super().__init__(argument, value, allowed)
        self.argument = argument
        self.value = value
        self.allowed = allowed

    def __str__(self) -> str:
        """One line that a person can act on."""
        return f"{self.argument} = {self.value!r}: {self.allowed}"


def whole(argument: str, value: Any, *, at_least: int = 0, at_most: int | None = LARGEST) -> int:
    """Return `value` as an int, or fail if it is not a whole number between the bounds."""
    allowed = f"must be a whole number of at least {at_least}"
    try:
        number = operator.index(value)
    except TypeError:
        raise ArgumentError(argument, value, allowed) from None
    if isinstance(value, bool) or number < at_least:
        raise ArgumentError(argument, value, allowed)
    if at_most is not None and number > at_most:
        raise ArgumentError(argument, value, f"must be at most {at_most}")
    return number


def number(
    argument: str,
    value: Any,
    *,
    at_least: float = 0.0,
    above: bool = False,
    at_most: float = math.inf,
) -> float:
    """Return `value` as a float, or fail if it is not finite or outside its bounds.

    With `above` the lower bound itself is not allowed.
    """
    bound = f" above {at_least:g}" if above else f" of at least {at_least:g}"
    allowed = f"must be a finite number{'' if at_least == -math.inf else bound}"
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    if isinstance(value, bool | str | bytes) or kind == "b":
        raise ArgumentError(argument, value, allowed)
    try:
        result = float(value)
    except (TypeError, ValueError, OverflowError):
        raise ArgumentError(argument, value, allowed) from None
    if not math.isfinite(result) or result < at_least or (above and result == at_least):
        raise ArgumentError(argument, value, allowed)
    if result > at_most:
        raise ArgumentError(argument, value, f"must be at most {at_most:g}")
    return result


def instance(argument: str, value: Any, kind: type | UnionType, example: str) -> None:
    """Fail if `value` is not a `kind`; `example` shows how to make one."""
    if not isinstance(value, kind):
        name = kind.__name__ if isinstance(kind, type) else kind
        allowed = f"must be of kind {name}, such as {example}"
        raise ArgumentError(argument, value, allowed)


def one_of(argument: str, value: Any, known: Collection[str]) -> str:
    """Return `value`, or fail if it is not among the `known` names."""
    if not isinstance(value, str) or value not in known:
        raise ArgumentError(argument, value, f"is unknown; known: {', '.join(known)}")
    return value


def unchanging(argument: str, value: Any) -> None:
    """Fail if `value` can change, so that what was made of it could not be told by it."""
    try:
        hash(value)
    except TypeError:
        allowed = "must be a value that cannot change, such as a tuple in the place of a list"
        raise ArgumentError(argument, value, allowed) from None
