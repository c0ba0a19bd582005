"""A process that serves one object: calls come in as lines of JSON, and answers go out.

    python -m benchmarks.racing.worker MODULE:FACTORY [CORE]

Between calls it is blocked on its input, and each answer says how much processor time went by
meanwhile all the same.
"""

import functools
import importlib
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any, TextIO


def main(served: str, core: str | None = None) -> None:
    """Serve until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, with whom it ends
    if core is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {int(core)})
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints is no answer
    module, _, factory = served.partition(":")
    held: Any = None

    def start() -> None:
        nonlocal held
        held = getattr(importlib.import_module(module), factory)()

    _answer(answers, start, 0.0)
    while found := _waiting(sys.stdin):
        call, idle_s = found
        method = functools.partial(getattr(held, call["method"]), **call["arguments"])
        _answer(answers, method, idle_s)


def _waiting(calls: TextIO) -> tuple[dict[str, Any], float] | None:
    """Return the next call, and the processor time that waiting for it took."""
    before = time.process_time()
    line = calls.readline()
    return (json.loads(line), time.process_time() - before) if line else None


def _answer(answers: TextIO, function: Callable[[], Any], idle_s: float) -> None:
    try:
        answer = {"value": function(), "idle_s": idle_s}
    except Exception:  # noqa: BLE001  # whatever it is, it is the answer
        answer = {"error": traceback.format_exc(), "idle_s": idle_s}
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
