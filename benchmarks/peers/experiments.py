"""What users run: whole sweeps and the paper's figures, beside the engine on the same networks."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import torch

from analysis import PAPER_ARMS, Plan, Synthetic, experiment, run
from analysis.training.kernel import kernel
from benchmarks.peers.ours import engine, tensors
from benchmarks.peers.problem import LABELS, Shape, Task, networks
from venn import growing_gamma

FIGURES = ("figure2", "figure3")


class Experiments:
    """Runs whole experiments, each one made ready before."""

    def __init__(self) -> None:
        self._plan: Plan | None = None
        self._work: list[Callable[[], object]] = []

    def about(self) -> dict[str, str]:
        """Return what the engine is here, and the vector instructions of the processor."""
        return {
            "engine": "torch, differentiated" if kernel() is None else "compiled kernel",
            "vectors": torch.backends.cpu.get_cpu_capability(),
        }

    def sweep(self, width: int, steps: int, seeds: int) -> dict[str, float]:
        """Make a sweep along growing gamma ready: teacher, no_kd and kd of so many seeds.

        Returns
        -------
        dict
            Its networks, and the useful operations of their training.
        """
        synthetic = Synthetic()
        optimiser = replace(synthetic.optimiser, steps=steps)
        protocol = replace(synthetic, optimiser=optimiser, width=width, teacher_width=width)
        self._plan = Plan(growing_gamma(), protocol, PAPER_ARMS, range(seeds))
        flops = sum(shape.flops * count for shape, count in _shapes(self._plan).items())
        return {"networks": self._plan.cells, "flops": float(flops * steps)}

    def alike(self, steps: int) -> None:
        """Make the engine ready for as many networks of the same shapes."""
        if self._plan is not None:
            counted = _shapes(self._plan).items()
            self._work = [_training(shape, count, steps) for shape, count in counted]

    def run_sweep(self) -> None:
        """Draw, train, evaluate and store all networks of the sweep."""
        if self._plan is not None:
            run(self._plan, device="cpu")

    def run_engine(self) -> None:
        """Train what `alike` made ready, and do nothing else."""
        for work in self._work:
            work()

    def figures(self) -> dict[str, int]:
        """Return how many networks each of the paper's figures trains as it was released."""
        return {name: experiment(name, "released").plan.cells for name in FIGURES}

    def run_figures(self) -> None:
        """Draw, train, evaluate and store all networks of the paper's figures, as released."""
        for name in FIGURES:
            run(experiment(name, "released").plan, device="cpu")


def _shapes(plan: Plan) -> Counter[Shape]:
    """Count the networks of a plan by their shape."""
    shapes: Counter[Shape] = Counter()
    for recipe in (recipe for family in plan.families for recipe in family):
        diagram, protocol, _ = recipe.point
        (channels, hidden), _ = protocol.network(diagram, recipe.method).layers
        shapes[Shape(protocol.n_train, hidden, channels)] += len(plan.seeds)
    return shapes


def _training(shape: Shape, count: int, steps: int) -> Callable[[], object]:
    initial, data = tensors(networks(Task(LABELS, shape), count))
    return lambda: engine(initial, data, steps)


def serve() -> Experiments:
    """Return what the process of the experiments serves."""
    return Experiments()
