"""What a store holds, keeps and refuses; how it is run and killed is in `tests.mfh.commands`."""

import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from analysis import SETTINGS, Plan, Store, Synthetic
from analysis.sweeps.records import STORE
from analysis.sweeps.store import MEASURED, Outcome
from tests.analysis.small import Cell, cells, content, fill, outcome, small, sql
from venn import ArgumentError


def count(store: Store, table: str) -> int:
    (number,) = sql(store, f"SELECT count(*) FROM {table}").fetchone()
    return int(number)


# What is asked for, and what is found.


def test_a_row_for_each_point_arm_and_seed_in_their_order() -> None:
    plan = small(arms=("kd", "no_kd"), seeds=(7, 3))
    frame = fill(Store(), plan).frame()
    assert tuple(frame.columns[-6:]) == ("arm", "seed", *MEASURED)
    assert frame.columns[0] == "point"
    assert set(frame.columns[1:-6]) <= set(SETTINGS)
    expected = [(p, a, s) for p in (1, 2) for a in ("teacher", "no_kd", "kd") for s in (3, 7)]
    assert list(frame[["point", "arm", "seed"]].itertuples(index=False, name=None)) == expected
    assert list(frame["gamma"]) == [0.0] * 6 + [0.25] * 6
    by_row = {(p - 1, arm): plan.uses[p - 1, arm].identity for p, arm, _ in expected}
    wanted = [outcome((by_row[p - 1, arm], seed)).accuracy for p, arm, seed in expected]
    assert list(frame["accuracy"]) == wanted
    assert frame["reason"].isna().all()


def test_an_empty_store_has_the_columns_of_a_row() -> None:
    for store in (Store(), fill(Store(), small(), [])):
        frame = store.frame()
        assert len(frame) == 0
        assert {"point", "arm", "seed", "accuracy", "reason"} <= set(frame.columns)


def test_settings_that_only_some_points_have_are_missing_elsewhere() -> None:
    store = fill(Store(), small(seeds=[0]))
    fill(store, small(seeds=[0], protocol=Synthetic(n_train=10, n_test=20, width=2), axes={}))
    assert len(store.frame()) == 2 * 6


def test_cells_are_stored_once_however_many_rows_show_them() -> None:
    plan = small(axes={"temperature": (1.0, 4.0)})
    store = fill(Store(), plan)
    assert plan.rows == len(store.frame()) == 36
    assert plan.cells == count(store, "results") < plan.rows
    frame = store.frame()
    assert frame.groupby(["point", "arm", "seed"]).size().eq(1).all()
    alike = frame[frame["arm"] == "no_kd"].groupby(["gamma", "seed"])["accuracy"].nunique()
    assert (alike == 1).all()


def test_asking_again_changes_nothing() -> None:
    store = fill(Store(), small())
    before = content(store), store.holdings()
    fill(store, small())
    assert_frame_equal(content(store), before[0])
    assert store.holdings() == before[1]


SEEDS: dict[str, tuple[tuple[Any, Any], list[tuple[int, int]]]] = {
    "overlapping": ((range(3), range(2, 6)), [(0, 5)]),
    "neighbours": ((range(3), range(3, 6)), [(0, 5)]),
    "apart": ((range(3), range(5, 7)), [(0, 2), (5, 6)]),
    "between": (([0, 4], [2]), [(0, 0), (2, 2), (4, 4)]),
    "closing a gap": (([0, 1, 4], [2, 3]), [(0, 4)]),
    "inside": ((range(10), [3, 5]), [(0, 9)]),
    "around": (([3, 5], range(10)), [(0, 9)]),
    "backwards": (([9, 3], [4, 8]), [(3, 4), (8, 9)]),
}


@pytest.mark.parametrize(("asked", "runs"), SEEDS.values(), ids=SEEDS)
def test_seeds_that_are_asked_twice_are_asked_once(
    asked: tuple[Any, Any], runs: list[tuple[int, int]]
) -> None:
    store = Store()
    for seeds in asked:
        fill(store, small(seeds=seeds))
    found = sql(store, "SELECT DISTINCT first, last FROM asked ORDER BY first")
    assert found.fetchall() == runs
    wanted = sorted(set(asked[0]) | set(asked[1]))
    frame = store.frame()
    assert list(frame.loc[(frame["point"] == 1) & (frame["arm"] == "kd"), "seed"]) == wanted
    assert store.holdings().missing == 0


