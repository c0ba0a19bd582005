"""How long a sweep takes beside other work, as a multiple of its fair share of the processor.

Run from the repository's root, on Linux, about two minutes on two quiet cores:

    python -m benchmarks.load

writes ``load.json`` and ``load.md`` to ``benchmarks/results``.  A sweep of 100 students runs on two
cores, alone and beside ten processes that never wait, in turn.  Beside them its two threads are two
of twelve that want two cores, so that each is due a sixth of one: what takes c seconds of processor
time alone is due 3 c seconds of the clock.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

from tqdm import tqdm

from analysis import Method, Model, Plan, Synthetic, minimise, run
from analysis.methods.method import Setup
from analysis.methods.network import Network, networks
from analysis.methods.trials import Trial
from analysis.sweeps.provenance import environment
from analysis.training.networks import stack
from benchmarks.peers.ours import as_function
from benchmarks.peers.own import decoupled
from benchmarks.racing.crew import Crew
from benchmarks.written import write
from synth import RandomNetwork
from venn import growing_gamma

STUDENTS, CORES, BUSY, ROUNDS, WANTED = 100, 2, 10, 5, 1.5


@dataclass(frozen=True)
class FromLabels(Method):
    """A student whose loss is a function of its parameters, which knows of no layers."""

    def fit(
        self, trials: Sequence[Trial], _: Mapping[str, Sequence[Model]], setup: Setup
    ) -> list[Network]:
        """Train a student a trial."""
        x = [trial.train.views["student"] for trial in trials]
        network = setup.network("student", x[0].shape[-1])
        start = stack([trial.start("student", network) for trial in trials])
        data = x, [trial.train.y for trial in trials]
        return networks(minimise(as_function, start, data, setup.optimiser), "student")


METHODS: dict[str, Method] = {
    "a loss of layers": decoupled(),
    "a function of parameters": FromLabels(),
}


class Sweeps:
    """Runs sweeps of the students of a method."""

    def run(self, name: str) -> tuple[float, float]:
        """Return seconds of the clock and of the processor that a sweep takes."""
        protocol, arms = Synthetic(rule=RandomNetwork(classes=4)), {"own": METHODS[name]}
        plan = Plan(growing_gamma((5,)), protocol, arms, range(STUDENTS))
        clock, processor = time.perf_counter(), time.process_time()
        run(plan, device="cpu")
        return time.perf_counter() - clock, time.process_time() - processor


def serve() -> Sweeps:
    """Return what the process of the sweeps serves."""
    return Sweeps()


@contextmanager
def busy(count: int) -> Iterator[None]:
    """Have so many processes compute, and end them with the block."""
    command = [sys.executable, "-c", "print(flush=True)\nwhile True: pass"]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(count)]
    try:
        for process in processes:
            assert process.stdout is not None
            process.stdout.readline()
        yield
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def due(processor_s: float, threads: int, cores: int, beside: int) -> float:
    """Return the seconds of the clock that some of processor time are due beside other work.

    Every thread that computes is due an equal share of the cores.
    """
    return processor_s / (threads * min(1.0, cores / (threads + beside)))


def main() -> None:
    """Measure every method alone and beside others, and write it down."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])  # and so all that it starts
    found: dict[str, dict[str, list[float]]] = {}
    with Crew("benchmarks.load:serve") as crew, tqdm(total=len(METHODS) * ROUNDS) as bar:
        crew.started()
        for name in METHODS:
            crew.call("run", name=name)  # compiles and records what it needs
            times = found[name] = {"alone_s": [], "processor_s": [], "beside_s": [], "shares": []}
            for _ in range(ROUNDS):
                ((alone, processor),) = crew.call("run", name=name)
                with busy(BUSY):
                    ((beside, _),) = crew.call("run", name=name)
                share = beside / due(processor, CORES, CORES, BUSY)
                for part, value in zip(times, (alone, processor, beside, share), strict=True):
                    times[part].append(value)
                bar.update()
    lines = [
        f"{STUDENTS} students on {CORES} cores, alone and beside {BUSY} processes that never wait: "
        f"medians of {ROUNDS} rounds, the least and the most in brackets. At most {WANTED} times "
        "what it is due is wanted.",
        "",
        "| loss | alone, s | processor, s | beside, s | times what it is due | |",
        "|---|---:|---:|---:|---:|---|",
        *(
            f"| {name} | {' | '.join(map(_told, times.values()))} | "
            f"{'met' if median(times['shares']) <= WANTED else '**not met**'} |"
            for name, times in found.items()
        ),
    ]
    print("\n".join(lines))
    write("load", {"sweeps": found, "environment": environment("cpu")}, lines)


def _told(values: Sequence[float]) -> str:
    return f"{median(values):.2f} ({min(values):.2f}-{max(values):.2f})"


if __name__ == "__main__":
    main()
