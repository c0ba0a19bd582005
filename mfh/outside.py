"""What comes from outside: a file of the user's own, and packages that say that they have something."""

import importlib.util
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import click

from _modality_venn.packages import PACKAGES
from venn.checks import ArgumentError

GROUP = "mfh"
"""The entry points of packages: ``[project.entry-points.mfh]`` with ``name = "module:value"``."""

USE = click.option(
    "--use",
    "files",
    multiple=True,
    metavar="FILE.py",
    help="A file of your own, whose methods, measures, rules, views and claims are known by their names.",
)


class Outside(Mapping[str, Any]):
    """Values by their names: of files, and of installed packages, loaded when they are asked for.

    Parameters
    ----------
    files : tuple of str
        Python files, each run once; the last that has a name counts.  Their folders are searched for what they
        import.

    Raises
    ------
    ArgumentError
        If a file is not there, has a package's name, or fails as it runs.
    """

    def __init__(self, files: tuple[str, ...] = ()) -> None:
        self._found: dict[str, Any] = {}
        self._waiting: dict[str, EntryPoint] = {e.name: e for e in entry_points(group=GROUP)}
        for path in dict.fromkeys(Path(file) for file in files):
            self._found |= _values(path)

    def __getitem__(self, name: str) -> Any:
        if name not in self._found and name in self._waiting:
            self._found[name] = self._waiting[name].load()
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**self._waiting, **self._found})

    def __len__(self) -> int:
        return len({**self._waiting, **self._found})


def _values(path: Path) -> dict[str, Any]:
    """Run a file as the module of its name, and return what it has."""
    file = str(path)
    if path.suffix != ".py":
        raise ArgumentError("use", file, "must be a Python file, such as mine.py")
    if not path.is_file():
        raise ArgumentError("use", file, "is no file; give its path from the folder you are in")
    if path.stem in {*PACKAGES, *sys.modules} or not path.stem.isidentifier():
        raise ArgumentError("use", file, "has the name of a module that is there; give it another")
    spec = importlib.util.spec_from_file_location(path.stem, path.resolve())
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(path.resolve().parent))
    sys.modules[path.stem] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[path.stem]
        what = " ".join(f"{type(error).__name__}: {error}".split())
        raise ArgumentError("use", file, f"cannot be run ({what})") from error
    return {name: value for name, value in vars(module).items() if not name.startswith("_")}
