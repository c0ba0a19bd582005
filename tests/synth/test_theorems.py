"""Theorems about diagrams, populations and what can be known, each with its formula."""

import dataclasses
import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from synth import Hyperplane, Parity, Population, Quadratic
from synth.strategies import diagrams, populations, views
from tests.examples import examples
from venn import VennDiagram

SEEDS = st.integers(0, 2**32 - 1)
AS_IS = st.just(())
CLEAR = views(max_noise=0)
"""Views that lose nothing."""


def exact(
    view: st.SearchStrategy[Any], *, max_modalities: int = 2
) -> st.SearchStrategy[Population]:
    """Populations whose truth needs no Monte Carlo: without noise nor quadratic temperature."""
    return populations(
        diagram=diagrams(max_features=4, max_modalities=max_modalities),
        view=view,
        kinds=(Hyperplane, Parity, Quadratic),
        max_temperature=0,
    )


def moved(diagram: VennDiagram) -> VennDiagram:
    """Move one feature from a to a&b; b keeps its dimension by losing or not needing noise."""
    regions = dict(diagram.regions)
    regions["a"], regions["a&b"] = regions["a"] - 1, regions["a&b"] + 1
    return dataclasses.replace(diagram, regions=regions)


@settings(max_examples=examples(12))
@given(diagrams(), st.sampled_from([Hyperplane(), Hyperplane(classes=3, flip=0.1), Quadratic()]))
def test_sharing_a_feature_raises_gamma_and_helps_the_student(
    diagram: VennDiagram, rule: Any
) -> None:
    """a -> a&b: gamma rises, I(a; y) stays, I(b; y) and acc(b) never fall, I(a, b; y) stays."""
    assume(diagram.regions["a"] > 0)
    before, after = Population(diagram, rule), Population(moved(diagram), rule)
    assert after.diagram.gamma > before.diagram.gamma
    assert after.information("a") == pytest.approx(before.information("a"), abs=1e-9)
    assert after.information(("a", "b")) == pytest.approx(before.information(("a", "b")), abs=1e-9)
    assert after.information("b") >= before.information("b") - 1e-9
    assert after.bayes_accuracy("b") >= before.bayes_accuracy("b") - 1e-9
    general = [each.information_diagram().general for each in (before, after)]
    assert general[0] <= general[1] + 1e-9


@settings(max_examples=examples(10))
@given(exact(CLEAR, max_modalities=3))
def test_information_is_monotone_and_bounded(population: Population) -> None:
    """A in B: 0 <= I(A; y) <= I(B; y) <= H(y) and 1/K <= max P(y) <= acc(A) <= acc(B) <= 1 - flip."""
    names = population.diagram.modalities
    flip = population.rule.flip  # type: ignore[attr-defined]  # every rule with classes has one
    prior = np.array(population.rule.prior)
    labels = (1 - flip) * prior + flip * (1 - prior) / (len(prior) - 1)
    label_bits = -(labels * np.log2(labels)).sum()
    truths = {
        frozenset(part): population.truth(part)
        for size in range(1, len(names) + 1)
        for part in itertools.combinations(names, size)
    }
    for part, truth in truths.items():
        assert -1e-12 <= truth.information <= label_bits + 1e-9
        assert labels.max() - 1e-9 <= truth.score <= max(1 - flip, labels.max()) + 1e-9
        for larger, more in truths.items():
            if part <= larger:
                assert truth.information <= more.information + 1e-9
                assert truth.score <= more.score + 1e-9


@settings(max_examples=examples(10))
@given(exact(AS_IS), CLEAR, CLEAR)
def test_a_view_that_can_be_inverted_loses_nothing(
    population: Population, one: Any, other: Any
) -> None:
    """I(view(x); y) = I(x; y)."""
    shown = dataclasses.replace(population, views={"a": one, "b": other})
    for seen in ("a", "b", ("a", "b")):
        assert shown.truth(seen) == population.truth(seen)


@settings(max_examples=examples(12))
@given(exact(AS_IS))
def test_the_chain_rule_and_the_information_diagram(population: Population) -> None:
    """I(a; y) + I(b; y | a) = I(a, b; y) = general + specific + synergy, none negative."""
    both = population.information(("a", "b"))
    chain = population.information("a") + population.information("b", given="a")
    assert chain == pytest.approx(both, abs=1e-9)
    parts = population.information_diagram()
    assert parts.total == pytest.approx(both, abs=1e-9)
    pieces = (parts.general, parts.teacher_specific, parts.student_specific, parts.synergy)
    assert min(pieces) > -1e-9
    assert parts.total <= parts.entropy + 1e-9
