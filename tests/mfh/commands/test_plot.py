"""``mfh plot``: which rows it draws, and how."""

import shutil
from pathlib import Path

import pytest

from analysis import Plan, Store, run
from mfh.commands.plot import matching
from tests.analysis.small import FAST
from tests.mfh.commands.sweeps import Command, refused
from tests.mfh.commands.test_diagram import sizes
from venn import VennDiagram

THIRD = (VennDiagram({"a": 1, "b": 1, "a&b": 1}), VennDiagram({"a": 2, "b": 2}))
AXES = {"n_train": (10, 20), "learning_rate": (0.1 + 0.2, 1 / 3)}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store of γ = 0 and 1/3, two axes, three arms and two seeds."""
    path = tmp_path_factory.mktemp("made") / "sweep.db"
    run(Plan(THIRD, FAST, seeds=range(2), axes=AXES), Store(path), device="cpu").close()
    return path


@pytest.fixture
def store(made: Path, tmp_path: Path) -> Path:
    """Return a folder with that store."""
    shutil.copy(made, tmp_path)
    return tmp_path


ROWS = {
    "gamma=0.3333": 24,  # as mfh store info prints 1/3
    "gamma=0": 24,
    "learning_rate=0.3": 24,
    "n_train=10": 24,
    "n_train=10.0": 24,
    "n_train=10,20": 48,
    "arm=kd,no_kd": 32,
    "seed=1": 24,
}


@pytest.mark.parametrize(("where", "rows"), ROWS.items(), ids=ROWS)
def test_a_condition_keeps_the_rows_of_its_values(where: str, rows: int, made: Path) -> None:
    with Store(made) as store:
        assert len(matching(store.frame(), where)) == rows


def test_the_name_of_an_arm_is_a_word_whatever_it_spells(made: Path) -> None:
    with Store(made) as store:
        frame = store.frame().replace({"arm": {"kd": "true", "no_kd": "1e3", "teacher": "nan"}})
    for arm in ("true", "1e3", "nan"):
        assert {*matching(frame, f"arm={arm}")["arm"]} == {arm}


BAD = {
    "--where gamma": "--where gamma: must be SETTING=VALUE, such as n_train=100",
    "--where accuracy=1": "--where accuracy: is unknown; known: ",
    "--where gamma=0.333": "--where gamma=0.333: leaves no row; known: 0.3333, 0",
    "--where n_train=10,30": "--where n_train=30: leaves no row; known: 10, 20",
    "--where seed=0 --where seed=1": "--where seed=1: leaves no row; known: 0",
    "--simplex --hue arm": "--hue arm: is for curves; this is a simplex",
    "--y n_train --hue arm": "--hue arm: is for curves; this is a heat map",
    "--y n_train --arms kd,x": "--arms kd,x: must be one arm: a map shows one",
    "--y n_train --arms x --where learning_rate=0.3": "--arms x: is unknown; known: ",
    "--style poster": "--style poster: is unknown; known: paper, talk",
    "--where n_train=10 --where learning_rate=0.3 --measure loss": "--measure loss: is unknown; known: accuracy",
    "--where arm=kd": "STORE sweep.db: has no arm no_kd, from which gains are measured; add",
    "--simplex": "STORE sweep.db: ",
}


@pytest.mark.parametrize(("options", "line"), BAD.items(), ids=BAD)
def test_what_cannot_be_drawn_is_refused_in_one_line(
    options: str, line: str, call: Command, store: Path
) -> None:
    said = refused(call, "plot", "sweep.db", *options.split(), "--out", "x.svg")
    assert said.startswith(f"mfh: {line}")
    assert not (store / "x.svg").exists()


ONE = ("--where", "n_train=10", "--where", "learning_rate=0.3")


def test_networks_that_answer_one_class_are_counted(call: Command, store: Path) -> None:
    with Store(store / "sweep.db") as made:
        frame = made.frame()
    of_arm = frame[frame["arm"].isin(["kd", "no_kd"])]
    number = int(of_arm["constant"].sum())
    assert number
    asked = ("--where", "arm=kd,no_kd", "--x", "gamma", "--hue", "n_train")
    status, out, _ = call("plot", "sweep.db", *asked, *ONE[2:], "--out", "x.svg")
    assert status == 0
    half = of_arm[of_arm["learning_rate"] < 0.32]
    number = int(half["constant"].sum())
    said = f"{number} of {len(half)} rows are of networks that answer one class to every test row;"
    assert out.splitlines()[0].startswith(said)


def test_a_slide_is_wide_and_its_text_large(call: Command, store: Path) -> None:
    slide = ("--style", "talk", "--title", "A title")
    assert call("plot", "sweep.db", *ONE, *slide, "--out", "x.svg")[0] == 0
    text = (store / "x.svg").read_text(encoding="utf-8")
    assert 'viewBox="0 0 921.6 518.4"' in text
    assert min(sizes(text)) >= 18
    assert "A title" in text
    assert "12 rows of sweep.db, made by mfh " in text


@pytest.mark.parametrize(
    "options",
    [
        (*ONE, "--measure", "balanced_accuracy"),
        (*ONE, "--y", "balanced_accuracy", "--arms", "no_kd"),
        (*ONE[2:], "--y", "n_train", "--measure", "balanced_accuracy"),
    ],
)
def test_another_measure_is_drawn_and_says_so(
    options: tuple[str, ...], call: Command, store: Path
) -> None:
    assert call("plot", "sweep.db", *options, "--out", "x.svg")[0] == 0
    text = (store / "x.svg").read_text(encoding="utf-8")
    assert "balanced accuracy" in text
    assert max(sizes(text)) == 9
