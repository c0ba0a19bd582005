"""Pictures for papers and lectures; each function takes data and draws on the axes it is given."""

from _modality_venn.packages import check

check("venn")

from figures.diagrams.circles import Circles
from figures.diagrams.diagram import venn_diagram, venn_figure, venn_path
from figures.reproductions.paper import paper_figure
from figures.style.theme import save
from figures.sweeps.heat_map import heat_map
from figures.sweeps.simplex import simplex_map
from figures.sweeps.sweep import sweep_figure
from figures.sweeps.sweep_curves import sweep_curves

__all__ = [
    "Circles",
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
