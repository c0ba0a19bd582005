"""A table in every format."""

import math
from pathlib import Path

import pandas as pd
import pytest

from mfh.tables import write_table

TABLE = pd.DataFrame(
    {"arm": ["no_kd", "kd|x"], "gain, %": [1 / 3, math.nan], "seed": [1, 2]}, index=[7, 3]
)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_numbers_are_there_to_the_last_bit(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"x{suffix}"
    write_table(TABLE, path)
    found = pd.read_csv(path) if suffix == ".csv" else pd.read_parquet(path)
    pd.testing.assert_frame_equal(found, TABLE.reset_index(drop=True), check_exact=True)


def test_markdown_and_latex_escape_what_they_must(tmp_path: Path) -> None:
    for suffix in (".md", ".tex"):
        write_table(TABLE, tmp_path / f"x{suffix}")
    assert (tmp_path / "x.md").read_text(encoding="utf-8") == (
        "| arm | gain, % | seed |\n"
        "| ---: | ---: | ---: |\n"
        "| no_kd | 0.3333333333333333 | 1 |\n"
        "| kd\\|x |  | 2 |\n"
    )
    latex = (tmp_path / "x.tex").read_text(encoding="utf-8").splitlines()
    assert latex[1:5] == [
        r"\toprule",
        r"arm & gain, \% & seed \\",
        r"\midrule",
        r"no\_kd & 0.3333333333333333 & 1 \\",
    ]
