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

__all__ = [
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
