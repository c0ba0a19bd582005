"""Label rules: how decisive features make a label."""

from collections.abc import Mapping

from synth.rules.base import Classification, Rule, Sliced
from synth.rules.hyperplane import Hyperplane
from synth.rules.linear import Linear
from synth.rules.network import RandomNetwork
from synth.rules.parity import Parity
from synth.rules.quadratic import Quadratic
from synth.rules.weights import balanced

RULES: Mapping[str, type[Rule]] = {
    "hyperplane": Hyperplane,
    "linear": Linear,
    "network": RandomNetwork,
    "parity": Parity,
    "quadratic": Quadratic,
}
"""Every rule by its name."""

CLASSIFICATIONS: Mapping[str, type[Classification]] = {
    name: kind for name, kind in RULES.items() if issubclass(kind, Classification)
}
"""Rules whose label is one of some classes, by their names."""

__all__ = [
    "CLASSIFICATIONS",
    "RULES",
    "Classification",
    "Hyperplane",
    "Linear",
    "Parity",
    "Quadratic",
    "RandomNetwork",
    "Rule",
    "Sliced",
    "balanced",
]
