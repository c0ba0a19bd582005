"""Whether the packages that an import finds are those of this distribution.

Their names are common.  A file ``analysis.py`` beside a script comes before ours on the path, and
another distribution's ``venn`` is installed over ours.  What is imported then is a mixture, which
fails somewhere else.  So whoever imports another package of ours checks first that it is ours.
"""

from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path

PACKAGES = ("venn", "synth", "analysis", "figures", "mfh")
"""Each imports only from those before it; its own imports are checked by each itself."""

_MARK = b"_modality_venn"
"""In the first file of each: all of them import from here."""


def check(*packages: str) -> None:
    """Fail if something else is in the place of a package; nothing is imported.

    Raises
    ------
    ImportError
        If so: one line that names the file, and says what to do.
    """
    for package in packages:
        spec = find_spec(package)
        if spec is not None and not _is_ours(spec):
            place = spec.origin or next(iter(spec.submodule_search_locations or ()))
            what = f"mfh needs its package `{package}`, but {place} is in its place"
            fix = _fix(Path(place), spec.submodule_search_locations is not None)
            raise ImportError(f"{what}; {fix}", name=package, path=place)


def _is_ours(spec: ModuleSpec) -> bool:
    if spec.origin is None:
        return False  # a folder without an __init__.py
    try:
        return _MARK in Path(spec.origin).read_bytes()
    except OSError:
        return True  # in an archive


def _fix(place: Path, is_folder: bool) -> str:
    if {"site-packages", "dist-packages"} & set(place.parts):
        return "another distribution has that name; install mfh into an environment of its own"
    return f"rename {'its folder' if is_folder else 'it'} or run from another folder"
