"""What becomes of a file of ours in every accident, and what is said of it."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from analysis import Store
from analysis.sweeps.journals import MAGIC, journal_of, log_of
from analysis.sweeps.records import put
from analysis.verdicts import Measurements
from tests.analysis.small import cells, content, fill, outcome, small, sql
from venn import ArgumentError

PLAN = small(seeds=range(40))
OTHER = small(seeds=range(50), axes={"n_train": (12,)})


def killed(path: Path, *, after: str = "pages were written") -> None:
    """Leave a store as a run does that is killed in the middle of a transaction."""
    with Store(path) as store:
        fill(store, PLAN, cells(PLAN)[:100])
        sql(store, "PRAGMA cache_size = 1")  # pages are written before the end
        with contextlib.suppress(InterruptedError), store._database.writing() as connection:
            if after == "pages were written":
                connection.execute("UPDATE results SET accuracy = 0.123")
            left = path.with_name("left")
            left.mkdir()
            for file in (path, journal_of(path)):
                shutil.copy(file, left)
            raise InterruptedError
    path.unlink()
    for file in left.iterdir():
        file.rename(path.with_name(file.name))
    left.rmdir()
    assert journal_of(path).exists()


def found_in(path: Path) -> pd.DataFrame | str:
    """Return what a store holds, or why it is refused."""
    try:
        with Store(path) as store:
            return content(store)
    except ArgumentError as error:
        return error.allowed


def test_a_run_that_is_killed_as_it_writes_loses_that_shard_alone(tmp_path: Path) -> None:
    path = tmp_path / "sweep.db"
    killed(path)
    assert b"0.123" not in path.read_bytes()
    with Store(path) as store:
        assert store.holdings().results == 100
        assert (store.frame()["accuracy"] != 0.123).all()
        assert store.problems() == []
    assert [file.name for file in tmp_path.iterdir()] == ["sweep.db"]


def test_a_journal_is_not_put_back_into_another_store_of_its_name(tmp_path: Path) -> None:
    """Neither into a new one, nor into one that was moved or copied there."""
    path, other = tmp_path / "sweep.db", tmp_path / "other.db"
    killed(path)
    path.unlink()
    with pytest.raises(ArgumentError, match=r"sweep\.db-journal, which a run that was killed left"):
        Store(path)
    assert [file.name for file in tmp_path.iterdir()] == ["sweep.db-journal"]
    fill(Store(other), OTHER).close()
    shutil.copy(other, path)
    before = path.read_bytes()
    with pytest.raises(ArgumentError, match=r"sweep\.db-journal, which a run that was killed left"):
        Store(path)
    assert path.read_bytes() == before
    journal_of(path).unlink()
    with Store(path) as store:
        assert_frame_equal(content(store), content(fill(Store(), OTHER)))


def test_a_store_that_another_run_made_and_writes_a_moment_earlier_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "sweep.db"
    killed(path)
    monkeypatch.setattr("os.path.lexists", lambda _: False)  # as it was when it was looked at
    with Store(path) as store:
        assert store.holdings().results == 100


def test_a_journal_of_a_transaction_that_wrote_no_page_harms_nobody(tmp_path: Path) -> None:
    path = tmp_path / "sweep.db"
    killed(path, after="it began")
    path.unlink()
    with Store(path) as store:
        assert_frame_equal(content(fill(store, OTHER)), content(fill(Store(), OTHER)))
    assert [file.name for file in tmp_path.iterdir()] == ["sweep.db"]


def test_a_journal_is_not_put_back_into_an_older_or_a_newer_copy_of_its_store(
    tmp_path: Path,
) -> None:
    path, backup, fork = (tmp_path / name for name in ("sweep.db", "backup.db", "fork.db"))
    fill(Store(backup), PLAN, cells(PLAN)[:50]).close()
    shutil.copy(backup, path)
    shutil.copy(backup, fork)
    with Store(fork) as store:
        fill(store, PLAN, cells(PLAN)[50:])
    killed(path)
    for copy in (backup, fork):
        shutil.copy(copy, path)
        with pytest.raises(ArgumentError, match="journal"):
            Store(path)


def test_a_store_that_is_torn_at_any_page_is_whole_again_by_its_journal_or_says_so(
    tmp_path: Path,
) -> None:
    """Pages are written in their order: those before some page are new, those from there on old."""
    path, torn = tmp_path / "sweep.db", tmp_path / "torn.db"
    with Store(path) as store:
        fill(store, PLAN, cells(PLAN)[::2])
        number = store.begin(PLAN, {})
        before, old = content(store), path.read_bytes()
        with store._database.writing() as connection:
            for identity, seed, *measured in map(outcome, cells(PLAN)[1::2]):
                query = "SELECT recipe FROM recipes WHERE identity = ?"
                (recipe,) = connection.execute(query, (identity,)).fetchone()
                put(connection, (recipe, seed, *measured, number))
            journal = bytearray(journal_of(path).read_bytes())
        after, new = content(store), path.read_bytes()
    journal[:12] = MAGIC + ((len(journal) - 512) // (4 + 4096 + 4)).to_bytes(4)  # as in its commit
    assert len(new) > len(old) > 8 * 4096
    refused = 0
    for page in range(1, len(new) // 4096):
        torn.write_bytes(new[: page * 4096] + old[page * 4096 :])
        found = found_in(torn)
        if isinstance(found, str):
            assert "is torn" in found or "is not whole" in found
            refused += 1
        else:
            assert any(found.equals(one) for one in (before, after))
        journal_of(torn).write_bytes(journal)
        with Store(torn) as store:
            assert_frame_equal(content(store), before)
            assert store.problems() == []
    assert refused > 5


@pytest.mark.parametrize("content_", [b"", b"a log of write-ahead mode" * 20])
def test_a_log_of_another_mode_is_never_read_into_a_store(content_: bytes, tmp_path: Path) -> None:
    """As versions of mfh left it whose runs were killed."""
    path = tmp_path / "sweep.db"
    log_of(path).write_bytes(content_)
    with pytest.raises(ArgumentError, match=r"sweep\.db-wal, that is not its own"):
        Store(path)
    log_of(path).rename(tmp_path / "aside")
    fill(Store(path), PLAN).close()
    (tmp_path / "aside").rename(log_of(path))
    with pytest.raises(ArgumentError, match=r"sweep\.db-wal, that is not its own"):
        Store(path)
    assert log_of(path).read_bytes() == content_


# Moved, deleted and copied over while a run has it open.


def test_a_store_that_is_moved_while_a_run_writes_is_missed_at_once(tmp_path: Path) -> None:
    path = tmp_path / "sweep.db"
    first, *rest = cells(PLAN)
    with Store(path) as store:
        fill(store, PLAN, [first])
        path.rename(tmp_path / "moved.db")
        with pytest.raises(OSError, match=r"sweep\.db: it was moved or deleted .*rescued\.db"):
            fill(store, PLAN, rest)
        path.touch()  # another file of its name
        with pytest.raises(OSError, match=r"moved or deleted .*sweep\.rescued\.db"):
            store.check_place()
    path.unlink()
    names = ("moved.db", "sweep.rescued.db")
    assert {file.name for file in tmp_path.iterdir()} == set(names)
    for name in names:
        with Store(tmp_path / name) as store:
            assert store.holdings().results == 1
            assert store.problems() == []


def test_what_a_deleted_store_held_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "sweep.db"
    with Store(path) as store:
        fill(store, PLAN)
        shutil.rmtree(path.parent)
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(tmp_path)
            with pytest.raises(OSError, match=r"All that it held is in sweep\.rescued\.db"):
                store.ask(OTHER)
    with Store(tmp_path / "sweep.rescued.db") as store:
        assert_frame_equal(content(store), content(fill(Store(), PLAN)))


def test_a_store_that_is_moved_while_it_is_read_says_so(tmp_path: Path) -> None:
    """The journal of a new file of its name would be put back into the one that was moved."""
    path, moved = tmp_path / "sweep.db", tmp_path / "moved.db"
    fill(Store(path), PLAN).close()
    with Store(path) as store:
        path.rename(moved)
        before = moved.read_bytes()
        killed(path)
        journal = journal_of(path).read_bytes()
        for read in (store.frame, store.holdings, store.problems, store.check_place):
            with pytest.raises(OSError, match="moved or deleted while it was open; open it where"):
                read()
    assert (moved.read_bytes(), journal_of(path).read_bytes()) == (before, journal)
    with Store(path) as store:
        assert store.holdings().results == 100


def test_a_store_that_another_is_copied_over_takes_nothing_more(tmp_path: Path) -> None:
    path, other = tmp_path / "sweep.db", tmp_path / "other.db"
    fill(Store(other), OTHER).close()
    with Store(path) as store:
        fill(store, PLAN, cells(PLAN)[:1])
        shutil.copyfile(other, path)
        with pytest.raises(OSError, match="another file was copied over it"):
            fill(store, PLAN)
    with Store(path) as store:
        assert_frame_equal(content(store), content(fill(Store(), OTHER)))


def test_a_store_that_is_emptied_while_it_is_open_is_no_store(tmp_path: Path) -> None:
    path = tmp_path / "sweep.db"
    with Store(path) as store:
        fill(store, PLAN)
        path.write_bytes(b"")
        with pytest.raises(ArgumentError, match="is torn or no store of mfh"):
            fill(store, OTHER)
        with pytest.raises(ArgumentError, match="is torn or no store of mfh"):
            store.frame()


# Places.


@pytest.mark.parametrize("name", [":memory:", "file:sweep.db"])
def test_a_name_that_sqlite_takes_for_something_else_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for kind in (Store, Measurements):
        with pytest.raises(ArgumentError, match="must be the name of a file, such as"):
            kind(name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["50%25.db", "a?mode=memory", "ä#b c.db", "-", "x" * 247])
def test_any_other_name_is_that_of_a_file(name: str, tmp_path: Path) -> None:
    with Store(tmp_path / name) as store:
        fill(store, PLAN)
    assert [file.name for file in tmp_path.iterdir()] == [name]
    with Store(tmp_path / name) as store:
        assert store.holdings().missing == 0


def test_a_name_that_is_too_long_for_its_journal_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="is too long a name: at most 247 bytes"):
        Store(tmp_path / ("x" * 252 + ".db"))
    assert list(tmp_path.iterdir()) == []


def test_a_pipe_is_no_store(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "sweep.db")
    with pytest.raises(ArgumentError, match="is not a store of mfh"):
        Store(tmp_path / "sweep.db")


LIMITED = """
import resource, sys
from analysis import Store
from tests.analysis.small import fill, small
store = Store(sys.argv[1])
print(len(store.frame()), store.problems())
limit = store.holdings().size + 2**14
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    fill(store, small(seeds=range(4000)))
except (OSError, ValueError) as error:
    print(error)
