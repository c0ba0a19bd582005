from typing import Any

import numpy as np
import pytest

from synth import Hyperplane, Population, Quadratic
from synth.rules.base import Classification
from tests.refusals import refusal
from venn import VennDiagram, canonical

DIAGRAM = VennDiagram({"a": 1, "b": 1})


def test_equal_probabilities_are_a_number_of_classes() -> None:
    assert Hyperplane(classes=(0.5, 0.5)) == Hyperplane()
    assert Hyperplane(classes=[1 / 3] * 3).classes == 3
    assert Hyperplane(classes=4).prior == (0.25, 0.25, 0.25, 0.25)
    assert Hyperplane(classes=np.array([0.2, 0.8])).prior == (0.2, 0.8)  # type: ignore[arg-type]  # as users do


def test_labels_are_quantiles_of_their_distribution() -> None:
    """y counts the classes whose cumulated probability lies below the chance."""
    rule = Hyperplane(classes=3, temperature=0.5)
    latents = np.array([[0.3, -0.2]])
    p = rule.conditional(DIAGRAM, latents)[0]
    for chance, label in ((p[0] - 1e-9, 0), (p[0] + 1e-9, 1), (1 - p[2] + 1e-9, 2)):
        assert rule.label(DIAGRAM, latents, np.array([chance])) == [label]
    assert rule.label(DIAGRAM, latents) == [1]  # the median
    assert rule.label(DIAGRAM, latents).dtype == np.int64


def test_a_rule_needs_only_its_conditional() -> None:
    """What a new rule must bring; the rest is Monte Carlo."""

    class Coin(Classification):
        """A fair coin, whatever the features."""

        prior = (0.5, 0.5)

        def conditional(self, diagram: VennDiagram, latents: np.ndarray) -> np.ndarray:  # noqa: ARG002
            return np.full((*latents.shape[:-1], 2), 0.5)

    truth = Population(DIAGRAM, Coin()).truth("a", draws=100)
    assert truth.score == pytest.approx(0.5, abs=3 * truth.score_error)
    assert truth.information == pytest.approx(0, abs=3 * truth.information_error)
    assert Population(DIAGRAM, Coin(flip=0.5)).rule.noisy
    assert not Coin().noisy
    for diagram in (DIAGRAM, VennDiagram({"a": 1, "b": 1}, noise={"a": 1})):
        assert Coin().depends_on(diagram) == canonical(diagram)  # unless it says that less will do


BAD: dict[str, dict[str, Any]] = {
    "classes = 1: must be a whole number of at least 2": {"classes": 1},
    "classes = (1.0,): must be at least 2, or their probabilities": {"classes": (1.0,)},
    "classes[0] = 0.0: must be a finite number of at least 1e-09": {"classes": (0.0, 1.0)},
    "classes[0] + classes[1] = 0.75: must be 1": {"classes": (0.25, 0.5)},
    "flip = 0.6: must be at most 0.5: 2 classes are then pure chance": {"flip": 0.6},
    "temperature = 1e-07: must be 0 or at least 1e-06, below which it changes no label": {
        "temperature": 1e-7
    },
}


@pytest.mark.parametrize(("message", "arguments"), BAD.items(), ids=BAD)
@pytest.mark.parametrize("kind", [Hyperplane, Quadratic])
def test_bad_classes_and_noise(kind: Any, arguments: dict[str, Any], message: str) -> None:
    assert refusal(kind, **arguments) == message
