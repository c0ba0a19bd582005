"""The geometry of a two-modality diagram: circles and lens with areas true to the counts."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.optimize import brentq

from venn import VennDiagram

GAP = 0.12
"""Space between circles that share nothing, as a share of the smaller radius."""


@dataclass(frozen=True)
class Circles:
    r"""Two circles on one horizontal axis; one decisive feature is one unit of area.

    .. math:: \pi r_a^2 = n_a + n_{ab}, \quad \pi r_b^2 = n_b + n_{ab}, \quad
              \text{lens}(r_a, r_b, d) = n_{ab}

    Parameters
    ----------
    teacher : float
        Radius of the teacher's circle, centred at ``(0, 0)``.
    student : float
        Radius of the student's circle, centred at ``(distance, 0)``.
    distance : float
        Distance of the centres.
    """

    teacher: float
    student: float
    distance: float

    @staticmethod
    def of(diagram: VennDiagram) -> "Circles":
        """Lay out a diagram of two modalities.

        Raises
        ------
        ArgumentError
            If the diagram has more than two modalities.
        """
        count = {share: diagram.regions[name] for share, name in diagram.share_regions.items()}
        teacher = math.sqrt((count["alpha"] + count["gamma"]) / math.pi)
        student = math.sqrt((count["beta"] + count["gamma"]) / math.pi)
        return Circles(teacher, student, _distance(teacher, student, count["gamma"]))

    @property
    def lens(self) -> float:
        """Area that the circles share."""
        return _lens(self.teacher, self.student, self.distance)

    @property
    def largest(self) -> float:
        """The larger radius."""
        return max(self.teacher, self.student)

    @property
    def ends(self) -> tuple[float, float]:
        """Where both circles begin and end on the horizontal axis."""
        left = min(-self.teacher, self.distance - self.student)
        return left, max(self.teacher, self.distance + self.student)

    @property
    def spans(self) -> dict[str, tuple[float, float]]:
        """Where alpha, beta and gamma lie on the horizontal axis, ``(left, right)``."""
        left = self.distance - self.student
        right = self.distance + self.student
        inner, outer = max(-self.teacher, left), min(self.teacher, right)
        if self.lens == 0:
            inner, outer = self.teacher, left
        return {
            "alpha": (-self.teacher, inner),
            "gamma": (inner, outer),
            "beta": (outer, right),
        }

    def lens_outline(self, points: int = 200) -> Float[np.ndarray, "point xy"]:
        """Return the outline of the shared area; empty where there is none."""
        a, b, d = self.teacher, self.student, self.distance
        if self.lens == 0:
            return np.empty((0, 2))
        if d <= abs(a - b):
            centre, radius = (0.0, a) if a <= b else (d, b)
            return _arc(centre, radius, 0, 2 * math.pi, points)
        at_teacher, at_student = _half_angles(a, b, d)
        return np.concatenate(
            [
                _arc(0.0, a, -at_teacher, at_teacher, points),
                _arc(d, b, math.pi - at_student, math.pi + at_student, points),
            ]
        )


def _arc(
    centre: float, radius: float, start: float, stop: float, points: int
) -> Float[np.ndarray, "point xy"]:
    angle = np.linspace(start, stop, points)
    return np.column_stack([centre + radius * np.cos(angle), radius * np.sin(angle)])


def _half_angles(a: float, b: float, d: float) -> tuple[float, float]:
    """Return half the angle that the lens subtends at each centre (law of cosines)."""
    at_a = math.acos((d * d + a * a - b * b) / (2 * d * a))
    at_b = math.acos((d * d + b * b - a * a) / (2 * d * b))
    return at_a, at_b


def _lens(a: float, b: float, d: float) -> float:
    """Return the area that circles of radii `a` and `b` at distance `d` share."""
    if d >= a + b:
        return 0.0
    if d <= abs(a - b):
        return math.pi * min(a, b) ** 2
    at_a, at_b = _half_angles(a, b, d)
    kite = a * d * math.sin(at_a)
    return a * a * at_a + b * b * at_b - kite


def _distance(a: float, b: float, shared: int) -> float:
    """Return the distance at which circles of radii `a` and `b` share an area."""
    apart, nested = a + b, abs(a - b)
    if shared == 0:
        return apart + GAP * min(a, b)
    if math.isclose(shared, math.pi * min(a, b) ** 2):
        return nested
    return float(brentq(lambda d: _lens(a, b, d) - shared, nested, apart, xtol=1e-12))
