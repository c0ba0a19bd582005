"""How a notebook shows a diagram; `VennDiagram` finds it by the name of an entry point."""

import io

from figures.diagrams.diagram import venn_figure
from figures.style.theme import FORMATS, styled
from venn import VennDiagram


def svg(diagram: VennDiagram) -> str | None:
    """Return the drawing of a diagram as SVG, or None for more than two modalities."""
    if len(diagram.modalities) != 2:
        return None
    file = io.StringIO()
    with styled():
        venn_figure(diagram).savefig(file, format="svg", metadata=FORMATS["svg"])
    return file.getvalue()
