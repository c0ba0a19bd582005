"""Hypothesis strategies for diagrams, rules, views, populations and samples.

They need the package hypothesis (``pip install 'modality-venn[strategies]'``).  Every strategy
builds what it needs and filters nothing away; it shrinks towards few features, no noise and the
simplest rule.  Where the package is installed, ``st.from_type(VennDiagram)`` and the like find them.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from synth.population import Population
from synth.rules import RULES, Parity, Rule
from synth.rules.base import LEAST
from synth.sample import Sample
from synth.views import VIEWS, ObservationNoise, View
from venn.checks import ArgumentError, instance, number, whole
from venn.diagram import VennDiagram
from venn.regions import members, region_names

__all__ = ["diagrams", "populations", "rules", "samples", "views"]

_NAMES = "abcdef"
_SEEDS = st.integers(0, 2**32 - 1)
_Values = Mapping[str, st.SearchStrategy[Any]]
"""A strategy for each field of a name."""


def _built(kind: type, values: _Values) -> st.SearchStrategy[Any]:
    """Return a strategy for a dataclass from the values of its fields; others have their default."""
    names = [each.name for each in dataclasses.fields(kind) if each.name in values]
    return st.builds(kind, **{name: values[name] for name in names})


_OF_A_VIEW = {"seed": _SEEDS, "layers": st.integers(1, 3), "sd": st.floats(0.02, 2)}
_VIEWS: dict[type, st.SearchStrategy[Any]] = {
    kind: _built(kind, _OF_A_VIEW)
    for kind in sorted(VIEWS.values(), key=lambda kind: len(dataclasses.fields(kind)))
}
"""Views by their kind, the simplest first: towards it they shrink."""
_STEPS = st.one_of(*(each for kind, each in _VIEWS.items() if issubclass(kind, View)))


def diagrams(
    *,
    min_modalities: int = 2,
    max_modalities: int | None = None,
    max_features: int = 5,
    max_hidden: int = 3,
    max_noise: int = 3,
) -> st.SearchStrategy[VennDiagram]:
    """Return a strategy for diagrams.

    Parameters
    ----------
    min_modalities, max_modalities : int
        How many modalities, named a, b, c, …; 2 to 6.  The most is the least unless told otherwise.
    max_features : int
        Decisive features per region, at most; at least 1.
    max_hidden : int
        Hidden features, at most.
    max_noise : int
        Noise channels per modality, at most; a modality without decisive features has one at
        least.

    Raises
    ------
    ArgumentError
        If a bound is not allowed.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(diagrams(), lambda diagram: diagram.gamma > 0)
    VennDiagram({'a&b': 1})
    """
    least = whole("min_modalities", min_modalities, at_least=2, at_most=len(_NAMES))
    given = least if max_modalities is None else max_modalities
    most = whole("max_modalities", given, at_least=least, at_most=len(_NAMES))
    features = whole("max_features", max_features, at_least=1)
    hidden, noise = whole("max_hidden", max_hidden), whole("max_noise", max_noise)

    @st.composite
    def built(draw: st.DrawFn) -> VennDiagram:
        modalities = tuple(_NAMES[: draw(st.integers(least, most))])
        counts = {name: draw(st.integers(0, features)) for name in region_names(modalities)}
        if not any(counts.values()):
            counts["&".join(modalities)] = 1
        blind = [m for m in modalities if not any(counts[r] for r in counts if m in members(r))]
        channels = {m: draw(st.integers(0, noise)) for m in modalities}
        return VennDiagram(
            counts,
            draw(st.integers(0, hidden)),
            {m: max(channels[m], int(m in blind)) for m in modalities},
            modalities,
        )

    return built()


def rules(
    diagram: VennDiagram | None = None,
    *,
    kinds: Sequence[type[Rule]] = tuple(RULES.values()),
    max_classes: int = 3,
    max_flip: float = 0.25,
    max_temperature: float = 1.0,
) -> st.SearchStrategy[Rule]:
    """Return a strategy for label rules.

    Parameters
    ----------
    diagram : VennDiagram, optional
        A diagram that they fit.  Without one they fit every diagram, except that `Parity` is of
        ``"a"`` and ``"b"`` and needs features there.
    kinds : sequence of type
        The kinds of rule; all of `RULES` unless told otherwise.  Of one of your own the fields whose
        names rules here have are drawn.  A rule of regions, as `Parity` is, gives way to the others
        where fewer than two regions of the diagram have features.
    max_classes : int
        Classes, at most; at least 2.
    max_flip, max_temperature : float
        Label noise, at most; of flips at most 0.5.  A temperature is 0 or at least a hundredth.

    Raises
    ------
    ArgumentError
        If a bound is not allowed, or no kind fits the diagram.
    """
    if diagram is not None:
        instance("diagram", diagram, VennDiagram, "VennDiagram({'a': 10, 'b': 10, 'a&b': 5})")
    instance("kinds", kinds, Sequence, "(Hyperplane, Parity)")
    most = whole("max_classes", max_classes, at_least=2, at_most=100)
    flips = st.floats(0, number("max_flip", max_flip, at_most=0.5))
    temperatures = st.just(0.0)
    if number("max_temperature", max_temperature) > 0:
        hottest = number("max_temperature", max_temperature, at_least=LEAST)
        temperatures |= st.floats(max(hottest / 100, LEAST), hottest)
    classes = st.integers(2, most)
    of_any: dict[str, st.SearchStrategy[Any]] = {
        "classes": classes | st.integers(2, most).flatmap(_probabilities),
        "temperature": temperatures,
        "flip": flips,
        "noise": st.floats(0, 3),
        "width": st.integers(1, 4),
        "seed": _SEEDS,
    }
    weights = [("ones", st.none()), ("normal", _SEEDS)]
    of_weights: list[_Values] = [{"weights": st.just(name), "seed": seed} for name, seed in weights]
    if diagram is not None:
        of_weights.append({"weights": _given_weights(diagram.decisive), "seed": st.none()})
    regions = _regions(diagram)
    of_regions: list[_Values] = []
    if len(regions) > 1:
        chosen = st.lists(st.sampled_from(regions), min_size=2, max_size=3, unique=True)
        of_regions.append({"regions": chosen, "classes": classes})
    made, given = [], list[Any](kinds)
    for kind in given:
        if not (isinstance(kind, type) and issubclass(kind, Rule)):
            raise ArgumentError("kinds", kind, "must be kinds of rule, such as Hyperplane")
        fields = {each.name for each in dataclasses.fields(kind)}
        variants: list[_Values] = [{}]
        if "weights" in fields:
            variants = of_weights
        elif "regions" in fields:
            variants = of_regions
        made += [_built(kind, {**of_any, **each}) for each in variants]
    if not made:
        raise ArgumentError("kinds", kinds, "no such rule fits the diagram")
    return st.one_of(*made)


def views(*, max_steps: int = 2, max_noise: float = 2.0) -> st.SearchStrategy[Any]:
    """Return a strategy for how one modality shows its sources, as `Population` takes it.

    Parameters
    ----------
    max_steps : int
        Permutations, rotations and invertible networks, one after another, at most.
    max_noise : float
        Standard deviation of the observation noise, at most; 0 means none.

    Raises
    ------
    ArgumentError
        If a bound is not allowed.
    """
    steps = st.lists(_STEPS, max_size=whole("max_steps", max_steps))
    if number("max_noise", max_noise) == 0:
        return steps
    most = number("max_noise", max_noise, at_least=LEAST)
    noise = st.builds(ObservationNoise, st.floats(max(most / 100, LEAST), most))
    return steps | st.tuples(noise, steps).map(lambda pair: [pair[0], *pair[1]])


def populations(
    *,
    diagram: st.SearchStrategy[VennDiagram] | None = None,
    view: st.SearchStrategy[Any] | None = None,
    **bounds: Any,
) -> st.SearchStrategy[Population]:
    """Return a strategy for populations.

    Parameters
    ----------
    diagram : strategy, optional
        What their diagrams are drawn from; `diagrams` unless told otherwise.
    view : strategy, optional
        What the view of each modality is drawn from; `views` unless told otherwise, and
        ``st.just(())`` for channels as they are.
    **bounds
        Of `rules`: ``kinds``, ``max_classes``, ``max_flip``, ``max_temperature``.

    Raises
    ------
    ArgumentError
        If a bound is not allowed.
    """
    rules(**bounds)  # a bad bound fails here, not in the first example
    for name, strategy in (("diagram", diagram), ("view", view)):
        if strategy is not None:
            instance(name, strategy, st.SearchStrategy, "diagrams()")

    @st.composite
    def built(draw: st.DrawFn) -> Population:
        drawn = draw(diagrams() if diagram is None else diagram)
        if set(bounds.get("kinds", RULES.values())) == {Parity}:
            drawn = _with_two_regions(drawn)
        shown = {name: draw(views() if view is None else view) for name in drawn.modalities}
        return Population(drawn, draw(rules(drawn, **bounds)), shown)

    return built()


def samples(
    *,
    population: st.SearchStrategy[Population] | None = None,
    min_rows: int = 1,
    max_rows: int = 20,
) -> st.SearchStrategy[Sample]:
    """Return a strategy for samples.

    Parameters
    ----------
    population : strategy, optional
        What their populations are drawn from; `populations` unless told otherwise.
    min_rows, max_rows : int
        How many rows.

    Raises
    ------
    ArgumentError
        If a bound is not allowed.
    """
    least = whole("min_rows", min_rows, at_least=1)
    rows = st.integers(least, whole("max_rows", max_rows, at_least=least))
    if population is not None:
        instance("population", population, st.SearchStrategy, "populations()")
    drawn = populations() if population is None else population
    return st.builds(Population.sample, drawn, rows, _SEEDS)


def strategy_for(kind: type) -> st.SearchStrategy[Any]:
    """Return the strategy that makes a type, as ``st.from_type`` finds it.

    Parameters
    ----------
    kind : type
        `VennDiagram`, `Population`, `Sample`, `Rule`, `View` or a kind of rule or view.
    """
    made: dict[type, st.SearchStrategy[Any]] = {
        VennDiagram: diagrams(),
        Population: populations(),
        Sample: samples(),
        Rule: rules(),
        View: _STEPS,
        **_VIEWS,
    }
    return made[kind] if kind in made else rules(kinds=(kind,))


def _probabilities(classes: int) -> st.SearchStrategy[tuple[float, ...]]:
    """Return a strategy for class probabilities, none below 1 / (9 K)."""
    parts = st.lists(st.integers(1, 9), min_size=classes, max_size=classes)
    return parts.map(lambda n: tuple(part / sum(n) for part in n))


def _given_weights(features: int) -> st.SearchStrategy[tuple[float, ...]]:
    """Return a strategy for weights that are not all zero."""
    weights = st.lists(st.integers(-3, 3), min_size=features, max_size=features)
    return weights.map(lambda w: tuple(map(float, w)) if any(w) else (1.0,) * features)


def _with_two_regions(diagram: VennDiagram) -> VennDiagram:
    """Return the diagram with a feature in its first two regions if fewer than two have any."""
    if len(_regions(diagram)) > 1:
        return diagram
    own = {name: max(1, diagram.regions[name]) for name in diagram.modalities[:2]}
    return dataclasses.replace(diagram, regions={**diagram.regions, **own})


def _regions(diagram: VennDiagram | None) -> list[str]:
    """Return the regions that parities can be of."""
    if diagram is None:
        return ["a", "b"]
    return [region for region in (*diagram.regions, "hidden") if diagram.features(region)]
