"""All that a run of the benchmark found, as one value and as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.peers.problem import LEARNING_RATE, STEPS, Shape
from benchmarks.racing.measures import Scale, Whole
from benchmarks.racing.race import TOLERANCE, Times


@dataclass(frozen=True)
class Results:
    """All that a run found.

    Parameters
    ----------
    machine : mapping
        The machine and versions.
    repeats : int
        Turns of each in the race.
    races : mapping of Shape to mapping of str to Times
        The race at each shape.
    idle : mapping of str to float
        Processor seconds of each entry's processes while others had their turn.
    wholes : sequence of Whole
        Whole experiments.
    figures : (int, list of float)
        Networks of the paper's figures, and seconds of each round.
    commands : mapping of str to list of float
        Seconds of each round of a command.
    scales : sequence of Scale
        Sweeps of several sizes.
    seconds : float
        What all of it took.
    """

    machine: Mapping[str, Any]
    repeats: int
    races: Mapping[Shape, Mapping[str, Times]]
    idle: Mapping[str, float]
    wholes: Sequence[Whole]
    figures: tuple[int, list[float]]
    commands: Mapping[str, list[float]]
    scales: Sequence[Scale]
    seconds: float

    def json(self) -> dict[str, Any]:
        """Return everything as JSON data; seconds of each turn, none averaged."""
        networks, seconds = self.figures
        return {
            "machine": dict(self.machine),
            "training": {
                "steps": STEPS,
                "optimiser": "adam",
                "learning_rate": LEARNING_RATE,
                "loss_tolerance": TOLERANCE,
                "repeats": self.repeats,
            },
            "races": {
                str(shape): {name: asdict(times) for name, times in race.items()}
                for shape, race in self.races.items()
            },
            "idle_processor_seconds": dict(self.idle),
            "whole_experiments": [asdict(whole) for whole in self.wholes],
            "figures_released": {"networks": networks, "seconds": seconds},
            "commands": dict(self.commands),
            "scale": [asdict(scale) for scale in self.scales],
            "seconds": self.seconds,
        }
