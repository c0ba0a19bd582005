"""``mfh lecture``."""

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from analysis import PROTOCOLS, Plan, Store, run
from analysis.reproductions.lecture import plans
from figures.lecture.family import family
from figures.lecture.measured import as_text, gains
from figures.lecture.measured import shipped as read
from tests.analysis.small import fill, small
from tests.figures.lecture.small import shrink
from tests.mfh.commands.sweeps import Command
from venn import growing_gamma

SEEDS = range(2)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the page be what it shows, as JSON."""

    def page(measured: dict[str, Any], own: Sequence[Any] = ()) -> str:
        return json.dumps({**measured, "families": [*own, *measured["families"]]})

    monkeypatch.setitem(sys.modules, "figures.lecture.page", SimpleNamespace(page=page))


@pytest.fixture
def shipped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Let there be few networks to measure, and another file for what is shipped."""
    shrink(monkeypatch, SEEDS)
    path = tmp_path / "package" / "measured.json"
    path.parent.mkdir()
    path.write_text("the old gains")
    monkeypatch.setattr("figures.lecture.measured.FILE", path)
    return path


def page_of(path: str) -> Any:
    return json.loads(Path(path).read_text(encoding="utf-8"))


def sweep(path: str, plan: Plan) -> None:
    with Store(path) as store:
        fill(store, plan)


def test_a_page_of_the_shipped_gains_is_written_and_written_again(
    call: Command, tmp_path: Path
) -> None:
    pytest.importorskip("vl_convert")
    from figures.lecture.page import page  # noqa: PLC0415  # it needs what may not be there

    for _ in range(2):
        status, out, err = call("lecture", "--out", "new/talk.html")
        assert (status, err) == (0, "")
        size = Path("new/talk.html").stat().st_size
        assert out == f"new/talk.html: {size / 1000:.0f} kB\n"
        assert Path("new/talk.html").read_text(encoding="utf-8") == page(read())
        assert [file.name for file in (tmp_path / "new").iterdir()] == ["talk.html"]
        Path("new/talk.html").write_text("another")


@pytest.mark.usefixtures("drawn")
@pytest.mark.parametrize("protocol", ["synthetic", "released"])
def test_a_sweep_comes_first(call: Command, protocol: str) -> None:
    plan = small(diagrams=growing_gamma((0, 10)), protocol=PROTOCOLS[protocol], seeds=range(4))
    sweep("mine.db", plan)
    before = Path("mine.db").read_bytes()
    assert call("lecture", "--store", "mine.db", "--out", "x.html")[0] == 0
    own, *others = page_of("x.html")["families"]
    assert others == read()["families"]
    with Store("mine.db") as store:
        assert own == family(store.frame(), "mine.db")
    assert own["title"] == "mine.db: 2 points, 4 seeds"
    assert Path("mine.db").read_bytes() == before


@pytest.mark.usefixtures("drawn")
def test_the_gains_are_rebuilt_in_their_place_and_shown(
    call: Command, shipped: Path, tmp_path: Path
) -> None:
    status, out, err = call("lecture", "--rebuild-data", "--out", "x.html")
    assert (status, err) == (0, "")
    networks = sum(plan.cells for plan in plans(SEEDS).values())
    first, second, third = out.splitlines()
    assert first == f"{shipped}: {shipped.stat().st_size / 1000:.0f} kB"
    assert second.startswith(f"{networks:,} networks trained in ")
    assert second.endswith(", and kept in lecture.db")
    assert third.startswith("x.html: ")
    store = Store()
    for plan in plans(SEEDS).values():
        run(plan, store, device="cpu")
    expected = gains(store.frame(), SEEDS)
    assert shipped.read_text(encoding="utf-8") == as_text(expected)
    assert page_of("x.html") == json.loads(as_text(expected))
    assert {file.name for file in tmp_path.iterdir()} == {"package", "lecture.db", "x.html"}
    assert [file.name for file in shipped.parent.iterdir()] == ["measured.json"]


