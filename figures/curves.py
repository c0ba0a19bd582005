"""Accuracy and gain along a path of diagrams."""

from collections.abc import Sequence
from typing import Any, Literal, get_args

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes

from figures.theme import ARM_LABEL, ARM_STYLE, BASELINE, INK, SHARE_LABEL, STUDENT
from venn.checks import one_of

Axis = Literal["alpha", "gamma"]
PUBLISHED: dict[str, Any] = {
    "linestyle": "none",
    "markerfacecolor": "none",
    "markersize": 8.5,
    "markeredgewidth": 1.1,
    "label": "published (read off)",
}
"""A published value: hollow, larger than ours, so that both show where they agree."""


def accuracy_curves(
    summary: pd.DataFrame,
    x: Axis,
    *,
    arms: Sequence[str] = tuple(ARM_STYLE),
    published: pd.DataFrame | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the mean test accuracy of teacher, KD student and No-KD student along a path.

    The band around the KD student is the 95 % interval for its mean over seeds.

    Parameters
    ----------
    summary : DataFrame
        From `analysis.summarise`, in percent.
    x : {"alpha", "gamma"}
        The share on the horizontal axis.
    arms : sequence of str
        Which of ``teacher``, ``kd`` and ``no_kd`` to draw.
    published : DataFrame, optional
        Columns ``teacher``, ``no_kd``, ``kd``, one row a point: drawn as hollow marks.
    ax : Axes, optional
        Where to draw; a new figure without one.

    Returns
    -------
    Axes
        With a legend above the axes.

    Raises
    ------
    ArgumentError
        If `x` or an arm is unknown.
    """
    one_of("x", x, get_args(Axis))
    for arm in arms:
        one_of("arms", arm, ARM_STYLE)
    ax = plt.figure().add_subplot() if ax is None else ax
    share = summary[x]
    for arm in arms:
        style = ARM_STYLE[arm]
        ax.plot(share, summary[arm], label=ARM_LABEL[arm], **style)
        if arm == "kd":
            band = (summary["kd_low"], summary["kd_high"])
            shade = {"color": style["color"], "alpha": 0.18, "linewidth": 0}
            ax.fill_between(share, *band, label="its 95 % interval", **shade)
        if published is not None:
            marks = {"marker": style["marker"], "markeredgecolor": style["color"]}
            ax.plot(share, published[arm], **{**PUBLISHED, **marks, "label": None})
    if published is not None:
        ax.plot([], [], marker="o", markeredgecolor=INK, **PUBLISHED)
    ax.set(xlabel=SHARE_LABEL[x], ylabel="test accuracy (%)")
    _legend_above(ax)
    return ax


def gain_curve(
    summary: pd.DataFrame,
    x: Axis,
    *,
    published: pd.DataFrame | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the gain along a path, with the 95 % interval for its mean over seeds and a zero line.

    Parameters
    ----------
    summary : DataFrame
        From `analysis.summarise`, in percentage points.
    x : {"alpha", "gamma"}
        The share on the horizontal axis.
    published : DataFrame, optional
        Column ``gain``, one row a point: drawn as hollow marks.
    ax : Axes, optional
        Where to draw; a new figure without one.

    Returns
    -------
    Axes
        The zero line is always in view.

    Raises
    ------
    ArgumentError
        If `x` is unknown.
    """
    one_of("x", x, get_args(Axis))
    ax = plt.figure().add_subplot() if ax is None else ax
    share, gain = summary[x], summary["gain"]
    ax.axhline(0, color=INK, linewidth=1.0, zorder=1.5)
    ax.errorbar(
        share,
        gain,
        yerr=(gain - summary["gain_low"], summary["gain_high"] - gain),
        color=STUDENT,
        marker="o",
        capsize=3,
        label="gain, 95 % interval",
    )
    if published is not None:
        ax.plot(share, published["gain"], marker="o", markeredgecolor=INK, **PUBLISHED)
    ax.set(xlabel=SHARE_LABEL[x], ylabel="gain by KD (points)")
    for sign, words, side in ((1, "KD helps", "bottom"), (-1, "KD hurts", "top")):
        ax.annotate(
            words,
            xy=(1, 0),
            xycoords=("axes fraction", "data"),
            xytext=(4, 3 * sign),
            textcoords="offset points",
            va=side,
            color=BASELINE,
            fontsize="small",
        )
    ax.margins(y=0.12)
    _legend_above(ax)
    return ax


def _legend_above(ax: Axes) -> None:
    entries = sorted(
        zip(*ax.get_legend_handles_labels(), strict=True),
        key=lambda entry: entry[1] == PUBLISHED["label"],
    )
    handles, labels = zip(*entries, strict=True)
    above: Any = {"loc": "lower center", "bbox_to_anchor": (0.5, 1.0)}
    ax.legend(handles, labels, ncols=5, columnspacing=1.2, **above)
