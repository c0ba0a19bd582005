"""Data drawn from a diagram: label rules, views, populations, samples, and their exact truth."""

from _modality_venn.packages import check
from _modality_venn.strategies import makeable

check("venn")

from synth.evidence import Evidence
from synth.multimodal import make_multimodal
from synth.population import Population
from synth.roles import Roles
from synth.rules import (
    CLASSIFICATIONS,
    RULES,
    Hyperplane,
    Linear,
    Parity,
    Quadratic,
    RandomNetwork,
    Rule,
    balanced,
)
from synth.sample import Sample
from synth.streams import stream
from synth.views import (
    VIEWS,
    InvertibleNetwork,
    ObservationNoise,
    Permutation,
    Rotation,
    View,
)

__all__ = [
    "CLASSIFICATIONS",
    "RULES",
    "VIEWS",
    "Evidence",
    "Hyperplane",
    "InvertibleNetwork",
    "Linear",
    "ObservationNoise",
    "Parity",
    "Permutation",
    "Population",
    "Quadratic",
    "RandomNetwork",
    "Roles",
    "Rotation",
    "Rule",
    "Sample",
    "View",
    "balanced",
    "make_multimodal",
    "stream",
]

makeable(Population, Sample, Rule, *RULES.values(), View, *VIEWS.values())
