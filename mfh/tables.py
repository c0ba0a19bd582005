"""Tables as files: CSV, Markdown, LaTeX, Parquet."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

from venn.checks import ArgumentError

TEXTS = (".csv", ".md", ".tex")
"""What every table can be written as."""


def check_suffix(out: str, known: Collection[str]) -> Path:
    """Return a path, or fail if it does not end in one of the `known` suffixes."""
    path = Path(out)
    if path.suffix not in known:
        *others, last = known
        choice = f"{', '.join(others)} or {last}" if others else last
        raise ArgumentError("out", out, f"must end in {choice}")
    return path


def write_table(table: Any, path: Path) -> None:
    """Write a data frame, without its index, in the format of the path's suffix.

    Numbers are written to the last bit, and a missing value as nothing.
    """
    if path.suffix == ".parquet":
        table.to_parquet(path, index=False)
    elif path.suffix == ".csv":
        table.to_csv(path, index=False)
    else:
        from figures.reproductions.tables import Table, as_latex, as_markdown

        words = table.astype(object).where(table.notna(), "").map(str)
        shown = Table({(str(name), ""): words[name] for name in words})
        text = as_markdown(shown) + "\n" if path.suffix == ".md" else as_latex(shown)
        path.write_text(text, encoding="utf-8")
