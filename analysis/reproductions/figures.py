"""The paper's figures: the path of diagrams each follows, and the numbers published for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from venn import VennDiagram, growing_alpha, growing_gamma


@dataclass(frozen=True)
class PaperFigure:
    """A figure of the paper.

    Parameters
    ----------
    name : str
        As the command line writes it.
    title : str
        What it shows.
    axis : {"gamma", "alpha"}
        The share that grows along its path.
    path : tuple of VennDiagram
        One diagram a point.
    published : DataFrame
        Read off the figure, about ±0.2: ``teacher``, ``no_kd``, ``kd``, ``gain`` in percent, one
        row a point.
    printed : DataFrame
        What the released script prints with seeds 0–9, same columns.
    """

    name: str
    title: str
    axis: Literal["gamma", "alpha"]
    path: tuple[VennDiagram, ...]
    published: pd.DataFrame
    printed: pd.DataFrame


def _reference(
    teacher: Sequence[float], no_kd: float, kd: Sequence[float], gain: Sequence[float] | None = None
) -> pd.DataFrame:
    frame = pd.DataFrame({"teacher": teacher, "no_kd": no_kd, "kd": kd})
    return frame.assign(gain=frame["kd"] - frame["no_kd"] if gain is None else gain)


FIGURES: Mapping[str, PaperFigure] = {
    "figure2": PaperFigure(
        name="figure2",
        title="Figure 2: the modalities' overlap grows",
        axis="gamma",
        path=growing_gamma(),
        published=_reference(
            teacher=[71.45, 71.4, 71.15, 71.2, 71.1, 70.9],
            no_kd=67.95,
            kd=[66.35, 67.15, 67.8, 68.7, 69.4, 70.05],
        ),
        printed=_reference(
            teacher=[70.38, 70.17, 70.42, 72.58, 76.37, 73.38],
            no_kd=69.41,
            kd=[68.70, 68.96, 69.07, 69.65, 70.94, 71.91],
            gain=[-0.71, -0.45, -0.34, 0.24, 1.53, 2.50],
        ),
    ),
    "figure3": PaperFigure(
        name="figure3",
        title="Figure 3: the teacher's own features grow",
        axis="alpha",
        path=growing_alpha(),
        published=_reference(
            teacher=[58.0, 64.2, 71.5, 77.8, 88.7],
            no_kd=57.3,
            kd=[58.6, 58.4, 58.3, 57.8, 57.3],
        ),
        printed=_reference(
            teacher=[58.45, 65.20, 70.78, 79.62, 90.53],
            no_kd=57.90,
            kd=[59.49, 58.87, 58.56, 58.46, 58.21],
            gain=[1.59, 0.97, 0.66, 0.56, 0.31],
        ),
    ),
}
"""Every figure that can be reproduced, by its name."""


def differences(summary: pd.DataFrame, reference: pd.DataFrame) -> pd.DataFrame:
    """Return how far the summary lies from a reference, point by point.

    Parameters
    ----------
    summary : DataFrame
        From `analysis.summarise`, in percent.
    reference : DataFrame
        ``published`` or ``printed`` of a `PaperFigure`.

    Returns
    -------
    DataFrame
        Ours minus the reference, in points: ``teacher``, ``no_kd``, ``kd``, ``gain``.
    """
    return summary[reference.columns] - reference
