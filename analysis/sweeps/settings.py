"""Settings: what of a diagram and a protocol a sweep can change, and what its table shows."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from analysis.protocols import Protocol
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
    part, field : str
        What a sweep changes: a field of the ``"diagram"``, of the ``"protocol"``, or of the
        protocol's ``"rule"``, ``"optimiser"``, ``"distillation"`` or views; a field ``""`` is the
        part itself.  Without a part, the setting follows from others.
    """

    what: str
    read: Callable[[Point], Any]
    part: str = ""
    field: str = ""


PARTS = ("rule", "optimiser", "distillation")
"""Parts of a protocol that have fields of their own."""


def _field(what: str, part: str, field: str) -> Setting:
    """Return the setting that is a field of a protocol, or of one of its parts."""

    def read(point: Point) -> Any:
        whole = point.protocol if part == "protocol" else getattr(point.protocol, part, None)
        value = getattr(whole, field, None)
        return str(value) if isinstance(value, tuple) else value

    return Setting(what, read, part, field)


def _follows(what: str, read: Callable[[Point], Any]) -> Setting:
    return Setting(what, read)


def _channels(position: int) -> Setting:
    role = ("teacher", "student")[position]
    return _follows(
        f"channels of the {role}'s modality",
        lambda point: point.diagram.dim(point.diagram.modalities[position]),
    )


def _view(role: str) -> Setting:
    def read(point: Point) -> str | None:
        view = getattr(point.protocol, f"{role}_view", None)
        if view is None:
            return None
        steps = (step for step in view if not isinstance(step, ObservationNoise))
        names = {kind(): name for name, kind in _VIEWS.items()}
        return " then ".join(names.get(step, repr(step)) for step in steps) or AS_IS

    return Setting(f"how the {role}'s modality shows its features", read, f"{role}_view", "view")


def _noise(role: str) -> Setting:
    def read(point: Point) -> float | None:
        view = getattr(point.protocol, f"{role}_view", None)
        if view is None:
            return None
        return next((step.sd for step in view if isinstance(step, ObservationNoise)), 0.0)

    what = f"sd of the noise with which the {role}'s modality observes its features"
    return Setting(what, read, f"{role}_view", "noise")


CLASSIFIERS = {name: kind for name, kind in RULES.items() if name != "linear"}
"""Rules whose label networks here can learn: those with classes."""

_DEFAULT_RULES: Mapping[str, Rule] = {
    name: kind() for name, kind in CLASSIFIERS.items() if kind is not Parity
}


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


@dataclass(frozen=True)
class _AsItIs:
    """The view that changes nothing."""


AS_IS = "as it is"
_VIEWS: Mapping[str, Any] = {
    AS_IS: _AsItIs,
    **{name: kind for name, kind in VIEWS.items() if kind is not ObservationNoise},
}

SETTINGS: Mapping[str, Setting] = {
    "alpha": _follows("share of teacher-specific features", lambda point: point.diagram.alpha),
    "beta": _follows("share of student-specific features", lambda point: point.diagram.beta),
    "gamma": _follows("share of general features", lambda point: point.diagram.gamma),
    "decisive": _follows(
        "decisive features, hidden ones too", lambda point: point.diagram.decisive
    ),
    "hidden": Setting(
        "decisive features nobody sees", lambda point: point.diagram.hidden, "diagram", "hidden"
    ),
    "teacher_channels": _channels(0),
    "student_channels": _channels(1),
    "protocol": _follows("how data are drawn", lambda point: type(point.protocol).__name__.lower()),
    "delta": _follows("label weights", lambda point: getattr(point.protocol, "delta", None)),
    "n_train": _field("training rows", "protocol", "n_train"),
    "n_test": _field("test rows", "protocol", "n_test"),
    "rule": Setting("how features make the label", _read_rule, "rule"),
    "classes": _field("classes", "rule", "classes"),
    "flip": _field("label noise: share of labels flipped", "rule", "flip"),
    "label_temperature": _field("label noise: logistic, in sd of the score", "rule", "temperature"),
    "teacher_view": _view("teacher"),
    "student_view": _view("student"),
    "teacher_noise": _noise("teacher"),
    "student_noise": _noise("student"),
    "teacher_width": _field("hidden units a layer, teachers", "protocol", "teacher_width"),
    "student_width": _field("hidden units a layer, students", "protocol", "width"),
    "teacher_depth": _field("hidden layers, teachers", "protocol", "teacher_depth"),
    "student_depth": _field("hidden layers, students", "protocol", "depth"),
    "general_channels": _field("what a general teacher sees", "protocol", "general_channels"),
    "optimiser": _field("sgd, adam or momentum", "optimiser", "name"),
    "learning_rate": _field("size of a step", "optimiser", "learning_rate"),
    "steps": _field("steps, each on all training rows", "optimiser", "steps"),
    "weight_decay": _field("L2 penalty", "optimiser", "weight_decay"),
    "label_weight": _field("weight of the labels in the KD loss", "distillation", "label_weight"),
    "teacher_weight": _field("KD weight", "distillation", "teacher_weight"),
    "temperature": _field("of the distillation", "distillation", "temperature"),
    "reduction": _field("of the divergence: batchmean or mean", "distillation", "reduction"),
    "diagram": _follows("all of its counts", lambda point: repr(point.diagram)),
}
"""Every setting by its name, in the order in which they are shown."""

