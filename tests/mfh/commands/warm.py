"""The command line in processes that start at once: children of one that has imported everything.

A kill is as real in a child as in a process of its own, and there can be many in a minute.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PATIENCE = 600.0
"""Seconds after which something that was waited for has failed."""


class Call:
    """A call of `mfh` that is on its way, in a session of its own."""

    def __init__(self, server: "Server", pid: int, printed: Path) -> None:
        self.pid = pid
        self._server = server
        self._printed = printed

    def wait(self) -> int:
        """Return the exit status; minus the signal if it was killed."""
        return int(until(lambda: self._server.ask({"ended": self.pid}), pause=0.02)[0])

    def send(self, number: signal.Signals, *, group: bool = False) -> None:
        """Send a signal, as Ctrl-C in a terminal does to the whole group."""
        (os.killpg if group else os.kill)(self.pid, number)

    @property
    def out(self) -> str:
        return self._printed.with_suffix(".out").read_text()

    @property
    def err(self) -> str:
        return self._printed.with_suffix(".err").read_text()


class Server:
    """A process that has imported everything, and forks a child for every call."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._calls = 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.mfh.commands.warm"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[3],
        )

    def ask(self, request: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def start(self, *arguments: object, folder: Path, flops: float = 0.0, **limits: int) -> Call:
        """Call `mfh` in a folder, with shards of so many operations, and maybe a file size."""
        self._calls += 1
        printed = self._folder / f"{self._calls:03d}"
        request = {
            "arguments": [str(argument) for argument in arguments],
            "folder": str(folder),
            "flops": flops,
            "printed": str(printed),
            **limits,
        }
        return Call(self, int(self.ask(request)), printed)

    def call(self, *arguments: object, folder: Path, **how: Any) -> Call:
        """Call `mfh`, which must succeed."""
        call = self.start(*arguments, folder=folder, **how)
        status = call.wait()
        assert status == 0, call.err
        return call

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(PATIENCE)
        assert self._process.stdout is not None
        self._process.stdout.close()


def until(condition: Callable[[], Any], pause: float = 0.005) -> Any:
    """Return what a condition gives as soon as that is true."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(pause)
    return found


def members(group: int) -> list[int]:
    """Return the processes of a session that have not ended."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] not in "ZX" and int(fields[3]) == group:
            found.append(int(folder.name))
    return found


def _serve() -> None:
    # Not above: a worker, which imports this module as well, does without.
    import torch  # noqa: PLC0415

    import analysis.sweeps.shards  # noqa: PLC0415
    from mfh import command_line  # noqa: PLC0415
    from tests.analysis.small import small  # noqa: PLC0415

    torch.set_num_threads(1)  # threads would not live on in a child
    analysis.run(small(), device="cpu").frame()  # what is only imported as it is needed

    for line in sys.stdin:
        request = json.loads(line)
        if "ended" in request:
            pid, status = os.waitpid(request["ended"], os.WNOHANG)
            print(json.dumps(pid and [os.waitstatus_to_exitcode(status)]), flush=True)
            continue
        if os.fork():
            continue
        os.setsid()
        print(os.getpid(), flush=True)
        for number, target in ((0, os.devnull), (1, ".out"), (2, ".err")):
            name = target if number == 0 else request["printed"] + target
            file = os.open(name, os.O_RDWR | os.O_CREAT, 0o644)
            os.dup2(file, number)
        os.chdir(request["folder"])
        analysis.sweeps.shards.FLOPS = request["flops"]
        if "file_size" in request:
            resource.setrlimit(resource.RLIMIT_FSIZE, (request["file_size"],) * 2)
        sys.argv = ["mfh", *request["arguments"]]
        command_line.main()
        return


if __name__ == "__main__":
    _serve()
