"""Accuracy and gain along a path of diagrams."""

from collections.abc import Sequence
from typing import Any, Literal, get_args

import pandas as pd
from matplotlib.axes import Axes

from figures.style.canvas import canvas, points, sized
from figures.style.theme import (
    ARM_LABEL,
    ARM_STYLE,
    BASELINE,
    INK,
    SHARE_LABEL,
    STUDENT,
    Style,
    known_style,
)
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

COLUMNS: dict[Style, int] = {"paper": 5, "talk": 3}
"""Of a legend above the curves."""


def accuracy_curves(
    summary: pd.DataFrame,
    x: Axis,
    *,
    arms: Sequence[str] = tuple(ARM_STYLE),
    published: pd.DataFrame | None = None,
    style: Style | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the mean test accuracy of teacher, KD student and No-KD student along a path.

    The band around the KD student is the 95 % interval for its mean over seeds; one seed has none.

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
    style : {"paper", "talk"}, optional
        Sizes of text, lines and marks; by default matplotlib's settings as they are.
    ax : Axes, optional
        Where to draw; a new figure without one.

    Returns
    -------
    Axes
        With a legend above the axes.

    Raises
    ------
    ArgumentError
        If `x`, an arm or the style is unknown.
    """
    one_of("x", x, get_args(Axis))
    for arm in arms:
        one_of("arms", arm, ARM_STYLE)
    with canvas(ax, style) as panel:
        share = summary[x]
        for arm in arms:
            look = ARM_STYLE[arm]
            panel.plot(share, summary[arm], label=ARM_LABEL[arm], **look)
            if arm == "kd" and summary["kd_low"].notna().any():
                band = (summary["kd_low"], summary["kd_high"])
                shade = {"color": look["color"], "alpha": 0.18, "linewidth": 0}
                panel.fill_between(share, *band, label="its 95 % interval", **shade)
            if published is not None:
                marks = {"marker": look["marker"], "markeredgecolor": look["color"]}
                panel.plot(share, published[arm], **sized(**{**PUBLISHED, **marks, "label": None}))
        if published is not None:
            panel.plot([], [], marker="o", markeredgecolor=INK, **sized(**PUBLISHED))
        panel.set(xlabel=SHARE_LABEL[x], ylabel="test accuracy (%)")
        _legend_above(panel, known_style(style))
    return panel


def gain_curve(
    summary: pd.DataFrame,
    x: Axis,
    *,
    published: pd.DataFrame | None = None,
    style: Style | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the gain along a path, with the 95 % interval for its mean over seeds and a zero line.

    The legend says so where one seed has no interval.

    Parameters
    ----------
    summary : DataFrame
        From `analysis.summarise`, in percentage points.
    x : {"alpha", "gamma"}
        The share on the horizontal axis.
    published : DataFrame, optional
        Column ``gain``, one row a point: drawn as hollow marks.
    style : {"paper", "talk"}, optional
        Sizes of text, lines and marks; by default matplotlib's settings as they are.
    ax : Axes, optional
        Where to draw; a new figure without one.

    Returns
    -------
    Axes
        The zero line is always in view.

    Raises
    ------
    ArgumentError
        If `x` or the style is unknown.
    """
    one_of("x", x, get_args(Axis))
    with canvas(ax, style) as panel:
        share, gain = summary[x], summary["gain"]
        alone = summary["gain_low"].isna().all()
        panel.axhline(0, color=INK, zorder=1.5, linewidth=points(1.0))
        panel.errorbar(
            share,
            gain,
            yerr=None if alone else (gain - summary["gain_low"], summary["gain_high"] - gain),
            color=STUDENT,
            marker="o",
            capsize=points(3),
            label="gain of one seed, no interval" if alone else "gain, 95 % interval",
        )
        if published is not None:
            panel.plot(
                share, published["gain"], marker="o", markeredgecolor=INK, **sized(**PUBLISHED)
            )
        panel.set(xlabel=SHARE_LABEL[x], ylabel="gain by KD (points)")
        for sign, words, side in ((1, "KD helps", "bottom"), (-1, "KD hurts", "top")):
            panel.annotate(
                words,
                xy=(1, 0),
                xycoords=("axes fraction", "data"),
                xytext=(points(4), points(3) * sign),
                textcoords="offset points",
                va=side,
                color=BASELINE,
                fontsize="small",
            )
        panel.margins(y=0.12)
        _legend_above(panel, known_style(style))
    return panel


def _legend_above(ax: Axes, style: Style) -> None:
    entries = sorted(
        zip(*ax.get_legend_handles_labels(), strict=True),
        key=lambda entry: entry[1] == PUBLISHED["label"],
    )
    handles, labels = zip(*entries, strict=True)
    above: Any = {"loc": "lower center", "bbox_to_anchor": (0.5, 1.0)}
    ax.legend(handles, labels, ncols=COLUMNS[style], columnspacing=1.2, **above)
