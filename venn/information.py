"""Information on a label, in bits."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import special

from venn.truth import Truth


def entropy(probabilities: Float[np.ndarray, "*row class_"]) -> Float[np.ndarray, "*row"]:
    """Return the entropy of each row of probabilities, in bits."""
    return np.asarray(special.entr(probabilities).sum(-1) / math.log(2))


def divergence(
    posterior: Float[np.ndarray, "*row class_"], prior: Float[np.ndarray, " class_"]
) -> Float[np.ndarray, "*row"]:
    """Return the Kullback-Leibler divergence of each row from the prior, in bits."""
    return np.asarray(special.rel_entr(posterior, prior).sum(-1) / math.log(2))


@dataclass(frozen=True)
class InformationDiagram:
    r"""The information of two modalities on the label, split like the Venn diagram, in bits.

    With :math:`x^m_0` the general features as modality m shows them,

    .. math::
        \text{general} &= \min_m I(x^m_0; y) \\
        \text{teacher-specific} &= I(x^t; y) - \text{general} \\
        \text{student-specific} &= I(x^s; y) - \text{general} \\
        \text{synergy} &= I(x^t, x^s; y) - I(x^t; y) - I(x^s; y) + \text{general}

    The four sum to :math:`I(x^t, x^s; y)` and none is negative.  Without observation noise the
    general features are the common part of the two views, and the first line is the shared
    information :math:`I_\wedge` of Griffith et al. (2014), after Gács and Körner (1973): what both
    views say of the label because it is the same variable.  Other definitions of a partial
    information decomposition count differently.

    Parameters
    ----------
    general, teacher_specific, student_specific, synergy : float
        The parts, in bits.
    entropy : float
        The entropy of the label: what all four and what remains unknown sum to.
    error : float
        A bound of the standard error of each part, where Monte Carlo found them; 0 otherwise.
    """

    general: float
    teacher_specific: float
    student_specific: float
    synergy: float
    entropy: float
    error: float = 0.0

    @classmethod
    def of(
        cls, general: Truth, teacher: Truth, student: Truth, both: Truth, entropy: float
    ) -> "InformationDiagram":
        """Return the diagram of what the general part, each modality and both together know."""
        shared, one, other = (each.information for each in (general, teacher, student))
        return cls(
            general=shared,
            teacher_specific=one - shared,
            student_specific=other - shared,
            synergy=both.information - one - other + shared,
            entropy=entropy,
            error=math.fsum(each.information_error for each in (general, teacher, student, both)),
        )

    @property
    def total(self) -> float:
        """The information of both modalities together."""
        return math.fsum((self.general, self.teacher_specific, self.student_specific, self.synergy))
