"""``mfh reproduce table2``; the figures' commands are tested with the command line's others."""

import json
from pathlib import Path

import pandas as pd
import pytest

from tests.mfh.commands.sweeps import Command

FILES = [
    f"table2{suffix}"
    for suffix in ("-runs.csv", ".csv", ".json", ".md", ".pdf", ".png", ".svg", ".tex")
]
OPTIONS = ("--seeds", 1, "--width", 0, "--device", "cpu")


def test_table2_is_printed_and_written(call: Command) -> None:
    status, out, err = call("reproduce", "table2", *OPTIONS, "--out", "some/where")
    assert (status, err) == (0, "")
    assert out.startswith("Table 2: the modality-general teacher (synthetic protocol, 1 seed)\n")
    assert f"{7 * 15} networks on cpu in " in out
    assert out.rstrip().endswith(f"in some/where:\n  {' '.join(FILES)}")
    assert sorted(path.name for path in Path("some/where").iterdir()) == FILES
    assert (pd.read_csv("some/where/table2.csv")["seeds"] == 1).all()
    made = json.loads(Path("some/where/table2.json").read_text())
    assert (made["settings"]["width"], made["seeds"]) == (0, [0])


def test_the_same_call_gives_the_same_bytes(call: Command) -> None:
    for folder in ("one", "two"):
        assert call("reproduce", "table2", *OPTIONS, "--out", folder)[0] == 0
    for file in Path("one").iterdir():
        assert file.read_bytes() == (Path("two") / file.name).read_bytes(), file.name


def test_a_figure_and_the_table_in_one_call(call: Command) -> None:
    status, out, _ = call("reproduce", "table2", "figure3", "table2", *OPTIONS, "--out", "both")
    assert status == 0
    assert out.index("Table 2: the modality") < out.index("Figure 3: the teacher's own")
    assert out.count("networks on cpu") == 2
    names = {path.name.split(".")[0] for path in Path("both").iterdir()}
    assert names == {"table2", "table2-runs", "figure3", "figure3-runs"}


def test_the_corrected_script(call: Command) -> None:
    status, out, _ = call(
        *("reproduce", "table2", "--protocol", "corrected", "--seeds", 1, "--device", "cpu")
    )
    assert status == 0
    assert out.startswith("Table 2: the modality-general teacher (corrected protocol, 1 seed)")
    made = json.loads(Path("out/table2.json").read_text())
    assert (made["settings"]["swapped"], made["seeds"]) == (False, [42])


BAD: dict[str, tuple[tuple[object, ...], str]] = {
    "corrected figures": (
        ("--protocol", "corrected"),
        "mfh: --protocol corrected: is not for figure2, which has synthetic, published, released",
    ),
    "a corrected figure after the table": (
        ("table2", "figure3", "--protocol", "corrected"),
        "mfh: --protocol corrected: is not for figure3, which has synthetic, published, released",
    ),
    "a published table": (
        ("table2", "--protocol", "published"),
        "mfh: --protocol published: is not for table2, which has ",
    ),
    "unknown protocol": (
        ("table2", "--protocol", "x"),
        "mfh: --protocol x: is not for table2, which has ",
    ),
    "unknown name": (
        ("table2", "table3"),
        "mfh: NAME table3: is unknown; known: figure2, figure3, table2",
    ),
    "no seeds": (
        ("table2", "--seeds", 0),
        "mfh: --seeds 0: must be a whole number of at least 1",
    ),
    "seeds no number": (
        ("table2", "--seeds", "many"),
        "mfh: --seeds many: must be a whole number of at least 1",
    ),
    "negative width": (
        ("table2", "--width", -1),
        "mfh: --width -1: must be a whole number of at least 0",
    ),
    "width of the script": (
        ("table2", "--protocol", "released", "--width", 64),
        "mfh: --width 64: is not for this protocol",
    ),
    "unknown device": (
        ("table2", "--device", "tpu"),
        "mfh: --device tpu: is unknown; known: auto, cpu, cuda",
    ),
    "no folder": (("table2", "--out", ""), "mfh: --out : must name a folder; '.' is this one"),
}


@pytest.mark.parametrize(("arguments", "line"), BAD.values(), ids=BAD)
def test_bad_calls_get_one_line_and_leave_nothing(
    call: Command, arguments: tuple[object, ...], line: str
) -> None:
    status, out, err = call("reproduce", *arguments)
    assert (status, out) == (2, "")
    assert err.startswith(line)
    assert err.count("\n") == 1
    assert list(Path().iterdir()) == []
