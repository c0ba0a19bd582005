"""Every picture, made in a style, and what is on it."""

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.text import Annotation

from analysis import ARMS, PAPER_RESULTS
from figures import (
    heat_map,
    paper_figure,
    simplex_map,
    sweep_curves,
    sweep_figure,
    venn_diagram,
    venn_figure,
)
from tests.figures.sweeps.made import along, path, sweep
from tests.figures.sweeps.test_sweep import DRAWN
from venn import VennDiagram

Make = Callable[..., Figure]
"""Makes a figure, in a style if one is given."""

README = VennDiagram({"a": 10, "b": 10, "a&b": 5}, hidden=5, noise={"a": 15, "b": 35})
LONG = ("a_very_long_name_of_a_modality_that_nobody_would_write", "$x^2$")
VENNS = {
    "README": README,
    "small alpha": VennDiagram({"a": 1, "b": 60, "a&b": 1}, hidden=9, noise={"b": 2}),
    "small beta": VennDiagram({"a": 40, "b": 1, "a&b": 1}, hidden=9),
    "all shared": VennDiagram({"a": 1, "b": 1, "a&b": 40}),
    "hardly shared": VennDiagram({"a": 1000, "b": 1000, "a&b": 1}, hidden=9),
    "nothing shared": VennDiagram({"audio": 10, "video": 10}, modalities=("audio", "video")),
    "one side": VennDiagram({"a": 7}, hidden=9, noise={"b": 2}),
    "capitals": VennDiagram(
        {"RADIOLOGY_REPORT": 12000, "CHEST_X-RAY": 9000, "RADIOLOGY_REPORT&CHEST_X-RAY": 3500},
        noise={"CHEST_X-RAY": 40000},
        modalities=("RADIOLOGY_REPORT", "CHEST_X-RAY"),
    ),
    "long names": VennDiagram({LONG[0]: 12}, noise={LONG[1]: 4}, modalities=LONG),
}
WIDE = sweep([{**p, "n_train": n} for p in path(11) for n in (50, 200, 800)])
SWEEPS = {
    **DRAWN,
    "parts": (sweep(path(6), ARMS), "curves", {"x": "gamma", "hue": "part", "title": "KD"}),
    "many columns": (WIDE, "heat map", {"x": "gamma", "y": "n_train"}),
}


PAPERS = ("figure2", "figure3")


def _paper(name: str, *, published: bool) -> Make:
    result = PAPER_RESULTS[name]
    title = f"{result.title} (published protocol, 100 seeds)"
    reference = result.published if published else None
    return lambda **style: paper_figure(
        along(result), result.path, result.axis, reference=reference, title=title, **style
    )


FIGURE_LEVEL: dict[str, Make] = {
    **{
        f"venn: {name}": lambda diagram=each, **style: venn_figure(diagram, **style)
        for name, each in VENNS.items()
    },
    **{
        f"sweep: {name}": lambda frame=frame, kind=kind, options=options, **style: sweep_figure(
            frame, kind, **options, **style
        )
        for name, (frame, kind, options) in SWEEPS.items()
    },
    **{f"{name}": _paper(name, published=True) for name in PAPERS},
    **{f"{name}, ours alone": _paper(name, published=False) for name in PAPERS},
}
AXES_LEVEL: dict[str, Callable[..., Any]] = {
    "sweep_curves": lambda **at: sweep_curves(DRAWN["gain"][0], "gamma", **at),
    "heat_map": lambda **at: heat_map(DRAWN["heat map"][0], "gamma", "n_train", **at),
    "simplex_map": lambda **at: simplex_map(DRAWN["simplex"][0], **at),
    "venn_diagram": lambda **at: venn_diagram(README, **at),
}


def alone(name: str) -> Make:
    """Return what makes a new figure of a drawing."""
    return lambda **style: AXES_LEVEL[name](**style).get_figure(root=True)


EVERY = {**FIGURE_LEVEL, **{name: alone(name) for name in AXES_LEVEL}}
"""Every picture by its name, alone on its page."""


def looks(figure: Figure) -> list[np.ndarray]:
    """Return the lengths in points of everything that is drawn on axes."""
    found = []
    for ax in figure.axes:
        notes = [note for note in ax.texts if isinstance(note, Annotation)]
        lengths: list[Any] = [
            *((line.get_linewidth(), line.get_markersize()) for line in ax.lines),
            *(line.get_markeredgewidth() for line in ax.lines),
            *(patch.get_linewidth() for patch in ax.patches),
            *(note.xyann for note in notes if note.anncoords == "offset points"),
            *(each.get_linewidth() for each in ax.collections),
            *(spine.get_linewidth() for spine in ax.spines.values()),
            *(
                grid.get_linewidth()
                for grid in (*ax.get_xgridlines()[:1], *ax.get_ygridlines()[:1])
            ),
        ]
        found.append(np.concatenate([np.ravel(each) for each in lengths]))
    return found
