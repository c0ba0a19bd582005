"""``mfh verify`` and ``mfh claims``."""

import json
import sys
from concurrent.futures import BrokenExecutor
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from analysis import Store
from analysis.claims import CLAIMS
from analysis.verdicts import BUDGETS, PAPER, verify
from figures.report.page import html
from figures.report.record import record
from figures.report.table import table
from tests.analysis.verdicts.toy import claim, failing
from tests.mfh.commands.sweeps import Command

TRUE, FALSE = [1.0, 1.0], [1.0, -1.0]
"""Effects of a claim's parts, in standard deviations."""


TOYS = {
    "true": claim(TRUE, "true"),
    "false": claim(FALSE, "false"),
    "failing": claim(TRUE, "failing", plan=failing),
}


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put claims that train nothing in the place of the real ones."""
    monkeypatch.setattr("analysis.claims.CLAIMS", TOYS)


def without_seconds(text: str) -> list[list[str]]:
    return [line.split()[:-1] if " of " in line else line.split() for line in text.splitlines()]


@pytest.mark.usefixtures("toys")
def test_a_report_and_its_numbers_are_written(call: Command, tmp_path: Path) -> None:
    options = ("--seeds", 30, "--seed", 5, "--out", "new/out", "--json", "more/x.json")
    status, out, err = call("verify", "false", "true", *options)
    assert (status, err) == (0, "")
    expected = verify([TOYS["false"], TOYS["true"]], range(5, 35))
    printed, last = out.rsplit("\n\n", 1)
    assert without_seconds(printed) == without_seconds(table(expected))
    assert (
        last
        == "seeds 5 to 34; in new/out: report.html verdicts.json verdicts.csv verdicts.md verdicts.tex\n"
    )
    names = {"report.html", *(f"verdicts.{kind}" for kind in ("json", "csv", "md", "tex"))}
    assert {file.name for file in (tmp_path / "new/out").iterdir()} == names
    assert (tmp_path / "new/out/report.html").read_text(encoding="utf-8") == html(expected)
    text = (tmp_path / "new/out/verdicts.json").read_text(encoding="utf-8")
    assert json.loads(text) == record(expected)
    assert [file.name for file in (tmp_path / "more").iterdir()] == ["x.json"]
    assert (tmp_path / "more/x.json").read_text(encoding="utf-8") == text
    rows = pd.read_csv(tmp_path / "new/out/verdicts.csv")
    assert len(rows) == sum(
        len(world["parts"]) for each in record(expected)["claims"] for world in each["worlds"]
    )
    first = record(expected)["claims"][0]["worlds"][0]
    assert list(rows["constant"]) == list(rows["trainings"]) == [30] * 8  # of one test row each
    for name in ("mean", "low", "high"):
        assert rows[name][1] == first["parts"][1][name]
    assert (rows["world"][1], rows["verdict"][1]) == (first["world"], first["verdict"])


@pytest.mark.usefixtures("toys")
def test_a_store_keeps_what_was_trained_as_sweeps_do(call: Command) -> None:
    written, trained, told = [], [], []
    for seeds, out in ((30, "first"), (50, "more"), (50, "again")):
        asked = ("verify", "true", "false", "--seeds", seeds, "--store", "kept.db", "--out", out)
        status, printed, _ = call(*asked)
        assert status == 0
        told.append(printed.rsplit("verdicts.tex\n", 1)[1])
        written.append((Path(out) / "verdicts.json").read_text(encoding="utf-8"))
        with Store("kept.db", make=False) as store:
            trained.append((store.holdings().results, len(store.runs())))
    assert trained == [(2 * 30, 2), (2 * 50, 4), (2 * 50, 4)]  # once a world, for both claims
    assert told == ["", *(f"{there} of 100 models were stored already\n" for there in (60, 100))]
    assert written[1] == written[2] != written[0]


@pytest.mark.usefixtures("toys")
def test_what_did_not_run_is_named_and_gives_status_1(call: Command) -> None:
    status, out, err = call("verify", "--budget", "quick")
    assert (status, err) == (1, "")
    assert out.splitlines()[-1].startswith(
        "did not run: failing in MLP, hyperplane, as it is: "
        "FloatingPointError: 30 trainings failed (<& stopped>, seed 0: diverged"
    )
    data = json.loads(Path("out/verdicts.json").read_text(encoding="utf-8"))
    assert [each["name"] for each in data["claims"]] == list(TOYS)
    assert len(data["configuration"]["seeds"]) == BUDGETS["quick"]
    assert Path("out/report.html").exists()


@pytest.mark.usefixtures("toys")
@pytest.mark.parametrize(
    ("options", "count"), [((), BUDGETS["paper"]), (("--budget", "large", "--seeds", 7), 7)]
)
def test_seeds_are_those_of_the_paper_unless_told(
    options: tuple[str, ...], count: int, call: Command
) -> None:
    assert call("verify", "true", "true", *options)[0] == 0
    data = json.loads(Path("out/verdicts.json").read_text(encoding="utf-8"))
    assert data["configuration"]["seeds"] == list(range(count))
    assert [each["name"] for each in data["claims"]] == ["true"]


def test_an_interrupted_run_leaves_nothing(
    call: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("analysis.verdicts.verify", stopped)
    status, out, err = call("verify", "--json", "x.json")
    assert (status, out) == (130, "")
    assert "nothing is half-written, and --store FILE would have kept what was trained" in err
    assert list(tmp_path.iterdir()) == []
    status, _, err = call("verify", "--store", "kept.db")
    assert status == 130
    assert "nothing is half-written, and kept.db goes on where it was" in err


@pytest.mark.usefixtures("toys")
def test_a_terminal_sees_every_cell(call: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(sys.stderr), "isatty", lambda _: True, raising=False)
    _, _, err = call("verify", "true", "false", "--seeds", 25)
    assert f"{25 * 2}/{25 * 2}" in err  # which the two claims share


def test_workers_that_break_are_said_and_what_they_trained_stays(
    call: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*given: object) -> None:
        assert repr(given[-1]) == "Workers(count=3)"
        raise BrokenExecutor("no process could be started")

    monkeypatch.setattr("analysis.verdicts.verify", broken)
    status, out, err = call("verify", "--workers", 3, "--store", "kept.db")
    assert (status, out) == (1, "")
    assert "no process could be started; nothing is half-written, and kept.db goes on" in err


def test_every_claim_is_listed(call: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    one = replace(TOYS["true"], name="one", worlds={"mine": TOYS["true"].worlds[PAPER]})
    listed = {**CLAIMS, "one": one}
    monkeypatch.setattr("analysis.claims.CLAIMS", listed)
    status, out, err = call("claims")
    assert (status, err) == (0, "")
    head, *rows = out.splitlines()
    assert head.split() == ["claim", "title", "source", "tested", "in"]
    for row, each in zip(rows, listed.values(), strict=True):
        worlds = f"{len(each.worlds)} world{'' if len(each.worlds) == 1 else 's'}"
        cells = [cell.strip() for cell in row.split("  ") if cell.strip()]
        assert cells == [each.name, each.title, each.source, worlds]


def test_a_claim_is_described(call: Command) -> None:
    name, each = next(iter(CLAIMS.items()))
    status, out, err = call("claims", name)
    assert (status, err) == (0, "")
    words = " ".join(out.split())
    for text in (each.title, each.source, each.words, each.method, *each.nulls):
        assert " ".join(text.split()) in words
    for part in each.parts:
        said = f"{part.name}: {part.side} {part.margin:g} {part.unit} {part.statement}"
        assert " ".join(said.split()) in words
    listed = [line.strip() for line in out.splitlines() if line.startswith("  ")]
    assert listed[-len(each.worlds) :] == [*each.worlds]
    assert max(map(len, out.splitlines())) <= 88
