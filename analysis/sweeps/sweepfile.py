"""Plans as people write them: a TOML file, and changes to it as text."""

import contextlib
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from _modality_venn.packages import PACKAGES
from analysis.measures.measure import Measure
from analysis.measures.named import MEASURES, USUAL
from analysis.methods.arms import ARMS, PAPER_ARMS
from analysis.methods.method import Method
from analysis.protocols import PROTOCOLS
from analysis.sweeps.plan import Plan
from analysis.sweeps.settings import BOTH, CHANGEABLE, SETTINGS
from synth import Rule, View
from venn import (
    ArgumentError,
    FrozenMapping,
    VennDiagram,
    growing_alpha,
    growing_beta,
    growing_gamma,
    simplex,
)
from venn.checks import one_of, whole


def _seen(keys: Mapping[str, Any]) -> tuple[int, str]:
    return whole("seen", keys.get("seen", 10), at_least=1), "seen"


def _specific(keys: Mapping[str, Any]) -> tuple[int, str]:
    general = whole("general", keys.get("general", 10))
    decisive = whole("decisive", keys.get("decisive", 50))
    if decisive <= general:
        raise ArgumentError("decisive", decisive, f"must be above general = {general}")
    return decisive - general, "decisive - general"


class _Path(NamedTuple):
    """Diagrams that some keys make.

    Parameters
    ----------
    build : callable
        Makes them.
    keys : tuple of str
        Those that it takes.
    channels : tuple of int, optional
        Of teacher and student unless told otherwise; otherwise as many as features are decisive.
    most : callable, optional
        Returns how many features grow along the path, and what that is called.
    points : int
        In how many points they grow unless told otherwise.
    """

    build: Callable[..., Sequence[VennDiagram]]
    keys: tuple[str, ...]
    channels: tuple[int, int] | None = None
    most: Callable[[Mapping[str, Any]], tuple[int, str]] | None = None
    points: int = 0


CHANNELS = {"a": "teacher_channels", "b": "student_channels"}
"""Keys of every path, by the modality whose dimension they are."""

PATHS: Mapping[str, _Path] = {
    "gamma": _Path(growing_gamma, ("points", "seen", "decisive"), (25, 50), _seen, 6),
    "alpha": _Path(growing_alpha, ("points", "general", "decisive"), (50, 50), _specific, 5),
    "beta": _Path(growing_beta, ("points", "general", "decisive"), (50, 50), _specific, 5),
    "simplex": _Path(simplex, ("step", "decisive")),
}
"""Every path by its name."""

PATH_KEYS: Mapping[str, str] = {
    "path": "what the diagrams run through",
    "points": "diagrams, at equal steps of the path",
    "seen": "decisive features that each modality sees, along gamma",
    "general": "general features, along alpha and beta",
    "decisive": "decisive features, hidden ones too",
    "step": "features from a diagram to the next, on the simplex",
    "teacher_channels": "channels of the teacher's modality; noise fills them up",
    "student_channels": "channels of the student's modality",
}
"""Keys that make the diagrams of a path, and what they are."""

FURTHER = [name for name in MEASURES if not any(name in usual for usual in USUAL.values())]
"""Measures that are asked for."""

DIAGRAM_KEYS = ("regions", "hidden", "noise", "modalities")


def _told(name: str) -> str:
    """Return what a setting is, and the words that it knows."""
    words = ", ".join(SETTINGS[name].words)
    return SETTINGS[name].what + (f": {words}" if words else "")


KEYS: Mapping[str, str] = {
    **PATH_KEYS,
    "diagrams": f"instead of a path: tables of {', '.join(DIAGRAM_KEYS)}",
    "protocol": "how data are drawn: synthetic, or a replay of a script of the paper",
    "arms": "what is trained at each point",
    "measures": f"what is measured beside the usual: {', '.join(FURTHER)}",
    "seeds": "how often: a number, FIRST:END, or a list",
    **{name: _told(name) for name in CHANGEABLE if name not in BOTH},
    **{name: " and ".join(pair) for name, pair in BOTH.items()},
}
"""Every key of a sweep, and what it is."""


