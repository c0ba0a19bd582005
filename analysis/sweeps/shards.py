"""Shards: the pieces in which a sweep is trained, each on its own and wherever it is sent."""

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from analysis.methods.fitting import Task, train
from analysis.sweeps.plan import Plan, Recipe
from analysis.sweeps.settings import Point
from analysis.sweeps.store import Outcome
from analysis.training.device import resolve_device
from analysis.training.kernel import kernel
from analysis.training.surroundings import undisturbed
from analysis.training.threads import ahead, each

Cell = tuple[bytes, int]
"""A recipe's identity and a seed."""

PIECE = 8
"""Families that a thread of the kernel draws, trains and tests in one go."""

BATCHES = 8
"""Of a shard, where many networks are trained side by side."""

FLOPS, NUMBERS = 6e11, 2**24
"""What a shard holds at most, a family more or less: a second or a few of training, and rows."""

LARGER = {"cpu": 1, "cuda": 64}
"""How many times that on each device: a GPU wants thousands of networks side by side."""

DIVERGED = "diverged: its parameters are not finite; lower the learning rate"
TEACHER_DIVERGED = "its teacher diverged; lower the learning rate"


@dataclass(frozen=True)
class Shard:
    """Cells that are trained together, with the teachers that they imitate.

    Parameters
    ----------
    families : tuple of (seed, members, wanted)
        Seed, a family's members, and the identities of those whose results are wanted; a teacher
        may be there for its students alone.
    """

    families: tuple[tuple[int, tuple[Recipe, ...], frozenset[bytes]], ...]

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cells whose results are wanted."""
        return tuple(
            (member.identity, seed)
            for seed, members, wanted in self.families
            for member in members
            if member.identity in wanted
        )

    def pieces(self, families: int) -> tuple["Shard", ...]:
        """Return shards with these cells, of so many families each."""
        starts = range(0, len(self.families), families)
        return tuple(Shard(self.families[start : start + families]) for start in starts)

    def halves(self) -> tuple["Shard", ...]:
        """Return two shards with these cells, or none where there is one cell."""
        if len(self.families) > 1:
            middle = len(self.families) // 2
            return Shard(self.families[:middle]), Shard(self.families[middle:])
        seed, members, wanted = self.families[0]
        ordered = [member.identity for member in members if member.identity in wanted]
        middle = len(ordered) // 2
        parts = [frozenset(ordered[:middle]), frozenset(ordered[middle:])] if middle else []
        return tuple(Shard(((seed, _needed(members, part), part),)) for part in parts)


def shards(
    plan: Plan,
    done: Collection[Cell],
    part: tuple[int, int] = (1, 1),
    pieces: int = 1,
    room: float = math.inf,
    device: str = "cpu",
) -> Iterator[Shard]:
    """Cut what is not done of a plan into shards.

    Parameters
    ----------
    plan : Plan
        The sweep.
    done : collection of (identity, seed)
        Cells that are not wanted.
    part : (i, n)
        Which of n disjoint parts of the plan, 1 to n.  The seeds of each family are dealt out one
        after another; a cell's part does not depend on what else is asked for.
    pieces : int
        Into how many shards the whole plan would at least be cut, for as many workers.
    room : float
        How many numbers fit into the memory; a family of more is a shard of its own.
    device : {"cpu", "cuda"}
        For what they are cut.

    Yields
    ------
    Shard
        In the order of the plan; the cuts do not change a result.
    """
    held: list[tuple[int, tuple[Recipe, ...], frozenset[bytes]]] = []
    operations = numbers = 0.0
    most = min(FLOPS * LARGER[device], plan.flops / part[1] / pieces)
    fits = min(NUMBERS * LARGER[device], room)
    offset = {family: _offset(family) for family in plan.families}
    for seed, family in plan:
        if (seed + offset[family]) % part[1] != part[0] - 1:
            continue
        wanted = frozenset(r.identity for r in family if (r.identity, seed) not in done)
        if not wanted:
            continue
        more = numbers_of(family)
        if held and (operations > most or numbers + more > fits):
            yield Shard(tuple(held))
            held, operations, numbers = [], 0.0, 0.0
        held.append((seed, _needed(family, wanted), wanted))
        operations += sum(recipe.flops for recipe in family)
        numbers += more
    if held:
        yield Shard(tuple(held))


def numbers_of(family: tuple[Recipe, ...]) -> int:
    """Return how many numbers the rows of a family are, for one seed."""
    return max(recipe.numbers for recipe in family) * len({recipe.point for recipe in family})


def _offset(family: tuple[Recipe, ...]) -> int:
    """Return a number that a family keeps when more is asked of it."""
    return int.from_bytes(family[0].teacher or family[0].identity)


def _needed(members: tuple[Recipe, ...], wanted: Collection[bytes]) -> tuple[Recipe, ...]:
    """Return the wanted members, and the teachers that they imitate."""
    teachers = {member.teacher for member in members if member.identity in wanted}
    return tuple(m for m in members if m.identity in wanted or m.identity in teachers)


@undisturbed()
def train_shard(shard: Shard, device: str = "auto") -> list[Outcome]:
    """Train a shard's networks and return what became of each cell that is wanted.

    A network that diverges is an outcome with a reason.

    Raises
    ------
    MemoryError
        If the memory does not suffice for the whole shard.
    """
    where = resolve_device(device)
    try:
        if where == "cpu" and kernel() is not None:
            pieces = shard.pieces(PIECE)
            found = each(lambda i: _outcomes(pieces[i], _tasks(pieces[i]), where), len(pieces))
        else:  # large batches; while one is trained, the next is drawn
            pieces = shard.pieces(math.ceil(len(shard.families) / BATCHES))
            drawn = zip(pieces, ahead(_tasks, pieces), strict=True)
            found = [_outcomes(piece, tasks, where) for piece, tasks in drawn]
    except RuntimeError as error:  # torch's own words for it
        if "out of memory" in str(error) or "can't allocate memory" in str(error):
            raise MemoryError(str(error)) from error
        raise
    return [outcome for outcomes in found for outcome in outcomes]


def _outcomes(shard: Shard, tasks: dict[Cell, Task], device: str) -> list[Outcome]:
    trained = train(tasks, device=device)
    outcomes = []
    for cell in shard.cells:
        found = trained[cell]
        if math.isnan(found.accuracy):
            teacher = tasks[cell].teacher
            lost = teacher is not None and math.isnan(trained[teacher].accuracy)
            reason = TEACHER_DIVERGED if lost else DIVERGED
            outcomes.append(Outcome(*cell, reason=reason))
        else:
            measured = (found.accuracy, found.balanced_accuracy, found.constant)
            outcomes.append(Outcome(cell[0], cell[1], *measured))
    return outcomes


def _tasks(shard: Shard) -> dict[Cell, Task]:
    """Draw what chance gives, once for those who share it, and say what is trained on it."""
    members = [(member, seed) for seed, family, _ in shard.families for member in family]
    drawn = {  # points whose networks are trained in other ways on the same draws are one
        point: point._replace(protocol=point.protocol.drawing)
        for point in {member.point for member, _ in members}
    }
    arms: dict[tuple[Point, int], set[str]] = {}
    for member, seed in members:
        arms.setdefault((drawn[member.point], seed), set()).add(member.arm)
    trials = {
        (point, seed): point.protocol.draw(point.diagram, seed, sorted(needed))
        for (point, seed), needed in arms.items()
    }
    return {
        (member.identity, seed): Task(
            arm=member.arm,
            trial=trials[drawn[member.point], seed],
            optimiser=member.point.protocol.optimiser,
            distillation=member.point.protocol.distillation,
            teacher=None if member.teacher is None else (member.teacher, seed),
        )
        for member, seed in members
    }
