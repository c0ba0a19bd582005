"""Settings: what of a diagram and a protocol a sweep can change, and what its table shows."""

import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from analysis.protocols.protocol import Protocol
from analysis.protocols.synthetic import Native
from synth import RULES, VIEWS, ObservationNoise, Parity, Rule
from venn import ArgumentError, VennDiagram
from venn.checks import instance, number, one_of


class Point(NamedTuple):
    """A diagram and how networks are trained on it: what a sweep has one of for each combination.

    Parameters
    ----------
    diagram : VennDiagram
        Two modalities, teacher and student.
    protocol : Protocol
        How data are drawn and networks trained.
    """

    diagram: VennDiagram
    protocol: Protocol


@dataclass(frozen=True)
class Setting:
    """One thing that can be told of a point.

    Parameters
    ----------
    what : str
        What it is, for people.
    read : callable
        Returns its value at a point, a number or a word; None where the point has none.
    change : callable, optional
        Returns the point with another value; without it the setting follows from others.
    """

    what: str
    read: Callable[[Point], Any]
    change: Callable[[Point, Any], Point] | None = None


@contextlib.contextmanager
def _called(names: Mapping[str, str]) -> Iterator[None]:
    """Let errors name the setting, not the argument that it becomes."""
    try:
        yield
    except ArgumentError as error:
        name = names.get(error.argument, error.argument)
        raise ArgumentError(name, error.value, error.allowed) from None


def _native(point: Point, name: str, value: Any) -> Native:
    if not isinstance(point.protocol, Native):
        allowed = "only the native protocol has it; others replay the released script"
        raise ArgumentError(name, value, allowed)
    return point.protocol


def _field(what: str, name: str, field: str = "", native: bool = False) -> Setting:
    """Return the setting that is a field of the protocol."""
    field = field or name

    def change(point: Point, value: Any) -> Point:
        protocol = _native(point, name, value) if native else point.protocol
        with _called({"width": "student_width", "depth": "student_depth"}):
            changed: Any = replace(protocol, **{field: value})
        return point._replace(protocol=changed)

    return Setting(what, lambda point: getattr(point.protocol, field, None), change)


def _part(what: str, part: str, field: str) -> Setting:
    """Return the setting that is a field of the protocol's optimiser or distillation."""

    def change(point: Point, value: Any) -> Point:
        with _called({"name": "optimiser"}):
            changed = replace(getattr(point.protocol, part), **{field: value})
        protocol: Any = replace(point.protocol, **{part: changed})
        return point._replace(protocol=protocol)

    return Setting(what, lambda point: getattr(getattr(point.protocol, part), field), change)


def _of_rule(what: str, name: str, field: str) -> Setting:
    """Return the setting that is a field of the label rule."""

    def read(point: Point) -> Any:
        value = getattr(getattr(point.protocol, "rule", None), field, None)
        return str(value) if isinstance(value, tuple) else value

    def change(point: Point, value: Any) -> Point:
        protocol = _native(point, name, value)
        rule: Any = protocol.rule
        if not hasattr(rule, field):
            raise ArgumentError(name, value, f"is not for {type(rule).__name__}, which has none")
        with _called({field: name}):
            changed = replace(rule, **{field: value})
        return point._replace(protocol=replace(protocol, rule=changed))

    return Setting(what, read, change)


def _made(argument: str, given: Any, known: Mapping[str, Any], **defaults: Any) -> Any:
    """Return what a name, or a table of a name and its values, describes."""
    if isinstance(given, str):
        given = {"name": given}
    if not isinstance(given, Mapping) or "name" not in given:
        allowed = f"must be a name or a table with a name; known: {', '.join(known)}"
        raise ArgumentError(argument, given, allowed)
    values = {key: value for key, value in given.items() if key != "name"}
    kind = known[one_of(argument, given["name"], known)]
    fields = [each.name for each in dataclasses.fields(kind)]
    for key, value in values.items():
        if key not in fields:
            allowed = f"is not for {given['name']!r}, which has {', '.join(fields) or 'no values'}"
            raise ArgumentError(f"{argument}.{key}", value, allowed)
    with _called({field: f"{argument}.{field}" for field in fields}):
        return kind(**{key: value for key, value in defaults.items() if key in fields} | values)


