"""C++ of ours compiled for this machine, once, and kept between processes."""

import contextlib
import ctypes
import functools
import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from venn.scratch import remove_left, scratch

NATIVE = "-march=native"

FLAGS = ("-std=c++17", "-O3", NATIVE, "-fno-math-errno", "-fno-trapping-math")
"""None lets the compiler reorder sums: on one kind of processor a result is always the same."""

LINKED = ("-shared", "-fPIC")

FORBIDDEN = re.compile("map segment|not permitted|denied|disallowed")
"""In what the loader says of a library that is sound, and lies where nothing may be executed."""


class CannotCompileError(Exception):
    """There is no compiler that works, or no folder to execute from; it says which, and why."""


def compiled(sources: Sequence[Path], *further: str) -> ctypes.CDLL:
    """Return a library, compiled now if this machine has not done so before.

    The compiler is what the environment variable ``CXX`` names, or else ``c++``, ``g++`` or
    ``clang++``.  What it makes is kept in the user's cache, by its sources, the compiler and the
    processor.

    Parameters
    ----------
    sources : sequence of path
        A file of C++ and what it includes; the library has the name of the first.
    *further : str
        Flags beside those of all.

    Raises
    ------
    CannotCompileError
        If it cannot be compiled, or not be executed.
    """
    try:
        library = _library(sources, further)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise CannotCompileError(f"a C++ compiler is needed ({_reason(error)})") from error
    if library is None:
        places = f"neither {_cache()} nor the one for temporary files allows it"
        named = "XDG_CACHE_HOME or TMPDIR may name one"
        raise CannotCompileError(f"a folder to execute from is needed ({places}; {named})")
    return library


def _library(sources: Sequence[Path], further: Sequence[str]) -> ctypes.CDLL | None:
    """Return the library, from the cache or compiled into it; None if it may not be executed.

    Its name ends with the hash of what is in it, so that a damaged one is not loaded, but replaced.
    """
    compiler = _compiler()
    own, target = _target(compiler, FLAGS)
    flags = *own, *further
    named = hashlib.sha256(repr((compiler, flags, LINKED)).encode() + target)
    for source in sources:
        named.update(source.read_bytes())
    folder, name = _cache(), f"{sources[0].stem}-{named.hexdigest()[:16]}"
    remove_left(folder)
    for kept in folder.glob(f"{name}-*.so"):
        with contextlib.suppress(OSError):
            if kept.name == _sealed(name, kept):
                return _loaded(kept)
    with _stage(folder) as stage:
        made = stage / "made.so"
        _ran(*compiler, *flags, *LINKED, str(sources[0]), "-o", str(made))
        library = _loaded(made)
        with contextlib.suppress(OSError):  # a cache that cannot be written
            made.replace(folder / _sealed(name, made))
        return library


def _loaded(library: Path) -> ctypes.CDLL | None:
    """Return a library, or a copy of it among temporary files if its folder forbids execution."""
    if (found := _executed(library)) is not None:
        return found
    with contextlib.suppress(OSError), scratch(Path(tempfile.gettempdir())) as elsewhere:
        return _executed(Path(shutil.copy(library, elsewhere)))
    return None


def _executed(library: Path) -> ctypes.CDLL | None:
    try:
        return ctypes.CDLL(str(library))
    except OSError as error:
        if FORBIDDEN.search(str(error)):
            return None
        raise


def _compiler() -> tuple[str, ...]:
    if chosen := shlex.split(os.environ.get("CXX", "")):
        return tuple(chosen)
    for name in ("c++", "g++", "clang++"):
        if found := shutil.which(name):
            return (found,)
    raise FileNotFoundError("none of c++, g++ and clang++ was found; CXX may name one")


@functools.cache
def _target(compiler: tuple[str, ...], flags: tuple[str, ...]) -> tuple[tuple[str, ...], bytes]:
    """Return the flags that a compiler takes, and the processor that it then aims at."""
    seen = ("-dM", "-E", "-x", "c++", os.devnull)
    try:
        return flags, _ran(*compiler, *flags, *seen)
    except subprocess.CalledProcessError:  # not every compiler knows its own machine
        flags = tuple(flag for flag in flags if flag != NATIVE)
        return flags, _ran(*compiler, *flags, *seen)


def _ran(*command: str) -> bytes:
    return subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL).stdout


def _sealed(name: str, library: Path) -> str:
    return f"{name}-{hashlib.sha256(library.read_bytes()).hexdigest()[:16]}.so"


@contextlib.contextmanager
def _stage(folder: Path) -> Iterator[Path]:
    """Yield a new folder in another, or elsewhere if that one cannot be written."""
    with contextlib.ExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            stage = stack.enter_context(scratch(folder))
        except OSError:
            stage = stack.enter_context(scratch(Path(tempfile.gettempdir())))
        yield stage


def _cache() -> Path:
    """Return the folder for what can be made again, as each system has it."""
    if (chosen := Path(os.environ.get("XDG_CACHE_HOME", ""))).is_absolute():
        return chosen / "mfh"
    try:
        home = Path.home()
    except RuntimeError:  # nothing is kept for a user without one
        home = Path(os.devnull)
    return home / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "mfh"


def _reason(error: Exception) -> str:
    """Return the line that says what is wrong."""
    if not isinstance(error, subprocess.CalledProcessError):
        return str(error)
    lines = error.stderr.decode(errors="replace").splitlines()
    return next((line for line in lines if "error" in line), str(error))
