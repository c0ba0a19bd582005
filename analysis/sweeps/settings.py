"""Settings: what of a diagram and a protocol a sweep can change, and what its table shows."""

import dataclasses
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, get_args

from analysis.methods.general_teacher import WAYS
from analysis.protocols import Protocol
from analysis.training.networks import Activation
from analysis.training.objectives import Reduction
from analysis.training.optimiser import OptimiserName, Schedule
from synth import RULES, VIEWS, ObservationNoise, Rule, View
from venn import ArgumentError, FrozenMapping, VennDiagram
from venn.checks import instance, number, one_of


class Point(NamedTuple):
    """A diagram and how networks are trained on it: what a sweep has one of for each combination.

    Parameters
    ----------
    diagram : VennDiagram
        Which features each modality sees.
    protocol : Protocol
        How data are drawn and networks trained.
    fields : mapping of str to object
        Fields of arms that are not as the plan has them, such as ``{"mine.beta": 8.0}``.
    """

    diagram: VennDiagram
    protocol: Protocol
    fields: Mapping[str, Any] = FrozenMapping({})


@dataclass(frozen=True)
class Setting:
    """One thing that can be told of a point.

    Parameters
    ----------
    what : str
        What it is, for people.
    read : callable
        Returns its value at a point, a number or a word; None where the point has none, and where
        it can then not be changed.
    part, field : str
        What a sweep changes: a field of the ``"diagram"``, of the ``"protocol"``, or of one of the
        protocol's own, such as its ``"optimiser"``.  Without them, the setting follows from others.
    words : collection of str
        Its values, where they are words.
    """

    what: str
    read: Callable[[Point], Any]
    part: str = ""
    field: str = ""
    words: Collection[str] = ()


def _field(what: str, part: str, field: str, words: Collection[str] = ()) -> Setting:
    """Return the setting that is a field of a diagram, a protocol, or one of the protocol's own."""

    def read(point: Point) -> Any:
        value = getattr(_holder(point, part), field, None)
        return str(value) if isinstance(value, tuple) else value

    return Setting(what, read, part, field, words)


def _holder(point: Point, part: str) -> Any:
    """Return what a sweep changes a field of; None where a protocol has no such part."""
    return getattr(point if part in Point._fields else point.protocol, part, None)


def _share(what: str, field: str) -> Setting:
    def read(point: Point) -> float:
        shares = point.diagram.overlap(*point.protocol.sides(point.diagram))
        return float(getattr(shares, field))

    return Setting(what, read)


def _side(role: str, position: int) -> Setting:
    def read(point: Point) -> str | None:
        names = point.protocol.sides(point.diagram)[position]
        return "&".join(names) if hasattr(point.protocol, role) else None

    return Setting(f"the {role}'s modality, or several: a&b", read, "protocol", role)


def _channels(role: str, position: int) -> Setting:
    def read(point: Point) -> int:
        return sum(map(point.diagram.dim, point.protocol.sides(point.diagram)[position]))

    return Setting(f"channels of the {role}'s side", read)


def _view(role: str) -> Setting:
    def read(point: Point) -> str | None:
        view = getattr(point.protocol, f"{role}_view", None)
        if view is None:
            return None
        named = {_named("view", name, _VIEWS): name for name in _VIEWS}
        return " then ".join(named.get(step, repr(step)) for step in _split(view)[1]) or AS_IS

    what = f"how the {role}'s modality shows its features"
    return Setting(what, read, f"{role}_view", "view", _VIEWS)


def _noise(role: str) -> Setting:
    def read(point: Point) -> float | None:
        view = getattr(point.protocol, f"{role}_view", None)
        if view is None:
            return None
        return next((step.sd for step in _split(view)[0]), 0.0)

    what = f"sd of the noise with which the {role}'s modality observes its features"
    return Setting(what, read, f"{role}_view", "noise")


def _read_rule(point: Point) -> str | None:
    rule: Any = getattr(point.protocol, "rule", None)
    if rule is None:
        return None
    plain = {"flip": 0.0, "temperature": 0.0, "classes": 2}  # settings of their own
    bare = replace(rule, **{key: value for key, value in plain.items() if hasattr(rule, key)})
    named = (name for name in RULES if _rule(name, point.diagram) == bare)
    return next(named, repr(bare))


