"""What holds for every rule."""

import itertools
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth import RULES, Linear, Parity, Rule
from synth.strategies import diagrams, rules
from tests.examples import examples
from venn import VennDiagram, canonical

DIAGRAM = VennDiagram({"a": 2, "b": 2, "a&b": 2}, hidden=1, noise={"a": 1})
OF_FIVE_FEATURES = [
    VennDiagram({"a": a, "b": b, "a&b": both}, 5 - a - b - both, {"a": noise, "b": 1})
    for a, b, both, noise in itertools.product(range(1, 4), range(1, 4), range(3), (0, 3))
    if a + b + both <= 5
]


@pytest.mark.parametrize("kind", RULES.values(), ids=RULES)
def test_its_law_is_where_its_posterior_has_no_error(kind: type[Rule]) -> None:
    """Where there is an exact posterior, that of known features is the distribution of the label."""
    rule = kind()
    latents = np.random.default_rng(0).standard_normal((50, 7))
    posterior = rule.posterior(DIAGRAM, latents, np.zeros((7, 7)))
    if posterior is not None:
        np.testing.assert_allclose(posterior, rule.conditional(DIAGRAM, latents), atol=1e-12)


@settings(max_examples=examples(30))
@given(diagrams(max_modalities=3).flatmap(lambda d: st.tuples(st.just(d), rules(d))))
def test_repr_is_an_expression_for_an_equal_rule(drawn: tuple[VennDiagram, Rule]) -> None:
    _, rule = drawn
    same = eval(repr(rule), dict(RULES_BY_NAME))
    assert same == rule
    assert canonical(same) == canonical(rule)
    assert hash(same) == hash(rule)


RULES_BY_NAME = {kind.__name__: kind for kind in RULES.values()}


@settings(max_examples=examples(20))
@given(
    diagrams(max_modalities=3, max_features=2).flatmap(lambda d: st.tuples(st.just(d), rules(d)))
)
def test_labels_follow_their_distribution(drawn: tuple[VennDiagram, Rule]) -> None:
    """Of equal features, drawn again and again, each class has its probability."""
    diagram, rule = drawn
    n = 4000
    latents = np.broadcast_to(
        np.random.default_rng(0).standard_normal(diagram.decisive), (n, diagram.decisive)
    )
    y = rule.label(diagram, latents, np.random.default_rng(1).random(n))
    p = rule.conditional(diagram, latents[:1])[0]
    if rule.prior is None:
        assert y.mean() == pytest.approx(p[0], abs=5 * p[1] / np.sqrt(n) + 1e-9)
        assert y.std() == pytest.approx(p[1], abs=5 * p[1] / np.sqrt(n) + 1e-9)
    else:
        shares = np.bincount(y, minlength=len(rule.prior)) / n
        np.testing.assert_allclose(shares, p, atol=5 * 0.5 / np.sqrt(n))


@pytest.mark.parametrize("kind", RULES.values(), ids=RULES)
def test_labels_depend_on_what_the_rule_says_and_on_all_of_it(kind: type[Rule]) -> None:
    """Of all diagrams of five features those give the same labels for which it is the same."""
    rule = kind(**({"noise": 1.0} if kind is Linear else {"flip": 0.1}))
    chance = np.random.default_rng(0)
    latents, uniform = chance.standard_normal((300, 5)), chance.random(300)
    labels: dict[str, set[bytes]] = {}
    for diagram in OF_FIVE_FEATURES:
        said = rule.depends_on(diagram)
        assert json.loads(json.dumps(said)) == said
        label = rule.label(diagram, latents, uniform).tobytes()
        labels.setdefault(json.dumps(said, sort_keys=True), set()).add(label)
    assert all(len(each) == 1 for each in labels.values())
    assert len(set.union(*labels.values())) == len(labels)
    assert (len(labels) > 1) == (kind is Parity)