def test_what_is_asked_for_and_not_found_is_counted_as_missing() -> None:
    plan = small()
    some = cells(plan)[:5]
    store = fill(Store(), plan, some)
    held = store.holdings()
    shown = len(store.frame())
    assert (held.points, held.rows, held.results, held.failed) == (2, plan.rows, 5, 0)
    assert held.missing == plan.rows - shown
    assert held.recipes == len(set(plan.uses.values()))
    assert held.size == 0
    assert store.done(dict.fromkeys(plan.uses.values())) == set(some)


def test_the_same_seeds_by_a_newer_recipe_show_its_results() -> None:
    """A version that trains a network otherwise gives it another identity; the rows follow it."""
    store = fill(Store(), small())
    sql(store, "UPDATE recipes SET identity = randomblob(16)")  # as if long ago
    plan = small()
    store.ask(plan)
    assert len(store.frame()) == 0
    fill(store, plan)
    assert_frame_equal(content(store), content(fill(Store(), plan)))


# Failures.


def test_a_failure_is_kept_with_its_reason_until_a_retry_succeeds() -> None:
    plan = small()
    first, second, *_ = cells(plan)
    recipes = dict.fromkeys(plan.uses.values())
    store = fill(Store(), plan, [first], failed=True)
    fill(store, plan, [second])
    assert store.holdings().failed == 1
    assert store.done(recipes) == {first, second}
    assert store.done(recipes, failed=False) == {second}
    assert store.reasons(recipes) == {first: "made to fail"}
    failures = store.failures()
    assert set(failures["reason"]) == {"made to fail"}
    assert failures["accuracy"].isna().all()
    fill(store, plan, [first])
    assert store.holdings().failed == 0
    assert len(store.failures()) == 0
    assert_frame_equal(content(store), content(fill(Store(), plan, [second, first])))


def test_a_failure_does_not_replace_a_result() -> None:
    plan = small()
    store = fill(Store(), plan)
    before = content(store)
    fill(store, plan, failed=True)
    assert_frame_equal(content(store), before)


def test_an_outcome_is_stored_with_all_of_its_shard_or_not_at_all() -> None:
    plan = small()
    store = Store()
    store.ask(plan)
    number = store.begin(plan, {})
    first, second, *_ = cells(plan)
    torn = [outcome(first), Outcome(*second, 0.5, reason="both a result and a reason")]
    with pytest.raises(ArgumentError):
        store.add(number, torn)
    assert store.holdings().results == 0


# On disk.


def test_a_file_holds_what_was_given_to_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "sweep.db"
    with Store(path) as store:
        written = content(fill(store, small()))
        assert store.holdings().size > 0
    assert [file.name for file in path.parent.iterdir()] == ["sweep.db"]
    with Store(path) as store:
        assert_frame_equal(content(store), written)
        assert store.problems() == []
        (made,) = store.runs()
    assert made["plan"]["kind"] == "Plan"
    assert made["plan"]["seeds"] == [[0, 2]]


def test_a_link_to_a_store_is_the_store(tmp_path: Path) -> None:
    link = tmp_path / "links" / "link.db"
    link.parent.mkdir()
    link.symlink_to(tmp_path / "sweep.db")
    fill(Store(tmp_path / "sweep.db"), small(seeds=range(2))).close()
    with Store(link) as store:
        fill(store, small(seeds=range(4)))
    assert [file.name for file in link.parent.iterdir()] == ["link.db"]
    with Store(tmp_path / "sweep.db") as store:
        assert store.holdings().rows == 24


def test_readers_see_what_was_committed_while_a_run_writes(tmp_path: Path) -> None:
    plan = small()
    first, second, *_ = cells(plan)
    with Store(tmp_path / "sweep.db") as writer, Store(tmp_path / "sweep.db") as reader:
        fill(writer, plan, [first])
        with writer._database.writing():
            assert reader.holdings().results == 1
        fill(writer, plan, [second])
        assert reader.holdings().results == 2


