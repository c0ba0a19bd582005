"""Data drawn from a diagram: label rules, populations and the samples drawn from them."""

from synth.population import Population, Sample
from synth.rules import Hyperplane
from synth.streams import stream

__all__ = ["Hyperplane", "Population", "Sample", "stream"]
