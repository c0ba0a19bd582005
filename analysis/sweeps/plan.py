"""A sweep as data: its points, arms and seeds, and the cells that they come down to."""

import functools
import hashlib
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from analysis.measures.functions import OF_MODEL, OF_POINT
from analysis.measures.measure import Measure, target_of
from analysis.measures.named import MEASURES, USUAL, Measures
from analysis.measures.named import named as named_measures
from analysis.methods.arms import PAPER_ARMS, Arms, named, varied, with_needs
from analysis.methods.method import Method
from analysis.protocols.protocol import Protocol
from analysis.protocols.synthetic import Synthetic
from analysis.sweeps.settings import CHANGEABLE, SETTINGS, Point, change
from venn import ArgumentError, FrozenMapping, VennDiagram, canonical
from venn.checks import instance, one_of, unchanging, whole

IDENTITY = 5
"""Version of what identifies a cell; a change of what a recipe trains raises it.

Since 2, networks are trained by the compiled kernel; since 3, at any temperature in full precision;
since 4, losses that are one loss have one identity; since 5, methods are values.
"""


class At(NamedTuple):
    """A measure, and the point at which it is taken of a model that several may share.

    Parameters
    ----------
    measure : Measure
        What is measured.
    point : Point
        Where.
    """

    measure: Measure
    point: Point


@dataclass(frozen=True)
class Recipe:
    """What a model is but for its seed: a recipe and a seed are a cell.

    Parameters
    ----------
    identity : bytes
        The hash of all that the model depends on, 16 bytes; two recipes are equal by it.
    point : Point
        One of the points that use it.
    method : Method
        How it is fitted there.
    needs : mapping of str to bytes
        The identities of the recipes whose models it needs, by what they are to it.
    measures : mapping of bytes to At
        What is measured of its models, each by the hash of all that a value depends on beside them.
    """

    identity: bytes
    point: Point = field(compare=False)
    method: Method = field(compare=False)
    needs: Mapping[str, bytes] = field(compare=False)
    measures: dict[bytes, At] = field(compare=False)

    @functools.cached_property
    def flops(self) -> float:
        """The multiplications and additions of one training, about."""
        protocol = self.point.protocol
        weights = sum(a * b for a, b in protocol.network(self.point.diagram, self.method).layers)
        rows = protocol.optimiser.batch or protocol.n_train
        return 6.0 * weights * rows * protocol.optimiser.steps

    @functools.cached_property
    def numbers(self) -> int:
        """Numbers in the rows of one trial, and in what a network makes of those it learns from."""
        return self.point.protocol.numbers(self.point.diagram, self.method)


def identity(text: str) -> bytes:
    """Return the identity of a recipe's or a measure's text, with the version of its form in it."""
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def measure_text(measure: Measure, place: Point | None = None) -> str:
    """Return all that a value depends on beside its model: the measure, and a point that it reads."""
    at = {} if place is None else {"diagram": place.diagram, "protocol": place.protocol}
    return _text({"measure": measure, **at})


