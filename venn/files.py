"""Files that appear whole or not at all."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from venn.checks import ArgumentError
from venn.scratch import scratch


@contextlib.contextmanager
def staged(
    folder: str | os.PathLike[str],
    shown: str | os.PathLike[str] | None = None,
    argument: str = "out",
) -> Iterator[Path]:
    """Yield an empty folder whose files move into `folder` when the block succeeds.

    Enter the block before the work that fills it: a folder that cannot be written is then refused
    at once.  When the block fails or is interrupted, `folder` is as it was before.

    Parameters
    ----------
    folder : path
        Where the files go; made if it is missing.  Files of the same names are replaced.
    shown : path, optional
        What an error echoes: the path that the caller was given, where it is not `folder`.
    argument : str
        What the caller calls it.

    Yields
    ------
    pathlib.Path
        A folder to write into.

    Raises
    ------
    ArgumentError
        If `folder` is not a folder or cannot be written, or a folder bears a file's name.
    """
    echo = str(folder if shown is None else shown)
    if not echo:
        raise ArgumentError(argument, echo, "must name a folder; '.' is this one")
    target = Path(folder)
    missing: list[Path] = []
    with contextlib.ExitStack() as stack:
        try:
            missing = [path for path in (target, *target.parents) if not path.exists()]
            target.mkdir(parents=True, exist_ok=True)
            stage = stack.enter_context(scratch(target))
        except (OSError, ValueError) as error:
            _remove(missing)
            why = error.strerror if isinstance(error, OSError) else error
            allowed = f"needs a folder that can be written ({why})"
            raise ArgumentError(argument, echo, allowed) from None
        try:
            yield stage
            files = sorted(stage.iterdir())
            for file in files:
                if (target / file.name).is_dir():
                    allowed = "is a folder where a file is to be written; move it away"
                    raise ArgumentError(argument, str(target / file.name), allowed)
            for file in files:
                file.replace(target / file.name)
        except BaseException:
            stack.close()
            _remove(missing)
            raise


def _remove(empty_folders: list[Path]) -> None:
    for path in empty_folders:
        with contextlib.suppress(OSError):
            path.rmdir()
