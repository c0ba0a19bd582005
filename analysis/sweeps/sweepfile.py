"""Plans as people write them: a TOML file, and changes to it as text."""

import contextlib
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from analysis.methods.arms import PAPER_ARMS
from analysis.protocols import PROTOCOLS
from analysis.sweeps.plan import Plan
from analysis.sweeps.settings import CHANGEABLE
from venn import (
    ArgumentError,
    VennDiagram,
    growing_alpha,
    growing_beta,
    growing_gamma,
    simplex,
)
from venn.checks import one_of, whole

PATH_KEYS = (
    *("path", "points", "step", "seen", "general", "decisive"),
    *("teacher_channels", "student_channels"),
)
"""Keys that make the diagrams of a path."""

DIAGRAM_KEYS = ("regions", "hidden", "noise", "modalities")

KEYS = (*PATH_KEYS, "diagrams", "protocol", "arms", "seeds", *CHANGEABLE)
"""Every key of a sweep."""


def read_plan(path: str | Path) -> dict[str, Any]:
    """Read the keys of a sweep from a TOML file, in UTF-8 with or without a byte-order mark.

    Raises
    ------
    ArgumentError
        If the file cannot be read or is no TOML.
    """
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ArgumentError("file", str(path), f"cannot be read ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ArgumentError("file", str(path), f"is not TOML ({error})") from None


def parse(text: str) -> Any:
    """Return the value that a text stands for: a TOML value, a word, or several with commas."""
    for value in (text, f"[{text}]") if "," in text else (text,):
        with contextlib.suppress(tomllib.TOMLDecodeError):
            keys = tomllib.loads(f"value = {value}")
            if len(keys) == 1:  # no second line that sets another
                return keys["value"]
    parts = [part.strip() for part in text.split(",")]
    return [parse(part) for part in parts] if len(parts) > 1 else text.strip()


def make_plan(keys: Mapping[str, Any]) -> Plan:
    """Return the plan that the keys of a sweep describe.

    Parameters
    ----------
    keys : mapping
        ``path`` (``"gamma"``, ``"alpha"``, ``"beta"`` or ``"simplex"``) with ``points`` or, on the
        simplex, ``step``, and ``seen``, ``general``, ``decisive``, ``teacher_channels``,
        ``student_channels``; or ``diagrams``, a list of tables with ``regions``, ``hidden``,
        ``noise``, ``modalities``.  ``protocol``, ``arms``, ``seeds`` (a number N for 0 to N - 1,
        ``"100:200"`` for 100 to 199, or a list).  And any of the `CHANGEABLE` settings: one value,
        or a list of values, which is an axis.

    Raises
    ------
    ArgumentError
        If a key is unknown or a value is not allowed.

    Examples
    --------
    >>> plan = make_plan({"path": "gamma", "points": 3, "n_train": [100, 200], "seeds": 10})
    >>> len(plan.points), len(plan.seeds)
    (6, 10)
    """
    for key in keys:
        one_of("settings", key, KEYS)
    name = keys.get("protocol", "synthetic")
    protocol = PROTOCOLS[one_of("protocol", name, PROTOCOLS)]
    settings = {key: value for key, value in keys.items() if key in CHANGEABLE}
    return Plan(
        diagrams=_diagrams(keys),
        protocol=protocol,
        arms=_listed(keys.get("arms", PAPER_ARMS)),
        seeds=_seeds(keys.get("seeds", protocol.seeds)),
        axes={key: _listed(value) for key, value in settings.items()},
    )


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else (value,)


def _seeds(given: Any) -> Sequence[int]:
    if isinstance(given, list | tuple | range):
        return given
    first, colon, last = str(given).partition(":")
    if not colon:
        return range(whole("seeds", given, at_least=1))
    try:
        seeds = range(int(first), int(last))
    except ValueError:
        seeds = range(0)
    if not seeds:
        allowed = "must be a number N for seeds 0 to N - 1, FIRST:END such as 100:200, or a list"
        raise ArgumentError("seeds", given, allowed)
    return seeds


def _diagrams(keys: Mapping[str, Any]) -> Sequence[VennDiagram]:
    if "diagrams" in keys:
        for key in PATH_KEYS:
            if key in keys:
                raise ArgumentError(key, keys[key], "is for a path; the diagrams are given")
        return [_diagram(i, table) for i, table in enumerate(_listed(keys["diagrams"]))]
    name = one_of("path", keys.get("path", "gamma"), PATHS)
    build, allowed = PATHS[name]
    given = {key: keys[key] for key in PATH_KEYS if key in keys and key != "path"}
    for key, value in given.items():
        if key not in (*allowed, "teacher_channels", "student_channels"):
            raise ArgumentError(key, value, f"is not for path {name!r}; it has {_words(allowed)}")
    try:
        return build(given)
    except ArgumentError as error:
        called = {"dims['a']": "teacher_channels", "dims['b']": "student_channels"}
        argument = called.get(error.argument, error.argument)
        raise ArgumentError(argument, error.value, error.allowed) from None


def _words(names: Sequence[str]) -> str:
    return ", ".join(names)


def _diagram(i: int, table: Any) -> VennDiagram:
    if not isinstance(table, Mapping):
        raise ArgumentError(f"diagrams[{i}]", table, "must be a table with regions")
    for key, value in table.items():
        if key not in DIAGRAM_KEYS:
            allowed = f"is unknown; known: {', '.join(DIAGRAM_KEYS)}"
            if key in KEYS:
                allowed = "is a key of the sweep; put it above the first [[diagrams]]"
            raise ArgumentError(f"diagrams[{i}].{key}", value, allowed)
    return VennDiagram(**{"regions": {}, **table})


def _gamma(given: dict[str, Any]) -> Sequence[VennDiagram]:
    seen = whole("seen", given.pop("seen", 10), at_least=1)
    overlaps = _even(given.pop("points", 6), seen, "seen")
    return growing_gamma(overlaps, seen=seen, **_with_dims(given, 25, 50))


def _alpha(given: dict[str, Any]) -> Sequence[VennDiagram]:
    return growing_alpha(*_specific(given), **_with_dims(given, 50, 50))


def _beta(given: dict[str, Any]) -> Sequence[VennDiagram]:
    return growing_beta(*_specific(given), **_with_dims(given, 50, 50))


def _specific(given: dict[str, Any]) -> tuple[list[int]]:
    general = whole("general", given.get("general", 10))
    decisive = whole("decisive", given.get("decisive", 50))
    largest = decisive - general
    if largest < 1:
        raise ArgumentError("decisive", decisive, f"must be above general = {general}")
    return (_even(given.pop("points", 5), largest, "decisive - general"),)


def _simplex(given: dict[str, Any]) -> Sequence[VennDiagram]:
    decisive = whole("decisive", given.get("decisive", 20), at_least=1)
    return simplex(**_with_dims(given, decisive, decisive))


def _with_dims(given: dict[str, Any], teacher: int, student: int) -> dict[str, Any]:
    """Turn channels into the dimensions of a path."""
    dims = {
        "a": given.pop("teacher_channels", teacher),
        "b": given.pop("student_channels", student),
    }
    return {**given, "dims": dims}


PATHS: Mapping[str, tuple[Callable[[dict[str, Any]], Sequence[VennDiagram]], tuple[str, ...]]] = {
    "gamma": (_gamma, ("points", "seen", "decisive")),
    "alpha": (_alpha, ("points", "general", "decisive")),
    "beta": (_beta, ("points", "general", "decisive")),
    "simplex": (_simplex, ("step", "decisive")),
}
"""Every path: what makes its diagrams, and the keys that it takes."""


def _even(points: Any, largest: int, name: str) -> list[int]:
    """Return evenly spread counts from 0 to `largest`."""
    count = whole("points", points, at_least=2)
    if largest % (count - 1):
        fitting = [str(n + 1) for n in range(1, largest + 1) if largest % n == 0]
        allowed = f"must divide {name} = {largest} into equal steps: {', '.join(fitting)}"
        raise ArgumentError("points", points, allowed)
    return list(range(0, largest + 1, largest // (count - 1)))
