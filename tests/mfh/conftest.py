"""The command, called in this process."""

import signal
from pathlib import Path

import pytest

from tests.mfh.commands.sweeps import Command, mfh_in_process


@pytest.fixture
def call(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Command `mfh` in a folder of its own; return exit status, output and errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(signal, "signal", lambda *_: None)

    def called(*arguments: object) -> tuple[int, str, str]:
        status = mfh_in_process(monkeypatch, *arguments)
        return status, *capsys.readouterr()

    return called