@dataclass(frozen=True)
class Plan:
    """A sweep: every arm at every point for every seed.

    The points are all combinations of a diagram and one value of each axis.  A cell is a network
    that is trained once; several points may share it: the No-KD student does not depend on the
    teacher's features, nor on the temperature, and so there is one along each of these axes.

    Parameters
    ----------
    diagrams : sequence of VennDiagram
        Of two modalities each, unless the protocol says which teach and which learn.
    protocol : Protocol
        How data are drawn and networks trained, but for what the axes change.
    arms : sequence of str, or mapping of str to Method
        Some of `ARMS`, or methods under names of one's own; what they need comes with them.
    seeds : sequence of int
        Distinct seeds, used at every point, so that points are paired by seed.
    axes : mapping of str to sequence
        Values of settings, such as ``{"n_train": (100, 200), "temperature": (1.0, 4.0)}``, or of
        fields of arms, ``{"mine.beta": (1.0, 8.0)}``.
    measures : sequence of str, or mapping of str to Measure
        What is measured beside the `USUAL` of `MEASURES`, or of one's own under names of one's own.
        What does not apply to an arm is missing there: agreement with a teacher, where none is.

    Raises
    ------
    ArgumentError
        If an argument is of another kind, something is given twice, a setting or arm is unknown,
        or a value is not allowed.

    Examples
    --------
    >>> from analysis import Plan
    >>> from venn import growing_gamma
    >>> plan = Plan(growing_gamma(), arms=("no_kd", "kd"), seeds=range(200))
    >>> list(plan.arms), len(plan.points), plan.rows, plan.cells
    (['teacher', 'no_kd', 'kd'], 6, 3600, 2600)
    """

    diagrams: Sequence[VennDiagram]
    protocol: Protocol = field(default_factory=Synthetic)
    arms: Arms = PAPER_ARMS
    seeds: Sequence[int] = range(100)
    axes: Mapping[str, Sequence[Any]] = field(default_factory=lambda: FrozenMapping[Any]({}))
    measures: Measures = ()

    def __post_init__(self) -> None:
        """Check every argument; all points are made, so that a bad combination fails here."""
        instance("protocol", self.protocol, Protocol, "PROTOCOLS['synthetic']")
        for name, example in _SEQUENCES.items():
            given = getattr(self, name)
            if name == "arms" and isinstance(given, Mapping):
                given = tuple(given)
            _check_sequence(name, given, f"one, such as {example}")
        for diagram in self.diagrams:
            instance("diagrams", diagram, VennDiagram, _SEQUENCES["diagrams"])
        object.__setattr__(self, "diagrams", tuple(self.diagrams))
        object.__setattr__(self, "arms", FrozenMapping(named(self.arms)))
        object.__setattr__(self, "seeds", _checked_seeds(self.seeds, self.protocol.largest_seed))
        object.__setattr__(self, "axes", FrozenMapping(_checked_axes(self.axes)))
        seen = set()
        for i, point in enumerate(self.points):
            point.protocol.check(point.diagram, with_needs(self.methods[i].values()))
            if point in seen:
                allowed = "is there twice with the same settings; leave one out"
                raise ArgumentError("diagrams", point.diagram, allowed)
            seen.add(point)
        taken = (*SETTINGS, *_COLUMNS, *self.axes)
        measures = named_measures(self.measures, taken)
        object.__setattr__(self, "measures", FrozenMapping(measures))
        for name, measure in measures.items():
            if not any(name in measured for measured in self.columns.values()):
                raise ArgumentError("measures", name, _for_none(measure))

    @functools.cached_property
    def points(self) -> tuple[Point, ...]:
        """Every combination of a diagram and a value of each axis; the last axis runs fastest."""
        combinations = itertools.product(*self.axes.values())
        values = [dict(zip(self.axes, each, strict=True)) for each in combinations]
        return tuple(
            change(Point(diagram, self.protocol), each)
            for diagram in self.diagrams
            for each in values
        )

    @functools.cached_property
    def methods(self) -> tuple[Mapping[str, Method], ...]:
        """The method of each arm at each point."""
        arms = named(self.arms)
        return tuple(varied(arms, point.fields) for point in self.points)

    @property
    def uses(self) -> Mapping[tuple[int, str], Recipe]:
        """The recipe of each point's arm; equal ones are one object."""
        return self._written.uses

    @property
    def columns(self) -> Mapping[tuple[int, str], Mapping[str, bytes]]:
        """What is measured of each point's arm: the identities of measures by their names."""
        return self._written.columns

    @property
    def texts(self) -> Mapping[bytes, str]:
        """All that each model depends on, as canonical JSON, by its recipe's identity."""
        return self._written.texts

    @property
    def measure_texts(self) -> Mapping[bytes, str]:
        """All that a value depends on beside the model, as canonical JSON, by its identity."""
        return self._written.measure_texts

    @property
    def recipes(self) -> tuple[Recipe, ...]:
        """Every recipe, each once however many points use it, who is needed before who needs it.

        What an arm needs at one point and is no arm, such as another teacher, has no rows.
        """
        return self._written.recipes

    @functools.cached_property
    def _written(self) -> "_Written":
        recipes: dict[bytes, Recipe] = {}
        texts: dict[bytes, str] = {}
        measure_texts: dict[bytes, str] = {}

        def add(point: Point, method: Method, form: Mapping[str, Any]) -> Recipe:
            needs = {
                what: add(point, needed, form["needs"][what]).identity
                for what, needed in method.needs.items()
            }
            text = _text(form)
            name = identity(text)
            texts[name] = text
            return recipes.setdefault(name, Recipe(name, point, method, needs, {}))

        @functools.cache
        def named(measure: Measure, place: Point | None) -> bytes:
            text = measure_text(measure, place)
            measure_texts[identity(text)] = text
            return identity(text)

        uses = {
            (i, arm): add(point, method, point.protocol.recipe(point.diagram, method))
            for i, point in enumerate(self.points)
            for arm, method in self.methods[i].items()
        }
        own = named_measures(self.measures)
        columns: dict[tuple[int, str], dict[str, bytes]] = {}
        for (i, arm), recipe in uses.items():
            point, method = self.points[i], self.methods[i][arm]
            setup = point.protocol.setup
            asked = {name: MEASURES[name] for name in USUAL[target_of(setup)]} | own
            columns[i, arm] = {}
            for name, measure in asked.items():
                if measure.applies(method, setup):
                    found = named(measure, point if measure.of_point else None)
                    columns[i, arm][name] = found
                    recipe.measures.setdefault(found, At(measure, point))
        return _Written(uses, columns, texts, measure_texts, tuple(recipes.values()))

    @functools.cached_property
    def families(self) -> tuple[tuple[Recipe, ...], ...]:
        """Recipes with all that they need and all who need them, and every other recipe alone.

        Families whose networks have one shape are neighbours, so that they are trained together.
        """
        family: dict[bytes, list[Recipe]] = {}
        for recipe in self.recipes:
            joined = [recipe]
            others = {id(family[needed]): family[needed] for needed in recipe.needs.values()}
            for other in others.values():
                joined = [*other, *joined]
            for member in joined:
                family[member.identity] = joined
        families = {id(each): each for each in family.values()}
        ordered = sorted(families.values(), key=lambda each: _shape(each[-1]))
        return tuple(map(tuple, ordered))

    @property
    def rows(self) -> int:
        """Rows of the sweep's table: points times arms times seeds."""
        return len(self.points) * len(self.methods[0]) * len(self.seeds)

    @property
    def cells(self) -> int:
        """Networks to train: rows that share one counted once."""
        return len(self.recipes) * len(self.seeds)

    @functools.cached_property
    def flops(self) -> float:
        """Multiplications and additions of all trainings, about."""
        return sum(recipe.flops for recipe in self.recipes) * len(self.seeds)

    def __iter__(self) -> Iterator[tuple[int, tuple[Recipe, ...]]]:
        """Iterate over seeds and families, in the order in which they are trained."""
        for _, alike in itertools.groupby(self.families, key=lambda family: _shape(family[-1])):
            families = tuple(alike)
            for seed in self.seeds:
                for family in families:
                    yield seed, family


