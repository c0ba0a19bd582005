"""What several commands take: numbers that the library checks, and the counts of a diagram."""

import contextlib
from pkgutil import resolve_name
from typing import Any

import click

from venn.checks import ArgumentError


class Number(click.ParamType[Any]):
    """A number; anything else is passed on for the library to refuse in its own words."""

    name = "number"

    def convert(self, value: str | float, *_: object) -> str | float:
        """Return an int or a float where the text is one."""
        for kind in (int, float):
            with contextlib.suppress(ValueError):
                return kind(value)
        return value


NUMBER = Number()


class Entry(click.ParamType[Any]):
    """A name and its number, ``NAME=NUMBER``."""

    name = "NAME=NUMBER"

    def convert(self, value: str, *_: object) -> tuple[str, str | float]:
        """Split at the equals sign."""
        name, equals, number = value.partition("=")
        if not equals:
            self.fail(f"{value!r} must be NAME=NUMBER, such as a=10")
        return name, NUMBER.convert(number)


class Known(click.Option):
    """An option that takes one of the names that a list such as ``synth:RULES`` holds.

    The list is loaded when help is shown, and by the library when it checks the name.
    """

    def __init__(self, *args: Any, known: str, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.known = known

    def make_metavar(self, ctx: click.Context) -> str:  # noqa: ARG002  # click names it
        """Return the names."""
        return "|".join(resolve_name(self.known))


REGION = click.option(
    "--region", "regions", type=Entry(), multiple=True, help="a=10, b=10 or 'a&b=5'."
)
HIDDEN = click.option(
    "--hidden", type=NUMBER, metavar="N", default=0, help="Decisive features nobody sees."
)
NOISE = click.option("--noise", type=Entry(), multiple=True, help="Noise channels, such as a=15.")
MODALITIES = click.option(
    "--modalities",
    nargs=2,
    default=("a", "b"),
    show_default=True,
    metavar="TEACHER STUDENT",
    help="The modalities' names.",
)
WORKERS = click.option(
    "--workers", type=NUMBER, metavar="N", help="Processes.  [default: this one]"
)
STYLE = click.option(
    "--style",
    default="paper",
    show_default=True,
    metavar="paper|talk",
    help="Size of text and lines: for a page, or for a slide.",
)


def mapping(argument: str, entries: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    """Return names and their numbers, or fail if a name is given twice."""
    mapping = dict(entries)
    if len(mapping) < len(entries):
        repeated = next(name for name, _ in entries if [n for n, _ in entries].count(name) > 1)
        raise ArgumentError(f"{argument}[{repeated!r}]", mapping[repeated], "is given twice")
    return mapping
