"""Arms: the methods that come with a name."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

from analysis.methods.distilled import POSTERIOR, Distilled
from analysis.methods.functions import check_fields, value_of
from analysis.methods.general_teacher import GeneralTeacher
from analysis.methods.labels import Labels
from analysis.methods.method import Method
from analysis.methods.trials import Input
from venn.checks import ArgumentError

TEACHER = Labels(role="teacher", input="teacher", init_stream="teacher")
UM_TEACHER = Labels(role="teacher", input="student", init_stream="um_teacher")
MULTIMODAL_TEACHER = Labels(role="teacher", input="both", init_stream="multimodal_teacher")
GENERAL_TEACHER = GeneralTeacher()
NO_KD = Labels()

ARMS: Mapping[str, Method] = {
    "teacher": TEACHER,
    "um_teacher": UM_TEACHER,
    "multimodal_teacher": MULTIMODAL_TEACHER,
    "general_teacher": GENERAL_TEACHER,
    "no_kd": NO_KD,
    "kd": Distilled(teacher=TEACHER),
    "um_kd": Distilled(teacher=UM_TEACHER),
    "kd_multimodal": Distilled(teacher=MULTIMODAL_TEACHER),
    "kd_multimodal_shuffled": Distilled(teacher=MULTIMODAL_TEACHER, shuffled=True),
    "kd_general": Distilled(teacher=GENERAL_TEACHER),
    "kd_oracle": Distilled(teacher=POSTERIOR),
    "kd_shuffled": Distilled(teacher=TEACHER, shuffled=True),
    "hard_label": Labels(heavier=True),
}
"""Every method that has a name of its own, in the order of tables; teachers come first."""

NAMES: Mapping[Method, str] = {method: name for name, method in ARMS.items()}
"""The name of each."""

INPUTS = (*get_args(Input), POSTERIOR)
"""What a method may say that it reads."""

PAPER_ARMS = ("teacher", "no_kd", "kd")
"""The arms of the paper's figures."""

Arms = Iterable[str] | Mapping[str, Method]
"""Names of `ARMS`, or methods of one's own under names of one's own."""


def named(arms: Arms) -> dict[str, Method]:
    """Return methods by their names: those that are asked for, and all that they need, each once.

    A method that is needed has its name in `ARMS`, or that under which it was given, or else that
    of who needs it and what it is to it, such as ``"mine.teacher"``.

    Raises
    ------
    ArgumentError
        If a name is unknown or that of two methods, or what is given is no method, or twice.
    """
    given = arms if isinstance(arms, Mapping) else {name: _known(name) for name in arms}
    found: dict[Method, str] = {}

    def add(name: str, method: Method) -> None:
        for what, needed in method.needs.items():
            if needed not in found:
                add(own.get(needed) or NAMES.get(needed) or f"{name}.{what}", needed)
        found.setdefault(method, name)

    own: dict[Method, str] = {}
    for name, each in given.items():
        method = _checked(f"arms[{name!r}]", each)
        if method != ARMS.get(name, method):
            allowed = "is not the method that has this name here; give yours a name of its own"
            raise ArgumentError(f"arms[{name!r}]", method, allowed)
        if method in own:
            raise ArgumentError(f"arms[{name!r}]", method, f"is {own[method]!r} too; leave one out")
        own[method] = name
    for method, name in own.items():
        add(name, method)
    methods: dict[str, Method] = {}
    for method in sorted(found, key=lambda method: _place(method, found)):
        if found[method] in methods:
            name, other = found[method], given.get(found[method], method)
            allowed = "has the name of a method that is needed too; choose another"
            raise ArgumentError(f"arms[{name!r}]", other, allowed)
        methods[found[method]] = method
    return methods


def _checked(argument: str, given: Any) -> Method:
    """Return a method, or one of a kind with its defaults, or fail if it is not what methods are."""
    allowed = f"must be a method; those with a name: {', '.join(ARMS)}"
    method: Method = value_of(argument, given, Method, allowed)
    kind = type(method).__name__
    needs: Any = method.needs
    if not isinstance(needs, Mapping):
        allowed = "must map what they are to methods, such as {'teacher': ARMS['teacher']}"
        raise ArgumentError(f"{kind}.needs", needs, allowed)
    for what, needed in needs.items():
        _checked(f"{kind}.needs[{what!r}]", needed)
    inputs: Any = method.inputs
    if not isinstance(inputs, tuple) or not {*inputs} <= {*INPUTS}:
        raise ArgumentError(f"{kind}.inputs", inputs, f"must be a tuple of {', '.join(INPUTS)}")
    check_fields(method)
    return method