def test_a_rebuild_goes_on_where_it_was_stopped(
    call: Command, shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(plan: Plan, *others: Any, **options: Any) -> None:
        run(replace(plan, seeds=range(1)), *others, **options)
        raise KeyboardInterrupt

    networks = sum(plan.cells for plan in plans(SEEDS).values())
    done = networks // 4  # one seed of two, one model of two
    with Store("lecture.db") as store:  # whose networks have failed before
        fill(store, plans(SEEDS)["linear"], failed=True)
    with monkeypatch.context() as patch:
        patch.setattr("analysis.run", stopped)
        status, out, err = call("lecture", "--rebuild-data")
    assert (status, out) == (130, "")
    stored = f"{done:,} of {networks:,} networks are stored in lecture.db"
    assert err == f"mfh: interrupted; {stored}; the same command goes on from there\n"
    assert shipped.read_text() == "the old gains"
    assert [file.name for file in shipped.parent.iterdir()] == ["measured.json"]
    for left in (networks - done, 0):
        status, out, _ = call("lecture", "--rebuild-data")
        assert status == 0
        assert out.splitlines()[1].startswith(f"{left:,} networks trained in ")


def test_what_fails_leaves_the_old_gains(
    call: Command, shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(plan: Plan, store: Store, **_: Any) -> None:
        fill(store, plan, failed=True)

    monkeypatch.setattr("analysis.run", failing)
    status, out, err = call("lecture", "--rebuild-data")
    rows = plans(SEEDS)["linear"].rows
    assert (status, out) == (1, "")
    assert err == (
        f"mfh: {rows} of {rows} trainings have no result: made to fail; "
        "the same command trains them again\n"
    )
    assert shipped.read_text() == "the old gains"


PAGE = ("--out", "x.html")
BAD: dict[str, tuple[tuple[object, ...], str]] = {
    "nothing": ((), "give --out FILE.html for the page, or --rebuild-data for its gains"),
    "no page": (("--store", "empty.db"), "--store empty.db: is shown in a page; give --out FILE"),
    "data alone": (
        ("--store", "empty.db", "--rebuild-data"),
        "--store empty.db: is shown in a page; give --out FILE.html too",
    ),
    "another suffix": (("--out", "x.htm"), "--out x.htm: must end in .html"),
    "a suffix alone": (("--out", ".html"), "--out .html: must end in .html"),
    "a folder": (("--out", "folder.html"), "--out folder.html: is a folder where a file is to be"),
    "below a file": (("--out", "taken/x.html"), "--out taken/x.html: needs a folder that can be"),
    "no such store": (("--store", "none.db", *PAGE), "--store none.db: cannot be read (No such"),
    "no store": (("--store", "taken", *PAGE), "--store taken: is not a store of mfh"),
    "empty store": (("--store", "empty.db", *PAGE), "--store empty.db: holds no result yet; mfh"),
    "no family": (
        ("--store", "axis.db", *PAGE),
        "--store axis.db: n_train in 10, 20: varies; the page shows gains over diagrams alone: "
        "sweep with one n_train",
    ),
    "a store, before anything is trained": (
        ("--store", "empty.db", *PAGE, "--rebuild-data"),
        "--store empty.db: holds no result yet",
    ),
}


@pytest.fixture
def stores(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    (tmp_path / "folder.html").mkdir()
    Store(tmp_path / "empty.db").close()
    sweep(str(tmp_path / "axis.db"), small(axes={"n_train": (10, 20)}))


@pytest.mark.usefixtures("stores", "drawn")
@pytest.mark.parametrize(("arguments", "line"), BAD.values(), ids=BAD)
def test_bad_calls_get_one_line_before_anything_is_trained(
    arguments: tuple[object, ...],
    line: str,
    call: Command,
    shipped: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    def trained(*_: object, **__: object) -> None:
        raise AssertionError("networks are trained")

    monkeypatch.setattr("analysis.run", trained)
    before = {file.name for file in tmp_path.iterdir()}
    status, out, err = call("lecture", *arguments)
    assert (status, out) == (2, "")
    assert err.startswith(f"mfh: {line}")
    assert err.count("\n") == 1
    assert {file.name for file in tmp_path.iterdir()} == before
    assert shipped.read_text() == "the old gains"


def test_a_package_that_cannot_be_written(
    call: Command, shipped: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    below = shipped / "measured.json"  # a file in the place of the package's folder
    monkeypatch.setattr("figures.lecture.measured.FILE", below)
    status, out, err = call("lecture", "--rebuild-data")
    assert (status, out) == (2, "")
    why = "needs a folder that can be written (File exists)"
    assert err == f"mfh: --rebuild-data: {below} {why}\n"
    assert [file.name for file in tmp_path.iterdir()] == ["package"]


def test_a_store_in_the_way_of_the_rebuild_is_left_as_it_is(call: Command, shipped: Path) -> None:
    Path("lecture.db").write_text("notes of the lecture")
    status, _, err = call("lecture", "--rebuild-data")
    assert status == 2
    assert err == "mfh: --rebuild-data: lecture.db is not a store of mfh; it was left as it is\n"
    assert Path("lecture.db").read_text() == "notes of the lecture"
    assert shipped.read_text() == "the old gains"


def test_a_page_that_lacks_a_package_says_which(
    call: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    status, out, err = call("lecture", "--out", "x.html")
    assert (status, out) == (2, "")
    assert err.startswith("mfh: the page carries a plotting library; pip install ")
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_the_examples_of_the_help_are_commands(call: Command) -> None:
    status, out, _ = call("lecture", "--help")
    assert status == 0
    lines = [line.strip() for line in out.splitlines() if line.strip().startswith("mfh ")]
    assert [line.split()[1] for line in lines] == ["lecture", "sweep", "lecture"]
