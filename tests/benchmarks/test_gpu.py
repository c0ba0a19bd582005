"""The benchmark of a graphics card, in miniature on a CPU: nothing of it runs on a card for the first time.

But for what a card alone has; the programs are run by Triton's interpreter where Triton is installed.
"""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks.card.equality import apart, told
from benchmarks.card.report import failures, report
from benchmarks.card.stages import STUCK, Found, Stage, attend, serve
from benchmarks.card.work import TINY
from benchmarks.gpu import STAGES, stage

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "benchmarks.gpu")


@pytest.mark.parametrize("name", [name for name in STAGES if name != "rates"])
def test_every_case_finds_what_it_should(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A line of JSON each; the programs are left out."""
    small = stage(name, TINY)
    serve(small, 0)
    found = dict(json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert list(found) == list(small.cases)
    assert failures({name: found}) == []


@pytest.mark.slow
def test_the_command_writes_all_and_says_that_no_card_is_measured(tmp_path: Path) -> None:
    """And a stage that is run again leaves the others as they are."""
    there = importlib.util.find_spec("triton") is not None
    for stages in ((), ("--stage", "machine")):
        done = subprocess.run(
            [*COMMAND, "--device", "cpu", "--out", str(tmp_path), *stages],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "TRITON_INTERPRET": "1" if there else "0"},
            capture_output=True,
            check=False,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        found = json.loads((tmp_path / "no-card.json").read_text(encoding="utf-8"))
        assert {name: list(cases) for name, cases in found.items()} == {
            name: list(stage(name, TINY).cases) for name in STAGES
        }
        assert any("left out" in case for case in found["rates"].values()) is not there
        page = (tmp_path / "no-card.md").read_text(encoding="utf-8").splitlines()
        assert page[0] == "# The engine on no card: not measured"
        assert page == done.stdout.splitlines()[-len(page) :]


CHILD = f"""
import json, sys, time

WAYS = {{
    "fails": lambda: print(json.dumps(["fails", {{"failed": ["why"]}}]), flush=True),
    "is stuck": lambda: print(json.dumps(["is stuck", {{"failed": ["no card"]}}])) or sys.exit({STUCK}),
    "dies": lambda: sys.exit(1),
    "works": lambda: print("noise\\n" + json.dumps(["works", {{"ok": True}}]), flush=True),
    "takes long": lambda: time.sleep(60),
    "is not begun": lambda: None,
}}
for way in list(WAYS.values())[int(sys.argv[-1]):]:
    way()
"""


def test_a_case_that_is_lost_costs_itself_alone() -> None:
    """Whether it raises, takes the card with it, kills its process or takes all the time."""
    ways = ("fails", "is stuck", "dies", "works", "takes long", "is not begun")
    cases: dict[str, Any] = dict.fromkeys(ways, dict)
    found: dict[str, Found] = {}
    attend(Stage("", 3.0, cases), [sys.executable, "-c", CHILD], found.__setitem__)
    assert found == {
        "fails": {"failed": ["why"]},
        "is stuck": {"failed": ["no card"]},
        "dies": {"failed": ["its process ended with status 1"]},
        "works": {"ok": True},
        "takes long": {"failed": ["not done by 3 s"]},
        "is not begun": {"failed": ["not begun by 3 s"]},
    }


def test_what_is_no_number_is_not_equal() -> None:
    one, lost = torch.ones(2, 1), torch.tensor([[1.0], [torch.nan]])
    assert told(apart((one, one), (one, one)))["ok"]
    assert not told(apart((one, one), (one, lost)))["ok"]


def test_a_case_that_raises_is_written_with_the_end_of_what_was_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def wrong() -> dict[str, Any]:
        raise ValueError("of this kind")

    serve(Stage("", 1.0, {"wrong": wrong, "right": dict}), 0)
    (_, first), (name, _) = map(json.loads, capsys.readouterr().out.splitlines())
    assert first["failed"][-1] == "ValueError: of this kind"
    assert name == "right"


def test_the_page_says_what_failed_and_what_is_met() -> None:
    rate = {"trainings_a_second": 2e4, "steps": 1000, "flops": 2.6e13, "row_bytes": 1e12}
    results: dict[str, dict[str, Found]] = {
        "machine": {
            "machine": {"card": "a card", "python": "3", "versions": {"torch": "2", "jax": None}},
            "float32 products": {"flops": 5.2e13},
            "memory, a copy": {"bytes": 4e12},
        },
        "equality": {
            "wrong": {"apart": 0.1, "tolerance": 1e-4, "ok": False},
            "lost": {"failed": ["RuntimeError: out of memory"]},
        },
        "the target": {"programs": {**rate, "trainings_a_minute": 1.2e6, "target": 1_000_000}},
    }
    assert failures(results) == [
        "equality, wrong: not as it should be, {'apart': 0.1, 'tolerance': 0.0001}",
        "equality, lost: RuntimeError: out of memory",
    ]
    page = "\n".join(report(results, "cuda"))
    assert page.startswith("# The engine on a card\n")
    for line in (
        "torch 2, jax not there",
        "| float32 products | 52.0 TFLOP/s |",
        "| wrong | 1.0e-01 > 1e-04, **not equal** |",
        "| lost | **failed**: RuntimeError: out of memory |",
        "26.00 TFLOP/s, 50.0% of the float32 product, rows at 25.0% of a copy's bytes/s",
        "**1,200,000 a minute**; 1,000,000 are met",
    ):
        assert line in page
