"""The race: all take turns at the same training, several times over."""

import itertools
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace

from benchmarks.peers.problem import Task
from benchmarks.racing.crew import Crew
from benchmarks.racing.entries import Entry
from benchmarks.racing.machine import cores

SETTLE_S = 0.05
"""A pause between turns: threads that wait actively for more work soon fall asleep."""

CHECKED = 4
"""Networks whose losses are compared."""

TOLERANCE = 2e-4
"""The largest difference of two final losses, as a share of the larger.

All compute in float32, each in an order of its own, and differ by up to 6e-5.  One step more or less
makes a difference of 4e-4 to 7e-3, another rate or beta a larger one.
"""

Progress = Callable[[str], object]
"""Called after each turn with whose it was."""


@dataclass(frozen=True)
class Times:
    """How long one entry took for a task.

    Parameters
    ----------
    networks : int
        Networks that it trains in a turn; 0 for those that train none.
    flops : float
        Useful operations of a turn.
    variant : str
        What raced.
    compile_s : float
        Seconds of compiling, which are in no turn.
    tried : mapping of str to float
        Operations per second of a first turn of each variant that was tried.
    seconds : sequence of float
        Of each turn.
    losses : sequence of float
        Final losses of the first networks.
    """

    networks: int
    flops: float
    variant: str
    compile_s: float
    tried: Mapping[str, float]
    seconds: Sequence[float] = ()
    losses: Sequence[float] = ()

    @property
    def rates(self) -> list[float]:
        """Operations per second of each turn."""
        return [self.flops / seconds for seconds in self.seconds]


class DisagreementError(Exception):
    """Two contestants trained the same networks to different losses."""


@contextmanager
def crews(entries: Sequence[Entry]) -> Iterator[dict[str, Crew]]:
    """Start the processes of all entries, and end them with the block."""
    with ExitStack() as stack:
        started = {entry.name: stack.enter_context(entry.crew()) for entry in entries}
        yield {name: crew.started() for name, crew in started.items()}


def per_process(entry: Entry, networks: int, cores: int) -> int:
    """Return how many networks each process of an entry trains in a turn.

    One that has all cores shares them out equally.
    """
    among = 1 if entry.per_core else cores
    return max(2, among * max(1, round(networks * entry.share)))


def prepare(entry: Entry, crew: Crew, task: Task, networks: int, *, choose: bool) -> Times:
    """Make an entry ready for a task; each of its variants that is tried has had a turn.

    Parameters
    ----------
    entry : Entry
        Who.
    crew : Crew
        Its processes.
    task : Task
        What it is to train.
    networks : int
        Networks a core and turn, of an entry whose share is 1.
    choose : bool
        Whether to try all variants and take the fastest, or to take the first.

    Returns
    -------
    Times
        Without any turns yet.
    """
    each = per_process(entry, networks, len(cores()))
    firsts = [{"first": i * each} for i in range(len(crew))]
    tried: dict[str, float] = {}

    def ready(variant: str) -> list[dict[str, float]]:
        return crew.call("prepare", *firsts, variant=variant, count=each, **asdict(task))

    for variant in entry.variants if choose else entry.variants[:1]:
        answers = ready(variant)
        tried[variant] = sum(answer["flops"] for answer in answers) / crew.seconds("run")
    best = max(tried, key=lambda name: tried[name])
    if best != variant:  # the last one is ready
        answers = ready(best)
    return Times(
        networks=each * len(crew) if entry.trains else 0,
        flops=sum(answer["flops"] for answer in answers),
        variant=best,
        compile_s=max(answer["compile_s"] for answer in answers),
        tried=tried,
    )


def race(
    ready: Mapping[str, Times], crews: Mapping[str, Crew], repeats: int, progress: Progress
) -> dict[str, Times]:
    """Let all take turns at what they are ready for.

    Parameters
    ----------
    ready : mapping of str to Times
        Who races, from `prepare`.
    crews : mapping of str to Crew
        The processes of each.
    repeats : int
        Turns of each; who begins changes from one round to the next.
    progress : callable
        Called after each turn with whose it was.

    Returns
    -------
    dict of str to Times
        With the turns, and the final losses of those that train.

    Raises
    ------
    DisagreementError
        If the final losses of the networks that all train are not the same.
    """
    names = list(ready)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for repeat in range(repeats):
        first = repeat % len(names)
        for name in names[first:] + names[:first]:
            time.sleep(SETTLE_S)
            seconds[name].append(crews[name].seconds("run"))
            progress(name)
    losses = {
        name: crews[name].call("losses", count=CHECKED)[0] if times.networks else []
        for name, times in ready.items()
    }
    _check({name: found for name, found in losses.items() if found})
    return {
        name: replace(times, seconds=seconds[name], losses=losses[name])
        for name, times in ready.items()
    }


def disagreement(losses: Sequence[Sequence[float]]) -> float:
    """Return the largest difference of any two final losses, as a share of the larger.

    Some train fewer networks than others; those that two of them train are compared.
    """
    return max(
        abs(a - b) / max(a, b)
        for one, other in itertools.combinations(losses, 2)
        for a, b in zip(one, other, strict=False)
    )


def _check(losses: Mapping[str, Sequence[float]]) -> None:
    difference = disagreement(tuple(losses.values()))
    finite = all(math.isfinite(loss) for found in losses.values() for loss in found)
    if not finite or difference > TOLERANCE:
        listed = "\n".join(f"  {name}: {found}" for name, found in losses.items())
        raise DisagreementError(f"final losses differ by {difference:.2g} of themselves:\n{listed}")


def share(times: Times, others: Sequence[Times]) -> list[float]:
    """Return one's rate in each round as a share of the best of the others in that round."""
    best = [max(rates) for rates in zip(*(other.rates for other in others), strict=True)]
    return [rate / most for rate, most in zip(times.rates, best, strict=True)]


def trainings(times: Times) -> list[float]:
    """Return trainings per second in each round, of `STEPS` steps each."""
    return [times.networks / seconds for seconds in times.seconds]