def teachers(arms: Iterable[str], there: Iterable[str]) -> dict[str, list[str]]:
    """Return, of arms by their names alone, those of the arms there by whom each is taught.

    One that is not in `ARMS` is taught by what is named after it, and by the usual teacher.
    """
    known, found = list(there), {}
    for arm in arms:
        needs = ARMS[arm].needs.values() if arm in ARMS else (TEACHER,)
        named_so = {NAMES[needed] for needed in needs}
        found[arm] = [each for each in known if each in named_so or each.startswith(f"{arm}.")]
    return found


def with_needs(methods: Iterable[Method]) -> list[Method]:
    """Return methods and all that they need, each once, who is needed before who needs it."""
    found: dict[Method, None] = {}
    for method in methods:
        found |= dict.fromkeys((*with_needs(method.needs.values()), method))
    return list(found)


def varied(methods: Mapping[str, Method], changes: Mapping[str, Any]) -> dict[str, Method]:
    """Return methods with other fields, such as ``{"mine.beta": 8.0}``.

    Whoever needs a method that is changed then needs the changed one.

    Parameters
    ----------
    methods : mapping of str to Method
        By their names.
    changes : mapping of str to object
        Values by an arm's name and its field, or a field of a method in that field, with dots.

    Raises
    ------
    ArgumentError
        If there is no such arm or field, or the value is not allowed.
    """
    found = dict(methods)
    for key, value in changes.items():
        name, path = _split(key, value, found)
        old, new = found[name], changed(key, found[name], path, value)
        found = {
            each: new if method == old else _with(method, old, new)
            for each, method in found.items()
        }
    return found


def _split(key: str, value: Any, methods: Mapping[str, Method]) -> tuple[str, list[str]]:
    """Return the arm and the fields that a key names; an arm's name may have dots of its own."""
    names = [name for name in methods if key.startswith(f"{name}.")]
    if not names:
        raise ArgumentError(key, value, f"is a field of no arm here; arms: {', '.join(methods)}")
    name = max(names, key=len)
    return name, key[len(name) + 1 :].split(".")


def changed(key: str, method: Any, path: Sequence[str], value: Any) -> Any:
    """Return a method, or what is in its fields, with another value at the end of a path."""
    fields = (
        [each.name for each in dataclasses.fields(method)]
        if dataclasses.is_dataclass(method)
        else []
    )
    if path[0] not in fields:
        allowed = f"is no field of {type(method).__name__}, which has {', '.join(fields) or 'none'}"
        raise ArgumentError(key, value, allowed)
    usual = getattr(method, path[0])
    inner = value if len(path) == 1 else changed(key, usual, path[1:], value)
    if isinstance(usual, float) and not isinstance(inner, float | int):
        raise ArgumentError(key, value, f"must be a number, as {usual!r} is")
    try:
        return dataclasses.replace(method, **{path[0]: inner})
    except ArgumentError as error:
        raise ArgumentError(key, value, error.allowed) from None


def _with(method: Any, old: Method, new: Method) -> Any:
    """Return a method with another in the place of one that it holds, however deep."""
    if method == old:
        return new
    held = {each.name: getattr(method, each.name) for each in dataclasses.fields(method)}
    inner = {name: _with(part, old, new) for name, part in held.items() if isinstance(part, Method)}
    return dataclasses.replace(method, **inner)


def _known(name: object) -> Method:
    if not isinstance(name, str) or name not in ARMS:
        raise ArgumentError("arms", name, f"is unknown; known: {', '.join(ARMS)}")
    return ARMS[name]


def _place(method: Method, found: Mapping[Method, str]) -> tuple[int, int]:
    """Return where a method stands: those of `ARMS` in their order, then others as they came."""
    if method in NAMES:
        return 0, list(NAMES).index(method)
    return 1, list(found).index(method)
