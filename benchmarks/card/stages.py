"""Stages, each in a process of its own, each case of one written down as soon as it is done.

A case that fails is an entry with the last lines of what was said, and the next one begins; one that
takes down its process, or the card's context with it, costs itself alone.
"""

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

ROOT = Path(__file__).parents[2]
LAST_LINES = 6
STUCK = 75
"""The status of a process that a failed case has left without its card."""

Case = Callable[[], dict[str, Any]]
"""Returns what it found, as JSON data; of an equality also whether it is ``"ok"``."""

Found = dict[str, Any]
"""Of a case: what it returned and its ``"seconds"``, or what ``"failed"``."""


@dataclass(frozen=True)
class Stage:
    """Cases that belong together.

    Parameters
    ----------
    title : str
        What they are, for people.
    budget : float
        Seconds after which its process is ended.
    cases : mapping of str to callable
        In the order of what is missed most.
    """

    title: str
    budget: float
    cases: Mapping[str, Case]


def serve(stage: Stage, first: int) -> None:
    """Run the cases of a stage from some number on; print a line of JSON for each."""
    for name in list(stage.cases)[first:]:
        started = time.perf_counter()
        found = _tried(stage.cases[name])
        found["seconds"] = round(time.perf_counter() - started, 3)
        print(json.dumps([name, found]), flush=True)
        if "failed" in found and not _card_answers():
            sys.exit(STUCK)  # the next case begins in a new process


def _tried(case: Case) -> Found:
    try:
        return case()
    except Exception as error:  # noqa: BLE001  # whatever it is, the next case begins
        last = "".join(traceback.format_exception(error)).strip().splitlines()[-LAST_LINES:]
        return {"failed": [line.rstrip() for line in last]}
    finally:
        if torch.cuda.is_available() and _card_answers():
            torch.cuda.empty_cache()


def _card_answers() -> bool:
    """Return whether the card can go on: some errors last as long as the process."""
    if not torch.cuda.is_initialized():  # type: ignore[no-untyped-call]  # it has no types
        return True
    try:
        torch.cuda.synchronize()
    except RuntimeError:
        return False
    return True


def attend(stage: Stage, command: Sequence[str], keep: Callable[[str, Found], None]) -> None:
    """Have a stage's cases run by processes; `keep` is handed each as soon as it is there.

    Parameters
    ----------
    stage : Stage
        Its cases and its budget.
    command : sequence of str
        What serves it, from the case on whose number it is given last.
    keep : callable
        Takes the name of a case and what was found.
    """
    names, done = list(stage.cases), 0
    end = time.monotonic() + stage.budget
    while done < len(names) and (left := end - time.monotonic()) > 0:
        with _process([*command, str(done)]) as child:
            timer = threading.Timer(left, child.kill)
            timer.start()
            for line in child.stdout or ():
                if line.startswith("["):
                    keep(*json.loads(line))
                    done += 1
            status = child.wait()
            in_time = timer.is_alive()
            timer.cancel()
        if status != STUCK and done < len(names):
            why = f"its process ended with status {status}"
            keep(names[done], {"failed": [why if in_time else f"not done by {stage.budget:g} s"]})
            done += 1
    for missed in names[done:]:
        keep(missed, {"failed": [f"not begun by {stage.budget:g} s"]})


@contextlib.contextmanager
def _process(command: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    """Yield a process whose output is read; it does not outlast the block."""
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONPATH": path}
    child = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    try:
        yield child
    finally:
        child.kill()
        child.communicate()
