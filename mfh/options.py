"""What several commands take: numbers that the library checks, and the counts of a diagram."""

from typing import Any

import click

from venn.checks import ArgumentError


class Count(click.ParamType[Any]):
    """A whole number; anything else is passed on for the library to refuse in its own words."""

    name = "integer"

    def convert(self, value: str | int, *_: object) -> str | int:
        """Return an int where the text is one."""
        try:
            return int(value)
        except ValueError:
            return value


class Real(click.ParamType[Any]):
    """A number; anything else is passed on for the library to refuse in its own words."""

    name = "number"

    def convert(self, value: str | float, *_: object) -> str | float:
        """Return a float where the text is one."""
        try:
            return float(value)
        except ValueError:
            return value


class Entry(click.ParamType[Any]):
    """A name and its number, ``NAME=NUMBER``."""

    name = "NAME=COUNT"

    def __init__(self, number: Count | Real) -> None:
        self._number = number

    def convert(self, value: str, *_: object) -> tuple[str, str | float]:
        """Split at the equals sign."""
        name, equals, number = value.partition("=")
        if not equals:
            self.fail(f"{value!r} must be NAME=NUMBER, such as a=10")
        return name, self._number.convert(number)


REGION = click.option(
    "--region", "regions", type=Entry(Count()), multiple=True, help="a=10, b=10 or 'a&b=5'."
)
HIDDEN = click.option(
    "--hidden", type=Count(), metavar="N", default=0, help="Decisive features nobody sees."
)
NOISE = click.option(
    "--noise", type=Entry(Count()), multiple=True, help="Noise channels, such as a=15."
)
MODALITIES = click.option(
    "--modalities",
    nargs=2,
    default=("a", "b"),
    show_default=True,
    metavar="TEACHER STUDENT",
    help="The modalities' names.",
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
