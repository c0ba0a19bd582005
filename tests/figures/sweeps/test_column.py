"""Pictures as narrow as a column of a page: nothing is cut or covered, and the drawing has the room."""

from typing import Any

import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend

from analysis import ARMS
from figures import heat_map, simplex_map, sweep_curves
from tests.figures.seen import clashes, smallest
from tests.figures.sweeps.made import path, sweep, triangle

SIZES = {"paper": (3.3, 2.4), "talk": (7.4, 5.4)}
"""Inches: as many letters in each."""

LINES = sweep(path(6), ARMS)
OWN = sweep(path(6), ("no_kd", "decoupled_with_a_projector", "relational_distillation_v2"))
CELLS = sweep([{**p, "n_train": n} for p in path(4) for n in (50, 200, 800)])
FEW = ("kd", "kd_shuffled", "hard_label")
SEVEN = (*FEW, "um_kd", "kd_multimodal", "kd_oracle", "kd_multimodal_shuffled")
HALF, MANY = 0.5, 0.35
"""Of the figure: what the axes have, and what is left of it below a legend of many lines."""

DRAWN: dict[str, tuple[Any, pd.DataFrame, dict[str, Any], float]] = {
    "one arm": (sweep_curves, LINES, {"x": "gamma", "arms": ("kd",)}, HALF),
    "three arms": (sweep_curves, LINES, {"x": "gamma", "arms": FEW}, HALF),
    "seven arms": (sweep_curves, LINES, {"x": "gamma", "arms": SEVEN}, MANY),
    "long names": (sweep_curves, OWN, {"x": "gamma"}, MANY),
    "one class": (
        *(sweep_curves, LINES.assign(constant=LINES["gamma"] == 0)),
        *({"x": "gamma", "arms": ("kd",), "measure": "accuracy"}, MANY),
    ),
    "parts": (sweep_curves, LINES, {"x": "gamma", "hue": "part"}, MANY),
    "setting": (sweep_curves, CELLS, {"x": "n_train", "hue": "gamma"}, MANY),
    "heat map": (heat_map, CELLS, {"x": "gamma", "y": "n_train"}, MANY),
    "simplex": (simplex_map, sweep(triangle(6)), {}, 0.0),
}


def drawn(name: str, style: str, layout: Any) -> Axes:
    draw, frame, options, _ = DRAWN[name]
    figure = Figure(figsize=SIZES[style], layout=layout)
    ax: Axes = draw(frame, **options, style=style, ax=figure.subplots())
    figure.draw_without_rendering()
    return ax


@pytest.mark.parametrize("style", SIZES)
@pytest.mark.parametrize("name", DRAWN)
def test_in_a_column_nothing_is_cut_or_covered(name: str, style: str) -> None:
    ax = drawn(name, style, "constrained")
    figure = ax.get_figure(root=True)
    assert figure is not None
    assert clashes(figure) == []
    assert smallest(figure) >= (7 if style == "paper" else 15)
    box = ax.bbox
    assert box.width * box.height >= DRAWN[name][3] * figure.bbox.width * figure.bbox.height
    for legend in figure.findobj(Legend):
        legend_box = legend.get_window_extent()
        page = figure.bbox
        assert all(page.contains(*at) for at in (legend_box.min, legend_box.max))
        assert not legend_box.overlaps(box)


def test_a_figure_that_nobody_laid_out_is_laid_out_where_it_is_narrow() -> None:
    narrow, wide = drawn("three arms", "paper", None), Figure(figsize=(7.2, 3.8)).subplots()
    assert clashes(narrow.figure) == []  # type: ignore[arg-type]  # it is no part of a figure
    sweep_curves(LINES, "gamma", style="paper", ax=wide)
    assert wide.get_figure(root=True).get_layout_engine() is None  # type: ignore[union-attr]
