"""What else is measured in the same run: whole experiments, the paper, and scale."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.racing.crew import ROOT, Crew
from benchmarks.racing.machine import cores

Progress = Callable[[str], object]

EXPERIMENTS = "benchmarks.peers.experiments:serve"
SEED_NETWORKS = 13
"""Networks a seed of teacher, no_kd and kd along growing gamma; no_kd is one at all six points."""


@dataclass(frozen=True)
class Whole:
    """A whole experiment beside the engine alone.

    Parameters
    ----------
    width, steps : int
        Hidden units of the networks and steps of their training.
    networks : int
        How many the experiment trains.
    flops : float
        Useful operations of their training.
    seconds : list of float
        Of the whole experiment, in each round.
    engine_s : list of float
        Of the engine on as many networks of the same shapes, in the same rounds.
    """

    width: int
    steps: int
    networks: int
    flops: float
    seconds: list[float]
    engine_s: list[float]

    @property
    def shares(self) -> list[float]:
        """The experiment's rate as a share of the engine's own, in each round."""
        return [own / whole for own, whole in zip(self.engine_s, self.seconds, strict=True)]


@dataclass(frozen=True)
class Scale:
    """Sweeps of several sizes.

    Parameters
    ----------
    steps : int
        Steps of each training.
    rates : dict of int to list of float
        Trainings per second in each round, by the number of networks.
    """

    steps: int
    rates: dict[int, list[float]]

    @property
    def least(self) -> float:
        """The least median rate as a share of the largest."""
        medians = [median(rates) for rates in self.rates.values()]
        return min(medians) / max(medians)


def whole(
    crew: Crew, width: int, steps: int, seeds: int, repeats: int, progress: Progress
) -> Whole:
    """Time a sweep and the engine on the same shapes in turn; each has a first turn untimed."""
    (sweep,) = crew.call("sweep", width=width, steps=steps, seeds=seeds)
    crew.call("alike", steps=steps)
    times: dict[str, list[float]] = {"run_sweep": [], "run_engine": []}
    for repeat in range(repeats + 1):
        for method in times if repeat % 2 else reversed(times):
            seconds = crew.seconds(method)
            if repeat:
                times[method].append(seconds)
            progress(f"sweep, width {width}, {steps} steps")
    return Whole(
        width=width,
        steps=steps,
        networks=int(sweep["networks"]),
        flops=sweep["flops"],
        seconds=times["run_sweep"],
        engine_s=times["run_engine"],
    )


def scale(
    crew: Crew, sizes: Sequence[int], steps: int, rounds: Sequence[int], progress: Progress
) -> Scale:
    """Time sweeps of about so many networks in turn, each in so many of the rounds."""
    seeds = {size: max(1, round(size / SEED_NETWORKS)) for size in sizes}
    rates: dict[int, list[float]] = {seeds[size] * SEED_NETWORKS: [] for size in sizes}
    for each in range(max(rounds)):
        for size, turns in zip(sizes, rounds, strict=True):
            if each < turns:
                (sweep,) = crew.call("sweep", width=64, steps=steps, seeds=seeds[size])
                networks = int(sweep["networks"])
                rates[networks].append(networks / crew.seconds("run_sweep"))
                progress(f"sweep of {networks} networks")
    return Scale(steps, rates)


def figures(crew: Crew, repeats: int, progress: Progress) -> tuple[int, list[float]]:
    """Return the networks of the paper's figures, and how long all of them take in each round."""
    (counts,) = crew.call("figures")
    seconds = []
    for repeat in range(repeats + 1):
        took = crew.seconds("run_figures")
        if repeat:
            seconds.append(took)
        progress("Figures 2 and 3, released")
    return sum(counts.values()), seconds


def command(arguments: Sequence[str], repeats: int, progress: Progress) -> list[float]:
    """Return how long ``mfh`` takes, from its start to its end."""
    installed = shutil.which("mfh", path=str(Path(sys.executable).parent))
    mfh = (
        [installed]
        if installed
        else [sys.executable, "-c", "from mfh.command_line import main; main()"]
    )
    seconds = []
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as out:
            told = [argument.replace("OUT", out) for argument in arguments]
            started = time.perf_counter()
            subprocess.run([*mfh, *told], cwd=ROOT, env=os.environ, capture_output=True, check=True)
            seconds.append(time.perf_counter() - started)
        progress(f"mfh {arguments[0]}")
    return seconds


def seeds_for(networks: int) -> int:
    """Return the seeds of a sweep of so many networks a core."""
    return max(1, round(networks * len(cores()) / SEED_NETWORKS))