CLASSIFIERS = {name: kind for name, kind in RULES.items() if name != "linear"}
"""Rules whose label networks here can learn: those with classes."""


def _change_rule(point: Point, value: Any) -> Point:
    protocol = _native(point, "rule", value)
    rule = value
    if not isinstance(value, Rule):
        rule = _made("rule", value, CLASSIFIERS, regions=point.diagram.modalities)
    return point._replace(protocol=replace(protocol, rule=rule))


def _read_rule(point: Point) -> str | None:
    rule: Any = getattr(point.protocol, "rule", None)
    if rule is None:
        return None
    plain = {"flip": 0.0, "temperature": 0.0, "classes": 2}
    bare = replace(rule, **{key: value for key, value in plain.items() if hasattr(rule, key)})
    if isinstance(rule, Parity) and bare == Parity(regions=point.diagram.modalities):
        return "parity"
    names = {type(known): name for name, known in _DEFAULT_RULES.items() if known == bare}
    return names.get(type(rule), repr(bare))


_DEFAULT_RULES: Mapping[str, Rule] = {
    name: kind() for name, kind in CLASSIFIERS.items() if kind is not Parity
}


@dataclass(frozen=True)
class _AsItIs:
    """The view that changes nothing."""


AS_IS = "as it is"
_VIEWS: Mapping[str, Any] = {
    AS_IS: _AsItIs,
    **{name: kind for name, kind in VIEWS.items() if kind is not ObservationNoise},
}


def _view(role: str) -> Setting:
    field = f"{role}_view"

    def read(point: Point) -> str | None:
        if not hasattr(point.protocol, field):
            return None
        steps = (v for v in getattr(point.protocol, field) if not _is_noise(v))
        names = {kind(): name for name, kind in _VIEWS.items()}
        return " then ".join(names.get(step, repr(step)) for step in steps) or AS_IS

    def change(point: Point, value: Any) -> Point:
        protocol = _native(point, field, value)
        view = _made(field, value, _VIEWS)
        noise = tuple(v for v in getattr(protocol, field) if _is_noise(v))
        steps = () if view == _AsItIs() else (view,)
        changed = replace(protocol, **{field: noise + steps})  # type: ignore[arg-type]  # a view
        return point._replace(protocol=changed)

    return Setting(f"how the {role}'s modality shows its features", read, change)


def _noise(role: str) -> Setting:
    field, name = f"{role}_view", f"{role}_noise"

    def read(point: Point) -> float | None:
        view = getattr(point.protocol, field, None)
        return None if view is None else next((v.sd for v in view if _is_noise(v)), 0.0)

    def change(point: Point, value: Any) -> Point:
        protocol = _native(point, name, value)
        steps = tuple(v for v in getattr(protocol, field) if not _is_noise(v))
        with _called({"sd": name}):
            noise = (ObservationNoise(value),) if number(name, value) else ()
        changed = replace(protocol, **{field: noise + steps})  # type: ignore[arg-type]  # a view
        return point._replace(protocol=changed)

    what = f"sd of the noise with which the {role}'s modality observes its features"
    return Setting(what, read, change)


def _is_noise(view: Any) -> bool:
    return isinstance(view, ObservationNoise)


def _change_hidden(point: Point, value: Any) -> Point:
    return point._replace(diagram=replace(point.diagram, hidden=value))


def _channels(position: int) -> Callable[[Point], int]:
    return lambda point: point.diagram.dim(point.diagram.modalities[position])