def read_plan(path: str | Path) -> dict[str, Any]:
    """Read the keys of a sweep from a TOML file, in UTF-8 with or without a byte-order mark.

    Raises
    ------
    ArgumentError
        If the file cannot be read or is no TOML.
    """
    try:
        return _dotted(tomllib.loads(Path(path).read_text(encoding="utf-8-sig")))
    except OSError as error:
        raise ArgumentError("file", str(path), f"cannot be read ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ArgumentError("file", str(path), f"is not TOML ({error})") from None


def _dotted(table: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Return keys as they are given here; TOML reads ``mine.beta`` as a table in a table."""
    keys: dict[str, Any] = {}
    for name, value in table.items():
        key = f"{before}{name}"  # kd.teacher is a field, where teacher is a key
        nested = isinstance(value, Mapping) and value and key not in KEYS
        keys |= _dotted(value, f"{key}.") if nested else {key: value}
    return keys


def parse(text: str) -> Any:
    """Return the value that a text stands for: a TOML value, a word, or several with commas."""
    for value in (text, f"[{text}]") if "," in text else (text,):
        with contextlib.suppress(tomllib.TOMLDecodeError):
            keys = tomllib.loads(f"value = {value}")
            if len(keys) == 1:  # no second line that sets another
                return keys["value"]
    parts = [part.strip() for part in text.split(",")]
    return [parse(part) for part in parts] if len(parts) > 1 else text.strip()


def parse_key(key: str, text: str) -> Any:
    """Return the value that a text stands for as that of a key: names are words, whatever they spell."""
    value = parse(text)
    words = key not in {"arms", "measures"} or all(isinstance(each, str) for each in _listed(value))
    return value if words else [part.strip() for part in text.split(",")]


def make_plan(keys: Mapping[str, Any], outside: Mapping[str, Any] = FrozenMapping({})) -> Plan:
    """Return the plan that the keys of a sweep describe.

    Parameters
    ----------
    keys : mapping
        ``path`` (``"gamma"``, ``"alpha"``, ``"beta"`` or ``"simplex"``) with ``points`` or, on the
        simplex, ``step``, and ``seen``, ``general``, ``decisive``, ``teacher_channels``,
        ``student_channels``; or ``diagrams``, a list of tables with ``regions``, ``hidden``,
        ``noise``, ``modalities``.  ``protocol``, ``arms``, ``measures``, ``seeds`` (a number N for 0 to N - 1,
        ``"100:200"`` for 100 to 199, or a list).  And any of the `CHANGEABLE` settings: one value,
        or a list of values, which is an axis.  So does the field of an arm, ``"mine.beta"``.
    outside : mapping of str to object
        Methods, measures, rules and views that may be named beside those that come with the package.

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
        if "." not in key:
            one_of("settings", key, KEYS)
    name = keys.get("protocol", "synthetic")
    protocol = PROTOCOLS[one_of("protocol", name, PROTOCOLS)]
    settings = {key: value for key, value in keys.items() if key in CHANGEABLE or "." in key}
    return Plan(
        diagrams=_diagrams(keys),
        protocol=protocol,
        arms=_chosen("arms", _listed(keys.get("arms", PAPER_ARMS)), ARMS, outside, Method),
        seeds=_seeds(keys.get("seeds", protocol.seeds)),
        axes={key: _values(key, _listed(value), outside) for key, value in settings.items()},
        measures=_chosen("measures", _listed(keys.get("measures", ())), MEASURES, outside, Measure),
    )


def _chosen(
    key: str, names: Sequence[Any], known: Mapping[str, Any], outside: Mapping[str, Any], kind: type
) -> Any:
    """Return names of what comes with the package, or values by their names where some are others."""
    own = [name for name, value in outside.items() if _is(value, kind)]
    for name in names:
        one_of(key, name, [*known, *own])
    if not {*own} & {*names}:
        return names
    return {name: _made(key, name, outside) if name in own else known[name] for name in names}


def _values(key: str, values: Sequence[Any], outside: Mapping[str, Any]) -> list[Any]:
    """Return the values of a setting, with what comes from outside in the place of its name."""
    kind = Rule if key == "rule" else View if key.endswith("view") else Method

    def named(value: Any) -> bool:
        return isinstance(value, str) and _is(outside.get(value), kind)

    return [_made(key, value, outside) if named(value) else value for value in values]


def _is(value: Any, kind: type) -> bool:
    """Return whether a value is of a kind, or a kind of it that comes from outside."""
    if isinstance(value, type):
        ours = value.__module__.partition(".")[0] in PACKAGES
        return issubclass(value, kind) and not ours
    return isinstance(value, kind)


def _made(key: str, name: str, outside: Mapping[str, Any]) -> Any:
    """Return what has a name, or one of the kind that has it, with its defaults."""
    value = outside[name]
    if not isinstance(value, type):
        return value
    try:
        return value()
    except TypeError as error:
        allowed = f"cannot be made without settings ({error}); name a value of it in the file"
        raise ArgumentError(key, name, allowed) from None


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
    given = {key: keys[key] for key in PATH_KEYS if key in keys}
    if "diagrams" in keys:
        for key, value in given.items():
            raise ArgumentError(key, value, "is for a path; the diagrams are given")
        return [_diagram(i, table) for i, table in enumerate(_listed(keys["diagrams"]))]
    name = one_of("path", given.pop("path", "gamma"), PATHS)
    path = PATHS[name]
    counts = []
    if path.most is not None:
        counts.append(_even(given.pop("points", path.points), *path.most(given)))
    channels = path.channels or (given.get("decisive", 20),) * 2
    dims = {
        modality: given.pop(key, count)
        for (modality, key), count in zip(CHANNELS.items(), channels, strict=True)
    }
    for key, value in given.items():
        if key not in path.keys:
            raise ArgumentError(
                key, value, f"is not for path {name!r}; it has {', '.join(path.keys)}"
            )
    try:
        return path.build(*counts, **given, dims=dims)
    except ArgumentError as error:
        called = {f"dims[{modality!r}]": key for modality, key in CHANNELS.items()}
        argument = called.get(error.argument, error.argument)
        raise ArgumentError(argument, error.value, error.allowed) from None


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


def _even(points: Any, largest: int, name: str) -> list[int]:
    """Return evenly spread counts from 0 to `largest`."""
    count = whole("points", points, at_least=2)
    if largest % (count - 1):
        fitting = [str(n + 1) for n in range(1, largest + 1) if largest % n == 0]
        allowed = f"must divide {name} = {largest} into equal steps: {', '.join(fitting)}"
        raise ArgumentError("points", points, allowed)
    return list(range(0, largest + 1, largest // (count - 1)))