@dataclass(frozen=True)
class _AsItIs:
    """The view that changes nothing."""


AS_IS = "as it is"
_VIEWS: Mapping[str, Any] = {
    AS_IS: _AsItIs,
    **{name: kind for name, kind in VIEWS.items() if kind is not ObservationNoise},
}

SETTINGS: Mapping[str, Setting] = {
    "alpha": _share("share of teacher-specific features", "alpha"),
    "beta": _share("share of student-specific features", "beta"),
    "gamma": _share("share of general features", "gamma"),
    "decisive": Setting("decisive features, hidden ones too", lambda point: point.diagram.decisive),
    "hidden": _field("decisive features that nobody sees", "diagram", "hidden"),
    "teacher": _side("teacher", 0),
    "student": _side("student", 1),
    "teacher_channels": _channels("teacher", 0),
    "student_channels": _channels("student", 1),
    "protocol": Setting("how data are drawn", lambda point: type(point.protocol).__name__.lower()),
    "delta": Setting("label weights", lambda point: getattr(point.protocol, "delta", None)),
    "n_train": _field("training rows", "protocol", "n_train"),
    "n_test": _field("test rows", "protocol", "n_test"),
    "rule": Setting("how features make the label", _read_rule, "protocol", "rule", RULES),
    "classes": _field("how many answers there are", "rule", "classes"),
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
    "activation": _field(
        "what a hidden unit makes of its sum", "protocol", "activation", get_args(Activation)
    ),
    "general_channels": _field(
        "which channels a general teacher sees", "protocol", "general_channels", WAYS
    ),
    "optimiser": _field("what takes the steps", "optimiser", "name", get_args(OptimiserName)),
    "learning_rate": _field("size of a step", "optimiser", "learning_rate"),
    "steps": _field("steps of a training", "optimiser", "steps"),
    "batch": _field("training rows of a step; all unless told otherwise", "optimiser", "batch"),
    "schedule": _field(
        "how the size of a step changes", "optimiser", "schedule", get_args(Schedule)
    ),
    "clip": _field("largest length of a gradient", "optimiser", "clip"),
    "validation": _field(
        "share of training rows held out, by which the best step is kept", "optimiser", "validation"
    ),
    "validate_every": _field(
        "steps from one look at rows held out to the next", "optimiser", "validate_every"
    ),
    "patience": _field(
        "looks without a better step after which training stops", "optimiser", "patience"
    ),
    "snapshots": _field("states that are kept along the steps", "optimiser", "snapshots"),
    "weight_decay": Setting(
        "L2 penalty, of students where depths differ",
        lambda point: point.protocol.setup.optimiser.weight_decay,
        "optimiser",
        "weight_decay",
    ),
    "label_weight": _field("weight of the labels in the KD loss", "distillation", "label_weight"),
    "teacher_weight": _field(
        "weight of the teacher in the KD loss", "distillation", "teacher_weight"
    ),
    "temperature": _field(
        "softens the outputs of teacher and student", "distillation", "temperature"
    ),
    "reduction": _field(
        "over what the divergence is averaged", "distillation", "reduction", get_args(Reduction)
    ),
    "diagram": Setting("all of its counts", lambda point: repr(point.diagram)),
}
"""Every setting by its name, in the order in which they are shown."""

BOTH: Mapping[str, tuple[str, str]] = {
    name.removeprefix("teacher_"): (name, student)
    for name, setting in SETTINGS.items()
    if (student := name.replace("teacher_", "student_")) in SETTINGS
    if student != name and setting.part
}
"""Names for a setting of teachers and students at once: width, view, …"""

CHANGEABLE = tuple(name for name, each in SETTINGS.items() if each.part) + tuple(BOTH)
"""What a sweep can set or run through."""