def test_two_writers_take_turns(tmp_path: Path) -> None:
    plan = small()
    with Store(tmp_path / "sweep.db") as one, Store(tmp_path / "sweep.db") as two:
        one.ask(plan)
        numbers = one.begin(plan, {"n": 1}), two.begin(plan, {"n": 2})
        for i, cell in enumerate(cells(plan)):
            for n, store in enumerate((one, two)):
                if i % 3 in (n, 2):
                    store.add(numbers[n], [outcome(cell)])
        assert_frame_equal(content(one), content(two))
        assert_frame_equal(content(one), content(fill(Store(), plan)))


READ_ONLY = """
import os, sys
from analysis import Store
from tests.analysis.small import small
if os.geteuid() == 0:
    os.setuid(65534)  # whom permissions bind
with Store(sys.argv[1]) as store:
    print(len(store.frame()), store.problems())
    try:
        store.ask(small(seeds=range(9)))
    except OSError as error:
        print(error)
"""


def test_a_store_that_cannot_be_written_can_be_read() -> None:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "archive"
        folder.mkdir()
        fill(Store(folder / "sweep.db"), small()).close()
        before = (folder / "sweep.db").read_bytes()
        (folder / "sweep.db").chmod(0o444)
        folder.chmod(0o555)
        Path(made).chmod(0o755)
        command = [sys.executable, "-B", "-c", READ_ONLY, str(folder / "sweep.db")]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        folder.chmod(0o755)
        assert done.stdout.splitlines()[0] == "18 []"
        assert "sweep.db: attempt to write a readonly database" in done.stdout
        assert (folder / "sweep.db").read_bytes() == before
        assert [file.name for file in folder.iterdir()] == ["sweep.db"]


def test_a_store_cannot_be_made_where_nothing_can_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("taken")
    with pytest.raises(ArgumentError, match="cannot be written"):
        Store(tmp_path / "file" / "sweep.db")
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


# Full disks.


def test_a_full_disk_loses_nothing_that_was_committed(tmp_path: Path) -> None:
    plan = small(seeds=range(2000))
    first, *rest = cells(plan)
    with Store(tmp_path / "sweep.db") as store:
        fill(store, plan, [first])
        (pages,) = sql(store, "PRAGMA page_count").fetchone()
        sql(store, f"PRAGMA max_page_count = {pages + 1}")
        with pytest.raises(OSError, match=r"sweep\.db: database or disk is full; what was commit"):
            fill(store, plan, rest)
        assert store.holdings().results == 1
        assert store.problems() == []
    with Store(tmp_path / "sweep.db") as store:
        assert store.holdings().results == 1
        fill(store, plan, rest)
        assert_frame_equal(content(store), content(fill(Store(), plan)))


# What is no store.

NEWER = STORE.version + 1


def _text(path: Path) -> None:
    path.write_text("n_train = 100\n" * 20)


def _foreign(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE results (accuracy REAL)")
    connection.commit()
    connection.close()


def _newer(path: Path) -> None:
    fill(Store(path), small()).close()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {NEWER}")
    connection.execute("CREATE TABLE teachers (name TEXT)")
    connection.close()


def _torn(path: Path) -> None:
    fill(Store(path), small(seeds=range(100))).close()
    os.truncate(path, path.stat().st_size - 1)


def _header(path: Path) -> None:
    fill(Store(path), small()).close()
    os.truncate(path, 60)


REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "text": (_text, "is not a store of mfh; it was left as it is"),
    "empty": (lambda path: path.touch(), "is not a store of mfh; it was left as it is"),
    "another database": (_foreign, "is not a store of mfh; it was left as it is"),
    "newer": (
        _newer,
        f"was written by a newer version of mfh (tables of version {NEWER}, this one knows "
        f"{STORE.version}); update mfh. It was left as it is",
    ),
    "torn": (_torn, "is torn: "),
    "torn in its header": (_header, "is not a store of mfh; it was left as it is"),
    "folder": (Path.mkdir, "cannot be read (Is a directory)"),
    "link to nothing": (
        lambda path: path.symlink_to("nowhere"),
        "is a link to nowhere, which is not there",
    ),
}


