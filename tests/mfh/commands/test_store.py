"""``mfh store``: info, export, merge and verify."""

import json
import sqlite3
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import PROTOCOLS, Plan, Store, run
from tests.analysis.small import cells, fill, small, sql
from tests.mfh.commands.sweeps import Command

PLAN = small(axes={"learning_rate": (0.05, 1e30)})


@pytest.fixture
def frame(tmp_path: Path) -> pd.DataFrame:
    """The rows of ``sweep.db``, some of them failures."""
    with run(PLAN, Store(tmp_path / "sweep.db"), device="cpu") as store:
        return store.frame()


def test_info_says_what_there_is_and_how_it_was_made(call: Command, frame: pd.DataFrame) -> None:
    status, out, err = call("store", "info", "sweep.db")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    size = Path("sweep.db").stat().st_size / 2**20
    assert lines[0] == f"sweep.db: {size:.1f} MiB, {PLAN.cells} networks"
    failed = int(frame["reason"].notna().sum())
    assert lines[1] == f"36 rows asked for, 36 of them found, 0 missing, {failed} failed"
    assert "  gamma: 0, 0.25" in lines
    assert "  learning_rate: 0.05, 1e+30" in lines
    assert "  arm: teacher, no_kd, kd" in lines
    assert "  seed: 0 to 2" in lines
    assert not any(line.startswith(("  n_train", "  diagram")) for line in lines)
    assert lines[-1].startswith("  run of 20")
    assert " on cpu, " in lines[-1]


def test_info_counts_what_is_missing(call: Command, tmp_path: Path) -> None:
    with Store(tmp_path / "half.db") as store:
        plan = small(seeds=(0, 5, 7))
        run(small(seeds=(0,)), store, device="cpu")
        store.ask(plan)
    _, out, _ = call("store", "info", "half.db")
    assert "18 rows asked for, 6 of them found, 12 missing, 0 failed" in out


def test_info_of_nothing(call: Command, tmp_path: Path) -> None:
    Store(tmp_path / "empty.db").close()
    status, out, err = call("store", "info", "empty.db")
    assert (status, err) == (0, "")
    assert "0 rows asked for" in out


def read(path: Path) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    return pd.read_csv(path)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_an_exported_table_is_that_of_the_store(
    kind: str, call: Command, frame: pd.DataFrame, tmp_path: Path
) -> None:
    """To the last bit, failures included."""
    status, out, err = call("store", "export", "sweep.db", "--out", f"new/table.{kind}")
    assert (status, err) == (0, "")
    assert out == f"36 rows in new/table.{kind}; how they were made in table.{kind}.json\n"
    found = read(tmp_path / "new" / f"table.{kind}")
    assert list(found.columns) == list(frame.columns)
    for name in frame:
        one, two = frame[name], found[name]
        assert (one.isna() == two.isna()).all()
        assert list(one.dropna()) == list(two.dropna()), name
    made = json.loads((tmp_path / "new" / f"table.{kind}.json").read_text())
    with Store(tmp_path / "sweep.db") as store:
        assert made == {"runs": store.runs()}
    names = {file.name for file in (tmp_path / "new").iterdir()}
    assert names == {f"table.{kind}", f"table.{kind}.json"}


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_sweeps_of_several_protocols_are_exported_together(
    kind: str, call: Command, tmp_path: Path
) -> None:
    """Where a setting that one of them lacks is empty."""
    with Store(tmp_path / "sweep.db") as store:
        fill(store, small(seeds=(0,)))
        fill(store, Plan(PLAN.diagrams[:1], PROTOCOLS["released"], seeds=(0,)))
        expected = store.frame()
    assert call("store", "export", "sweep.db", "--out", f"x.{kind}")[0] == 0
    found = read(tmp_path / f"x.{kind}")
    assert list(found["accuracy"]) == list(expected["accuracy"])
    assert found["teacher_width"].isna().sum() == 3


def test_parquet_needs_what_it_needs(
    call: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, frame: pd.DataFrame
) -> None:
    def missing(*_: object, **__: object) -> None:
        raise ImportError("no pyarrow")

    monkeypatch.setattr(pd.DataFrame, "to_parquet", missing)
    status, _, err = call("store", "export", "sweep.db", "--out", "x.parquet")
    assert status == 2
    fix = "needs pyarrow: pip install 'modality-venn[parquet]'"
    assert err == f"mfh: --out x.parquet: {fix}\n"
    assert [file.name for file in tmp_path.iterdir()] == ["sweep.db"]
    assert np.isfinite(frame["gamma"]).all()


