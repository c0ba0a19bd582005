"""A reproduced Table 2 as text for a terminal, for a page and for LaTeX, and as files."""

from __future__ import annotations  # pandas has generics for type checkers alone

import json
import math
import re
from pathlib import Path

import pandas as pd

from _modality_venn.packages import check

check("analysis")

from analysis.reproductions.table2 import ARMS, BASELINES, PUBLISHED, Table2Result
from figures.reproductions.table2 import table2_figure
from figures.style.theme import FORMATS, save

NAME = "table2"
"""What its files are called."""

NOTE = (
    "The general teacher keeps the true general channels (gt), as many by Algorithm 1 (alg1) or\n"
    "at random; found is the share of the true ones that it keeps. The lead is that of its\n"
    "student, kd_general, in points."
)

Columns = dict[tuple[str, str], "pd.Series[str]"]
"""A table as text, by the two lines of its heads."""


def write(result: Table2Result, folder: Path) -> list[str]:
    """Write a reproduced Table 2: its numbers, the table, the picture and the configuration.

    Parameters
    ----------
    result : Table2Result
        From `analysis.reproductions.table2.reproduce_table2`.
    folder : pathlib.Path
        An existing folder; `venn.staged` makes one whose files appear whole or not at all.

    Returns
    -------
    list of str
        Names of the files: ``table2.csv`` (one row a share and way, percent, published values
        too), ``table2-runs.csv`` (one row a network, percent), ``table2.md``, ``table2.tex``
        (booktabs), ``table2.json`` (all that made them), and the pictures.
    """
    published = _published(result.summary).add_suffix("_published")
    points = result.summary.join(published).drop(columns="point")
    points.to_csv(folder / f"{NAME}.csv", index=False, float_format="%.6f")
    runs = result.kept.runs.assign(accuracy=100 * result.kept.runs["accuracy"])
    runs = runs.drop(columns="point")
    runs.to_csv(folder / f"{NAME}-runs.csv", index=False, float_format="%.6f")
    texts = {
        "md": f"**{_title(result)}**\n\n{markdown(result)}",
        "tex": f"% {_title(result)}\n{latex(result)}",
        "json": json.dumps(result.configuration, indent=2, ensure_ascii=False) + "\n",
    }
    for suffix, text in texts.items():
        (folder / f"{NAME}.{suffix}").write_text(text, encoding="utf-8")
    picture = table2_figure(result.summary, PUBLISHED, title=_title(result))
    for suffix in FORMATS:
        save(picture, folder / f"{NAME}.{suffix}", f"made as {NAME}.json says")
    return sorted(file.name for file in folder.iterdir())


def table(result: Table2Result) -> str:
    """Return our values beside the published ones, and how far students are apart, as text."""
    frames = map(pd.DataFrame, _tables(result))
    parts = [frame.to_string(index=False, col_space=6) for frame in frames]
    return "\n\n".join([_title(result), *parts, NOTE])


def markdown(result: Table2Result) -> str:
    """Return the same as Markdown."""
    parts = []
    for columns in _tables(result):
        heads = [upper if lower in ("", "ours") else lower for upper, lower in columns]
        lines = [heads, ["---:"] * len(heads), *zip(*columns.values(), strict=True)]
        parts.append("\n".join(f"| {' | '.join(line)} |" for line in lines))
    return "\n\n".join([*parts, NOTE]) + "\n"


def latex(result: Table2Result) -> str:
    """Return the same as LaTeX tabulars with the rules of booktabs."""
    parts = []
    for columns in _tables(result):
        signed = pd.DataFrame(columns).map(lambda cell: re.sub(r"([+-])(?=\d)", r"$\1$", cell))
        style = signed.style.hide(axis="index").format_index(escape="latex", axis="columns")
        sides = "rl" + "r" * (len(columns) - 2)
        parts.append(style.to_latex(hrules=True, multicol_align="c", column_format=sides))
    return "\n".join(parts)


def _tables(result: Table2Result) -> tuple[Columns, Columns]:
    """Return accuracies, and leads of the general teacher's student, as text."""
    summary = result.summary
    published = _published(summary)
    gamma = _written(summary["gamma"], "{:.2f}")
    accuracies: Columns = {("gamma", ""): gamma, ("way", ""): summary["way"]}
    leads = dict(accuracies)
    for arm in ARMS:
        accuracies[arm, "ours"] = _written(summary[arm], "{:.2f}")
        accuracies[arm, "paper"] = _written(published[arm], "{:.2f}")
    for baseline in BASELINES:
        upper, name = f"lead over {baseline}", f"over_{baseline}"
        lead = published["kd_general"] - published[baseline]
        low, high = (_written(summary[f"{name}_{end}"], "{:+.2f}") for end in ("low", "high"))
        leads[upper, "ours"] = _written(summary[name], "{:+.2f}")
        leads[upper, "95 % interval"] = ("[" + low + ", " + high + "]").where(low != "", "—")
        leads[upper, "paper"] = _written(lead, "{:+.2f}")
    leads["found %", ""] = _written(summary["found"], "{:.1f}")
    return accuracies, leads


def _published(summary: pd.DataFrame) -> pd.DataFrame:
    """Return the paper's values beside a summary's rows: its general teacher has the truth."""
    published = PUBLISHED.loc[summary["point"]].set_index(summary.index)
    return published.where(summary["way"] == "gt")


def _written(values: pd.Series[float], form: str) -> pd.Series[str]:
    """Write numbers, and nothing for a missing one."""
    return values.map(lambda value: "" if math.isnan(value) else form.format(value))


def _title(result: Table2Result) -> str:
    count = len(result.experiment.seeds)
    seeds = "1 seed" if count == 1 else f"{count} seeds"
    return f"Table 2: the modality-general teacher ({result.experiment.name} protocol, {seeds})"
