"""What a bad call is told: the option, argument or key as it was typed, and what is allowed."""

import ast
import contextlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

import click

from venn.checks import ArgumentError


class Command(click.Command):
    """A command whose bad arguments are named as they were typed."""

    def invoke(self, ctx: click.Context) -> Any:
        """Call it."""
        with as_typed():
            return super().invoke(ctx)


@contextlib.contextmanager
def as_typed(places: Mapping[str, str] | None = None) -> Iterator[None]:
    """Let an error of the library name what was typed.

    Parameters
    ----------
    places : mapping of str to str, optional
        What stands before the value of an argument that is no option of the command or was not
        typed as one, such as ``"plan.toml: n_train = "`` of ``n_train``.

    Raises
    ------
    click.UsageError
        In place of an `ArgumentError`; one that passes through several of these is written by the
        innermost.
    """
    try:
        yield
    except ArgumentError as error:
        raise click.UsageError(f"{_typed(error, places or {})}: {error.allowed}") from None


def _typed(error: ArgumentError, places: Mapping[str, str]) -> str:
    """Write the argument and its value."""
    argument, value = error.argument, error.value
    if argument == "settings" and value in places:  # it is unknown, whatever its value
        return places[str(value)].rstrip(" =")
    entry = re.fullmatch(r"([\w-]+)\[(['\"].*)\]", argument)
    if entry:
        argument, key = entry[1], ast.literal_eval(entry[2])
        if argument == "axes":
            argument = key
        else:
            value = {key: value}
    both = re.sub("^(teacher|student)_", "", argument)
    for name in dict.fromkeys((argument, both)):  # what is one setting may be typed for both roles
        place = places.get(name) or _place(name)
        if place and isinstance(value, Mapping):
            return " ".join(f"{place}{each}={of}" for each, of in value.items()) or place.strip()
        if place:
            between = " " if argument == "modalities" else ","
            parts = value if isinstance(value, list | tuple) and value else [value]
            return place + between.join(map(str, parts))
    return f"{error.argument} = {error.value}"


def _place(name: str) -> str | None:
    """Return what the command's option, or its argument in capitals, of a name begins with."""
    for parameter in click.get_current_context().command.params:
        if isinstance(parameter, click.Option):
            if name == parameter.name or f"--{name.replace('_', '-')}" in parameter.opts:
                return f"{parameter.opts[0]} "
        elif name.upper() in re.findall("[A-Z]+", parameter.metavar or ""):
            return f"{name.upper()} "
    return None
