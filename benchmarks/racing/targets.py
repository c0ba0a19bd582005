"""What the engine is meant to reach, and whether it does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.peers.problem import SHAPES, Shape
from benchmarks.racing.entries import ENGINE, JAX, LOOP, MATMULS
from benchmarks.racing.race import Times, share
from benchmarks.racing.results import Results

BEST_JAX = {SHAPES[0]: 1.1, SHAPES[1]: 1.0, SHAPES[2]: 1.0}
OF_PEAK = {SHAPES[0]: 0.65, SHAPES[1]: 0.75, SHAPES[2]: 0.80}
OF_LOOP = 100.0
OF_ENGINE = 0.85
FIGURES_S, REPRODUCE_S, HELP_S = 1.5, 6.0, 0.15
OF_LARGEST = 0.9


@dataclass(frozen=True)
class Target:
    """One target.

    Parameters
    ----------
    what : str
        What is measured.
    wanted, measured : str
        As the report writes them.
    met : bool
        Whether it is reached.
    """

    what: str
    wanted: str
    measured: str
    met: bool


def at_least(what: str, bound: float, value: float, form: str) -> Target:
    """Return a target that is met from its bound up; `form` writes both."""
    return Target(what, f"≥ {form.format(bound)}", form.format(value), value >= bound)


def at_most(what: str, bound: float, value: float) -> Target:
    """Return a target in seconds that is met up to its bound."""
    return Target(what, f"≤ {bound:g} s", f"{value:.2f} s", value <= bound)


def targets(results: Results) -> list[Target]:
    """Return every target with what was measured."""
    found = []
    for shape, race in results.races.items():
        name, best = best_of(race, [entry.name for entry in JAX])
        ratio = median(share(race[ENGINE], [best]))
        what = f"{shape}: against {name}, the best of JAX"
        found.append(at_least(what, BEST_JAX[shape], ratio, "{:.2f} ×"))
    for shape in results.races:
        what = f"{shape}: share of the matrix-multiply peak"
        found.append(at_least(what, OF_PEAK[shape], of_peak(results, shape), "{:.0%}"))
    first = results.races[SHAPES[0]]
    ratio = median(share(first[ENGINE], [first[LOOP]]))
    found.append(at_least(f"{SHAPES[0]}: against the {LOOP}", OF_LOOP, ratio, "{:.0f} ×"))
    for whole in results.wholes:
        what = f"whole experiment, width {whole.width}, {whole.steps} steps: of the engine's rate"
        found.append(at_least(what, OF_ENGINE, median(whole.shares), "{:.0%}"))
    networks, seconds = results.figures
    what = f"Figures 2 and 3 as released, {networks} networks"
    found.append(at_most(what, FIGURES_S, median(seconds)))
    for (command, times), bound in zip(
        results.commands.items(), (REPRODUCE_S, HELP_S), strict=True
    ):
        found.append(at_most(f"`{command}`", bound, median(times)))
    for scale in results.scales:
        sizes = ", ".join(f"{size:,}" for size in scale.rates)
        what = f"{sizes} networks of {scale.steps} steps: least of the largest rate"
        found.append(at_least(what, OF_LARGEST, scale.least, "{:.0%}"))
    return found


def best_of(race: Mapping[str, Times], names: Sequence[str]) -> tuple[str, Times]:
    """Return the fastest of some, by its median turn, with its name."""
    name = max(names, key=lambda name: median(race[name].rates))
    return name, race[name]


def of_peak(results: Results, shape: Shape) -> float:
    """Return the engine's median share of the best matrix product of each round."""
    race = results.races[shape]
    return median(share(race[ENGINE], [race[entry.name] for entry in MATMULS]))
