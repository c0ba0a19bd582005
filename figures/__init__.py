"""Pictures for papers and lectures; each function takes data and draws on the axes it is given."""

from _modality_venn.packages import check

check("venn")

from figures.circles import Circles
from figures.curves import accuracy_curves, gain_curve
from figures.diagram import venn_diagram, venn_figure, venn_path
from figures.heat_map import heat_map
from figures.paper import paper_figure
from figures.simplex import simplex_map
from figures.sweep import sweep_figure
from figures.sweep_curves import sweep_curves
from figures.theme import save

__all__ = [
    "Circles",
    "accuracy_curves",
    "gain_curve",
    "heat_map",
    "paper_figure",
    "save",
    "simplex_map",
    "sweep_curves",
    "sweep_figure",
    "venn_diagram",
    "venn_figure",
    "venn_path",
]
