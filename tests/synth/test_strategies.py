import subprocess
import sys
from collections.abc import Callable
from random import Random
from typing import Any, NoReturn

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture.data import ConjectureData
from hypothesis.strategies._internal.strategies import FilteredStrategy

from synth import (
    RULES,
    Hyperplane,
    InvertibleNetwork,
    Linear,
    ObservationNoise,
    Parity,
    Permutation,
    Population,
    RandomNetwork,
    Rotation,
)
from synth.strategies import diagrams, populations, rules, samples, views
from synth.views import Shown
from tests.examples import examples
from tests.refusals import refusal
from venn import VennDiagram

GENERATE = settings(phases=[Phase.generate], database=None, derandomize=True)
# beartype looks at a random entry of a sequence, which hypothesis takes for a draw
by_beartype = pytest.mark.filterwarnings("ignore:Do not use the `random` module")


def drawn(strategy: st.SearchStrategy[Any], count: int = 100) -> list[Any]:
    """Return examples of a strategy, the same ones every time."""
    values: list[Any] = []

    @settings(GENERATE, max_examples=count)
    @given(strategy)
    def draw(value: Any) -> None:
        values.append(value)

    draw()
    return values


def smallest(strategy: st.SearchStrategy[Any], condition: Callable[[Any], bool]) -> Any:
    """Return what hypothesis shrinks the first example that meets a condition to."""
    quick = settings(max_examples=500, phases=[Phase.generate, Phase.shrink], database=None)
    return find(strategy, condition, settings=quick, random=Random(0))


@settings(max_examples=examples(25))
@given(st.data(), st.integers(2, 4), st.integers(0, 1), *(st.integers(0, 4) for _ in range(3)))
def test_diagrams_keep_their_bounds(
    data: st.DataObject, least: int, more: int, features: int, hidden: int, noise: int
) -> None:
    diagram = data.draw(
        diagrams(
            min_modalities=least,
            max_modalities=least + more,
            max_features=1 + features,
            max_hidden=hidden,
            max_noise=noise,
        )
    )
    assert least <= len(diagram.modalities) <= least + more
    assert diagram.modalities == tuple("abcde"[: len(diagram.modalities)])
    assert max(diagram.regions.values()) <= 1 + features
    assert 0 <= diagram.hidden <= hidden
    for modality in diagram.modalities:
        blind = not diagram.sees(modality)
        assert diagram.noise[modality] <= max(noise, int(blind))


def test_diagrams_reach_their_bounds() -> None:
    found = drawn(diagrams(max_modalities=3), 200)
    assert {len(diagram.modalities) for diagram in found} == {2, 3}
    assert {diagram.hidden for diagram in found} == {0, 1, 2, 3}
    assert {count for diagram in found for count in diagram.regions.values()} == set(range(6))
    assert {count for diagram in found for count in diagram.noise.values()} == set(range(4))


@given(st.data(), diagrams(max_modalities=3))
def test_rules_fit_their_diagram_and_keep_their_bounds(
    data: st.DataObject, diagram: VennDiagram
) -> None:
    rule = data.draw(rules(diagram, max_classes=4, max_flip=0.1, max_temperature=0.5))
    rule.check(diagram)
    assert getattr(rule, "flip", 0.0) <= 0.1
    temperature = getattr(rule, "temperature", 0.0)
    assert temperature == 0 or 0.005 <= temperature <= 0.5
    if rule.prior is not None:
        assert 2 <= len(rule.prior) <= 4
        assert min(rule.prior) >= 1 / (9 * len(rule.prior))


def test_rules_reach_their_bounds() -> None:
    found = drawn(rules(), 500)
    assert {len(rule.prior) for rule in found if rule.prior} == {2, 3}
    assert any(len(set(rule.prior)) > 1 for rule in found if rule.prior)
    assert {type(rule) for rule in found} == set(RULES.values())
    weights = {rule.weights for rule in found if isinstance(rule, Hyperplane | Linear)}
    assert weights == {"ones", "normal"}
    assert {rule.noisy for rule in found} == {False, True}
    flips = [rule.flip for rule in found if not isinstance(rule, Linear)]
    assert 0.2 < max(flips) <= 0.25
    heat = [rule.temperature for rule in drawn(rules(kinds=(Hyperplane,)), 500)]
    assert 0.9 < max(heat) <= 1
    assert 0 in heat
    noise = [rule.noise for rule in drawn(rules(kinds=(Linear,)), 500)]
    assert 2.5 < max(noise) <= 3
    assert {rule.width for rule in found if isinstance(rule, RandomNetwork)} == {1, 2, 3, 4}


