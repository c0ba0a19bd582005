"""Results of a benchmark as files: the numbers for programs, a page for people."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from venn import staged

RESULTS = Path(__file__).parent / "results"


def write(name: str, data: Any, lines: Sequence[str] = (), out: Path = RESULTS) -> None:
    """Write ``name.json`` and, where there are lines, ``name.md`` to a folder, that of results."""
    with staged(out) as folder:
        text = json.dumps(data, indent=1, ensure_ascii=False)
        (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
        if lines:
            (folder / f"{name}.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
