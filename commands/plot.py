"""``mfh plot``: pictures of a sweep."""

import click


@click.command()
def plot() -> None:
    """Draw."""