SETTINGS: Mapping[str, Setting] = {
    "alpha": Setting("share of teacher-specific features", lambda point: point.diagram.alpha),
    "beta": Setting("share of student-specific features", lambda point: point.diagram.beta),
    "gamma": Setting("share of general features", lambda point: point.diagram.gamma),
    "decisive": Setting("decisive features, hidden ones too", lambda point: point.diagram.decisive),
    "hidden": Setting(
        "decisive features nobody sees", lambda point: point.diagram.hidden, _change_hidden
    ),
    "teacher_channels": Setting("channels of the teacher's modality", _channels(0)),
    "student_channels": Setting("channels of the student's modality", _channels(1)),
    "protocol": Setting("how data are drawn", lambda point: type(point.protocol).__name__.lower()),
    "delta": Setting("label weights", lambda point: getattr(point.protocol, "delta", None)),
    "n_train": _field("training rows", "n_train"),
    "n_test": _field("test rows", "n_test"),
    "rule": Setting("how features make the label", _read_rule, _change_rule),
    "classes": _of_rule("classes", "classes", "classes"),
    "flip": _of_rule("label noise: share of labels flipped", "flip", "flip"),
    "label_temperature": _of_rule(
        "label noise: logistic, in sd of the score", "label_temperature", "temperature"
    ),
    "teacher_view": _view("teacher"),
    "student_view": _view("student"),
    "teacher_noise": _noise("teacher"),
    "student_noise": _noise("student"),
    "teacher_width": _field("hidden units a layer, teachers", "teacher_width", native=True),
    "student_width": _field("hidden units a layer, students", "student_width", "width", True),
    "teacher_depth": _field("hidden layers, teachers", "teacher_depth", native=True),
    "student_depth": _field("hidden layers, students", "student_depth", "depth", True),
    "optimiser": _part("sgd, adam or momentum", "optimiser", "name"),
    "learning_rate": _part("size of a step", "optimiser", "learning_rate"),
    "steps": _part("steps, each on all training rows", "optimiser", "steps"),
    "weight_decay": _part("L2 penalty", "optimiser", "weight_decay"),
    "label_weight": _part("weight of the labels in the KD loss", "distillation", "label_weight"),
    "teacher_weight": _part("KD weight", "distillation", "teacher_weight"),
    "temperature": _part("of the distillation", "distillation", "temperature"),
    "average": _part("what the divergence is averaged over", "distillation", "average"),
    "diagram": Setting("all of its counts", lambda point: repr(point.diagram)),
}
"""Every setting by its name, in the order in which they are changed and shown."""

BOTH: Mapping[str, tuple[str, str]] = {
    name: (f"teacher_{name}", f"student_{name}") for name in ("width", "depth", "view", "noise")
}
"""Names for a setting of teachers and students at once."""

CHANGEABLE = tuple(name for name, each in SETTINGS.items() if each.change) + tuple(BOTH)
"""What a sweep can set or run through."""


def change(point: Point, values: Mapping[str, Any]) -> Point:
    """Return a point with other settings.

    Parameters
    ----------
    point : Point
        What to change.
    values : mapping of str to object
        One value for each of some of the `CHANGEABLE` settings.

    Returns
    -------
    Point
        It does not depend on the order of `values`; they are allowed if together they are.

    Raises
    ------
    ArgumentError
        If a setting is unknown, follows from others, or is given twice, or a value is not allowed.
    """
    single: dict[str, Any] = {}
    for name, value in values.items():
        one_of("settings", name, CHANGEABLE)
        for part in BOTH.get(name, (name,)):
            if part in single:
                raise ArgumentError(name, value, f"sets {part}, which is set already")
            single[part] = value
    left = [
        (name, each.change) for name, each in SETTINGS.items() if each.change and name in single
    ]
    while left:
        late, errors = [], []
        for name, make in left:
            try:
                point = make(point, single[name])
            except ArgumentError as error:  # maybe it is allowed once the others are changed
                late.append((name, make))
                errors.append(error)
        if len(late) == len(left):
            raise errors[0]
        left = late
    return point


def describe(point: Point) -> dict[str, Any]:
    """Return the value of every setting that a point has, as numbers and words."""
    instance("point", point, Point, "Point(diagram, Native())")
    values = {name: setting.read(point) for name, setting in SETTINGS.items()}
    return {name: value for name, value in values.items() if value is not None}
