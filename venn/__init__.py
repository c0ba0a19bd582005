"""What the hypothesis is about: the modality Venn diagram and paths through diagrams."""

from _modality_venn.strategies import makeable
from venn.canonical import canonical
from venn.checks import ArgumentError
from venn.diagram import Shares, VennDiagram
from venn.files import staged
from venn.frozen import FrozenMapping
from venn.paths import growing_alpha, growing_beta, growing_gamma, simplex
from venn.regression import LinearDistillation

__all__ = [
    "ArgumentError",
    "FrozenMapping",
    "LinearDistillation",
    "Shares",
    "VennDiagram",
    "canonical",
    "growing_alpha",
    "growing_beta",
    "growing_gamma",
    "simplex",
    "staged",
]

makeable(VennDiagram)
