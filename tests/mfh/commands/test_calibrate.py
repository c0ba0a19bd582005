"""``mfh calibrate``: the page, its numbers, and the command that makes them."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from tests.analysis.verdicts.toy import claim
from tests.mfh.commands.sweeps import Command

OPTIONS = ("toy", "--seeds", 30, "--repeats", 4, "--pool", 35)


def test_it_writes_a_page_and_its_numbers(call: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.claims.CLAIMS", {"other": claim(), "toy": claim(name="toy")})
    status, out, _ = call("calibrate", *OPTIONS, "--out", "judged")
    assert status == 0
    names = [f"calibration{suffix}" for suffix in (".md", ".json", ".csv", ".tex")]
    assert out == f"In judged: {' '.join(names)}\n"
    assert {file.name for file in Path("judged").iterdir()} == set(names)
    page = Path("judged/calibration.md").read_text(encoding="utf-8")
    content = json.loads(Path("judged/calibration.json").read_text(encoding="utf-8"))
    command = "mfh calibrate toy --seeds 30 --repeats 4 --pool 35 --out judged"
    assert content["command"] == command
    assert f"`{command}` makes this page" in page
    made = content["configuration"]
    assert (made["seeds"], made["pool"]) == (30, [2_000_000, 2_000_034])
    cases = content["cases"]
    assert {(case["claim"], case["repeats"]) for case in cases} == {("toy", 4)}
    shown = re.findall(r"^\| (?:null|at|watched|power).* \| ([\d.]+) \[", page, re.MULTILINE)
    assert [float(share) for share in shown] == [100 * case["rate"] for case in cases]
    assert list(pd.read_csv("judged/calibration.csv")["rate"]) == [case["rate"] for case in cases]


def test_what_is_usual_is_not_in_its_command(
    call: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analysis.claims.CLAIMS", {"toy": claim()})
    assert call("calibrate", "--repeats", 1, "--out", "x")[0] == 0
    content = json.loads(Path("x/calibration.json").read_text(encoding="utf-8"))
    assert content["command"] == "mfh calibrate --repeats 1 --out x"