print(store.holdings().results)
store.close()
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # where nothing can be written, it can be read
with Store(sys.argv[1]) as store:
    print(len(store.frame()), store.problems())
"""


def test_files_that_may_not_grow_stop_a_run_and_harm_nothing(tmp_path: Path) -> None:
    path = tmp_path / "sweep.db"
    fill(Store(path), small()).close()
    command = [sys.executable, "-B", "-c", LIMITED, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    first, error, *last = done.stdout.splitlines()
    assert (first, last) == ("18 []", [str(small().cells), "18 []"])
    assert "sweep.db: disk I/O error (a full disk, a quota or a limit on the size of " in error
    with Store(path) as store:
        assert store.holdings().results == small().cells
        assert store.problems() == []


# Threads, closing.


def test_any_thread_may_use_a_store(tmp_path: Path) -> None:
    with Store(tmp_path / "sweep.db") as store, ThreadPoolExecutor(4) as pool:
        store.ask(small())
        number = store.begin(small(), {})
        every = [[outcome(cell)] for cell in cells(small())]
        list(pool.map(lambda some: store.add(number, some), every))
        assert pool.submit(store.holdings).result() == store.holdings()
        assert_frame_equal(content(store), content(fill(Store(), small())))
    other = Store()
    thread = threading.Thread(target=other.close)
    thread.start()
    thread.join()


CALLS: dict[str, Callable[[Store], object]] = {
    "ask": lambda store: store.ask(PLAN),
    "frame": Store.frame,
    "holdings": Store.holdings,
    "problems": Store.problems,
    "merge": lambda store: store.merge(Store()),
    "merge into another": lambda store: Store().merge(store),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_closed_store_says_that_it_is_closed(call: Callable[[Store], object]) -> None:
    store = Store()
    store.close()
    store.close()
    with pytest.raises(ArgumentError, match="is closed; open it again"):
        call(store)


def test_a_forked_process_must_open_a_store_of_its_own(tmp_path: Path) -> None:
    """SQLite's locks are of one process: two that write through one connection tear the file."""
    with Store(tmp_path / "sweep.db") as store:
        fill(store, small())
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("os.getpid", lambda: -1)
            with pytest.raises(ArgumentError, match="forked from; open it here"):
                store.ask(PLAN)
        assert store.holdings().missing == 0


