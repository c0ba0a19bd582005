"""How fast losses of one's own train, beside the built-in one and beside torch's own road.

Run from the repository's root, about three minutes on two quiet cores:

    python -m benchmarks.losses

writes ``losses.json`` and ``losses.md`` to ``benchmarks/results``: networks per CPU second of the
default training, 200 steps of Adam on 200 rows of 50 channels and four classes.  The two roads are
taken in turn; what a first run costs, in which a loss is recorded, stands apart.
"""

import time
from collections.abc import Sequence
from statistics import median
from unittest.mock import patch

from tqdm import tqdm

import analysis.training.minimise
from analysis import ARMS, Method, Model, Synthetic
from analysis.methods.trials import Trial
from analysis.sweeps.provenance import environment
from benchmarks.peers.own import decoupled, hint, relational, same_loss
from benchmarks.written import write
from synth import RandomNetwork
from venn import VennDiagram

DIAGRAM = VennDiagram({"a": 10, "b": 10, "a&b": 10}, noise={"a": 30, "b": 30})
WIDTHS, REPEATS = (32, 64), 5
MODELS = {"kernel": 128, "torch": 16}
"""Networks of one measurement, on each road."""


METHODS: dict[str, Method] = {
    "`kd`, built in": ARMS["kd"],
    "the same loss": same_loss(),
    "decoupled": decoupled(),
    "hint, projected": hint(),
    "relational": relational(),
}


def rate(
    own: Method, trials: Sequence[Trial], teachers: Sequence[Model], protocol: Synthetic
) -> float:
    """Return how many networks a CPU second trains."""
    started = time.process_time()
    own.fit(trials, {"teacher": teachers}, protocol.setup)
    return len(trials) / (time.process_time() - started)


def main() -> None:
    """Measure every loss on both roads and write it down."""
    found: dict[str, dict[str, list[float]]] = {}
    with tqdm(total=len(WIDTHS) * len(METHODS)) as bar:
        for width in WIDTHS:
            protocol = Synthetic(n_test=10, width=width, rule=RandomNetwork(classes=4))
            trials = [protocol.trial(DIAGRAM, 10**6 + seed) for seed in range(max(MODELS.values()))]
            teachers = ARMS["teacher"].fit(trials, {}, protocol.setup)
            for name, own in METHODS.items():
                rates = found.setdefault(f"{name}, width {width}", {"first": []})
                rates["first"].append(rate(own, trials, teachers, protocol))
                for _ in range(REPEATS):
                    for road, models in MODELS.items():
                        some = trials[:models], teachers[:models]
                        if road == "torch":
                            with patch.object(
                                analysis.training.minimise, "kernel_for", lambda *_: None
                            ):
                                rates.setdefault(road, []).append(rate(own, *some, protocol))
                        else:
                            rates.setdefault(road, []).append(rate(own, *some, protocol))
                bar.update()
    lines = [
        "Networks per CPU second, 200 steps of Adam on 200 rows (medians of "
        f"{REPEATS}, the least and the most in brackets):",
        "",
        "| loss | layers in machine code | torch alone | first run |",
        "|---|---:|---:|---:|",
        *(
            f"| {name} | {_told(rates['kernel'])} | {_told(rates['torch'])} | "
            f"{rates['first'][0]:.0f} |"
            for name, rates in found.items()
        ),
    ]
    write("losses", {"rates": found, "environment": environment("cpu")}, lines)


def _told(rates: Sequence[float]) -> str:
    return f"{median(rates):.0f} ({min(rates):.0f}-{max(rates):.0f})"


if __name__ == "__main__":
    main()
