"""Which road each arm of a sweep takes and how long, as a short probe of it finds."""

import math
import time
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

import pandas as pd
import torch

from analysis.measures.measuring import measured
from analysis.methods.fitting import fit_ready
from analysis.methods.method import Model
from analysis.sweeps.executors import Workers
from analysis.sweeps.plan import Plan, Recipe
from analysis.sweeps.runs import pending
from analysis.sweeps.shards import NUMBERS, Cell, Family, Shard, drawn_for, numbers_of
from analysis.sweeps.store import Store
from analysis.training.device import resolve_device
from analysis.training.kernel import kernel
from analysis.training.progress import Tally, tallied
from analysis.training.surroundings import undisturbed
from analysis.training.threads import at_once, each
from venn.checks import instance

PROBES = 6
"""Kinds of families that are probed, those of the most operations; others go by those most like them."""

SIDE_BY_SIDE = 32
"""Families that a thread fits in a probe, at most."""

STEPS, OPERATIONS, SECONDS = 10, 4e9, 0.3
"""A probe's first steps, the operations a thread that these may take, and about how long the others go on."""

OWN = "a procedure of its own"
"""The road of what trains no network in our ways."""


def estimate(
    plan: Plan,
    store: Store | None = None,
    executor: Workers | None = None,
    *,
    device: str = "auto",
    part: tuple[int, int] = (1, 1),
    retry: bool = False,
) -> pd.DataFrame:
    """Return which road each arm of a plan takes on this machine, and how long `run` would take.

    A few models of each arm are fitted, tested and thrown away: for all their steps where that is
    quick, else for some, and the others are taken to be as fast.  It takes some seconds.

    Parameters
    ----------
    plan, store, device, part, retry
        As for `run`; what the store has needs no time.
    executor : Workers, optional
        The processes that share the work; each is taken to be as fast beside the others, and what it
        takes to start them is not counted.

    Returns
    -------
    DataFrame
        One row an arm, and one for what an arm needs that is none: ``road``, what its networks are
        trained by; ``models`` that `run` would fit, those that need to be fitted again for others
        among them; ``networks``, how many are trained for a model; models ``a_second``; ``seconds``,
        with what a process does once, such as recording a loss, which sum to how long it takes.

    Examples
    --------
    >>> from analysis import ARMS, Plan, estimate
    >>> from venn import growing_gamma
    >>> found = estimate(Plan(growing_gamma(), arms=("no_kd", "kd"), seeds=range(100)))
    >>> list(found.index), list(found["models"])
    (['teacher', 'no_kd', 'kd'], [600, 100, 600])
    """
    instance("plan", plan, Plan, "Plan(growing_gamma())")
    kept = Store() if store is None else store
    where = resolve_device(device)
    pieces = 1 if executor is None else 4 * executor.count  # as many as `run` cuts
    shards = list(pending(plan, kept, part=part, retry=retry, pieces=pieces))
    before = torch.get_num_threads()
    torch.set_num_threads(before if executor is None else executor.threads)
    try:
        kinds = _kinds(family for shard in shards for family in shard.families)
        largest = sorted(kinds, key=lambda kind: -kind.flops)[:PROBES]
        costs = {id(recipe): cost for kind in largest for recipe, cost in _probed(kind, where)}
    finally:
        torch.set_num_threads(before)
    share = 1 if executor is None else min(executor.count, max(1, len(shards)))
    return _table(plan, kinds, costs, share)


@dataclass
class _Kind:
    """Families that cost the same.

    Parameters
    ----------
    families : list of Family
        The first of them.
    counts : Counter
        How many models there are of each recipe, by its `id`.
    recipes : dict
        The recipes by it.
    """

    families: list[Family] = field(default_factory=list)
    counts: Counter[int] = field(default_factory=Counter)
    recipes: dict[int, Recipe] = field(default_factory=dict)

    @property
    def flops(self) -> float:
        """Multiplications and additions of all of them."""
        return sum(self.recipes[key].flops * count for key, count in self.counts.items())


@dataclass(frozen=True)
class _Cost:
    """What a model costs.

    Parameters
    ----------
    recipe : Recipe
        Of the models that were probed.
    around, fitting, once : float
        Seconds of drawing and testing, of fitting, and of what a process does once.
    roads : Counter
        The networks that were trained for each, by the road that they took.
    """

    recipe: Recipe
    around: float
    fitting: float
    once: float
    roads: Mapping[str, float]


def _kinds(families: Iterator[Family]) -> list[_Kind]:
    found: dict[Hashable, _Kind] = {}
    known: dict[tuple[int, ...], _Kind] = {}
    for family in families:
        same = tuple(map(id, family.recipes))  # of other seeds
        if same not in known:
            form = tuple((each.method, each.flops, each.numbers) for each in family.recipes)
            known[same] = found.setdefault(form, _Kind())
            known[same].recipes |= zip(same, family.recipes, strict=True)
        kind = known[same]
        kind.counts.update(same)
        kind.families.append(family)
    return list(found.values())


