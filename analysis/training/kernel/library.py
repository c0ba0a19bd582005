"""The kernel compiled for this machine, once, and kept between processes."""

import contextlib
import ctypes
import functools
import hashlib
import logging
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import torch

from analysis.training.kernel.calls import Kernel
from analysis.training.networks import Parameters
from venn.scratch import remove_left, scratch

SOURCES = tuple(Path(__file__).with_name(n) for n in ("kernel.cpp", "network.hpp", "vectors.hpp"))

NATIVE = "-march=native"

FLAGS = ("-std=c++17", "-O3", NATIVE, "-fno-math-errno", "-fno-trapping-math")
"""None lets the compiler reorder sums: on one kind of processor a result is always the same."""

LINKED = ("-shared", "-fPIC")

FORBIDDEN = re.compile("map segment|not permitted|denied|disallowed")
"""In what the loader says of a library that is sound, and lies where nothing may be executed."""


@functools.cache
def kernel() -> Kernel | None:
    """Return the kernel, compiled now if this machine has not done so before.

    The compiler is what the environment variable ``CXX`` names, or else ``c++``, ``g++`` or
    ``clang++``.  What it makes is kept in the user's cache, by its sources, the compiler and the
    processor.

    Returns
    -------
    Kernel or None
        None, and one line in the log, where there is no compiler or it fails, or no folder
        allows execution.
    """
    try:
        library = _library()
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        _log(f"a C++ compiler is needed ({_reason(error)})")
        return None
    if library is None:
        places = f"neither {_cache()} nor the one for temporary files allows it"
        named = "XDG_CACHE_HOME or TMPDIR may name one"
        _log(f"a folder to execute from is needed ({places}; {named})")
        return None
    return Kernel(library)


def kernel_for(device: str, parameters: Parameters) -> Kernel | None:
    """Return the kernel, if there is one, for networks that it can take: in float32, on a CPU."""
    single = all(tensor.dtype == torch.float32 for tensor in parameters)
    return kernel() if single and device == "cpu" else None


def _log(needed: str) -> None:
    slow = "networks train several times slower than they could"
    logging.getLogger("mfh").warning("%s: %s", slow, needed)


def _library() -> ctypes.CDLL | None:
    """Return the library, from the cache or compiled into it; None if it may not be executed.

    Its name ends with the hash of what is in it, so that a damaged one is not loaded, but replaced.
    """
    compiler = _compiler()
    flags, target = _target(compiler)
    named = hashlib.sha256(repr((compiler, flags, LINKED)).encode() + target)
    for source in SOURCES:
        named.update(source.read_bytes())
    folder, name = _cache(), f"kernel-{named.hexdigest()[:16]}"
    remove_left(folder)
    for kept in folder.glob(f"{name}-*.so"):
        with contextlib.suppress(OSError):
            if kept.name == _sealed(name, kept):
                return _loaded(kept)
    with _stage(folder) as stage:
        made = stage / "made.so"
        _ran(*compiler, *flags, *LINKED, str(SOURCES[0]), "-o", str(made))
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


def _compiler() -> list[str]:
    if chosen := shlex.split(os.environ.get("CXX", "")):
        return chosen
    for name in ("c++", "g++", "clang++"):
        if found := shutil.which(name):
            return [found]
    raise FileNotFoundError("none of c++, g++ and clang++ was found; CXX may name one")


def _target(compiler: list[str]) -> tuple[tuple[str, ...], bytes]:
    """Return the flags that a compiler takes, and the processor that it then aims at."""
    seen = ("-dM", "-E", "-x", "c++", os.devnull)
    try:
        return FLAGS, _ran(*compiler, *FLAGS, *seen)
    except subprocess.CalledProcessError:  # not every compiler knows its own machine
        flags = tuple(flag for flag in FLAGS if flag != NATIVE)
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
