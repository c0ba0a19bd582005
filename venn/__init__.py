"""What the hypothesis is about: the modality Venn diagram and paths through diagrams."""

from venn.canonical import canonical
from venn.checks import ArgumentError
from venn.diagram import Counts, VennDiagram
from venn.files import staged
from venn.paths import growing_alpha, growing_gamma

__all__ = [
    "ArgumentError",
    "Counts",
    "VennDiagram",
    "canonical",
    "growing_alpha",
    "growing_gamma",
    "staged",
]