def test_parity_is_of_regions_with_features_the_hidden_one_too() -> None:
    diagram = VennDiagram({"a": 1, "a&b": 2}, hidden=1)
    found = drawn(rules(diagram, kinds=(Parity,)), 200)
    chosen = {region for rule in found for region in rule.regions}
    assert chosen == {"a", "a&b", "hidden"}
    assert {len(rule.regions) for rule in found} == {2, 3}
    assert {tuple(sorted(rule.regions)) for rule in drawn(rules(kinds=(Parity,)))} == {("a", "b")}


def shown(**bounds: Any) -> list[Shown]:
    """Return how drawn views show."""
    return [Shown.of("view", view) for view in drawn(views(**bounds), 150)]


def test_views_keep_their_bounds() -> None:
    found = shown(max_steps=3, max_noise=0.5)
    assert {len(each.steps) for each in found} == {0, 1, 2, 3}
    noise = [each.noise for each in found]
    assert 0 in noise
    assert all(sd == 0 or 0.005 <= sd <= 0.5 for sd in noise)
    assert max(noise) > 0.4
    steps = [step for each in found for step in each.steps]
    assert {step.layers for step in steps if isinstance(step, InvertibleNetwork)} == {1, 2, 3}
    found = shown(max_noise=0)
    assert {each.noise for each in found} == {0}
    assert max(len(each.steps) for each in found) == 2
    found = shown(max_steps=0)
    assert {each.steps for each in found} == {()}
    assert 1 < max(each.noise for each in found) <= 2


ONE = VennDiagram({"a&b": 1})


STRATEGIES: dict[str, Callable[[], st.SearchStrategy[Any]]] = {
    "diagrams": diagrams,
    "rules of a diagram": lambda: diagrams().flatmap(rules),
    "views": views,
    "populations": populations,
    "samples": samples,
}