def change(point: Point, values: Mapping[str, Any]) -> Point:
    """Return a point with other settings.

    Parameters
    ----------
    point : Point
        What to change.
    values : mapping of str to object
        One value for each of some of the `CHANGEABLE` settings, or of some fields of arms, whose
        names have a dot in them.

    Returns
    -------
    Point
        It does not depend on the order of `values`; they are allowed if together they are.

    Raises
    ------
    ArgumentError
        If a setting is unknown, follows from others, or is given twice, or a value is not allowed;
        it has the name by which the value was given.
    """
    given: dict[str, tuple[str, Any]] = {}
    of_arms = {name: value for name, value in values.items() if "." in name}
    for name, value in values.items():
        if name in of_arms:
            continue
        one_of("settings", name, CHANGEABLE)
        for one in BOTH.get(name, (name,)):
            if one in given:
                raise ArgumentError(name, value, f"sets {one}, which is set already")
            given[one] = name, value
    fields: dict[str, dict[str, Any]] = {"diagram": {}, "protocol": {}}
    protocol = point.protocol
    for one in filter(given.__contains__, SETTINGS):  # a rule before the fields that it may lack
        (name, value), setting = given[one], SETTINGS[one]
        holder = _holder(Point(point.diagram, protocol), setting.part)
        if not (isinstance(holder, tuple) or hasattr(holder, setting.field)):
            raise ArgumentError(name, value, _lacks(protocol, setting))
        if one == "rule":
            protocol = _made(protocol, {"rule": _rule(value, point.diagram)}, {})
        else:
            fields.setdefault(setting.part, {})[setting.field] = value

    def names(part: str) -> dict[str, str]:
        own = {one: each.field for one, each in SETTINGS.items() if each.part == part}
        return {field: given[one][0] if one in given else one for one, field in own.items()}

    diagram, own = fields.pop("diagram"), fields.pop("protocol")
    for part, inner in fields.items():
        whole = getattr(protocol, part)
        own[part] = (_shown if isinstance(whole, tuple) else _made)(whole, inner, names(part))
    changed = _made(point.diagram, diagram, names("diagram"))
    protocol = _made(protocol, own, names("protocol"))
    protocol.sides(changed)  # fails where a diagram has no such modality
    return Point(changed, protocol, FrozenMapping({**point.fields, **of_arms}))


def describe(point: Point) -> dict[str, Any]:
    """Return the value of every setting that a point has, as numbers and words.

    One of `BOTH` is there where teachers and students agree.
    """
    instance("point", point, Point, "Point(diagram, Synthetic())")
    values = {name: setting.read(point) for name, setting in SETTINGS.items()}
    for name, (teacher, student) in BOTH.items():
        values[name] = values[teacher] if values[teacher] == values[student] else None
    told = {name: value for name, value in values.items() if value is not None}
    return told | {name: _told(value) for name, value in point.fields.items()}


def _told(value: Any) -> Any:
    """Return a number or a word for a value of a field."""
    return value if isinstance(value, int | float | str | bool) else repr(value)


def _lacks(protocol: Protocol, setting: Setting) -> str:
    """Return why a setting cannot be changed."""
    if setting.part == "rule" and (rule := getattr(protocol, "rule", None)) is not None:
        return f"is not for {type(rule).__name__}, which has none"
    return "is not for this protocol, which replays a released script; synthetic has it"


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
    rule: Rule = _named("rule", given, RULES, regions=diagram.modalities)
    return rule


def _split(view: tuple[Any, ...]) -> tuple[tuple[ObservationNoise, ...], tuple[Any, ...]]:
    """Return the observation noise of a modality's view, and its other steps."""
    noise = tuple(step for step in view if isinstance(step, ObservationNoise))
    return noise, tuple(step for step in view if not isinstance(step, ObservationNoise))


def _shown(
    view: tuple[Any, ...], given: Mapping[str, Any], names: Mapping[str, str]
) -> tuple[Any, ...]:
    """Return a modality's view with another observation noise, other steps, or both."""
    noise, steps = _split(view)
    if "view" in given:
        own = given["view"]
        named = own if isinstance(own, View) else _named(names["view"], own, _VIEWS)
        steps = () if named == _AsItIs() else (named,)
    if "noise" in given:
        sd = number(names["noise"], given["noise"])
        noise = (_made(ObservationNoise, {"sd": sd}, {"sd": names["noise"]}),) if sd else ()
    return noise + steps
