"""Race the engine against its peers, and time what users run.

Run from the repository's root:

    make bench

about nine minutes on two cores, writes ``<machine>.json`` and ``<machine>.md`` to
``benchmarks/results``.  ``make bench-quick`` takes less than two: fewer and shorter turns, the first
variant of each contestant, smaller experiments; it prints and writes nothing.
"""

import importlib.util
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from tqdm import tqdm

from benchmarks.peers.problem import SHAPES, Shape
from benchmarks.racing.crew import Crew
from benchmarks.racing.entries import TRAINERS, peak_entries
from benchmarks.racing.machine import description, slug
from benchmarks.racing.measures import (
    EXPERIMENTS,
    Progress,
    Scale,
    command,
    figures,
    scale,
    seeds_for,
    whole,
)
from benchmarks.racing.race import Times, crews, prepare, race
from benchmarks.racing.report import report
from benchmarks.racing.results import Results
from benchmarks.racing.targets import targets
from benchmarks.written import write

COMMANDS = (
    "mfh reproduce figure2 figure3 --protocol released --out OUT",
    "mfh --help",
)


@dataclass(frozen=True)
class Extent:
    """How much is measured.

    Parameters
    ----------
    networks : mapping of Shape to int
        Networks a core in a turn of the race, of a contestant whose share is 1.
    repeats : int
        Rounds of the race.
    choose : bool
        Whether every variant is tried, or the first is taken.
    wholes : mapping of (width, steps) to int
        Networks a core of each whole experiment.
    rounds : int
        Rounds of the experiments.
    scales : mapping of int to mapping of int to int
        By steps, how many rounds of sweeps of how many networks.
    """

    networks: Mapping[Shape, int]
    repeats: int
    choose: bool
    wholes: Mapping[tuple[int, int], int]
    rounds: int
    scales: Mapping[int, Mapping[int, int]]


FULL = Extent(
    networks=dict(zip(SHAPES, (256, 128, 32), strict=True)),
    repeats=5,
    choose=True,
    wholes={(32, 1000): 200, (64, 1000): 100, (32, 200): 800, (64, 200): 400},
    rounds=5,
    scales={200: {100: 9, 1_000: 5, 10_000: 2}, 20: {1_000: 5, 10_000: 2, 100_000: 1}},
)
QUICK = Extent(
    networks=dict(zip(SHAPES, (32, 16, 4), strict=True)),
    repeats=3,
    choose=False,
    wholes={(32, 1000): 40, (64, 1000): 20, (32, 200): 200, (64, 200): 100},
    rounds=2,
    scales={200: {100: 3, 1_000: 1}},
)


def races(
    extent: Extent, progress: Progress
) -> tuple[dict[Shape, dict[str, Times]], dict[str, float]]:
    """Race at every shape; return the times, and what waiting cost each entry."""
    peaks = peak_entries()
    found = {}
    with crews((*TRAINERS, *peaks)) as started:
        ready = {}
        for entry in peaks:
            ready[entry.name] = prepare(entry, started[entry.name], SHAPES[0], 1, choose=True)
            progress(entry.name)
        for shape, networks in extent.networks.items():
            for entry in TRAINERS:
                crew = started[entry.name]
                ready[entry.name] = prepare(entry, crew, shape, networks, choose=extent.choose)
                progress(entry.name)
            found[shape] = race(ready, started, extent.repeats, progress)
        return found, {name: crew.idle_s for name, crew in started.items()}


def measure(extent: Extent, progress: Progress) -> Results:
    """Measure everything."""
    started, machine = time.perf_counter(), description()
    raced, idle = races(extent, progress)
    with Crew(EXPERIMENTS) as crew:
        (about,) = crew.started().call("about")
        wholes = [
            whole(crew, width, steps, seeds_for(networks), extent.rounds, progress)
            for (width, steps), networks in extent.wholes.items()
        ]
        drawn = figures(crew, extent.rounds, progress)
        scales = [_scale(crew, steps, sizes, progress) for steps, sizes in extent.scales.items()]
    commands = {line: command(line.split()[1:], extent.rounds, progress) for line in COMMANDS}
    return Results(
        machine=machine | about,
        repeats=extent.repeats,
        races=raced,
        idle=idle,
        wholes=wholes,
        figures=drawn,
        commands=commands,
        scales=scales,
        seconds=time.perf_counter() - started,
    )


def _scale(crew: Crew, steps: int, sizes: Mapping[int, int], progress: Progress) -> Scale:
    return scale(crew, tuple(sizes), steps, tuple(sizes.values()), progress)


def as_json(results: Results) -> dict[str, Any]:
    """Return everything that was measured, and the targets."""
    return results.json() | {"targets": [asdict(target) for target in targets(results)]}


def steps_of(extent: Extent) -> int:
    """Return how often `measure` reports progress."""
    entries = len(TRAINERS) + len(peak_entries())
    turns = len(extent.networks) * (len(TRAINERS) + extent.repeats * entries) + len(peak_entries())
    timed = (extent.rounds + 1) * (2 * len(extent.wholes) + 1) + extent.rounds * len(COMMANDS)
    return turns + timed + sum(sum(sizes.values()) for sizes in extent.scales.values())


def main(quick: bool) -> None:
    """Measure everything, print the report and write it down."""
    missing = [name for name in ("jax", "optax") if importlib.util.find_spec(name) is None]
    if missing:
        named = " and ".join(missing)
        sys.exit(f"not installed: {named}; `make bench` installs them, the group bench")
    extent = QUICK if quick else FULL
    with tqdm(total=steps_of(extent), unit="turn") as bar:

        def progress(what: str) -> None:
            bar.set_description(what, refresh=False)
            bar.update()

        results = measure(extent, progress)
    text = report(results, "make bench-quick" if quick else "make bench")
    print(text)
    if quick:
        return
    write(slug(), as_json(results), text.splitlines())


if __name__ == "__main__":
    main("--quick" in sys.argv[1:])
