"""What goes wrong in a user's own code, said in one line."""

import contextlib
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from venn.checks import ArgumentError
from venn.code import is_outside

_OF_MINIMISE = {"loss(…)", "initial", "data", "models"}
"""Arguments of `minimise`, which an error is to say whose they are."""


@contextlib.contextmanager
def in_one_line(name: str, kind: Callable[..., Any]) -> Iterator[None]:
    """Say in one line what goes wrong in a class or function from outside.

    Parameters
    ----------
    name : str
        What is called, such as ``"Mine.fit"``.
    kind : type or callable
        Whose it is, or itself: what goes wrong in code of ours is left as it is.

    Raises
    ------
    ArgumentError
        With the last line of the user's own code on the way to the error.
    """
    try:
        yield
    except MemoryError:
        raise
    except ArgumentError as error:
        if error.argument.partition("[")[0] not in _OF_MINIMISE:
            raise
        raise ArgumentError(f"{name}: {error.argument}", error.value, error.allowed) from error
    except Exception as error:
        place = _place(kind, error)
        if place is None or "out of memory" in str(error):
            raise
        hint = (
            "; a loss is run for many models at once: no chance, no branch on a value, no .item()"
        )
        what = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        hint = hint if "vmap" in what or "BatchedTensor" in what else ""
        hint += "".join(f"; {note}" for note in getattr(error, "__notes__", ()))
        raise ArgumentError(name, what, f"failed {place}{hint}") from error


def _place(kind: Callable[..., Any], error: Exception) -> str | None:
    """Return the last line of a user's own code on the way to an error, or that it never began."""
    package = kind.__module__.partition(".")[0]
    steps = [*traceback.walk_tb(error.__traceback__)]
    places = [
        f"at {Path(frame.f_code.co_filename).name}, line {line}"
        for frame, line in steps
        if is_outside(frame.f_globals.get("__name__", "unnamed"), package)
    ]
    if places:
        return places[-1]
    refused = len(steps) == 2 and isinstance(error, TypeError)  # here, and where it is called
    return "as it was called" if refused and is_outside(kind.__module__, package) else None
