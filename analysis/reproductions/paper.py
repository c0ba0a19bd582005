"""What a figure or table of the paper is: its diagrams and arms, and the numbers published for it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from analysis.methods.arms import PAPER_ARMS
from analysis.protocols import Protocol
from venn import FrozenMapping, VennDiagram

GAIN = FrozenMapping({"gain": ("kd", "no_kd")})


@dataclass(frozen=True)
class PaperResult:
    """A figure or table of the paper.

    Parameters
    ----------
    name : str
        As the command line writes it.
    title : str
        What it shows.
    axis : {"gamma", "alpha"}
        The share that grows along its path.
    path : tuple of VennDiagram
        The diagrams.
    protocols : mapping of str to Protocol
        Those under which it is reproduced, by the names that the command line has for them.
    published : DataFrame
        Accuracies of the arms as fractions and `gains` in points, one row a point; NaN where the
        paper has none.
    printed : DataFrame, optional
        What the released script prints with its own seeds, same columns.
    arms : tuple of str
        What is trained.
    axes : mapping of str to sequence
        What varies beside the diagram.
    gains : mapping of str to (arm, baseline)
        Differences that it shows.
    measures : tuple of str
        What is measured beside the usual, and shown as means over whom it applies to.
    """

    name: str
    title: str
    axis: str
    path: tuple[VennDiagram, ...]
    protocols: Mapping[str, Protocol]
    published: pd.DataFrame
    printed: pd.DataFrame | None = None
    arms: tuple[str, ...] = PAPER_ARMS
    axes: Mapping[str, tuple[Any, ...]] = field(default_factory=lambda: FrozenMapping[Any]({}))
    gains: Mapping[str, tuple[str, str]] = GAIN
    measures: tuple[str, ...] = ()


def percent(rows: Mapping[str, Any], gains: Mapping[str, tuple[str, str]] = GAIN) -> pd.DataFrame:
    """Return published numbers as the paper prints them, in percent, as a `PaperResult` has them.

    Gains are the differences of accuracies, where they are not given.
    """
    frame = pd.DataFrame(rows, dtype=np.float64)
    for name, (arm, baseline) in gains.items():
        if name not in frame:
            frame[name] = frame[arm] - frame[baseline]
    return frame * [1.0 if name in gains else 0.01 for name in frame]


def differences(
    summary: pd.DataFrame, reference: pd.DataFrame, gains: Collection[str] = GAIN
) -> pd.DataFrame:
    """Return how far a summary lies from a reference, in points.

    Parameters
    ----------
    summary : DataFrame
        Accuracies as fractions and gains in points, such as `analysis.summarise` returns.
    reference : DataFrame
        ``published`` or ``printed`` of a `PaperResult`.
    gains : collection of str
        The columns that are gains.

    Returns
    -------
    DataFrame
        Ours minus the reference, the columns of the reference.
    """
    far = summary[reference.columns] - reference
    return far * [1.0 if name in gains else 100.0 for name in far]
