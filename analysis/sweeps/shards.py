"""Shards: the pieces in which a sweep is trained, each on its own and wherever it is sent."""

import math
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

from analysis.measures.measure import Place
from analysis.measures.measuring import Asked, measured
from analysis.methods.fitting import Task, fit, from_outside
from analysis.methods.method import Method, Setup
from analysis.sweeps.plan import Plan, Recipe
from analysis.sweeps.settings import Point
from analysis.sweeps.store import Outcome
from analysis.training.device import resolve_device
from analysis.training.kernel import kernel
from analysis.training.surroundings import undisturbed
from analysis.training.threads import ahead, at_once, each

Cell = tuple[bytes, int]
"""A recipe's identity and a seed."""

PIECE = 32
"""Families that a thread of the kernel draws, trains and tests in one go, at most: many, since each piece
costs a millisecond or two beside its networks, and few enough to share out evenly."""

BATCHES = 8
"""Of a shard, where many networks are trained side by side."""

FLOPS, NUMBERS = 6e11, 2**24
"""What a shard holds at most, a family more or less: a second or a few of training, and rows."""

LARGER = {"cpu": 1, "cuda": 64}
"""How many times that on each device: a GPU wants thousands of networks side by side."""

DIVERGED = "diverged: its parameters, loss or outputs are not finite; lower the learning rate"
OWN_DIVERGED = f"{DIVERGED}, or keep sqrt(0), log(0) and division by 0 out of the loss"
TEACHER_DIVERGED = "its teacher diverged; lower the learning rate"


class Family(NamedTuple):
    """Recipes that need each other's models, or a recipe alone, for one seed.

    Parameters
    ----------
    seed : int
        The seed.
    recipes : tuple of Recipe
        What is fitted, who is needed before who needs it; a teacher may be there for its students.
    wanted : frozenset of bytes
        The identities of those whose results are wanted.
    """

    seed: int
    recipes: tuple[Recipe, ...]
    wanted: frozenset[bytes]

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cells whose results are wanted."""
        return tuple((r.identity, self.seed) for r in self.recipes if r.identity in self.wanted)

    def only(self, cells: Iterable[Cell]) -> "Family":
        """Return the family where some cells alone are wanted, and all that they need."""
        wanted = frozenset(identity for identity, _ in cells)
        needed = set(wanted)
        for recipe in reversed(self.recipes):
            if recipe.identity in needed:
                needed.update(recipe.needs.values())
        return Family(self.seed, tuple(r for r in self.recipes if r.identity in needed), wanted)


@dataclass(frozen=True)
class Shard:
    """Families that are trained together.

    Parameters
    ----------
    families : tuple of Family
        In the order in which they are trained.
    """

    families: tuple[Family, ...]

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cells whose results are wanted."""
        return tuple(cell for family in self.families for cell in family.cells)

    def pieces(self, count: int) -> tuple["Shard", ...]:
        """Return at most so many shards with these cells, of about as many operations each."""
        operations = [sum(recipe.flops for recipe in each.recipes) for each in self.families]
        total, done = sum(operations), 0.0
        parts: dict[int, list[Family]] = {}
        for family, own in zip(self.families, operations, strict=True):
            parts.setdefault(int((done + own / 2) / total * count), []).append(family)
            done += own
        return tuple(Shard(tuple(part)) for part in parts.values())

    def halves(self) -> tuple["Shard", ...]:
        """Return two shards with these cells, or none where there is one cell."""
        if len(self.families) > 1:
            middle = len(self.families) // 2
            return Shard(self.families[:middle]), Shard(self.families[middle:])
        (family,) = self.families
        middle = len(family.cells) // 2
        parts = (family.cells[:middle], family.cells[middle:]) if middle else ()
        return tuple(Shard((family.only(part),)) for part in parts)


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
    held: list[Family] = []
    operations = numbers = 0.0
    most = min(FLOPS * LARGER[device], plan.flops / part[1] / pieces)
    fits = min(NUMBERS * LARGER[device], room)
    offset = {family: _offset(family) for family in plan.families}
    for seed, recipes in plan:
        if (seed + offset[recipes]) % part[1] != part[0] - 1:
            continue
        family = Family(seed, recipes, frozenset(recipe.identity for recipe in recipes))
        if not (wanted := [cell for cell in family.cells if cell not in done]):
            continue
        more = numbers_of(recipes)
        if held and (operations > most or numbers + more > fits):
            yield Shard(tuple(held))
            held, operations, numbers = [], 0.0, 0.0
        held.append(family.only(wanted))
        operations += sum(recipe.flops for recipe in recipes)
        numbers += more
    if held:
        yield Shard(tuple(held))


