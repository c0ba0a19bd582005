"""Processes that serve a contestant, and wait while others have their turn."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).parents[2]
LAST_S = 10
"""Seconds that a process has to end by itself."""


class CrewError(Exception):
    """A process failed; its own words are the message."""


class Crew:
    """One process, or one a core, each serving an object of its own.

    Parameters
    ----------
    served : str
        ``module:factory`` of the object.
    cores : sequence of int, optional
        The core that each process stays on; one free process unless told otherwise.
    environment : mapping of str to str, optional
        What is set before the process starts.
    """

    def __init__(
        self,
        served: str,
        cores: Sequence[int] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.served = served
        self.idle_s = 0.0
        self._processes = [
            subprocess.Popen(
                [sys.executable, "-m", "benchmarks.racing.worker", served, *core],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, **(environment or {})},
                cwd=ROOT,
                encoding="utf-8",
            )
            for core in ([()] if cores is None else [(str(core),) for core in cores])
        ]

    def __len__(self) -> int:
        """Return the number of processes."""
        return len(self._processes)

    def __enter__(self) -> Self:
        """Return the crew."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the processes: their inputs end, or, after an error, they are killed."""
        for process in self._processes:
            if kind is None and process.stdin is not None:
                process.stdin.close()
            else:
                process.kill()
        for process in self._processes:
            try:
                process.wait(timeout=LAST_S)
            except subprocess.TimeoutExpired:
                process.kill()
            with contextlib.suppress(BrokenPipeError):  # a call that it never read
                process.__exit__(None, None, None)

    def started(self) -> Self:
        """Wait until every process serves its object; call it once.

        Raises
        ------
        CrewError
            If one cannot.
        """
        self._answers()
        return self

    def call(self, method: str, *each: Mapping[str, Any], **common: Any) -> list[Any]:
        """Call a method in all processes at once and return what each answers.

        Parameters
        ----------
        method : str
            Its name.
        *each : mapping
            Arguments of each process, where they are not the same.
        **common
            Arguments of all.

        Raises
        ------
        CrewError
            If one fails.
        """
        own = each or ({},) * len(self)
        for process, arguments in zip(self._processes, own, strict=True):
            call = {"method": method, "arguments": {**common, **arguments}}
            assert process.stdin is not None
            with contextlib.suppress(BrokenPipeError):  # its answer says that it died
                process.stdin.write(json.dumps(call) + "\n")
                process.stdin.flush()
        return self._answers()

    def seconds(self, method: str, **arguments: Any) -> float:
        """Return how long a call takes until the last process is done.

        They are all blocked on their inputs before, so that they start together.
        """
        started = time.perf_counter()
        self.call(method, **arguments)
        return time.perf_counter() - started

    def _answers(self) -> list[Any]:
        lines = []
        for process in self._processes:
            assert process.stdout is not None
            lines.append(process.stdout.readline())
        answers = [
            json.loads(line or '{"error": "its process died", "idle_s": 0}') for line in lines
        ]
        for answer in answers:
            self.idle_s += answer["idle_s"]
            if "error" in answer:
                raise CrewError(f"{self.served}: {answer['error']}")
        return [answer["value"] for answer in answers]
