"""Kinds of values, and those that are made of functions, whose keyword arguments are their fields."""

import dataclasses
import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from venn import ArgumentError
from venn.checks import unchanging


def value_of(argument: str, given: Any, base: type, allowed: str) -> Any:
    """Return a value, or one of a kind with its defaults, or fail if it is no frozen dataclass of a base."""
    if isinstance(given, type) and issubclass(given, base):
        try:
            given = given()
        except TypeError as error:
            raise ArgumentError(argument, given.__name__, f"cannot be made ({error})") from None
    if not isinstance(given, base):
        raise ArgumentError(argument, given, allowed)
    made: Any = type(given)
    name = made.__name__
    if not dataclasses.is_dataclass(made) or made.__hash__ is None:
        raise ArgumentError(argument, name, "must be a frozen dataclass: @dataclass(frozen=True)")
    return given


def check_fields(value: Any) -> None:
    """Fail if a field of a value can change."""
    for each in dataclasses.fields(value):
        unchanging(f"{type(value).__name__}.{each.name}", getattr(value, each.name))


def name_of(function: Callable[..., Any]) -> str:
    """Return what a function, and so the kind that is made of it, is called."""
    return getattr(function, "__name__", repr(function))


def arguments_of(
    function: Callable[..., Any], fits: Callable[[list[str]], bool], allowed: str
) -> tuple[list[str], dict[str, Any]]:
    """Return the names by which a function asks, and its settings, or fail unless these `fits`."""
    arguments = inspect.signature(function).parameters.values()
    asked = [each.name for each in arguments if each.kind is each.POSITIONAL_OR_KEYWORD]
    settings = {each.name: each.default for each in arguments if each.kind is each.KEYWORD_ONLY}
    if len(asked) + len(settings) < len(arguments) or not fits(asked):
        given = f"{name_of(function)}{inspect.signature(function)}"
        raise ArgumentError("function", given, allowed)
    return asked, settings


def kind_of(
    function: Callable[..., Any],
    base: type,
    constants: Mapping[str, Any],
    settings: Mapping[str, Any],
    words: Collection[str],
    fields: Sequence[Any] = (),
) -> Any:  # a type[base] with fields of its own
    """Return the kind of a function: a frozen dataclass of its name, whose fields are its settings.

    Parameters
    ----------
    function : callable
        What the kind is made of.
    base : type
        What it is a kind of.
    constants : mapping of str to object
        Attributes of the kind.
    settings : mapping of str to object
        Names of further fields and their defaults.
    words : collection of str
        Names that these must not have.
    fields : sequence
        Others, as `dataclasses.make_dataclass` takes them.

    Raises
    ------
    ArgumentError
        If a setting has such a name, no default, or one that can change.
    """
    name = name_of(function)
    own = []
    for each, default in settings.items():
        if each in words or default is inspect.Parameter.empty:
            word = "has a meaning of its own here; choose another name"
            allowed = word if each in words else "must have a default"
            raise ArgumentError(f"{name}(…, {each})", each, allowed)
        unchanging(f"{name}(…, {each})", default)
        own.append((each, type(default), dataclasses.field(default=default, kw_only=True)))
    about = {key: getattr(function, key) for key in ("__doc__", "__module__", "__qualname__")}
    namespace = {**constants, **about}
    made = dataclasses.make_dataclass(
        name, [*fields, *own], bases=(base,), frozen=True, namespace=namespace
    )
    made.__module__ = function.__module__
    return made