# Older versions.


def older(path: Path) -> None:
    """Make a store as version 1 of its tables had it, in write-ahead mode."""
    fill(Store(path), PLAN).close()
    connection = sqlite3.connect(path)
    connection.executescript(
        "DROP TABLE head; PRAGMA user_version = 1; PRAGMA journal_mode = WAL;"
        "ALTER TABLE results RENAME TO found;"
        "CREATE TABLE results (recipe INTEGER, seed INTEGER, accuracy REAL, reason TEXT, "
        "run INTEGER, PRIMARY KEY (recipe, seed)) WITHOUT ROWID;"
        "INSERT INTO results SELECT recipe, seed, accuracy, reason, run FROM found;"
        "DROP TABLE found"
    )
    connection.close()


def test_a_store_of_an_older_version_is_read_and_not_written(tmp_path: Path) -> None:
    path = tmp_path / "sweep.db"
    older(path)
    before = path.read_bytes()
    expected = content(fill(Store(), PLAN)).drop(columns=["balanced_accuracy", "constant"])
    with Store(path) as store, Store() as into:
        found = content(store)
        assert found["constant"].isna().all()
        assert found["balanced_accuracy"].isna().all()
        assert_frame_equal(found.drop(columns=["balanced_accuracy", "constant"]), expected)
        assert store.problems() == []
        with pytest.raises(ArgumentError, match="was written by an older version of mfh"):
            fill(store, OTHER)
        into.merge(store)
        assert_frame_equal(content(into), content(store))
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["sweep.db"]


def test_measurements_of_an_older_version_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "kept.db"
    Measurements(path).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 0")
    connection.close()
    with pytest.raises(ArgumentError, match="was written by an older version of mfh"):
        Measurements(path)
