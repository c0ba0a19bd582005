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
from tests.mfh.commands.sweeps import Command, refused
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
    fill(Store("mine.db"), plan).close()
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


def test_a_package_that_cannot_be_written(
    call: Command, shipped: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    below = shipped / "measured.json"  # a file in the place of the package's folder
    monkeypatch.setattr("figures.lecture.measured.FILE", below)
    why = "needs a folder that can be written (File exists)"
    said = refused(call, "lecture", "--rebuild-data")
    assert said == f"mfh: --rebuild-data: {below} {why}\n"
    assert [file.name for file in tmp_path.iterdir()] == ["package"]


def test_a_store_in_the_way_of_the_rebuild_is_left_as_it_is(call: Command, shipped: Path) -> None:
    Path("lecture.db").write_text("notes of the lecture")
    said = refused(call, "lecture", "--rebuild-data")
    assert said == "mfh: --rebuild-data: lecture.db is not a store of mfh; it was left as it is\n"
    assert Path("lecture.db").read_text() == "notes of the lecture"
    assert shipped.read_text() == "the old gains"


def test_a_page_that_lacks_a_package_says_which(
    call: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    said = refused(call, "lecture", "--out", "x.html")
    assert said.startswith("mfh: the page carries a plotting library; pip install ")
    assert list(tmp_path.iterdir()) == []


def test_the_examples_of_the_help_are_commands(call: Command) -> None:
    status, out, _ = call("lecture", "--help")
    assert status == 0
    lines = [line.strip() for line in out.splitlines() if line.strip().startswith("mfh ")]
    assert [line.split()[1] for line in lines] == ["lecture", "sweep", "lecture"]
