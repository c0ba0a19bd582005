"""``mfh reproduce``: tables, files, and the same ones every time."""

import json
from pathlib import Path

import pandas as pd

from tests.mfh.commands.sweeps import Command

OPTIONS = ("--seeds", 1, "--width", 2, "--device", "cpu", "--out")
SUFFIXES = ("-runs.csv", ".csv", ".json", ".md", ".pdf", ".png", ".svg", ".tex")


def test_both_figures_are_printed_and_written_and_again_the_same(call: Command) -> None:
    status, out, err = call("reproduce", *OPTIONS, "some/where")
    assert (status, err) == (0, "")  # no progress bar where nobody watches
    assert out.index("\n\nFigure 3: the teacher's own features grow (synthetic protocol, 1 seed)")
    assert out.startswith("Figure 2: the modalities' overlap grows (synthetic protocol, 1 seed)\n")
    files = [f"figure3{suffix}" for suffix in SUFFIXES]
    assert out.rstrip().endswith(f"in some/where:\n  {' '.join(files)}")
    written = sorted(path.name for path in Path("some/where").iterdir())
    assert written == [f"figure{n}{suffix}" for n in (2, 3) for suffix in SUFFIXES]
    made = json.loads(Path("some/where/figure2.json").read_text(encoding="utf-8"))
    assert (made["settings"]["width"], made["settings"]["teacher_width"]) == (2, 2)
    assert (pd.read_csv("some/where/figure2.csv")["seeds"] == 1).all()
    assert call("reproduce", "figure3", "figure3", *OPTIONS, "again")[1].count("Figure 3:") == 1
    for name in files:
        one, two = (Path(folder, name).read_bytes() for folder in ("some/where", "again"))
        assert one == two, name


def test_the_table_under_another_protocol(call: Command) -> None:
    options = ("--protocol", "corrected", "--seeds", 1, "--device", "cpu")
    status, out, _ = call("reproduce", "table2", *options)
    assert status == 0
    assert out.startswith("Table 2: the modality-general teacher (corrected protocol, 1 seed)")
    made = json.loads(Path("out/table2.json").read_text(encoding="utf-8"))
    assert (made["settings"]["swapped"], made["seeds"]) == (False, [42])
