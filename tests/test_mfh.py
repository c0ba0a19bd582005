"""The command line, in this process where what it prints matters, else as a process."""

import contextlib
import os
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

import pandas as pd
import pytest
import torch

import mfh

COMMAND = [sys.executable, "-c", "import mfh; mfh.main()"]


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["mfh", *arguments])
    try:
        mfh.main()
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


REGIONS = ("--region", "a=10", "--region", "b=10")
BAD: dict[str, tuple[tuple[str, ...], str]] = {
    "unknown figure": (
        ("reproduce", "figure9"),
        "mfh: FIGURE figure9: is unknown; known: figure2, figure3",
    ),
    "unknown figure after a known one": (
        ("reproduce", "figure2", "figure9"),
        "mfh: FIGURE figure9: is unknown; known: figure2, figure3",
    ),
    "unknown protocol": (
        ("reproduce", "--protocol", "x"),
        "mfh: --protocol x: is unknown; known: native, published, released",
    ),
    "no seeds": (
        ("reproduce", "--seeds", "0"),
        "mfh: --seeds 0: must be a whole number of at least 1",
    ),
    "fractional seeds": (
        ("reproduce", "--seeds", "2.5"),
        "mfh: --seeds 2.5: must be a whole number of at least 1",
    ),
    "seeds no number": (
        ("reproduce", "--seeds", "many"),
        "mfh: --seeds many: must be a whole number of at least 1",
    ),
    "negative width": (
        ("reproduce", "--width", "-1"),
        "mfh: --width -1: must be a whole number of at least 0",
    ),
    "width of released": (
        ("reproduce", "--protocol", "released", "--width", "64"),
        "mfh: --width 64: only the native protocol has a width; "
        "the released script's models are linear",
    ),
    "unknown device": (
        ("reproduce", "--device", "tpu"),
        "mfh: --device tpu: is unknown; known: auto, cpu, cuda",
    ),
    "no cuda": (
        ("reproduce", "--device", "cuda"),
        "mfh: --device cuda: no CUDA device was found; use 'cpu' or 'auto'",
    ),
    "out is a file": (
        ("reproduce", "--out", "taken"),
        "mfh: --out taken: needs a folder that can be written (File exists)",
    ),
    "out below a file": (
        ("reproduce", "--out", "taken/x"),
        "mfh: --out taken/x: needs a folder that can be written (Not a directory)",
    ),
    "out is empty": (
        ("reproduce", "--out", ""),
        "mfh: --out : must name a folder; '.' is this one",
    ),
    "too many seeds": (
        ("reproduce", "--seeds", "99999999999999999999"),
        "mfh: --seeds 99999999999999999999: must be at most 1000000000",
    ),
    "too large a count": (
        ("diagram", "--region", "a=99999999999999999999", "--out", "x.svg"),
        "mfh: --region a=99999999999999999999: must be at most 1000000000",
    ),
    "two lines": (
        ("reproduce", "--seeds", "1\n2"),
        "mfh: --seeds 1 2: must be a whole number of at least 1",
    ),
    "name with a quote": (
        ("diagram", "--modalities", "a'", "b", "--region", "a'=-1", "--out", "x.svg"),
        "mfh: --region a'=-1: must be a whole number of at least 0",
    ),
    "unknown option": (("reproduce", "--sedes", "3"), "mfh: No such option '--sedes'"),
    "unknown command": (("draw",), "mfh: No such command 'draw'"),
    "negative count": (
        ("diagram", "--region", "a=-1", "--out", "x.svg"),
        "mfh: --region a=-1: must be a whole number of at least 0",
    ),
    "fractional count": (
        ("diagram", "--region", "a=2.5", "--out", "x.svg"),
        "mfh: --region a=2.5: must be a whole number of at least 0",
    ),
    "unknown modality": (
        ("diagram", "--region", "a&c=3", "--out", "x.svg"),
        "mfh: --region a&c=3: region 'a&c' names the unknown modality 'c'; known modalities: a, b",
    ),
    "region twice": (
        ("diagram", "--region", "a=3", "--region", "a=4", "--out", "x.svg"),
        "mfh: --region a=4: is given twice",
    ),
    "no count": (
        ("diagram", "--region", "a", "--out", "x.svg"),
        "mfh: Invalid value for '--region': 'a' must be NAME=COUNT, such as a=10",
    ),
    "empty diagram": (
        ("diagram", "--region", "a=0", "--noise", "a=1", "--noise", "b=1", "--out", "x.svg"),
        "mfh: --region a=0: must hold at least one decisive feature that a modality sees",
    ),
    "no region": (
        ("diagram", "--out", "x.svg"),
        "mfh: --region: must hold at least one decisive feature that a modality sees",
    ),
    "modality without channels": (
        ("diagram", "--region", "a=3", "--out", "x.svg"),
        "mfh: --region a=3: modality 'b' has no channels; give it decisive features or noise",
    ),
    "negative hidden": (
        ("diagram", *REGIONS, "--hidden", "-2", "--out", "x.svg"),
        "mfh: --hidden -2: must be a whole number of at least 0",
    ),
    "noise of an unknown modality": (
        ("diagram", *REGIONS, "--noise", "c=1", "--out", "x.svg"),
        "mfh: --noise c=1: names the unknown modality 'c'; known modalities: a, b",
    ),
    "negative noise": (
        ("diagram", *REGIONS, "--noise", "a=-1", "--out", "x.svg"),
        "mfh: --noise a=-1: must be a whole number of at least 0",
    ),
    "equal modalities": (
        ("diagram", *REGIONS, "--modalities", "a", "a", "--out", "x.svg"),
        "mfh: --modalities a a: must be two or more distinct names without '&', '=' or spaces",
    ),
    "no out": (("diagram", *REGIONS), "mfh: Missing option '--out'."),
    "unknown format": (
        ("diagram", *REGIONS, "--out", "x.jpg"),
        "mfh: --out x.jpg: must end in .png, .svg or .pdf",
    ),
    "out below a file, diagram": (
        ("diagram", *REGIONS, "--out", "taken/x.svg"),
        "mfh: --out taken/x.svg: needs a folder that can be written (File exists)",
    ),
}


