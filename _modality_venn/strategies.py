"""The types that hypothesis can make: it is told of them once both sides are loaded.

Hypothesis calls `register` at the end of its own import, in every program that imports it where
this distribution is installed.  There it finds nothing to do, unless `venn` or `synth` is loaded.
"""

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

from _modality_venn.packages import check

_TOLD: dict[type, Callable[..., None] | None] = {}
"""Each type, and the function of hypothesis that has been told of it."""


def makeable(*kinds: type) -> None:
    """Let ``st.from_type`` make `kinds`: from now on, or as soon as hypothesis is imported."""
    _TOLD.update(dict.fromkeys(kinds))
    register()


def register() -> None:
    """Tell hypothesis, if it is loaded, of every type that it has not been told of.

    Of each once, so that another strategy that somebody registers for it stays.
    """
    tell = getattr(sys.modules.get("hypothesis.strategies"), "register_type_strategy", None)
    for kind, told in _TOLD.items():
        if tell is not None and told is not tell:
            tell(kind, _strategy_for)
            _TOLD[kind] = tell


def _strategy_for(kind: type) -> Any:
    check("venn", "synth")
    return import_module("synth.strategies").strategy_for(kind)