def test_merge_adds_what_parts_hold_and_says_what_differs(call: Command, tmp_path: Path) -> None:
    plan = small()
    for name, some in (("a.db", cells(plan)[::2]), ("b.db", cells(plan)[1::2])):
        fill(Store(tmp_path / name), plan, some).close()
    status, out, _ = call("store", "merge", "into.db", "a.db", "b.db")
    assert (status, out) == (
        0,
        f"{plan.cells} networks added to into.db: {plan.cells} in all, 0 of 18 rows missing\n",
    )
    with Store(tmp_path / "a.db") as store:
        sql(store, "UPDATE results SET accuracy = 1 - accuracy / 2")
    status, out, _ = call("store", "merge", "into.db", "a.db")
    first, second = out.splitlines()
    assert first.startswith("0 networks added to into.db: ")
    assert second.endswith("as other hardware may give; the first ones are kept")
    assert int(second.split()[0]) == len(cells(plan)[::2])


def test_verify_says_what_is_wrong(call: Command, tmp_path: Path) -> None:
    fill(Store(tmp_path / "x.db"), small()).close()
    assert call("store", "verify", "x.db") == (
        0,
        f"x.db: {small().cells} networks, no problem found\n",
        "",
    )
    connection = sqlite3.connect(tmp_path / "x.db")
    with connection:
        connection.execute("DELETE FROM recipes WHERE recipe = 1")
    connection.close()
    status, out, err = call("store", "verify", "x.db")
    assert (status, err) == (1, "")
    assert "a row of results refers to what is not there" in out


@pytest.mark.parametrize("command", ["info", "export", "merge", "verify"])
@pytest.mark.parametrize(
    ("name", "why"),
    {
        "no.db": "cannot be read (No such file or directory)",
        "folder": "cannot be read (Is a directory)",
        "text": "is not a store of mfh; it was left as it is",
        "empty": "is not a store of mfh; it was left as it is",
        "torn.db": "is torn: ",
    }.items(),
)
def test_what_is_no_store_is_refused_by_every_command(
    command: str, name: str, why: str, call: Command, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "text").write_text("x" * 200)
    (tmp_path / "empty").touch()
    fill(Store(tmp_path / "torn.db"), small()).close()
    whole = (tmp_path / "torn.db").read_bytes()
    (tmp_path / "torn.db").write_bytes(whole[:-100])
    before = {file.name: file.is_file() and file.read_bytes() for file in tmp_path.iterdir()}
    options = {"export": ("--out", "x.csv")}.get(command, ())
    arguments = ("into.db", name) if command == "merge" else (name,)
    status, out, err = call("store", command, *arguments, *options)
    assert (status, out) == (2, "")
    assert err.startswith(f"mfh: {'FROM' if command == 'merge' else 'STORE'} {name}: {why}")
    assert err.count("\n") == 1
    after = {file.name: file.is_file() and file.read_bytes() for file in tmp_path.iterdir()}
    assert after == before


BAD: dict[str, tuple[tuple[str, ...], str]] = {
    "no store": (("info",), "Missing argument 'STORE'."),
    "no sources": (("merge", "x.db"), "Missing argument 'FROM…'."),
    "no out": (("export", "sweep.db"), "Missing option '--out'."),
    "unknown format": (
        ("export", "sweep.db", "--out", "x.xlsx"),
        "--out x.xlsx: must end in .csv, .md, .tex or .parquet",
    ),
    "out below a file": (
        ("export", "sweep.db", "--out", "sweep.db/x.csv"),
        "--out sweep.db/x.csv: needs a folder that can be written (File exists)",
    ),
    "unknown command": (("vacuum", "sweep.db"), "No such command 'vacuum'"),
}


@pytest.mark.parametrize(("arguments", "line"), BAD.values(), ids=BAD)
def test_bad_calls_get_one_line(
    arguments: tuple[str, ...], line: str, call: Command, tmp_path: Path
) -> None:
    fill(Store(tmp_path / "sweep.db"), small()).close()
    status, out, err = call("store", *arguments)
    assert (status, out) == (2, "")
    assert err.startswith(f"mfh: {line}")
    assert err.count("\n") == 1
    assert [file.name for file in tmp_path.iterdir()] == ["sweep.db"]
