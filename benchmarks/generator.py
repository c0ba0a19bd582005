"""Time a batch of samples against numpy's own draws of as many normals.

Run from the repository's root, half a minute on two cores:

    python -m benchmarks.generator

prints the ratios and writes ``generator.json`` to ``benchmarks/results``.  Both are timed in turn, with
fresh memory each time; the batch draws the 20 features beside the 75 channels, labels included.
"""

import time
from collections.abc import Callable
from statistics import median

import numpy as np

from analysis.sweeps.provenance import environment
from benchmarks.written import write
from synth import Population
from venn import growing_gamma

ROWS, SEEDS, REPEATS = 200, 1000, 15


def seconds(call: Callable[[], object]) -> float:
    """Return how long a call takes."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def main() -> None:
    """Time both in turn, print the ratio and write every time."""
    population = Population(growing_gamma()[2])
    shape = (SEEDS, ROWS, sum(population.diagram.dim(m) for m in population.diagram.modalities))
    calls: dict[str, Callable[[], object]] = {
        "numpy": lambda: np.random.default_rng(0).standard_normal(shape),
        "batch": lambda: population.batch(ROWS, range(SEEDS)),
        "batch, float32": lambda: population.batch(ROWS, range(SEEDS), dtype=np.float32),
    }
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(REPEATS):
        for name, call in calls.items():
            times[name].append(seconds(call))
    ratios = {
        name: sorted(a / b for a, b in zip(times["numpy"], times[name], strict=True))
        for name in calls
    }
    for name, found in ratios.items():
        print(
            f"{name}: {median(found):.2f} of numpy's rate ({found[0]:.2f} to {found[-1]:.2f}), "
            f"{median(times[name]):.3f} s for {shape}"
        )
    write("generator", {"shape": shape, "ratios": ratios, "seconds": times, **environment("cpu")})


if __name__ == "__main__":
    main()
