import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.refusals import refusal
from venn import LinearDistillation

energies = st.floats(0, 10)
mixings = st.floats(0, 1)


@st.composite
def students(draw: st.DrawFn) -> LinearDistillation:
    channels = draw(st.integers(1, 10))
    rows = channels + draw(st.integers(2, 50))
    return LinearDistillation(
        draw(energies), draw(energies), draw(energies), rows=rows, channels=channels
    )


@pytest.mark.parametrize("mixing", [0, 0.3, 1])
def test_the_risk_is_that_of_a_simulation(mixing: float) -> None:
    """y = <w, z> + sigma eps, t = <w_t, z_t>; OLS of (1 - lambda) y + lambda t on 5 channels."""
    rng = np.random.default_rng(20)
    rows, repetitions, sigma = 20, 4000, 0.5
    # features 0, 1: the teacher's own; 2, 3: the student's own; 4, 5: general; 6: hidden
    weights = np.array([1.0, -0.5, 0.8, 0.6, 1.2, -0.7, 0.9])
    teachers, students_ = [0, 1, 4, 5], [2, 3, 4, 5]
    teacher_weights = np.zeros(7)
    teacher_weights[teachers] = weights[teachers]

    def risk(coefficients: Any) -> float:
        """E (y - <beta, x>)^2 of uncorrelated standard normals, the fifth channel noise."""
        left = weights.copy()
        left[students_] -= coefficients[:4]
        return float(left @ left + coefficients[4] ** 2 + sigma**2)

    best = risk(np.append(weights[students_], 0.0))
    excess = np.empty(repetitions)
    for i in range(repetitions):
        z = rng.standard_normal((rows, 7))
        y = z @ weights + sigma * rng.standard_normal(rows)
        target = (1 - mixing) * y + mixing * (z @ teacher_weights)
        x = np.column_stack([z[:, students_], rng.standard_normal(rows)])
        excess[i] = risk(np.linalg.lstsq(x, target)[0]) - best

    student = LinearDistillation(
        teacher_specific=1.0**2 + 0.5**2,
        student_specific=0.8**2 + 0.6**2,
        unseen=0.9**2 + sigma**2,
        rows=rows,
        channels=5,
    )
    error = excess.std(ddof=1) / math.sqrt(repetitions)
    assert error < 0.05 * student.excess_risk(mixing)  # the comparison says something
    assert abs(excess.mean() - student.excess_risk(mixing)) < 5 * error


@given(students(), mixings)
def test_distillation_helps_where_its_risk_is_smaller(
    student: LinearDistillation, mixing: float
) -> None:
    """(2 - lambda) kappa N > lambda B iff risk(lambda) < risk(0), away from ties."""
    alone, distilled = student.excess_risk(0), student.excess_risk(mixing)
    if abs(alone - distilled) > 1e-9 * max(alone, distilled):
        assert student.helps(mixing) == (distilled < alone)


def test_a_weight_of_zero_does_not_help() -> None:
    assert not LinearDistillation(1, 1, 1, 20, 5).helps(0)
    assert LinearDistillation(1, 1, 1, 20, 5).helps(1e-9)


@given(students())
def test_the_best_weight_has_the_smallest_risk(student: LinearDistillation) -> None:
    assert 0 <= student.best_mixing <= 1
    least = student.excess_risk(student.best_mixing)
    grid = [student.excess_risk(step / 64) for step in range(65)]
    assert least <= min(grid) * (1 + 1e-12)


def test_the_best_weight_where_it_is_an_end() -> None:
    """0 where nothing is unseen, 1 where the student has nothing of its own."""
    assert LinearDistillation(1, 1, 0, 20, 5).best_mixing == 0
    assert LinearDistillation(1, 0, 0, 20, 5).best_mixing == 0
    assert LinearDistillation(1, 0, 1, 20, 5).best_mixing == 1
    assert LinearDistillation(0, 0, 0.1, 20, 5).best_mixing == 1


FEW = "must be at least channels + 2 = 7: below, the risk is infinite"

BAD: dict[str, dict[str, Any]] = {
    "teacher_specific = -1: must be a finite number of at least 0": {"teacher_specific": -1},
    "unseen = '1': must be a finite number of at least 0": {"unseen": "1"},
    "channels = 0: must be a whole number of at least 1": {"channels": 0},
    f"rows = 6: {FEW}": {"rows": 6},
}


@pytest.mark.parametrize(("message", "changes"), BAD.items(), ids=BAD)
def test_bad_students(changes: dict[str, Any], message: str) -> None:
    names = ("teacher_specific", "student_specific", "unseen")
    arguments: dict[str, Any] = {**dict.fromkeys(names, 1.0), "rows": 20, "channels": 5}
    assert refusal(LinearDistillation, **{**arguments, **changes}) == message


@pytest.mark.parametrize("query", ["excess_risk", "helps"])
def test_bad_weights(query: str) -> None:
    asked = getattr(LinearDistillation(1, 1, 1, 20, 5), query)
    assert refusal(asked, -0.1) == "mixing = -0.1: must be a finite number of at least 0"
    assert refusal(asked, 1.5) == "mixing = 1.5: must be at most 1"
