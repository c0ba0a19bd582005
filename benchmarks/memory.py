"""Peak memory of sweeps beside what they were allowed.

Run from the repository's root, on Linux, about two minutes on two cores:

    python -m benchmarks.memory

writes ``memory.json`` and ``memory.md`` to ``benchmarks/results``.  Each sweep is a process of its
own, since a peak is that of all that a process ever did.
"""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from analysis import Optimiser, Plan, Synthetic, run
from analysis.sweeps.memory import size
from analysis.sweeps.provenance import environment
from benchmarks.written import write
from synth import Rotation
from venn import growing_gamma

FEW_STEPS = Optimiser("adam", 0.01, steps=2)
ROTATED: Any = {"teacher_view": (Rotation(seed=1),), "student_view": (Rotation(seed=2),)}
CONTROLS = ("kd", "kd_oracle", "kd_general", "kd_multimodal", "um_kd")
SWEEPS: dict[str, tuple[dict[str, Any], tuple[str, ...], int, tuple[str, ...]]] = {
    "200 + 1,000 rows, 300 seeds": ({}, ("kd",), 300, ("600MiB", "2GiB")),
    "200 + 40,000 rows, 30 seeds": ({"n_test": 40_000}, ("kd",), 30, ("640MiB", "2GiB")),
    "200 + 400,000 rows, 3 seeds": ({"n_test": 400_000}, ("kd",), 3, ("1300MiB", "4GiB")),
    "40,000 + 1,000 rows, 10 seeds": ({"n_train": 40_000}, CONTROLS, 10, ("750MiB", "2GiB")),
    "the same, rotated views": ({"n_train": 40_000} | ROTATED, CONTROLS, 10, ("750MiB", "2GiB")),
}
"""Changes of the synthetic protocol, arms, seeds, and what is allowed."""


def plan_of(name: str) -> Plan:
    """Return a sweep by its name."""
    changes, arms, seeds, _ = SWEEPS[name]
    protocol = replace(Synthetic(optimiser=FEW_STEPS), **changes)
    return Plan(growing_gamma((0, 5)), protocol, arms, range(seeds))


def peak(name: str, memory: str) -> int:
    """Run a sweep in this process and return the most bytes that it ever took, as Linux has it."""
    run(plan_of(name), memory=memory)
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    (kibibytes,) = re.findall(r"VmHWM:\s+(\d+)", status)
    return 1024 * int(kibibytes)


def main() -> None:
    """Measure every sweep and write it down."""
    rows: list[dict[str, Any]] = []
    for name, (_, _, _, allowed) in tqdm(SWEEPS.items(), unit="sweep"):
        for memory in allowed:
            command = [sys.executable, "-m", "benchmarks.memory", name, memory]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            taken = int(done.stdout)
            if taken > size(memory):
                raise AssertionError(f"{name}: {taken} bytes, and {memory} were allowed")
            rows.append({"sweep": name, "allowed": memory, "peak": taken})
    lines = [
        "| sweep | allowed | peak |",
        "|---|---|---|",
        *(f"| {r['sweep']} | {r['allowed']} | {r['peak'] / 2**20:.0f}MiB |" for r in rows),
    ]
    print("\n".join(lines))
    write("memory", {"sweeps": rows, "environment": environment("cpu")}, lines)


if __name__ == "__main__":
    if sys.argv[1:]:
        print(peak(*sys.argv[1:]))
    else:
        main()