@undisturbed()
def _probed(kind: _Kind, device: str) -> Iterator[tuple[Recipe, _Cost]]:
    """Yield what a model of each recipe of the first families costs."""
    threads = at_once() if device == "cpu" and kernel() is not None else 1
    recipes = kind.families[0].recipes
    steps = recipes[-1].point.protocol.optimiser.steps
    few = min(STEPS, steps)
    fits = min(
        OPERATIONS * steps / few / sum(recipe.flops for recipe in recipes),
        NUMBERS / threads / numbers_of(recipes),
        SIDE_BY_SIDE,
    )
    count = max(1, math.ceil(min(fits, len(kind.families) / threads)))
    shard = Shard(tuple(islice(kind.families, threads * count)))
    pieces = shard.pieces(threads)

    def fitted(steps: int) -> "_Spent":
        return sum(
            each(lambda i: _fitted(pieces[i], steps, device), len(pieces)),
            start=_Spent.none(recipes),
        )

    first = fitted(1)  # with what only a first training needs
    brief = fitted(few)
    more = min(steps, max(few, int(few * SECONDS * len(pieces) / sum(brief.fitting))))
    long = fitted(more) if more > few else brief
    for i, recipe in enumerate(recipes):
        step = max(0.0, long.fitting[i] - brief.fitting[i]) / max(1, more - few)
        fitting = long.fitting[i] + step * (steps - more)
        models = len(shard.families) * len(pieces)  # of which threads fit some at once
        warm = brief.fitting[i] - step * (few - 1)  # of one step, but for what is done once
        once = max(0.0, first.fitting[i] - warm) / len(pieces)
        roads = {road: n / len(shard.families) for road, n in long.roads[i].items()}
        yield (
            recipe,
            _Cost(recipe, long.around / len(recipes) / models, fitting / models, once, roads),
        )


@dataclass(frozen=True)
class _Spent:
    """Seconds of threads that fitted families of one kind.

    Parameters
    ----------
    around : float
        On drawing and testing.
    fitting : sequence of float
        On fitting the models of each recipe.
    roads : sequence of Counter
        The networks of each by their road.
    """

    around: float
    fitting: Sequence[float]
    roads: Sequence[Counter[str]]

    @classmethod
    def none(cls, recipes: Sequence[Recipe]) -> "_Spent":
        return cls(0.0, [0.0] * len(recipes), [Counter()] * len(recipes))

    def __add__(self, other: "_Spent") -> "_Spent":
        return _Spent(
            self.around + other.around,
            [a + b for a, b in zip(self.fitting, other.fitting, strict=True)],
            [a + b for a, b in zip(self.roads, other.roads, strict=True)],
        )


def _fitted(shard: Shard, steps: int, device: str) -> _Spent:
    """Draw, fit and test families of one kind, and throw away what is found."""
    families = [
        family._replace(recipes=tuple(_brief(r, steps) for r in family.recipes))
        for family in shard.families
    ]
    started = time.perf_counter()
    drawn = drawn_for(Shard(tuple(families)), device)
    done: dict[Cell, Model] = {}
    fitting, roads = [], []
    for same in zip(*(family.recipes for family in families), strict=True):
        cells = [(r.identity, family.seed) for r, family in zip(same, families, strict=True)]
        before = time.perf_counter()
        with tallied(Tally()) as tally:
            done |= fit_ready({cell: drawn.tasks[cell] for cell in cells}, done)
        fitting.append(time.perf_counter() - before)
        roads.append(tally.roads)
    measured(drawn.tasks, done, drawn.asked)
    return _Spent(time.perf_counter() - started - sum(fitting), fitting, roads)


def _brief(recipe: Recipe, steps: int) -> Recipe:
    """Return a recipe whose networks are trained for so many steps."""
    protocol = recipe.point.protocol
    optimiser = replace(protocol.optimiser, steps=steps)
    return replace(
        recipe, point=recipe.point._replace(protocol=replace(protocol, optimiser=optimiser))
    )


def _table(
    plan: Plan, kinds: Sequence[_Kind], costs: Mapping[int, _Cost], share: int
) -> pd.DataFrame:
    names = {id(recipe): arm for (_, arm), recipe in reversed([*plan.uses.items()])}
    for recipe in reversed(plan.recipes):  # who needs, before who is needed
        for needed in recipe.needs.values():
            found = next(each for each in plan.recipes if each.identity == needed)
            names.setdefault(id(found), f"for {names[id(recipe)]}")
    rows: dict[str, list[tuple[int, float, float, Mapping[str, float]]]] = {}
    for kind in kinds:
        for key, count in kind.counts.items():
            cost = _like(kind.recipes[key], costs)
            size = kind.recipes[key].flops / cost.recipe.flops
            seconds = count * (cost.around + size * cost.fitting) / share
            once = cost.once * (key in costs)
            rows.setdefault(names[key], []).append((count, seconds, once, cost.roads))
    order = [*plan.arms, *(name for name in rows if name not in plan.arms)]
    table = []
    for name in (arm for arm in order if arm in rows):
        counts, times, extra, roads = zip(*rows[name], strict=True)
        models, spent = sum(counts), sum(times)
        networks = sum(n * sum(own.values()) for n, own in zip(counts, roads, strict=True)) / models
        road = " and ".join(dict.fromkeys(road for own in roads for road in own)) or OWN
        table.append((name, road, models, networks, models / spent, spent + sum(extra)))
    columns = ["arm", "road", "models", "networks", "a_second", "seconds"]
    return pd.DataFrame(table, columns=columns).set_index("arm")


def _like(recipe: Recipe, costs: Mapping[int, _Cost]) -> _Cost:
    """Return the cost of a recipe, or of the probed one that is most like it."""
    if id(recipe) in costs:
        return costs[id(recipe)]

    def apart(cost: _Cost) -> tuple[bool, bool, float]:
        other = cost.recipe
        return (
            other.method != recipe.method,
            type(other.method) is not type(recipe.method),
            abs(math.log(other.flops / recipe.flops)),
        )

    return min(costs.values(), key=apart)
