"""What becomes of a file of ours in every accident, and what is said of it."""

import contextlib
import os
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from analysis import Store
from analysis.sweeps.journals import MAGIC, journal_of, log_of
from analysis.sweeps.records import STORE, Row, put
from tests.analysis.small import cells, content, fill, outcome, small, sql
from venn import ArgumentError

PLAN = small(seeds=range(40))
OTHER = small(seeds=range(50), axes={"n_train": (12,)})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sweep.db"


def edit(path: Path, script: str) -> None:
    """Run SQL in a file, past all that watches over it."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


def whole(*plans: Any) -> pd.DataFrame:
    """Return what a store holds that was given some plans."""
    store = Store()
    for plan in plans:
        fill(store, plan)
    return content(store)


def test_a_file_holds_what_was_given_to_it_also_by_a_link(tmp_path: Path) -> None:
    path, link = tmp_path / "new" / "sweep.db", tmp_path / "links" / "link.db"
    with Store(path) as store:
        fill(store, PLAN)
        assert store.holdings().size == path.stat().st_size
    link.parent.mkdir()
    link.symlink_to(path)
    with Store(link) as store:
        fill(store, OTHER)
    assert names(path.parent) | names(link.parent) == {"sweep.db", "link.db"}
    with Store(path) as store:
        assert_frame_equal(content(store), whole(PLAN, OTHER))
        assert store.problems() == []
        made = store.runs()[0]
    assert (made["plan"]["kind"], made["plan"]["seeds"]) == ("Plan", [[0, 39]])


# Killed.


def killed(path: Path, *, after: str = "pages were written") -> None:
    """Leave a store as a run does that is killed in the middle of a transaction."""
    with Store(path) as store:
        fill(store, PLAN, cells(PLAN)[:100])
        sql(store, "PRAGMA cache_size = 1")  # pages are written before the end
        with contextlib.suppress(InterruptedError), store._database.writing() as connection:
            if after == "pages were written":
                connection.execute("""UPDATE results SET measured = '{"1": 0.98765}'""")
            left = path.with_name("left")
            left.mkdir()
            for file in (path, journal_of(path)):
                shutil.copy(file, left)
            raise InterruptedError
        assert (store.frame()["accuracy"] != 0.98765).all()
    path.unlink()
    for file in left.iterdir():
        file.rename(path.with_name(file.name))
    left.rmdir()
    assert journal_of(path).exists()


@pytest.mark.parametrize("seen", [True, False])
def test_a_run_that_is_killed_as_it_writes_loses_that_shard_alone(
    seen: bool, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where another run made the store a moment after this one had looked for it."""
    killed(path)
    assert b"0.98765" not in path.read_bytes()
    if not seen:
        monkeypatch.setattr("os.path.lexists", lambda _: False)
    with Store(path) as store:
        assert store.holdings().results == 100
        assert (store.frame()["accuracy"] != 0.98765).all()
        assert store.problems() == []
    assert names(path.parent) == {"sweep.db"}


def test_a_journal_is_not_put_back_into_another_store_of_its_name(
    tmp_path: Path, path: Path
) -> None:
    """Neither into a new one, nor one that was moved there, nor an older or newer copy."""
    other, older, newer = (tmp_path / f"{name}.db" for name in ("other", "older", "newer"))
    fill(Store(other), OTHER).close()
    fill(Store(older), PLAN, cells(PLAN)[:50]).close()
    shutil.copy(older, path)
    shutil.copy(older, newer)
    fill(Store(newer), PLAN, cells(PLAN)[50:]).close()
    killed(path)
    path.unlink()
    match = r"sweep\.db-journal, which a run that was killed left"
    with pytest.raises(ArgumentError, match=f"where it is to be made lies {match}"):
        Store(path)
    assert not path.exists()
    for copy in (other, older, newer):
        shutil.copy(copy, path)
        with pytest.raises(ArgumentError, match=f"beside it lies {match}"):
            Store(path)
        assert path.read_bytes() == copy.read_bytes()
    journal_of(path).unlink()
    with Store(path) as store:
        assert store.problems() == []


def test_a_journal_of_a_transaction_that_wrote_no_page_harms_nobody(path: Path) -> None:
    killed(path, after="it began")
    path.unlink()
    with Store(path) as store:
        assert_frame_equal(content(fill(store, OTHER)), whole(OTHER))
    assert names(path.parent) == {"sweep.db"}


def found_in(path: Path) -> pd.DataFrame | str:
    """Return what a store holds, or why it is refused."""
    try:
        with Store(path) as store:
            return content(store)
    except ArgumentError as error:
        return error.allowed