BOTH: Mapping[str, tuple[str, str]] = {
    name: (f"teacher_{name}", f"student_{name}") for name in ("width", "depth", "view", "noise")
}
"""Names for a setting of teachers and students at once."""

CHANGEABLE = tuple(name for name, each in SETTINGS.items() if each.part) + tuple(BOTH)
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
    parts: dict[str, dict[str, Any]] = {}
    for name, setting in SETTINGS.items():
        if name in single:
            _check_there(point.protocol, name, single[name])
            parts.setdefault(setting.part, {})[setting.field] = single[name]
    diagram = _with(point.diagram, "diagram", parts.pop("diagram", {}))
    fields = parts.pop("protocol", {})
    for part, given in parts.items():
        if part in PARTS:
            whole = getattr(point.protocol, part)
            if "" in given:
                whole = _rule(given.pop(""), point.diagram)
            fields[part] = _with(whole, part, given)
        else:
            fields[part] = _shown(getattr(point.protocol, part), part, given)
    return Point(diagram, _with(point.protocol, "protocol", fields))


def describe(point: Point) -> dict[str, Any]:
    """Return the value of every setting that a point has, as numbers and words.

    One of `BOTH` is there where teachers and students agree.
    """
    instance("point", point, Point, "Point(diagram, Synthetic())")
    values = {name: setting.read(point) for name, setting in SETTINGS.items()}
    for name, (teacher, student) in BOTH.items():
        values[name] = values[teacher] if values[teacher] == values[student] else None
    return {name: value for name, value in values.items() if value is not None}


def _check_there(protocol: Protocol, name: str, value: Any) -> None:
    """Fail if a protocol has nothing that a setting changes."""
    setting = SETTINGS[name]
    field = setting.field if setting.part == "protocol" else setting.part
    if field != "diagram" and not hasattr(protocol, field):
        allowed = "is not for this protocol, which replays a released script; synthetic has it"
        raise ArgumentError(name, value, allowed)


def _with(whole: Any, part: str, fields: Mapping[str, Any]) -> Any:
    """Return a value with other fields; errors name the settings that these are."""
    names = {each.field: name for name, each in SETTINGS.items() if each.part == part}
    for field, value in fields.items():
        if not hasattr(whole, field):
            allowed = f"is not for {type(whole).__name__}, which has none"
            raise ArgumentError(names.get(field, field), value, allowed)
    return _made(whole, fields, names)


def _made(whole: Any, fields: Mapping[str, Any], names: Mapping[str, str]) -> Any:
    """Return a value, or one of a kind, with some fields, which errors call by their names."""
    try:
        return whole(**fields) if isinstance(whole, type) else replace(whole, **fields)
    except ArgumentError as error:
        name = names.get(error.argument, error.argument)
        raise ArgumentError(name, error.value, error.allowed) from None


def _named(argument: str, given: Any, known: Mapping[str, Any], **defaults: Any) -> Any:
    """Return what a name, or a table of a name and its values, describes."""
    if isinstance(given, str):
        given = {"name": given}
    if not isinstance(given, Mapping) or "name" not in given:
        allowed = f"must be a name or a table with a name; known: {', '.join(known)}"
        raise ArgumentError(argument, given, allowed)
    values = {key: value for key, value in given.items() if key != "name"}
    kind = known[one_of(argument, given["name"], known)]
    fields = {each.name: f"{argument}.{each.name}" for each in dataclasses.fields(kind)}
    for key, value in values.items():
        if key not in fields:
            allowed = f"is not for {given['name']!r}, which has {', '.join(fields) or 'no values'}"
            raise ArgumentError(f"{argument}.{key}", value, allowed)
    return _made(kind, {k: v for k, v in defaults.items() if k in fields} | values, fields)


def _rule(given: Any, diagram: VennDiagram) -> Rule:
    if isinstance(given, Rule):
        return given
    rule: Rule = _named("rule", given, CLASSIFIERS, regions=diagram.modalities)
    return rule


def _shown(view: tuple[Any, ...], part: str, given: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return a modality's view with another observation noise, other steps, or both."""
    noise = tuple(step for step in view if isinstance(step, ObservationNoise))
    steps = tuple(step for step in view if not isinstance(step, ObservationNoise))
    if "view" in given:
        named = _named(part, given["view"], _VIEWS)
        steps = () if named == _AsItIs() else (named,)
    if "noise" in given:
        name = part.replace("view", "noise")
        sd = number(name, given["noise"])
        noise = (_made(ObservationNoise, {"sd": sd}, {"sd": name}),) if sd else ()
    return noise + steps
