"""``mfh lecture``."""

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from analysis import Plan, Store, Synthetic, run
from analysis.reproductions.lecture import plans
from figures.lecture.family import family
from figures.lecture.measured import as_text, law, read_law
from tests.analysis.small import fill, small
from tests.figures.lecture.small import SMALL, shrink
from tests.mfh.commands.sweeps import Command
from venn import growing_gamma

SEEDS = range(2)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the page be the law as JSON."""

    def page(law: dict[str, Any], own: Sequence[Any] = ()) -> str:
        return json.dumps({**law, "families": [*own, *law["families"]]})

    monkeypatch.setitem(sys.modules, "figures.lecture.page", SimpleNamespace(page=page))


@pytest.fixture
def shipped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Let the law be a small one, and its file another."""
    shrink(monkeypatch, SEEDS)
    path = tmp_path / "package" / "measured.json"
    path.parent.mkdir()
    path.write_text("the old law")
    monkeypatch.setattr("figures.lecture.measured.FILE", path)
    return path


def page_of(path: str) -> Any:
    return json.loads(Path(path).read_text(encoding="utf-8"))


def sweep(path: str, plan: Plan) -> None:
    with Store(path) as store:
        fill(store, plan)


@pytest.mark.usefixtures("drawn")
def test_a_page_of_the_shipped_law_is_written(call: Command, tmp_path: Path) -> None:
    status, out, err = call("lecture", "--out", "new/talk.html")
    assert (status, err) == (0, "")
    assert page_of("new/talk.html") == read_law()
    size = Path("new/talk.html").stat().st_size
    assert out == f"new/talk.html: {size / 1000:.0f} kB\n"
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["talk.html"]
    Path("new/talk.html").write_text("another")
    assert call("lecture", "--out", "new/talk.html")[0] == 0
    assert page_of("new/talk.html") == read_law()


def test_the_page_is_that_of_the_figures(call: Command) -> None:
    pytest.importorskip("vl_convert")
    from figures.lecture.page import page  # noqa: PLC0415  # it needs what may not be there

    assert call("lecture", "--out", "x.html")[0] == 0
    assert Path("x.html").read_text(encoding="utf-8") == page(read_law())


@pytest.mark.usefixtures("drawn")
def test_a_sweep_comes_first(call: Command) -> None:
    plan = small(diagrams=growing_gamma((0, 10)), protocol=Synthetic(), seeds=range(4))
    sweep("mine.db", plan)
    before = Path("mine.db").read_bytes()
    assert call("lecture", "--store", "mine.db", "--out", "x.html")[0] == 0
    own, *others = page_of("x.html")["families"]
    assert others == read_law()["families"]
    with Store("mine.db") as store:
        assert own == family(store.frame(), "mine.db")
    assert (own["model"], own["title"]) == ("hidden", "mine.db: 2 points, 4 seeds")
    assert Path("mine.db").read_bytes() == before


@pytest.mark.usefixtures("drawn")
@pytest.mark.parametrize("protocol", ["released", "published"])
def test_sweeps_of_the_papers_protocols_too(call: Command, protocol: str) -> None:
    options = ("--points", 2, "--seeds", 2, "--set", f"protocol={protocol}", "--device", "cpu")
    assert call("sweep", *options)[0] == 0
    assert call("lecture", "--store", "sweep.db", "--out", "x.html")[0] == 0
    own = page_of("x.html")["families"][0]
    assert (own["kind"], own["model"], own["settings"]["weight"]) == ("path", None, 0.5)


def test_the_law_is_rebuilt_in_its_place(call: Command, shipped: Path, tmp_path: Path) -> None:
    status, out, err = call("lecture", "--rebuild-data")
    assert (status, err) == (0, "")
    networks = sum(plan.cells for plan in plans(SEEDS).values())
    first, second = out.splitlines()
    assert first == f"{shipped}: {shipped.stat().st_size / 1000:.0f} kB"
    assert second.startswith(f"{networks:,} networks trained in ")
    assert second.endswith(", and kept in lecture.db")
    store = Store()
    for plan in plans(SEEDS).values():
        run(plan, store, device="cpu")
    expected = law(store.frame(), SEEDS)
    assert shipped.read_text(encoding="utf-8") == as_text(expected)
    assert {file.name for file in tmp_path.iterdir()} == {"package", "lecture.db"}
    assert [file.name for file in shipped.parent.iterdir()] == ["measured.json"]


@pytest.mark.usefixtures("drawn")
def test_a_page_may_show_the_law_that_was_just_rebuilt(call: Command, shipped: Path) -> None:
    status, out, _ = call("lecture", "--rebuild-data", "--out", "x.html")
    assert status == 0
    assert out.splitlines()[-1].startswith("x.html: ")
    rebuilt = json.loads(shipped.read_text(encoding="utf-8"))
    assert page_of("x.html") == rebuilt
    assert [each["title"] for each in rebuilt["families"][: len(SMALL)]] == [
        course.title for course in SMALL.values()
    ]


