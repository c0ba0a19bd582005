"""What the tests of sweeps as processes share: it takes seconds, so it is made once."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mfh.commands.sweeps import SWEEP, WHOLE, Command, exported, mfh_in_process
from tests.mfh.commands.warm import Server, warm_server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """What starts `mfh` at once."""
    with warm_server(tmp_path_factory.mktemp("printed")) as started:
        yield started


@pytest.fixture(scope="session")
def undisturbed(server: Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The table of `SWEEP` when nothing disturbs it."""
    folder = tmp_path_factory.mktemp("undisturbed")
    server.call(*SWEEP, folder=folder, flops=WHOLE)
    return exported(folder)


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
