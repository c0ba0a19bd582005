"""What a graphics card makes of training: whether it is right, and how fast.

Run from the repository's root on a machine with a card, where the package is installed (what a sweep
writes down names its version), under eight minutes:

    python -m benchmarks.gpu

writes ``<card>.json`` and ``<card>.md`` to ``benchmarks/results``, or to the folder that ``--out`` names,
anew after every case: what was found is there whatever comes after it.  A line is printed for each
case, and what failed once more in the end; the status then is 1.  ``--device cpu`` runs all of it in
miniature, says so on the page, and writes only to where ``--out`` says.
"""

import argparse
import json
import re
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import torch

from benchmarks.card import equality, machine, rates, sweeps
from benchmarks.card.report import failures, report
from benchmarks.card.stages import Case, Found, Stage, attend, serve
from benchmarks.card.work import FULL, TINY, Extent
from benchmarks.written import RESULTS, write

STAGES: Mapping[str, tuple[float, Callable[[Extent], Mapping[str, Case]]]] = {
    "machine": (30, machine.cases),
    "equality with the CPU": (140, equality.cases),
    "recorded steps": (40, rates.graphs),
    "rates": (130, rates.rates),
    "a sweep": (80, sweeps.cases),
    "the target": (50, rates.target),
}
"""Seconds for each, and its cases."""


def stage(name: str, extent: Extent) -> Stage:
    """Return a stage."""
    budget, cases = STAGES[name]
    return Stage(name, budget, cases(extent))


def name_of(device: str) -> str:
    """Return the name of the files for what trains."""
    said = torch.cuda.get_device_name() if device == "cuda" else "no card"
    return "-".join(re.findall(r"[a-z0-9]+", said.lower()))


def main() -> None:
    """Run all stages, or serve one of them to the process that does."""
    parser = argparse.ArgumentParser("python -m benchmarks.gpu")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--out", type=Path, help="folder of the two files")
    parser.add_argument("--stage", choices=STAGES, action="append", help="this one only")
    parser.add_argument("--first", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    extent = FULL if given.device == "cuda" else TINY
    if given.first is not None:
        return serve(stage(given.stage[0], extent), given.first)
    if extent.card and not torch.cuda.is_available():
        sys.exit("no CUDA device was found; --device cpu runs all of it in miniature")
    out, files = given.out or (RESULTS if extent.card else None), name_of(given.device)
    results: dict[str, dict[str, Found]] = {}
    if given.stage and out is not None and (kept := out / f"{files}.json").exists():
        results = json.loads(kept.read_text(encoding="utf-8"))  # of the other stages
    started = time.perf_counter()

    def keep(of: str, case: str, found: Found) -> None:
        results.setdefault(of, {})[case] = found
        if out is not None:
            write(files, results, report(results, given.device), out)
        bad = failures({of: {case: found}})
        verdict = "FAILED: " + bad[0] if bad else "ok"
        print(f"{time.perf_counter() - started:6.1f} s  {of} · {case}: {verdict}", flush=True)

    for name in given.stage or STAGES:
        results.pop(name, None)
        serving = ["--device", given.device, "--stage", name, "--first"]
        command = [sys.executable, "-m", "benchmarks.gpu", *serving]
        attend(stage(name, extent), command, partial(keep, name))
    print("\n".join(report(results, given.device)))
    if failures(results):
        sys.exit(1)
    return None


if __name__ == "__main__":
    main()