def test_a_rebuild_goes_on_where_it_was_stopped(
    call: Command, shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(plan: Plan, *others: Any, **options: Any) -> None:
        run(replace(plan, seeds=range(1)), *others, **options)
        raise KeyboardInterrupt

    networks = sum(plan.cells for plan in plans(SEEDS).values())
    done = networks // 4  # one seed of two, one model of two
    with monkeypatch.context() as patch:
        patch.setattr("analysis.run", stopped)
        status, out, err = call("lecture", "--rebuild-data")
    assert (status, out) == (130, "")
    stored = f"{done:,} of {networks:,} networks are stored in lecture.db"
    assert err == f"mfh: interrupted; {stored}; the same command goes on from there\n"
    assert shipped.read_text() == "the old law"
    assert [file.name for file in shipped.parent.iterdir()] == ["measured.json"]
    for left in (networks - done, 0):
        status, out, _ = call("lecture", "--rebuild-data")
        assert status == 0
        assert out.splitlines()[1].startswith(f"{left:,} networks trained in ")


def test_what_failed_is_trained_again(call: Command, shipped: Path) -> None:
    with Store("lecture.db") as store:
        fill(store, plans(SEEDS)["linear"], failed=True)
    networks = sum(plan.cells for plan in plans(SEEDS).values())
    status, out, _ = call("lecture", "--rebuild-data")
    assert status == 0
    assert out.splitlines()[1].startswith(f"{networks:,} networks trained in ")
    assert json.loads(shipped.read_text(encoding="utf-8"))["made"]["seeds"] == 2


def test_what_fails_leaves_the_old_law(
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
    assert shipped.read_text() == "the old law"


def test_a_terminal_sees_every_network(
    call: Command, shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(sys.stderr), "isatty", lambda _: True, raising=False)
    _, _, err = call("lecture", "--rebuild-data")
    networks = sum(plan.cells for plan in plans(SEEDS).values())
    assert f"{networks}/{networks}" in err
    assert shipped.exists()


PAGE = ("--out", "x.html")
BAD: dict[str, tuple[tuple[object, ...], str]] = {
    "nothing": ((), "give --out FILE.html for the page, or --rebuild-data for its gains"),
    "a store and no page": (
        ("--store", "good.db"),
        "--store good.db: is shown in a page; give --out FILE.html too",
    ),
    "a store, data and no page": (
        ("--store", "good.db", "--rebuild-data"),
        "--store good.db: is shown in a page; give --out FILE.html too",
    ),
    "another suffix": (("--out", "x.htm"), "--out x.htm: must end in .html"),
    "no name": (("--out", ""), "--out : must end in .html"),
    "a suffix alone": (("--out", ".html"), "--out .html: must end in .html"),
    "a folder": (
        ("--out", "folder.html"),
        "--out folder.html: is a folder where a file is to be written; move it away",
    ),
    "below a file": (
        ("--out", "taken/x.html"),
        "--out taken/x.html: needs a folder that can be written (File exists)",
    ),
    "no such store": (
        ("--store", "none.db", *PAGE),
        "--store none.db: cannot be read (No such file or directory)",
    ),
    "no store": (("--store", "taken", *PAGE), "--store taken: is not a store of mfh"),
    "a folder as store": (
        ("--store", "folder.html", *PAGE),
        "--store folder.html: cannot be read (Is a directory)",
    ),
    "empty store": (
        ("--store", "empty.db", *PAGE),
        "--store empty.db: holds no result yet; mfh sweep trains them",
    ),
    "no baseline": (
        ("--store", "lonely.db", *PAGE),
        "--store lonely.db: arms teacher, kd: must hold no_kd and at least one of kd, kd_general, "
        "kd_multimodal, um_kd: sweep with --arms",
    ),
    "no student": (
        ("--store", "shuffled.db", *PAGE),
        "--store shuffled.db: arms teacher, no_kd, kd_shuffled: must hold no_kd and at least one ",
    ),
    "a setting varies": (
        ("--store", "axis.db", *PAGE),
        "--store axis.db: n_train in 10, 20: varies; the page shows gains over diagrams alone: "
        "sweep with one n_train",
    ),
    "all failed": (
        ("--store", "failed.db", *PAGE),
        "--store failed.db: 0 of 6 gains: need a seed at which neither an arm nor no_kd failed",
    ),
    "a store, before anything is trained": (
        ("--store", "empty.db", *PAGE, "--rebuild-data"),
        "--store empty.db: holds no result yet",
    ),
    "an argument": (("x.html",), "Got unexpected extra argument (x.html)"),
    "unknown option": (("--sotre", "x"), "No such option '--sotre'"),
}


@pytest.fixture
def stores(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    (tmp_path / "folder.html").mkdir()
    Store(tmp_path / "empty.db").close()
    for name, plan in {
        "good": small(),
        "lonely": small(arms=("kd",)),
        "shuffled": small(arms=("no_kd", "kd_shuffled")),
        "axis": small(axes={"n_train": (10, 20)}),
    }.items():
        with Store(tmp_path / f"{name}.db") as store:
            fill(store, plan)
    with Store(tmp_path / "failed.db") as store:
        fill(store, small(), failed=True)


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
    assert shipped.read_text() == "the old law"


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
    assert shipped.read_text() == "the old law"


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
