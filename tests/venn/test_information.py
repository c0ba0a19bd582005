import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from venn.information import InformationDiagram, divergence, entropy
from venn.truth import Truth

probabilities = st.lists(st.floats(0, 1), min_size=3, max_size=3).map(
    lambda p: np.array(p) / sum(p) if sum(p) > 1e-9 else np.array([1.0, 0.0, 0.0])
)


@given(probabilities)
def test_entropy_is_in_bits(p: np.ndarray) -> None:
    assert entropy(p) == pytest.approx(stats.entropy(p, base=2), abs=1e-12)


@given(probabilities)
def test_divergence_is_in_bits(p: np.ndarray) -> None:
    prior = np.array([0.5, 0.3, 0.2])
    assert divergence(p, prior) == pytest.approx(stats.entropy(p, prior, base=2), abs=1e-12)


def test_both_take_rows() -> None:
    probabilities = np.array([[1.0, 0.0], [0.5, 0.5]])
    np.testing.assert_allclose(entropy(probabilities), [0, 1])
    np.testing.assert_allclose(divergence(probabilities, np.array([0.5, 0.5])), [1, 0])


def test_the_parts_of_an_information_diagram() -> None:
    """general + specific = I of each modality alone; all four = I of both; errors add."""
    general, teacher, student, both = (Truth(0.6, n, 0.01, 0.1) for n in (0.2, 0.5, 0.4, 0.9))
    parts = InformationDiagram.of(general, teacher, student, both, entropy=1.5)
    assert parts.general == 0.2
    assert parts.teacher_specific == pytest.approx(0.3)
    assert parts.student_specific == pytest.approx(0.2)
    assert parts.synergy == pytest.approx(0.2)
    assert parts.total == pytest.approx(0.9)
    assert parts.entropy == 1.5
    assert parts.error == pytest.approx(0.4)
    assert math.isclose(parts.general + parts.teacher_specific, 0.5)
