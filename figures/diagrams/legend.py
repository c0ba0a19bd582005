"""How the regions of a diagram look, and what a legend says of them."""

import textwrap
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Patch
from matplotlib.textpath import text_to_path

from figures.style.canvas import sized
from figures.style.theme import GENERAL, HIDDEN, STUDENT, TEACHER
from venn import VennDiagram

REGION_STYLE: dict[str, dict[str, Any]] = {
    "alpha": {"facecolor": TEACHER, "alpha": 0.28, "linewidth": 0},
    "gamma": {"facecolor": GENERAL, "alpha": 0.45, "linewidth": 0},
    "beta": {"facecolor": STUDENT, "alpha": 0.28, "linewidth": 0},
}
HIDDEN_STYLE: dict[str, Any] = {
    "fill": False,
    "edgecolor": HIDDEN,
    "linewidth": 1.0,
    "linestyle": (0, (3, 2)),
}
SYMBOL = {"alpha": "α", "gamma": "γ", "beta": "β"}


def legend_of(diagram: VennDiagram, line: float) -> list[Patch]:
    """Return one entry per share, for hidden features, and for each modality's channels.

    Parameters
    ----------
    diagram : VennDiagram
        Two modalities.
    line : float
        Points that a line of the legend has room for.
    """
    teacher, student = diagram.modalities
    seen_by = {
        "alpha": f"by {teacher} alone",
        "gamma": f"by both {teacher} and {student}",
        "beta": f"by {student} alone",
    }
    entries = [
        Patch(
            **REGION_STYLE[share],
            label=f"{SYMBOL[share]} = {getattr(diagram, share):.2f}: "
            f"{diagram.regions[region]} seen {seen_by[share]}",
        )
        for share, region in diagram.share_regions.items()
    ]
    if diagram.hidden:
        entries.append(
            Patch(**sized(**HIDDEN_STYLE), label=f"hidden: {diagram.hidden} seen by neither")
        )
    roles = ((teacher, "teacher", TEACHER), (student, "student", STUDENT))
    for modality, role, colour in roles:
        decisive, noise = diagram.dim(modality) - diagram.noise[modality], diagram.noise[modality]
        text = f"{modality} ({role}): {decisive} decisive + {noise} noise channels"
        entries.append(Patch(fill=False, label=text, **sized(edgecolor=colour, linewidth=1.3)))
    for entry in entries:
        entry.set_label(_folded(str(entry.get_label()), line))
    return entries


def legend_of_path(path: Sequence[VennDiagram]) -> list[Patch]:
    """Return a legend entry for each kind of feature that occurs along the path."""
    labels = {"alpha": "α: teacher only", "gamma": "γ: both (general)", "beta": "β: student only"}
    handles = [
        Patch(**REGION_STYLE[share], label=label)
        for share, label in labels.items()
        if any(getattr(diagram, share) for diagram in path)
    ]
    if any(diagram.hidden for diagram in path):
        handles.append(Patch(**sized(**HIDDEN_STYLE), label="hidden from both"))
    return handles


def _folded(text: str, line: float) -> str:
    """Return a text in lines that are no longer than so many points."""
    font = FontProperties(size=mpl.rcParams["legend.fontsize"])
    for letters in range(len(text), 0, -1):
        lines = textwrap.wrap(text, letters)
        lengths = (text_to_path.get_text_width_height_descent(each, font, False) for each in lines)
        if all(length <= line for length, _, _ in lengths):
            break
    return "\n".join(lines).replace("$", r"\$")  # a dollar sign in a name is no mathematics
