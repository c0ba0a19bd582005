"""What a killed process leaves; `test_files` has what `staged` makes of such folders."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from venn.scratch import scratch

HOLD = """
import sys
from pathlib import Path
from venn.scratch import scratch

with scratch(Path(sys.argv[1])) as folder:
    (folder / "half").touch()
    print(folder, flush=True)
    sys.stdin.read()
"""


class Holder:
    """Another process that has such a folder in hand."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.folder = Path(self._process.stdout.readline().strip())

    def end(self, number: signal.Signals | None = None) -> None:
        """End well, or by a signal."""
        if number is not None:
            self._process.send_signal(number)
        self._process.communicate()
        assert self._process.returncode == (0 if number is None else -number)


@pytest.mark.skipif(sys.platform == "win32", reason="nothing is removed there")
def test_what_was_left_by_a_kill_is_removed_and_what_is_in_hand_is_not(tmp_path: Path) -> None:
    killed, alive = Holder(tmp_path), Holder(tmp_path)
    killed.end(signal.SIGKILL)
    assert (killed.folder / "half").exists()
    with scratch(tmp_path) as folder:
        assert not killed.folder.exists()
        assert (alive.folder / "half").exists()
        assert len({killed.folder, alive.folder, folder}) == 3
    alive.end()
    assert list(tmp_path.iterdir()) == []


def test_files_of_others_are_left_alone(tmp_path: Path) -> None:
    """But not a lock of ours, which is left where the removal of a folder was interrupted."""
    (tmp_path / ".mfh-notes").mkdir()
    for name in ("poetry.lock", ".mfh-a.lock"):
        (tmp_path / name).touch()
    with scratch(tmp_path):
        pass
    assert {path.name for path in tmp_path.iterdir()} == {".mfh-notes", "poetry.lock"}
