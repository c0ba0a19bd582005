import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from venn.information import InformationDiagram, divergence, entropy
from venn.truth import Truth

laws = st.lists(st.floats(0, 1), min_size=3, max_size=3).map(
    lambda p: np.array(p) / sum(p) if sum(p) > 1e-9 else np.array([1.0, 0.0, 0.0])
)


@given(laws)
def test_entropy_is_in_bits(law: np.ndarray) -> None:
    assert entropy(law) == pytest.approx(stats.entropy(law, base=2), abs=1e-12)


@given(laws)
def test_divergence_is_in_bits(law: np.ndarray) -> None:
    prior = np.array([0.5, 0.3, 0.2])
    assert divergence(law, prior) == pytest.approx(stats.entropy(law, prior, base=2), abs=1e-12)


def test_both_take_rows() -> None:
    laws = np.array([[1.0, 0.0], [0.5, 0.5]])
    np.testing.assert_allclose(entropy(laws), [0, 1])
    np.testing.assert_allclose(divergence(laws, np.array([0.5, 0.5])), [1, 0])


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
