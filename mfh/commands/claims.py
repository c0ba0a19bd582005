"""``mfh claims``: the claims that can be verified."""

from textwrap import fill
from typing import Any

import click

from mfh.typed import Command
from venn.checks import one_of

WIDTH = 88
"""Characters of a line of running text."""


@click.command(cls=Command)
@click.argument("name", metavar="[CLAIM]", required=False)
def claims(name: str | None) -> None:
    """List the claims that mfh verify tests, or say how one of them is tested.

    For example:

    mfh claims mfh-gamma
    """
    from analysis.claims import CLAIMS

    if name is not None:
        _describe(CLAIMS[one_of("claim", name, CLAIMS)])
        return
    rows = [("claim", "title", "source", "tested in")]
    for claim in CLAIMS.values():
        rows.append((claim.name, claim.title, claim.source, _worlds(len(claim.worlds))))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(padded).rstrip())


def _describe(claim: Any) -> None:
    """Print words, method, parts, nulls and worlds of a claim."""
    for text in (f"{claim.title}: {claim.source}", claim.words, claim.method):
        click.echo(_filled(text) + "\n")
    click.echo("It is supported where all of these means over seeds do what is said of them, and")
    click.echo("refuted where one does not:")
    for part in claim.parts:
        click.echo(_filled(f"{part.name}: {part.side} {part.margin:g} {part.unit}", "  "))
        click.echo(_filled(part.statement, "      "))
    click.echo("\nNulls, in which its effect is absent by construction:")
    for null in claim.nulls:
        click.echo(_filled(null, "  "))
    click.echo("\nWorlds, the paper's first:")
    for world in claim.worlds:
        click.echo(f"  {world}")


def _filled(text: str, indent: str = "") -> str:
    """Break a text into lines, between words alone."""
    below = f"{indent}  " if indent else ""
    return fill(text, WIDTH, initial_indent=indent, subsequent_indent=below, break_on_hyphens=False)


def _worlds(number: int) -> str:
    return f"{number} world{'' if number == 1 else 's'}"