def test_a_store_that_is_torn_at_any_page_is_whole_again_by_its_journal_or_says_so(
    path: Path,
) -> None:
    """Pages are written in their order: those before some page are new, those from there on old."""
    torn = path.with_name("torn.db")
    with Store(path) as store:
        fill(store, PLAN, cells(PLAN)[::2])
        number = store.begin(PLAN, {})
        before, old = content(store), path.read_bytes()
        with store._database.writing() as connection:
            for each in map(outcome, cells(PLAN)[1::2]):
                query = "SELECT recipe FROM recipes WHERE identity = ?"
                (recipe,) = connection.execute(query, (each.recipe,)).fetchone()
                measured = dict(enumerate(each.measured.values(), start=1))
                put(connection, Row(recipe, each.seed, measured, None, number))
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


def test_a_log_of_another_mode_is_never_read_into_a_store(path: Path) -> None:
    """As versions of mfh left it whose runs were killed."""
    log_of(path).write_bytes(b"a log of write-ahead mode")
    with pytest.raises(ArgumentError, match=r"sweep\.db-wal, that is not its own"):
        Store(path)
    log_of(path).rename(path.parent / "aside")
    fill(Store(path), PLAN).close()
    (path.parent / "aside").rename(log_of(path))
    with pytest.raises(ArgumentError, match=r"sweep\.db-wal, that is not its own"):
        Store(path)
    assert log_of(path).read_bytes() == b"a log of write-ahead mode"


# Moved, deleted and copied over while a run has it open.


def test_a_store_that_is_moved_while_a_run_writes_is_missed_at_once(
    tmp_path: Path, path: Path
) -> None:
    first, *rest = cells(PLAN)
    (tmp_path / "sweep.rescued.db").touch()
    (tmp_path / "sweep.rescued-2.db").touch()
    with Store(path) as store:
        fill(store, PLAN, [first])
        path.rename(tmp_path / "moved.db")
        with pytest.raises(OSError, match=r"sweep\.db: it was moved or deleted .*rescued-3\.db"):
            fill(store, PLAN, rest)
        path.touch()  # another file of its name
        with pytest.raises(OSError, match=r"moved or deleted .*sweep\.rescued-3\.db"):
            store.check_place()
    for name in ("moved.db", "sweep.rescued-3.db"):
        with Store(tmp_path / name) as store:
            assert store.holdings().results == 1
            assert store.problems() == []


def test_what_a_deleted_store_held_is_kept_here_where_its_folder_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with Store("folder/sweep.db") as store:
        fill(store, PLAN)
        shutil.rmtree("folder")
        with pytest.raises(OSError, match=r"All that it held is in sweep\.rescued\.db"):
            store.ask(OTHER)
    with Store("sweep.rescued.db") as store:
        assert_frame_equal(content(store), whole(PLAN))


def test_a_store_that_is_moved_while_it_is_read_says_so(path: Path) -> None:
    """The journal of a new file of its name would be put back into the one that was moved."""
    moved = path.with_name("moved.db")
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


def test_a_store_that_another_is_copied_over_takes_nothing_more(path: Path) -> None:
    other = path.with_name("other.db")
    fill(Store(other), OTHER).close()
    with Store(path) as store:
        fill(store, PLAN, cells(PLAN)[:1])
        shutil.copyfile(other, path)
        with pytest.raises(OSError, match="another file was copied over it"):
            fill(store, PLAN)
        with Store(path) as copied:
            assert_frame_equal(content(copied), whole(OTHER))
        path.write_bytes(b"")
        for call in (store.frame, lambda: store.ask(PLAN)):
            with pytest.raises(ArgumentError, match="is torn or no store of mfh"):
                call()


# Places.


@pytest.mark.parametrize("name", [":memory:", "file:sweep.db"])
def test_a_name_that_sqlite_takes_for_something_else_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ArgumentError, match="must be the name of a file, such as"):
        Store(name)
    assert names(tmp_path) == set()


@pytest.mark.parametrize("name", ["50%25.db", "a?mode=memory", "ä#b c.db", "-", "x" * 247])
def test_any_other_name_is_that_of_a_file(name: str, tmp_path: Path) -> None:
    fill(Store(tmp_path / name), PLAN).close()
    assert names(tmp_path) == {name}
    with Store(tmp_path / name) as store:
        assert store.holdings().missing == 0


@contextlib.contextmanager
def nobody(folder: Path) -> Iterator[None]:
    """Be someone whom permissions bind, with a folder that cannot be written."""
    folder.chmod(0o555)
    root = os.geteuid() == 0
    try:
        if root:
            os.seteuid(65534)
        yield
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o755)


