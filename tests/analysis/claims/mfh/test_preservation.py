from collections.abc import Callable

import numpy as np
import pytest
import statsmodels.api as sm

from analysis.claims.mfh.preservation import energy, preserved, unmatched
from synth import InvertibleNetwork, Permutation, Population, Rotation
from venn import ArgumentError, VennDiagram

DIAGRAM = VennDiagram({"a": 2, "b": 1, "a&b": 3}, noise={"a": 2, "b": 4})
PLAIN = Population(DIAGRAM)
ROTATED = Population(DIAGRAM, views={"a": Rotation(seed=3), "b": Rotation(seed=4)})
WEIGHTS = np.random.default_rng(0).standard_normal((5, 7))


@pytest.mark.parametrize("role", ["general", "specific", "noise"])
def test_as_it_is_each_channel_is_its_role(role: str) -> None:
    shares = WEIGHTS**2 / (WEIGHTS**2).sum(axis=1, keepdims=True)
    own = [i for i, each in enumerate(PLAIN.roles["a"]) if each == role]
    assert len(own) == {"general": 3, "specific": 2, "noise": 2}[role]
    found = energy(WEIGHTS[:, None], PLAIN.roles["a"], role)  # whatever axes come before
    np.testing.assert_allclose(found, shares[:, own].sum(axis=1, keepdims=True))


@pytest.mark.parametrize("view", [Rotation(seed=3), Permutation(seed=1)], ids=str)
def test_the_same_teacher_preserves_as_much_in_any_view(view: Rotation | Permutation) -> None:
    """<w, s> = <M w, M s>: the weights that say the same of the channels x = M s are M w."""
    roles = Population(DIAGRAM, views={"a": view}).roles["a"]
    assert roles.matrix is not None
    found = preserved(WEIGHTS @ roles.matrix.T, roles)
    np.testing.assert_allclose(found, preserved(WEIGHTS, PLAIN.roles["a"]))


@pytest.mark.parametrize("population", [PLAIN, ROTATED], ids=["as it is", "rotated"])
def test_what_is_not_preserved_is_what_no_student_matches(population: Population) -> None:
    """min over u of Var(<w, x^a> - <u, x^b>) / Var(<w, x^a>) = 1 - preserved(w)."""
    sample = population.sample(20_000, seed=1)
    found = unmatched(sample.views["a"] @ WEIGHTS.T, sample.views["b"])
    expected = 1 - preserved(WEIGHTS, population.roles["a"])
    np.testing.assert_allclose(found, expected, atol=0.02)  # four standard errors
    assert np.ptp(expected) > 0.2


def test_few_rows_are_corrected_as_statsmodels_does() -> None:
    """The error is one minus the adjusted R²; a channel that is there twice changes nothing."""
    generator = np.random.default_rng(2)
    view = generator.standard_normal((30, 8)) + 5
    scores = view[:, :2] + 3 * generator.standard_normal((30, 2))
    found = unmatched(scores, view)
    for own, score in zip(found, scores.T, strict=True):
        fit = sm.OLS(score, sm.add_constant(view)).fit()
        assert own == pytest.approx(1 - fit.rsquared_adj)
    twice = np.concatenate([view, 2 * view[:, :1]], axis=1)
    np.testing.assert_allclose(unmatched(scores, twice), found)


NONLINEAR = Population(DIAGRAM, views={"a": InvertibleNetwork(seed=1)}).roles["a"]
ROWS = np.random.default_rng(0).standard_normal((12, 4))
CALLS: dict[str, tuple[Callable[[], object], str]] = {
    "not roles": (lambda: preserved(WEIGHTS, ["noise"]), "roles = .*: must be of kind Roles"),  # type: ignore[arg-type]
    "nonlinear": (lambda: preserved(WEIGHTS, NONLINEAR), "must be of a view that is linear"),
    "channels": (lambda: preserved(WEIGHTS[:, 1:], PLAIN.roles["a"]), "must have 7 channels"),
    "zero": (lambda: preserved(0 * WEIGHTS, PLAIN.roles["a"]), "not all 0"),
    "diverged": (lambda: preserved(np.nan * WEIGHTS, PLAIN.roles["a"]), "must be finite"),
    "few rows": (lambda: unmatched(ROWS[:5, :1], ROWS[:5]), "must have at least 6 rows"),
    "constant": (lambda: unmatched(np.ones((12, 1)), ROWS), "must vary over the rows"),
}


@pytest.mark.parametrize(("call", "words"), CALLS.values(), ids=CALLS)
def test_bad_calls(call: Callable[[], object], words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        call()