@by_beartype
@pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=STRATEGIES)
def test_nothing_is_filtered_away(
    strategy: Callable[[], st.SearchStrategy[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise AssertionError("an example was thrown away")

    monkeypatch.setattr(ConjectureData, "mark_invalid", refuse)
    monkeypatch.setattr(FilteredStrategy, "do_filtered_draw", refuse)
    assert len(drawn(strategy(), 40)) == 40


WHOLE = "must be a whole number of at least"
REAL = "must be a finite number of at least"
BAD: dict[str, Callable[[], Any]] = {
    f"min_modalities = 1: {WHOLE} 2": lambda: diagrams(min_modalities=1),
    "max_modalities = 13: must be at most 6": lambda: diagrams(max_modalities=13),
    f"max_modalities = 3: {WHOLE} 4": lambda: diagrams(min_modalities=4, max_modalities=3),
    f"max_features = 0: {WHOLE} 1": lambda: diagrams(max_features=0),
    f"max_classes = 1: {WHOLE} 2": lambda: rules(max_classes=1),
    f"max_flip = -0.1: {REAL} 0": lambda: rules(max_flip=-0.1),
    "max_flip = 0.6: must be at most 0.5": lambda: rules(max_flip=0.6),
    "max_flip = 0.7: must be at most 0.5": lambda: populations(max_flip=0.7),
    f"max_temperature = 1e-07: {REAL} 1e-06": lambda: rules(max_temperature=1e-7),
    "kinds = <class 'int'>: must be kinds of rule, such as Hyperplane": (
        lambda: rules(kinds=(Linear, int))  # type: ignore[arg-type]  # a bad call
    ),
    "kinds = (<class 'synth.rules.parity.Parity'>,): no such rule fits the diagram": (
        lambda: rules(ONE, kinds=(Parity,))
    ),
    f"max_noise = 1e-07: {REAL} 1e-06": lambda: views(max_noise=1e-7),
    f"min_rows = 0: {WHOLE} 1": lambda: samples(min_rows=0),
    f"max_rows = 4: {WHOLE} 5": lambda: samples(min_rows=5, max_rows=4),
}


@pytest.mark.parametrize(("message", "make"), BAD.items(), ids=BAD)
def test_bad_bounds(make: Callable[[], Any], message: str) -> None:
    assert refusal(make) == message


HYPOTHESIS = "from hypothesis import given, settings, strategies as st"
TYPES = """
from synth import RULES, VIEWS, Population, Rule, Sample, View
from venn import VennDiagram
"""
FOUND = """
kinds = [VennDiagram, Population, Sample, Rule, View, *RULES.values(), *VIEWS.values()]

@settings(max_examples=10, database=None, derandomize=True, deadline=None)
@given(st.tuples(*map(st.from_type, kinds)))
def find(values):
    for value, kind in zip(values, kinds, strict=True):
        assert isinstance(value, kind), (value, kind)

find()
print("found")
"""


def run(code: str) -> str:
    command = [sys.executable, "-W", "error", "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("imports", [(HYPOTHESIS, TYPES), (TYPES, HYPOTHESIS)])
def test_types_are_found_without_an_import_of_the_strategies(imports: tuple[str, ...]) -> None:
    assert run("\n".join((*imports, FOUND))) == "found\n"


def test_populations_are_of_every_rule_and_view_and_of_what_is_given() -> None:
    found = drawn(populations(), 150)
    seen: set[Any] = {type(population.rule) for population in found}
    for population in found:
        several = population.views.values()
        seen.update(type(step) for each in several for step in each.steps)
        seen.update({ObservationNoise} if any(each.noise for each in several) else ())
        seen.update({"as it is"} if len(population.views) < 2 else ())
    kinds = {*RULES.values(), Permutation, Rotation, InvertibleNetwork, ObservationNoise}
    assert seen == {*kinds, "as it is"}
    few = populations(
        diagram=st.just(VennDiagram({"a": 1, "b": 1})), view=st.just(Rotation(1)), kinds=(Linear,)
    )
    for population in drawn(few, 30):
        assert population.diagram == VennDiagram({"a": 1, "b": 1})
        assert population.shown == dict.fromkeys(("a", "b"), Shown(steps=(Rotation(1),)))
        assert isinstance(population.rule, Linear)
    for population in drawn(populations(kinds=(Parity,)), 30):
        assert isinstance(population.rule, Parity)


def test_weights_are_drawn_for_a_diagram() -> None:
    found = drawn(rules(VennDiagram({"a": 1, "b": 2}), kinds=(Hyperplane, Linear)))
    given_weights = [rule.weights for rule in found if not isinstance(rule.weights, str)]
    assert {len(weights) for weights in given_weights} == {3}
    assert all(any(weights) and max(map(abs, weights)) <= 3 for weights in given_weights)
    assert min(map(min, given_weights)) < 0


@by_beartype
def test_samples_keep_their_bounds() -> None:
    population = Population(VennDiagram({"a": 1, "b": 1}), Linear())
    few = samples(population=st.just(population), min_rows=2, max_rows=4)
    for sample in drawn(few, 30):
        again = population.sample(len(sample), sample.origin["seed"])
        assert again.y.tobytes() == sample.y.tobytes()
    assert {len(sample) for sample in drawn(few, 30)} == {2, 3, 4}
    assert max(map(len, drawn(samples(population=st.just(population)), 30))) <= 20


SMALLEST_POPULATIONS: dict[str, tuple[Callable[[Population], bool], Population]] = {
    "anything": (lambda _: True, Population(ONE)),
    "a real target": (lambda p: isinstance(p.rule, Linear), Population(ONE, Linear())),
    "a network": (
        lambda p: isinstance(p.rule, RandomNetwork),
        Population(ONE, RandomNetwork(width=1)),
    ),
    "three classes": (
        lambda p: p.rule.prior is not None and len(p.rule.prior) > 2,
        Population(ONE, Hyperplane(classes=3)),
    ),
    "a view of another seed": (
        lambda p: "a" in p.views and any(step.seed > 2 for step in p.views["a"].steps),
        Population(ONE, views={"a": Permutation(3)}),
    ),
}


@pytest.mark.parametrize(
    ("condition", "population"), SMALLEST_POPULATIONS.values(), ids=SMALLEST_POPULATIONS
)
def test_populations_shrink(
    condition: Callable[[Population], bool], population: Population
) -> None:
    assert smallest(populations(), condition) == population
