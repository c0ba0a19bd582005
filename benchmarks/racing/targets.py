"""What the engine is meant to reach, and whether it does."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from benchmarks.peers.problem import BUILT_IN, ENCODERS, LABELS, ONE_LOGIT, SHAPES, Task
from benchmarks.racing.entries import ENGINE, HARDWARE, JAX, LOOP
from benchmarks.racing.race import Times, share
from benchmarks.racing.results import Results

ONE_LAYER, DEEP, OWN, SEVERAL = 1.8, 1.3, 1.0, 0.7
"""Of the built-in loss, with one hidden layer and with more; of any other; of several networks."""
AGAINST_ONE_LOGIT = dict(zip(SHAPES, (1.9, 1.45, 1.36), strict=True))
OF_PEAK = dict(zip(BUILT_IN, (0.85, 0.88, 0.92), strict=True))
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
    for task, race in results.races.items():
        what = f"{task}: against {best_of_jax(race)[0]}, the best of JAX"
        found.append(at_least(what, wanted(task), median(against_jax(race)), "{:.2f} ×"))
    for task, bound in OF_PEAK.items():
        race = results.races[task]
        if HARDWARE in race:
            what = f"{task}: share of the multiply-add peak"
            of_peak = median(share(race[ENGINE], [race[HARDWARE]]))
            found.append(at_least(what, bound, of_peak, "{:.0%}"))
    first = results.races[BUILT_IN[0]]
    ratio = median(share(first[ENGINE], [first[LOOP]]))
    found.append(at_least(f"{BUILT_IN[0]}: against the {LOOP}", OF_LOOP, ratio, "{:.0f} ×"))
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


def wanted(task: Task) -> float:
    """Return how many times as fast as the best of JAX the engine is to be."""
    if task.loss == ONE_LOGIT:
        return AGAINST_ONE_LOGIT[task.shape]
    if task.loss == LABELS:
        return ONE_LAYER if task.shape.depth == 1 else DEEP
    return SEVERAL if task.loss == ENCODERS else OWN


def best_of_jax(race: Mapping[str, Times]) -> tuple[str, Times]:
    """Return the fastest arrangement of JAX, by its median turn, with its name."""
    name = max((entry.name for entry in JAX), key=lambda name: median(race[name].rates))
    return name, race[name]


def against_jax(race: Mapping[str, Times]) -> list[float]:
    """Return the engine's rate as a share of that of the best of JAX, in each round."""
    return share(race[ENGINE], [best_of_jax(race)[1]])