def numbers_of(family: tuple[Recipe, ...]) -> int:
    """Return how many numbers the rows of a family are, for one seed."""
    return max(recipe.numbers for recipe in family) * len({recipe.point for recipe in family})


def _offset(family: tuple[Recipe, ...]) -> int:
    """Return a number that a family keeps when more is asked of it."""
    return int.from_bytes(family[0].identity)


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
            threads = at_once()
            pieces = shard.pieces(threads * math.ceil(len(shard.families) / threads / PIECE))
            found = each(lambda i: _outcomes(pieces[i], drawn_for(pieces[i], where)), len(pieces))
        else:  # large batches; while one is trained, the next is drawn
            pieces = shard.pieces(BATCHES)
            drawn = zip(pieces, ahead(partial(drawn_for, device=where), pieces), strict=True)
            found = [_outcomes(piece, its) for piece, its in drawn]
    except RuntimeError as error:  # torch's own words for it
        if "out of memory" in str(error) or "can't allocate memory" in str(error):
            raise MemoryError(str(error)) from error
        raise
    return [outcome for outcomes in found for outcome in outcomes]


class Drawn(NamedTuple):
    """What a shard comes down to, its draws made.

    Parameters
    ----------
    tasks : dict of Cell to Task
        What is fitted, on what.
    asked : dict of Cell to dict
        What is measured of the cells that are wanted, by the identities of the measures.
    """

    tasks: dict[Cell, Task]
    asked: dict[Cell, dict[bytes, Asked]]


def _outcomes(shard: Shard, drawn: Drawn) -> list[Outcome]:
    models = fit(drawn.tasks)
    found = measured(drawn.tasks, models, drawn.asked)
    outcomes = []
    for cell in shard.cells:
        if cell in found:
            outcomes.append(Outcome(*cell, measured=found[cell]))
        else:
            needed = drawn.tasks[cell].needs.values()
            lost = not all(models[each].finite for each in needed)
            own = OWN_DIVERGED if from_outside(drawn.tasks[cell].method) else DIVERGED
            outcomes.append(Outcome(*cell, reason=TEACHER_DIVERGED if lost else own))
    return outcomes


def drawn_for(shard: Shard, device: str) -> Drawn:
    """Draw what chance gives, once for those who share it, and say what is fitted and measured on it."""
    cells = [(recipe, family.seed) for family in shard.families for recipe in family.recipes]
    wanted = {*shard.cells}
    # Each object once: of many seeds there are the same, and to compare two points takes long.
    recipes = {id(recipe): recipe for recipe, _ in cells}
    used = {
        key: {id(p): p for p in (each.point, *(at.point for at in each.measures.values()))}
        for key, each in recipes.items()
    }
    points = {key: point for own in used.values() for key, point in own.items()}
    # Points whose networks are trained in other ways on the same draws are one.
    draws = {key: Point(each.diagram, each.protocol.drawing) for key, each in points.items()}
    kinds = [*dict.fromkeys(draws.values())]
    numbers = {point: i for i, point in enumerate(kinds)}
    drawn = {key: numbers[point] for key, point in draws.items()}
    alike: dict[Setup, Setup] = {}  # one object of those that are equal, too
    setups = {
        key: alike.setdefault(setup, setup)
        for key, each in points.items()
        for setup in [replace(each.protocol.setup, device=device)]
    }
    methods: dict[tuple[int, int], dict[Method, None]] = {}
    for recipe, seed in cells:
        for point in used[id(recipe)]:
            methods.setdefault((drawn[point], seed), {})[recipe.method] = None
    trials = {
        (i, seed): kinds[i].protocol.draw(kinds[i].diagram, seed, asked)
        for (i, seed), asked in methods.items()
    }
    tasks, asked = {}, {}
    for recipe, seed in cells:
        cell = recipe.identity, seed
        own = {key: trials[drawn[key], seed][recipe.method] for key in used[id(recipe)]}
        tasks[cell] = Task(
            recipe.method,
            own[id(recipe.point)],
            setups[id(recipe.point)],
            {what: (needed, seed) for what, needed in recipe.needs.items()},
        )
        if cell in wanted:
            asked[cell] = {
                name: Asked(
                    measure,
                    own[id(point)],
                    Place(point.protocol, point.diagram, seed),
                )
                for name, (measure, point) in recipe.measures.items()
            }
    return Drawn(tasks, asked)
