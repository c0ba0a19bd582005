"""What goes wrong in a user's own code, said in one line."""

import contextlib
import traceback
from collections.abc import Iterator
from pathlib import Path

from venn.checks import ArgumentError
from venn.code import is_outside

_OF_MINIMISE = {"loss(…)", "initial", "data", "models"}
"""Arguments of `minimise`, which an error is to say whose they are."""


@contextlib.contextmanager
def in_one_line(name: str, kind: type) -> Iterator[None]:
    """Say in one line what goes wrong in the code of a kind of method or measure from outside.

    Parameters
    ----------
    name : str
        What is called, such as ``"Mine.fit"``.
    kind : type
        Whose it is: what goes wrong in code of ours is left as it is.

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
        raise ArgumentError(name, what, f"failed at {place}{hint}") from error


def _place(kind: type, error: Exception) -> str | None:
    """Return the last line of a user's own code on the way to an error."""
    package = kind.__module__.partition(".")[0]
    places = [
        f"{Path(frame.f_code.co_filename).name}, line {line}"
        for frame, line in traceback.walk_tb(error.__traceback__)
        if is_outside(frame.f_globals.get("__name__", "unnamed"), package)
    ]
    return places[-1] if places else None