def test_a_store_that_cannot_be_written_can_be_read() -> None:
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)  # unlike pytest's own
        path = Path(made) / "archive" / "sweep.db"
        fill(Store(path), PLAN).close()
        before = path.read_bytes()
        path.chmod(0o444)
        with nobody(path.parent), Store(path) as store:
            assert_frame_equal(content(store), whole(PLAN))
            assert store.problems() == []
            with pytest.raises(OSError, match=r"sweep\.db: attempt to write a readonly database"):
                store.ask(OTHER)
        path.chmod(0o000)
        with (
            nobody(path.parent),
            pytest.raises(ArgumentError, match=r"cannot be read \(Permission denied\)"),
        ):
            Store(path)
        assert path.read_bytes() == before
        assert names(path.parent) == {"sweep.db"}


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


# What is no store.


def _versioned(path: Path, version: int) -> None:
    fill(Store(path), small()).close()
    edit(path, f"PRAGMA user_version = {version}; CREATE TABLE teachers (name TEXT)")


def _cut(path: Path, size: int) -> None:
    fill(Store(path), small(seeds=range(100))).close()
    os.truncate(path, size if size > 0 else path.stat().st_size + size)


NEWER = STORE.version + 1
OTHERWISE = "is not a store of mfh; it was left as it is"
REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "text": (lambda path: path.write_text("n_train = 100\n" * 20), OTHERWISE),
    "empty": (Path.touch, OTHERWISE),
    "a pipe": (os.mkfifo, OTHERWISE),
    "another database": (lambda path: edit(path, "CREATE TABLE results (seed)"), OTHERWISE),
    "torn in its header": (lambda path: _cut(path, 60), OTHERWISE),
    "torn": (lambda path: _cut(path, -1), "is torn: its end is missing; it was left as it is"),
    "newer": (
        lambda path: _versioned(path, NEWER),
        f"was written by a newer version of mfh (tables of version {NEWER}, this one knows "
        f"{STORE.version}); update mfh. It was left as it is",
    ),
    "ancient": (
        lambda path: _versioned(path, 0),
        "was written by an older version of mfh, which did all otherwise; give another file. "
        "It was left as it is",
    ),
    "folder": (Path.mkdir, "cannot be read (Is a directory)"),
    "link to nothing": (
        lambda path: path.symlink_to("nowhere"),
        "is a link to nowhere, which is not there",
    ),
}


