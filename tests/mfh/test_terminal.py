"""What is printed where an encoding lacks a letter, and where nobody reads it."""

import ast
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mfh import command_line
from mfh.terminal import HANDLER

ROOT = Path(__file__).parents[2]
REGIONS = ("--region", "a=3", "--region", "b=3", "--region", "a&b=2")


def printed(encoding: str, *arguments: str) -> tuple[int, str, str]:
    """Return the status of a call, and what a terminal of an encoding shows of it."""
    streams = [io.TextIOWrapper(io.BytesIO(), encoding=encoding) for _ in range(2)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["mfh", *arguments])
        patch.setattr(sys, "stdout", streams[0])
        patch.setattr(sys, "stderr", streams[1])
        with pytest.raises(SystemExit) as stop:
            command_line.main()
        for stream in streams:
            stream.flush()
    out, err = (stream.buffer.getvalue().decode(encoding) for stream in streams)
    return int(stop.value.code or 0), out, err


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "cp437", "koi8-r", "cp037"])
def test_a_letter_that_a_terminal_lacks_is_spelled(encoding: str) -> None:
    status, out, err = printed(encoding, "truth", *REGIONS)
    assert (status, err) == (0, "")
    assert "\na | b           8 of 8 " in out
    assert "synergy 0.3807" in out


def test_what_a_terminal_has_is_printed_as_it_is() -> None:
    assert "\na ∪ b " in printed("utf-8", "truth", *REGIONS)[1]
    assert "\na ∪ b " in printed("utf-16", "truth", *REGIONS)[1]


def test_an_error_is_spelled_too() -> None:
    status, out, err = printed("ascii", "truth", "--region", "γ=3")
    assert (status, out) == (2, "")
    assert err.startswith("mfh: --region gamma: names the unknown modality 'gamma'")
    assert err.count("\n") == 1


SPELLINGS = {
    "−1.2 ± 0.3": "-1.2 +- 0.3",
    "γ* = ½": "gamma* = 1/2",
    "Δ, λ": "delta, lambda",
    "R² of a naïve ά": "R2 of a naive alpha",
    "“ARM,…” — ×": '"ARM,..." - x',
    "中\udcff": r"\u4e2d\udcff",
}


@pytest.mark.parametrize(("text", "spelled"), SPELLINGS.items(), ids=SPELLINGS.values())
def test_spellings(text: str, spelled: str) -> None:
    assert text.encode("ascii", HANDLER).decode("ascii") == spelled


def test_no_sign_of_ours_is_escaped() -> None:
    for package in ("venn", "synth", "analysis", "mfh"):  # what figures write, browsers read
        for module in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    signs = "".join(letter for letter in node.value if not letter.isascii())
                    assert b"\\" not in signs.encode("ascii", HANDLER), (module, signs)


def test_a_closed_pipe_is_no_traceback() -> None:
    """As of ``mfh claims | head -1``, which reads one line and goes."""
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-c", "from mfh.command_line import main; main()", "--help"]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")
