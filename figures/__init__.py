"""Pictures for papers and lectures; each function takes data and draws on the axes it is given."""

from figures.circles import Circles
from figures.curves import accuracy_curves, gain_curve
from figures.diagram import venn_diagram, venn_figure, venn_path
from figures.paper import paper_figure
from figures.theme import save

__all__ = [
    "Circles",
    "accuracy_curves",
    "gain_curve",
    "paper_figure",
    "save",
    "venn_diagram",
    "venn_figure",
    "venn_path",
]