@pytest.mark.parametrize(("make", "why"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_store_is_refused_and_left_as_it_is(
    make: Callable[[Path], object], why: str, path: Path
) -> None:
    def state() -> dict[str, Any]:
        return {
            file.name: (file.read_bytes() if file.is_file() else None, file.lstat().st_mtime_ns)
            for file in path.parent.iterdir()
        }

    make(path)
    before = state()
    with pytest.raises(ArgumentError) as error:
        Store(path)
    assert str(error.value) == f"store = '{path}': {why}"
    assert state() == before


UNMADE = {
    "file/sweep.db": r"cannot be written \((Not a directory|File exists)\)",
    "x" * 252 + ".db": "is too long a name: at most 247 bytes",
}


@pytest.mark.parametrize(("name", "why"), UNMADE.items(), ids=["below a file", "too long"])
def test_a_store_that_cannot_be_made_leaves_nothing(name: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ArgumentError, match=why):
        Store(tmp_path / name)
    assert names(tmp_path) == {"file"}


@pytest.mark.parametrize("table", STORE.tables)
def test_a_changed_page_is_found_and_not_merged(table: str, path: Path) -> None:
    with Store(path) as store:
        fill(store, small())
        query = f"SELECT rootpage FROM sqlite_schema WHERE name = '{table}'"
        (page,) = sql(store, query).fetchone()
    changed = bytearray(path.read_bytes())
    changed[(page - 1) * 4096] ^= 0xFF
    path.write_bytes(changed)
    with Store(path) as torn, Store() as into:
        assert torn.problems()
        with pytest.raises(ArgumentError, match=r"sweep\.db"):
            into.merge(torn)
        assert into.holdings().recipes == 0
    assert path.read_bytes() == changed
    assert names(path.parent) == {"sweep.db"}


DAMAGE: dict[str, tuple[str, str]] = {
    "text of a recipe": (
        "UPDATE recipes SET text = replace(text, '\"n_train\":10', '\"n_train\":11')",
        "is not the hash of its text",
    ),
    "text of a measure": (
        "UPDATE measures SET text = replace(text, 'Constant', 'Accuracy')",
        "is not the hash of its text",
    ),
    "recipe that is gone": (
        "DELETE FROM recipes WHERE recipe = 1",
        "a row of results refers to what is not there",
    ),
    "run that is gone": ("DELETE FROM runs", "a row of results refers to what is not there"),
    "result that is gone": ("DELETE FROM results WHERE seed = 1", "it is not whole: "),
}


@pytest.mark.parametrize(("damage", "problem"), DAMAGE.values(), ids=DAMAGE)
def test_what_does_not_fit_together_is_found(damage: str, problem: str, path: Path) -> None:
    fill(Store(path), small()).close()
    edit(path, damage)
    with Store(path) as store:
        assert any(problem in found for found in store.problems())


# Several at once, closing.


def test_threads_and_writers_take_turns_and_readers_see_what_was_committed(path: Path) -> None:
    plan = small()
    with Store(path) as one, Store(path) as two, ThreadPoolExecutor(4) as pool:
        one.ask(plan)
        numbers = {one: one.begin(plan, {"n": 1}), two: two.begin(plan, {"n": 2})}
        adds = [(store, cell) for cell in cells(plan) for store in numbers]
        list(pool.map(lambda add: add[0].add(numbers[add[0]], [outcome(add[1])]), adds))
        with one._database.writing():
            assert_frame_equal(content(two), whole(plan))
        assert_frame_equal(content(one), content(two))


def test_a_merge_reads_one_moment_of_a_store_while_its_writer_waits(path: Path) -> None:
    with Store(path) as source, Store(path) as writer, Store() as into:
        fill(writer, PLAN)
        waiting = threading.Thread(target=fill, args=(writer, OTHER))
        with source._database.snapshot() as rows:
            before = list(rows("SELECT * FROM points"))
            waiting.start()
            waiting.join(0.3)
            assert list(rows("SELECT * FROM points")) == before
        waiting.join()
        into.merge(source)
        assert_frame_equal(content(into), content(writer))


CALLS: dict[str, Callable[[Store], object]] = {
    "ask": lambda store: store.ask(PLAN),
    "frame": Store.frame,
    "holdings": Store.holdings,
    "problems": Store.problems,
    "merge": lambda store: store.merge(Store()),
    "merge into another": lambda store: Store().merge(store),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_store_says_that_it_is_closed_or_of_another_process(
    call: Callable[[Store], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite's locks are of one process: two that write through one connection tear the file."""
    store = Store()
    with monkeypatch.context() as patch:
        patch.setattr("os.getpid", lambda: -1)
        with pytest.raises(ArgumentError, match="forked from; open it here"):
            call(store)
    store.close()
    store.close()
    with pytest.raises(ArgumentError, match="is closed; open it again"):
        call(store)


# Older versions.


@pytest.mark.parametrize("version", [1, 2])
def test_a_store_of_an_older_version_is_read_and_not_written(version: int, path: Path) -> None:
    """As those versions of its tables had it, with a column a measure; in write-ahead mode."""
    fill(fill(Store(path), PLAN, cells(PLAN)[1:]), PLAN, cells(PLAN)[:1], failed=True).close()
    measures = ["accuracy", "balanced_accuracy", "constant"][: 1 if version == 1 else 3]
    numbers = range(1, len(measures) + 1)
    values = ", ".join(f"""json_extract(measured, '$."{i}"')""" for i in numbers)
    edit(
        path,
        f"DROP TABLE head; PRAGMA user_version = {version}; PRAGMA journal_mode = WAL;"
        "ALTER TABLE results RENAME TO found;"
        f"CREATE TABLE results (recipe INTEGER, seed INTEGER, {', '.join(measures)}, reason TEXT, "
        "run INTEGER, PRIMARY KEY (recipe, seed)) WITHOUT ROWID;"
        f"INSERT INTO results SELECT recipe, seed, {values}, reason, run FROM found;"
        "DROP TABLE columns; DROP TABLE measures; DROP TABLE found",
    )
    before = path.read_bytes()
    made = fill(fill(Store(), PLAN, cells(PLAN)[1:]), PLAN, cells(PLAN)[:1], failed=True)
    lacking = ["balanced_accuracy", "constant"] if version == 1 else []
    with Store(path) as store, Store() as into:
        assert_frame_equal(content(store), content(made).drop(columns=lacking))
        assert store.holdings().constant == (0 if lacking else made.holdings().constant)
        assert store.problems() == []
        with pytest.raises(ArgumentError, match="was written by an older version of mfh"):
            fill(store, OTHER)
        into.merge(store)
        assert_frame_equal(content(into), content(store))
    assert path.read_bytes() == before
    assert names(path.parent) == {"sweep.db"}
