"""What the kernel costs a first run, and a short one.

Run from the repository's root, about two minutes on two cores:

    python -m benchmarks.short

writes ``short.json`` and ``short.md`` to ``benchmarks/results``.  Each number is of a process of its
own: with an empty cache, with the kernel in the cache, and without a compiler, in turn.
"""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from statistics import median
from typing import Any

from tqdm import tqdm

from analysis import Plan, Synthetic, run
from analysis.sweeps.provenance import environment
from analysis.training.kernel import kernel
from benchmarks.written import write
from venn import growing_gamma

REPEATS = 5
SWEEPS = {"3 networks, 1 step": (1, 1), "3 networks, 200 steps": (1, 200)}
"""Seeds and steps."""


def seconds(seeds: int, steps: int) -> float:
    """Return how long the kernel and a sweep take in a process that has imported all it needs."""
    protocol = Synthetic(optimiser=replace(Synthetic().optimiser, steps=steps))
    plan = Plan(growing_gamma((5,)), protocol, seeds=range(seeds))
    started = time.perf_counter()
    kernel()
    run(plan)
    return time.perf_counter() - started


def timed(name: str, variables: dict[str, str]) -> float:
    """Return that of another process."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.short", *map(str, SWEEPS[name])],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def main() -> None:
    """Measure every sweep under every condition and write it down."""
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as kept, tqdm(total=REPEATS * len(SWEEPS)) as bar:
        for name in SWEEPS:
            timed(name, {"XDG_CACHE_HOME": kept})
            found: dict[str, list[float]] = {"compiled first": [], "in the cache": [], "torch": []}
            for _ in range(REPEATS):
                with tempfile.TemporaryDirectory() as empty:
                    found["compiled first"].append(timed(name, {"XDG_CACHE_HOME": empty}))
                found["in the cache"].append(timed(name, {"XDG_CACHE_HOME": kept}))
                found["torch"].append(timed(name, {"CXX": "none"}))
                bar.update()
            rows.append({"sweep": name, "seconds": found})
    lines = [
        "| seconds, medians | compiled first | in the cache | torch, no compiler |",
        "|---|---|---|---|",
        *(
            f"| {row['sweep']} | "
            + " | ".join(f"{median(times):.2f}" for times in row["seconds"].values())
            + " |"
            for row in rows
        ),
    ]
    print("\n".join(lines))
    write("short", {"sweeps": rows, "environment": environment("cpu")}, lines)


if __name__ == "__main__":
    if sys.argv[1:]:
        print(seconds(*map(int, sys.argv[1:])))
    else:
        main()