@pytest.mark.parametrize(("arguments", "line"), BAD.values(), ids=BAD)
def test_bad_calls_get_one_line_and_status_2_and_leave_nothing(
    arguments: tuple[str, ...],
    line: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    (tmp_path / "taken").write_text("a file")
    assert call(monkeypatch, *arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(line)
    assert err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_reproduce_prints_tables_and_writes_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    options = ("--seeds", "2", "--width", "2", "--device", "cpu", "--out", "some/where")
    assert call(monkeypatch, "reproduce", *options) == 0
    out, err = capsys.readouterr()
    assert err == ""  # no progress bar where nobody watches
    assert "Figure 2" in out
    assert "Figure 3" in out
    written = sorted(path.name for path in (tmp_path / "some" / "where").iterdir())
    suffixes = ("-runs.csv", ".csv", ".json", ".pdf", ".png", ".svg")
    assert written == [f"figure{n}{suffix}" for n in (2, 3) for suffix in suffixes]
    assert (pd.read_csv(tmp_path / "some/where/figure2.csv")["seeds"] == 2).all()


def test_the_same_call_gives_the_same_bytes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for folder in ("one", "two"):
        options = ("--seeds", "2", "--width", "2", "--device", "cpu", "--out")
        assert call(monkeypatch, "reproduce", "figure3", *options, str(tmp_path / folder)) == 0
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes(), file.name


def test_diagram_draws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    regions = ("--region", "audio=10", "--region", "video=10", "--region", "audio&video=5")
    options = ("--modalities", "audio", "video", "--hidden", "3", "--noise", "audio=4")
    assert call(monkeypatch, "diagram", *regions, *options, "--out", "new/x.svg") == 0
    text = (tmp_path / "new" / "x.svg").read_text()
    assert "γ = 0.20: 5 seen by both audio and video" in text
    assert "hidden: 3 seen by neither" in text
    assert "audio (teacher): 15 decisive + 4 noise channels" in text
    assert '"hidden": 3' in text  # what made it, in the metadata
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["x.svg"]


def test_a_name_may_hold_a_dollar_sign(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    options = ("--modalities", r"$\x$", "b", "--region", r"$\x$=10", "--region", "b=1")
    assert call(monkeypatch, "diagram", *options, "--out", "x.svg") == 0
    assert r"$\x$ (teacher): 10 decisive" in (tmp_path / "x.svg").read_text()


@pytest.mark.parametrize("arguments", [(), ("--help",), ("reproduce", "-h"), ("diagram", "-h")])
def test_help(arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    assert call(monkeypatch, *arguments) == (0 if arguments else 2)


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys, mfh; sys.argv = ['mfh', '--help']\n"
        "try: mfh.main()\n"
        "finally: print([m for m in ('torch', 'numpy', 'matplotlib', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("[]\n")


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_keeps_finished_figures_and_leaves_nothing_half_written(
    stop: signal.Signals, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    options = ["--device", "cpu", "--out", str(out)]
    subprocess.run([*COMMAND, "reproduce", "figure3", "--seeds", "1", *options], check=True)
    before = {file.name: file.read_bytes() for file in out.iterdir()}
    process = subprocess.Popen(
        [*COMMAND, "reproduce", "figure3", "--seeds", "3000", *options],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 120
    while not list(out.glob(".mfh-*")):  # the stage is made when the work begins
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.05)
    time.sleep(0.5)
    process.send_signal(stop)
    stdout, stderr = process.communicate(timeout=120)
    assert process.returncode == 130
    assert stdout == ""
    assert stderr.strip().splitlines()[-1].startswith("mfh: interrupted")
    assert "Traceback" not in stderr
    assert {file.name: file.read_bytes() for file in out.iterdir()} == before


def test_a_terminal_sees_progress(tmp_path: Path) -> None:
    leader, follower = os.openpty()
    termios.tcsetwinsize(follower, (24, 80))
    process = subprocess.Popen(
        [*COMMAND, "reproduce", "figure3", "--seeds", "2", "--width", "2", "--out", str(tmp_path)],
        stderr=follower,
        stdout=subprocess.DEVNULL,
    )
    os.close(follower)
    seen = b""
    with contextlib.suppress(OSError):  # a closed terminal ends the reading
        while chunk := os.read(leader, 4096):
            seen += chunk
    os.close(leader)
    assert process.wait(timeout=60) == 0
    assert b"figure3" in seen
    assert b"30/30" in seen
