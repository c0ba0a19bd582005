"""All that is public, in one place, each name loaded when it is asked for; and the command line.

>>> from mfh import Plan, Population, VennDiagram, run
"""

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any

from _modality_venn.packages import check

if TYPE_CHECKING:
    from analysis import *
    from analysis.claims import *
    from analysis.statistics import *
    from analysis.verdicts import *
    from figures import *
    from figures.claims import *
    from synth import *
    from venn import *

    __version__: str

ROOMS = (
    *("venn", "synth", "analysis", "analysis.statistics", "analysis.verdicts", "analysis.claims"),
    *("figures", "figures.claims"),
)
"""Whose exports are had from here; they are looked through in this order, the lightest first."""


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return import_module("importlib.metadata").version("modality-venn")
    if name == "__all__":
        return __dir__()
    # Nothing is loaded for what tools ask of any module, nor for a module of this package.
    if not name.startswith("_") and find_spec(f"{__name__}.{name}") is None:
        for room in _rooms():
            if name in room.__all__:
                return getattr(room, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({name for room in _rooms() for name in room.__all__})


def _rooms() -> Iterator[ModuleType]:
    for room in ROOMS:
        check(room.split(".", maxsplit=1)[0])
        yield import_module(room)