class _Written(NamedTuple):
    """What a plan comes down to; see the properties of `Plan`."""

    uses: Mapping[tuple[int, str], Recipe]
    columns: Mapping[tuple[int, str], Mapping[str, bytes]]
    texts: Mapping[bytes, str]
    measure_texts: Mapping[bytes, str]
    recipes: tuple[Recipe, ...]


_COLUMNS = ("point", "arm", "seed", "reason", "gain", "part")
"""Columns of tables that are no settings and no measures."""

_SEQUENCES = {
    "diagrams": "[VennDiagram({'a': 10, 'b': 10, 'a&b': 5})]",
    "arms": "('no_kd', 'kd')",
    "seeds": "range(100)",
}


def _text(recipe: Mapping[str, Any]) -> str:
    versioned = {"identity": IDENTITY, **recipe}
    return json.dumps(canonical(versioned), sort_keys=True, separators=(",", ":"))


def _shape(recipe: Recipe) -> tuple[Any, ...]:
    diagram, protocol, _ = recipe.point
    layers = protocol.network(diagram, recipe.method).layers
    return (
        protocol.n_train,
        protocol.n_test,
        layers,
        repr(protocol.setup.trained(recipe.method.role)),
    )


def _check_sequence(name: str, given: Any, what: str) -> None:
    if not isinstance(given, Sequence) or isinstance(given, str) or len(given) == 0:
        raise ArgumentError(name, given, f"must be a sequence of at least {what}")


def _checked_seeds(seeds: Sequence[int], largest: int) -> Sequence[int]:
    ends = (seeds[0], seeds[-1]) if isinstance(seeds, range) else seeds
    checked = tuple(whole("seeds", seed, at_most=largest) for seed in ends)
    if isinstance(seeds, range):
        return seeds
    if len(set(checked)) < len(checked):
        raise ArgumentError("seeds", seeds, "must hold each seed once")
    return checked


def _for_none(measure: Measure) -> str:
    """Return why a measure is of no arm of a plan."""
    asked = getattr(measure, "taught", ())
    if asked:
        return (
            f"asks for {', '.join(asked)}, which no arm here needs; a measure may ask for "
            f"{', '.join((*OF_MODEL, *OF_POINT))}, and who is needed"
        )
    return "is for no arm here: for labels that are others, or for other methods; leave it out"


def _checked_axes(axes: Any) -> dict[str, tuple[Any, ...]]:
    instance("axes", axes, Mapping, "{'n_train': (100, 200)}")
    for name, values in axes.items():
        if "." not in name:
            one_of("axes", name, CHANGEABLE)
        _check_sequence(f"axes[{name!r}]", values, "one value")
        for value in values if "." in name else ():
            unchanging(f"axes[{name!r}]", value)
        if any(value in values[:i] for i, value in enumerate(values)):
            raise ArgumentError(f"axes[{name!r}]", values, "must hold each value once")
    return {name: tuple(values) for name, values in axes.items()}