def _state(folder: Path) -> dict[str, Any]:
    return {
        file.name: (file.read_bytes() if file.is_file() else None, file.lstat().st_mtime_ns)
        for file in folder.iterdir()
    }


@pytest.mark.parametrize(("make", "why"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_store_is_refused_and_left_as_it_is(
    make: Callable[[Path], object], why: str, tmp_path: Path
) -> None:
    path = tmp_path / "sweep.db"
    make(path)
    before = _state(tmp_path)
    with pytest.raises(ArgumentError) as error:
        Store(path)
    assert str(error.value).startswith(f"store = '{path}': {why}")
    assert _state(tmp_path) == before


# What verify finds.


def _root_page(path: Path, table: str) -> tuple[int, int]:
    connection = sqlite3.connect(path)
    (page,) = connection.execute(
        "SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)
    ).fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    connection.close()
    return page, size


@pytest.mark.parametrize("table", ["results", "recipes", "points", "asked", "runs"])
@pytest.mark.parametrize("place", [0, 3, 5], ids=["kind", "count of cells", "start of cells"])
def test_a_changed_byte_of_a_page_is_found(table: str, place: int, tmp_path: Path) -> None:
    path = tmp_path / "sweep.db"
    fill(Store(path), small()).close()
    page, size = _root_page(path, table)
    content_ = bytearray(path.read_bytes())
    content_[(page - 1) * size + place] ^= 0xFF
    path.write_bytes(content_)
    with Store(path) as store:
        assert store.problems()
    assert path.read_bytes() == content_
    assert [file.name for file in tmp_path.iterdir()] == ["sweep.db"]


DAMAGE: dict[str, tuple[str, str]] = {
    "text of a recipe": (
        "UPDATE recipes SET text = replace(text, '\"n_train\":10', '\"n_train\":11')",
        "is not the hash of its text",
    ),
    "recipe that is gone": (
        "DELETE FROM recipes WHERE recipe = 1",
        "a row of results refers to what is not there",
    ),
    "point that is gone": (
        "DELETE FROM points WHERE point = 1",
        "a row of asked refers to what is not there",
    ),
    "run that is gone": ("DELETE FROM runs", "a row of results refers to what is not there"),
    "accuracy out of bounds": (
        "PRAGMA ignore_check_constraints = 1; UPDATE results SET accuracy = 1.5",
        "CHECK constraint failed in results",
    ),
}


@pytest.mark.parametrize(("damage", "problem"), DAMAGE.values(), ids=DAMAGE)
def test_what_does_not_fit_together_is_found(damage: str, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "sweep.db"
    fill(Store(path), small()).close()
    connection = sqlite3.connect(path)
    connection.executescript(damage)
    connection.close()
    with Store(path) as store:
        assert any(problem in found for found in store.problems())


def test_a_whole_store_has_no_problem() -> None:
    assert fill(Store(), small()).problems() == []


# Merging.


def test_parts_make_the_whole() -> None:
    plan = small()
    parts = [fill(Store(), plan, cells(plan)[i::3]) for i in range(3)]
    whole = Store()
    assert [whole.merge(part) for part in parts] == [0, 0, 0]
    assert_frame_equal(whole.frame(), fill(Store(), plan).frame())
    assert whole.holdings() == fill(Store(), plan).holdings()
    assert whole.problems() == []


def test_merging_again_changes_nothing() -> None:
    plan = small()
    store, other = fill(Store(), plan, cells(plan)[:7]), fill(Store(), plan, cells(plan)[5:])
    store.merge(other)
    before = store.frame(), store.holdings(), count(store, "runs")
    assert store.merge(other) == 0
    assert_frame_equal(store.frame(), before[0])
    assert (store.holdings(), count(store, "runs")) == before[1:]


def test_the_first_of_two_accuracies_is_kept_and_counted() -> None:
    plan = small()
    store, other = fill(Store(), plan), Store()
    before = content(store)
    found = [outcome(cell) for cell in cells(plan)]
    changed = [each._replace(accuracy=1 - (each.accuracy or 0.0)) for each in found[:4]]
    other.ask(plan)
    other.add(other.begin(plan, {}), [*changed, *found[4:]])
    assert store.merge(other) == 4
    assert_frame_equal(content(store), before)


def test_a_result_wins_over_a_failure_in_either_direction() -> None:
    plan = small()
    for one, two in ((True, False), (False, True)):
        store = fill(Store(), plan, failed=one)
        assert store.merge(fill(Store(), plan, failed=two)) == 0
        assert_frame_equal(content(store), content(fill(Store(), plan)))
    both = fill(Store(), plan, failed=True)
    assert both.merge(fill(Store(), plan, failed=True)) == 0
    assert both.holdings().failed == plan.cells


def test_points_of_other_sweeps_are_added() -> None:
    store = fill(Store(), small(diagrams=small().diagrams[:1]))
    store.merge(fill(Store(), small(axes={"n_train": (10, 12)})))
    assert store.holdings().points == 4
    assert store.holdings().missing == 0


def test_a_merge_from_a_torn_store_names_that_store_and_adds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "torn.db"
    fill(Store(path), small()).close()
    page, size = _root_page(path, "results")
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff")
    with Store(tmp_path / "into.db") as into, Store(path) as torn:
        with pytest.raises(ArgumentError) as error:
            into.merge(torn)
        assert str(path) in str(error.value)
        assert into.holdings().recipes == 0


def test_a_merge_reads_one_moment_of_a_store_while_its_writer_waits(tmp_path: Path) -> None:
    plan, more = small(), small(axes={"n_train": (20,)})
    path = tmp_path / "sweep.db"
    with Store(path) as source, Store(path) as writer, Store() as into:
        fill(writer, plan)
        waiting = threading.Thread(target=fill, args=(writer, more))
        with source._database.snapshot() as rows:
            before = list(rows("SELECT * FROM points"))
            waiting.start()
            waiting.join(0.3)
            assert list(rows("SELECT * FROM points")) == before
        waiting.join()
        into.merge(source)
        assert_frame_equal(content(into), content(writer))


PLANS = (small(seeds=range(2)), small(seeds=(1, 3), arms=("kd", "kd_shuffled")))
ALL: list[Cell] = sorted({cell for plan in PLANS for cell in cells(plan)})


@given(data=st.data())
def test_any_order_of_asking_adding_and_merging_gives_the_same_rows(data: st.DataObject) -> None:
    """frame(merge(parts)) = frame(whole), however results are spread, doubled and ordered."""
    stores = [Store() for _ in range(3)]
    numbers = []
    for store in stores:
        for plan in data.draw(st.permutations(PLANS)):
            store.ask(plan)
        numbers.append(store.begin(plan, {}))
    where = st.lists(st.integers(0, 2), min_size=1, max_size=3)
    homes = {cell: data.draw(where, label="where") for cell in ALL}
    lost = data.draw(st.sets(st.sampled_from(ALL)), label="failed at first")
    adds = [(home, cell, i) for cell in ALL for i, home in enumerate(homes[cell])]
    for home, cell, i in data.draw(st.permutations(adds)):
        failed = cell in lost and i < len(homes[cell]) - 1
        stores[home].add(numbers[home], [outcome(cell, failed=failed)])
        if data.draw(st.integers(0, 9)) == 0:
            stores[home].ask(data.draw(st.sampled_from(PLANS)))
    into, *others = data.draw(st.permutations(stores))
    for other in others:
        assert into.merge(other) == 0
    whole = Store()
    for plan in PLANS:
        fill(whole, plan)
    assert_frame_equal(content(into), content(whole))
    assert into.problems() == []


def test_frames_are_equal_in_type_as_well() -> None:
    plan = small()
    failed = fill(Store(), plan, failed=True).frame()
    found = fill(Store(), plan).frame()
    assert failed["accuracy"].dtype == found["accuracy"].dtype == float
    assert isinstance(plan, Plan)
    pd.testing.assert_series_equal(failed["seed"], found["seed"])
