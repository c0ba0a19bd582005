"""The picture of Table 2: general teachers, their students, and how far those are ahead."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from figures.reproductions.published import entry, published
from figures.style.theme import (
    ARM_LABEL,
    ARM_STYLE,
    GENERAL,
    INK,
    PALE,
    SHARE_LABEL,
    settle,
    styled,
)
from venn import ArgumentError

WAY_STYLE: Mapping[str, dict[str, Any]] = {
    "gt": {"color": GENERAL, "marker": "D", "linestyle": "-"},
    "alg1": {
        "color": GENERAL,
        "marker": "o",
        "markersize": 8.5,
        "markerfacecolor": PALE,
        "linestyle": (0, (4, 1.5)),
        "zorder": 1.9,
    },
    "random": {"color": GENERAL, "marker": "x", "linestyle": (0, (1, 1.2))},
}
"""What is general has one colour; marks say how its channels were picked.  Those of Algorithm 1 lie
around those of the truth, so that both show where it finds the truth."""

WAY_LABEL = {
    "gt": "general, true channels",
    "alg1": "general, by Algorithm 1",
    "random": "general, random channels",
}

REGULAR = {"general_teacher": ("teacher",), "kd_general": ("kd", "no_kd")}
"""The arms that are drawn beside a general one."""

LEADS = {"kd": "KD student", "no_kd": "No-KD student"}
"""Students that the general teacher's student is held against."""

LEGEND = [*ARM_LABEL.values(), "published", *WAY_LABEL.values()]

APART = {"gt": -0.006, "alg1": 0.0, "random": 0.006}
"""How far the intervals of the ways stand beside their gamma, so that each is seen."""


NOTE = (
    "general_channels: the general teacher keeps the true general channels (gt), as many by\n"
    "Algorithm 1 (alg1) or at random; found is the share of the true ones that it keeps. The lead\n"
    "is that of its student, kd_general, in points."
)
"""What the table's columns are."""


def table2_figure(summary: pd.DataFrame, reference: pd.DataFrame, *, title: str = "") -> Figure:
    """Draw Table 2 along gamma: accuracies above, leads of the general teacher's student below.

    Parameters
    ----------
    summary : DataFrame
        Of a reproduction of the table, one row a point: accuracies as fractions, leads in points.
    reference : DataFrame
        The paper's values, one row a point, NaN where it has none: hollow marks.
    title : str
        Written above.

    Returns
    -------
    matplotlib.figure.Figure
        Write it with `figures.save`.

    Raises
    ------
    ArgumentError
        If the published values are not one row a point.
    """
    if len(reference) != len(summary):
        allowed = f"must have one row for each of the summary's {len(summary)} points"
        raise ArgumentError("reference", f"{len(reference)} rows", allowed)
    with styled():
        figure = Figure(figsize=(7.2, 6.4), layout="constrained")
        upper, lower = figure.subplots(2, 2, sharex=True)
        for ax, general in zip(upper, REGULAR, strict=True):
            _accuracies(ax, summary, reference, general)
        lower[1].sharey(lower[0])
        for ax, baseline in zip(lower, LEADS, strict=True):
            _leads(ax, summary, reference, baseline)
        figure.suptitle(title, fontsize=10.5)
        lines = {str(line.get_label()): line for ax in upper for line in (*ax.lines, entry())}
        labels = [label for label in LEGEND if label in lines]
        handles = [lines[label] for label in labels]
        figure.legend(handles, labels, loc="outside lower center", ncols=4)
        settle(figure)
    return figure


def _accuracies(ax: Axes, summary: pd.DataFrame, reference: pd.DataFrame, general: str) -> None:
    """Draw a general arm in each way, and regular arms, which hardly depend on it."""
    for way, rows in _ways(summary):
        ax.plot(rows["gamma"], 100 * rows[general], label=WAY_LABEL[way], **WAY_STYLE[way])
    styles = {general: WAY_STYLE["gt"]}
    for arm in REGULAR[general]:
        styles[arm] = ARM_STYLE[arm]
        ax.plot(rows["gamma"], 100 * rows[arm], label=ARM_LABEL[arm], **ARM_STYLE[arm])
    for arm, style in styles.items():
        published(ax, summary["gamma"], 100 * reference[arm], style)
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set(ylabel="test accuracy (%)", title="teachers" if len(styles) == 2 else "students")
    ax.tick_params(labelbottom=True)


def _leads(ax: Axes, summary: pd.DataFrame, reference: pd.DataFrame, baseline: str) -> None:
    """Draw how far the general teacher's student is ahead of another, with 95 % intervals if any."""
    ax.axhline(0, color=INK, linewidth=1.0, zorder=1.5)
    name = f"over_{baseline}"
    for way, rows in _ways(summary):
        lead = rows[name]
        ends = lead - rows[f"{name}_low"], rows[f"{name}_high"] - lead
        ax.errorbar(rows["gamma"] + APART[way], lead, yerr=ends, capsize=3, **WAY_STYLE[way])
    drawn = "95 % interval" if summary[f"{name}_low"].notna().any() else "one seed, no interval"
    published(ax, summary["gamma"], reference[name], WAY_STYLE["gt"])
    ax.set(xlabel=SHARE_LABEL["gamma"], ylabel=f"lead (points), {drawn}")
    ax.set_title(f"general teacher's student − {LEADS[baseline]}", fontsize="medium")


def _ways(summary: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the rows of each way that is there, the truth's last so that it lies on top."""
    for way in reversed(list(WAY_STYLE)):
        rows = summary[summary["general_channels"] == way]
        if len(rows):
            yield way, rows
