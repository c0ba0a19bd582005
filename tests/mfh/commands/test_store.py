"""``mfh store``: info, export, merge and verify."""

import json
import sqlite3
from pathlib import Path

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


def read(path: Path) -> pd.DataFrame:
    return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_an_exported_table_is_that_of_the_store(
    kind: str, call: Command, frame: pd.DataFrame, tmp_path: Path
) -> None:
    """To the last bit, failures and settings that one of two protocols lacks included."""
    with Store(tmp_path / "sweep.db") as store:
        run(Plan(PLAN.diagrams[:1], PROTOCOLS["released"], seeds=(0,)), store, device="cpu")
        expected, runs = store.frame(), store.runs()
    assert len(expected) > len(frame)
    status, out, err = call("store", "export", "sweep.db", "--out", f"new/table.{kind}")
    assert (status, err) == (0, "")
    assert out == f"39 rows in new/table.{kind}; how they were made in table.{kind}.json\n"
    found = read(tmp_path / "new" / f"table.{kind}")
    assert list(found.columns) == list(expected.columns)
    for name in expected:
        one, two = expected[name], found[name]
        assert (one.isna() == two.isna()).all()
        assert list(one.dropna()) == list(two.dropna()), name
    made = json.loads((tmp_path / "new" / f"table.{kind}.json").read_text(encoding="utf-8"))
    assert made == {"runs": runs}
    names = {file.name for file in (tmp_path / "new").iterdir()}
    assert names == {f"table.{kind}", f"table.{kind}.json"}


def test_parquet_needs_what_it_needs(
    call: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def missing(*_: object, **__: object) -> None:
        raise ImportError("no pyarrow")

    fill(Store(tmp_path / "sweep.db"), small()).close()
    monkeypatch.setattr(pd.DataFrame, "to_parquet", missing)
    line = "mfh: --out x.parquet: needs pyarrow: pip install 'modality-venn[parquet]'\n"
    assert call("store", "export", "sweep.db", "--out", "x.parquet") == (2, "", line)
    assert [file.name for file in tmp_path.iterdir()] == ["sweep.db"]


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
        sql(store, """UPDATE results SET measured = json_set(measured, '$."1"', 0.125)""")
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
