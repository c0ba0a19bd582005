"""What every peer's process serves: get ready, train, and say what the losses are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.peers.problem import STEPS, Arrays, Networks, Task, networks, task_of
from benchmarks.peers.reference import losses


@dataclass(frozen=True)
class Training:
    """A training that can start at once.

    Parameters
    ----------
    run : callable
        Trains all networks from their initial parameters and returns what came out, finished.
    parameters : callable
        Takes what came out and returns the parameters of the first networks, as arrays.
    compile_s : float
        Seconds that it took to compile it.
    """

    run: Callable[[], Any]
    parameters: Callable[[Any, int], Arrays]
    compile_s: float = 0.0


Build = Callable[[Networks, int, str], Training]
"""``build(networks, steps, variant)``: makes everything ready but the training itself."""


class Trainer:
    """Trains networks in one way, or in several variants of it.

    Parameters
    ----------
    build : callable
        Makes a variant ready.
    """

    def __init__(self, build: Build) -> None:
        self._build = build
        self._key: tuple[Task, int, int] | None = None
        self._ready: dict[str, Training] = {}
        self._variant = ""
        self._networks: Networks | None = None
        self._trained: Any = None

    def prepare(
        self, variant: str, loss: str, shape: Mapping[str, int], first: int, count: int
    ) -> dict[str, float]:
        """Make a variant ready for some networks of a task, and the one that `run` runs."""
        key = (task_of(loss, shape), first, count)
        if key != self._key or self._networks is None:
            self._key, self._ready, self._trained = key, {}, None
            self._networks = networks(key[0], count, first)
        if variant not in self._ready:
            self._ready[variant] = self._build(self._networks, STEPS, variant)
        self._variant = variant
        return {
            "flops": float(key[0].flops * STEPS * count),
            "compile_s": self._ready[variant].compile_s,
        }

    def run(self) -> None:
        """Train all networks."""
        self._trained = self._ready[self._variant].run()

    def losses(self, count: int) -> list[float]:
        """Return the losses of the first networks after the last `run`."""
        if self._networks is None:
            return []
        trained = self._ready[self._variant].parameters(self._trained, count)
        return losses(self._networks, trained)
