"""``mfh calibrate``: the page, its numbers, and bad calls."""

import json
import re
from pathlib import Path

import pytest

from tests.mfh.commands.sweeps import Command

SMALL = ("mfh-alpha", "--seeds", 30, "--repeats", 4, "--pool", 3)


def test_it_writes_a_page_and_its_numbers(call: Command) -> None:
    status, out, _ = call("calibrate", *SMALL, "--out", "judged")
    assert status == 0
    assert out == "In judged: calibration.md calibration.json calibration.csv calibration.tex\n"
    page = Path("judged/calibration.md").read_text(encoding="utf-8")
    content = json.loads(Path("judged/calibration.json").read_text(encoding="utf-8"))
    command = "mfh calibrate mfh-alpha --seeds 30 --repeats 4 --pool 3 --out judged"
    assert content["command"] == command
    assert f"`{command}` makes this page" in page
    assert content["configuration"]["pool"] == [2_000_000, 2_000_002]
    cases = content["cases"]
    assert {case["repeats"] for case in cases} == {4}
    shown = re.findall(r"^\| (?:null|at|watched|power).* \| ([\d.]+) \[", page, re.MULTILINE)
    assert [float(share) for share in shown] == [100 * case["rate"] for case in cases]
    assert page.count("### mfh-alpha: ") == 2
    assert len(re.findall(r"^\| `mfh-alpha` \|", page, re.MULTILINE)) == 2


BAD_CALLS: dict[str, tuple[tuple[object, ...], str]] = {
    "an unknown claim": (("mfh-beta",), "CLAIM mfh-beta: is unknown"),
    "few seeds": (("mfh-alpha", "--seeds", 9), "--seeds 9: must be a whole number of at least 30"),
    "no repeats": (("mfh-alpha", "--repeats", 0), "--repeats 0: must be"),
    "a pool of one": (("mfh-alpha", "--pool", "few"), "--pool few: must be"),
    "a file for a folder": (("mfh-alpha", "--out", "file"), "--out file: "),
}


@pytest.mark.parametrize(("arguments", "message"), BAD_CALLS.values(), ids=BAD_CALLS)
def test_bad_calls(call: Command, arguments: tuple[object, ...], message: str) -> None:
    Path("file").write_text("")
    status, out, err = call("calibrate", *arguments)
    assert (status, out) == (2, "")
    assert message in err
    assert not Path("out").exists()
