"""Colours, markers and sizes, one meaning each, in every picture."""

import os
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from venn import ArgumentError

# The colour-blind-safe palette of Okabe and Ito (2008).
TEACHER = "#D55E00"
STUDENT = "#0072B2"
GENERAL = "#8F4E8B"
HIDDEN = "#6E6E6E"
INK = "#222222"
BASELINE = "#555555"

ARM_STYLE: dict[str, dict[str, Any]] = {
    "teacher": {"color": TEACHER, "marker": "^", "linestyle": "-"},
    "kd": {"color": STUDENT, "marker": "o", "linestyle": "-"},
    "no_kd": {"color": BASELINE, "marker": "s", "linestyle": "--"},
}
ARM_LABEL = {"teacher": "teacher", "kd": "KD student", "no_kd": "No-KD student"}
SHARE_LABEL = {
    "alpha": "α, share of teacher-specific features",
    "gamma": "γ, share of modality-general features",
}

RC: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.labelsize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E6E6E6",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "lines.markersize": 5,
    "lines.linewidth": 1.6,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "savefig.dpi": 200,
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
    "svg.hashsalt": "mfh",
}


def styled(**changes: Any) -> AbstractContextManager[None]:
    """Return a context in which artists are made in the house style, with any changes to it."""
    settings: Any = {**RC, **{key.replace("_", "."): value for key, value in changes.items()}}
    return mpl.rc_context(settings)


FORMATS = ("png", "svg", "pdf")
_NO_DATE: dict[str, dict[str, Any]] = {
    "png": {},
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
}


def save(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Write a figure in the format that the path's suffix names; the same figure, the same bytes.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to write.
    path : path
        Ends in ``.png``, ``.svg`` or ``.pdf``.

    Raises
    ------
    ArgumentError
        If the suffix is another.
    """
    suffix = check_format(path)
    with styled():
        figure.savefig(path, format=suffix, metadata=_NO_DATE[suffix])


def check_format(path: str | os.PathLike[str]) -> str:
    """Return the format that a path's suffix names, or fail."""
    suffix = Path(path).suffix.removeprefix(".").lower()
    if suffix not in FORMATS:
        raise ArgumentError("out", str(path), "must end in .png, .svg or .pdf")
    return suffix
