"""A reproduced figure or table as text for the terminal, and as files in a folder."""

from __future__ import annotations  # pandas has generics for type checkers alone

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from matplotlib.figure import Figure

from _modality_venn.packages import check

check("analysis")

from analysis import Reproduction, differences
from figures.reproductions.paper import paper_figure
from figures.reproductions.table2 import NOTE, table2_figure
from figures.reproductions.tables import Table, as_latex, as_markdown, as_text
from figures.style.theme import FORMATS, save


class Shown(NamedTuple):
    """How a result is shown.

    Parameters
    ----------
    picture : callable
        ``picture(reproduction, title)`` draws it.
    note : str
        Below the tables.
    """

    picture: Callable[[Reproduction, str], Figure]
    note: str = ""


def _paper(reproduction: Reproduction, title: str) -> Figure:
    result = reproduction.experiment.result
    reference = result.published
    return paper_figure(
        reproduction.runs, result.path, result.axis, reference=reference, title=title
    )


def _table2(reproduction: Reproduction, title: str) -> Figure:
    published = reproduction.experiment.result.published
    return table2_figure(reproduction.summary, published, title=title)


SHOWN: Mapping[str, Shown] = {"table2": Shown(_table2, NOTE)}
"""How results are shown that are no hypothesis plots, by their names."""

HYPOTHESIS = Shown(_paper)


def write(reproduction: Reproduction, folder: Path) -> list[str]:
    """Write a reproduction's numbers, tables, pictures and configuration.

    Parameters
    ----------
    reproduction : Reproduction
        From `analysis.reproduce`.
    folder : pathlib.Path
        An existing folder; `venn.staged` makes one whose files appear whole or not at all.

    Returns
    -------
    list of str
        Names of the files: ``figure2.csv`` (one row a point: means, intervals, published values),
        ``figure2-runs.csv`` (one row a training), ``figure2.json`` (the same means, and all that
        made them), ``figure2.md`` and ``figure2.tex`` (booktabs), and the pictures.  Accuracies are
        fractions, gains are in points.
    """
    result, summary = reproduction.experiment.result, reproduction.summary
    name, title = result.name, _title(reproduction)
    points = summary.join(result.published.add_suffix("_published"))
    points.to_csv(folder / f"{name}.csv", index=False, float_format="%.8g")
    runs = reproduction.runs[["alpha", "gamma", *result.axes, *RUN]]
    runs.to_csv(folder / f"{name}-runs.csv", index=False, float_format="%.8g")
    tables = _tables(reproduction)
    data = {**reproduction.configuration, "points": json.loads(points.to_json(orient="records"))}
    parts = [as_markdown(table) for table in tables]
    texts = {
        "md": "\n\n".join([f"**{title}**", *parts, *_notes(reproduction)]) + "\n",
        "tex": f"% {title}\n" + "\n".join(map(as_latex, tables)),
        "json": json.dumps(data, indent=2, ensure_ascii=False) + "\n",
    }
    for suffix, text in texts.items():
        (folder / f"{name}.{suffix}").write_text(text, encoding="utf-8")
    picture = SHOWN.get(name, HYPOTHESIS).picture(reproduction, title)
    for suffix in FORMATS:
        save(picture, folder / f"{name}.{suffix}", f"made as {name}.json says")
    return sorted(file.name for file in folder.iterdir())


RUN = ["arm", "seed", "accuracy", "balanced_accuracy", "constant"]
"""Columns of a training."""


def table(reproduction: Reproduction) -> str:
    """Return our values beside the published ones, and how far each is from them, as text."""
    parts = map(as_text, _tables(reproduction))
    return "\n\n".join([_title(reproduction), *parts, *_notes(reproduction)])


def _tables(reproduction: Reproduction) -> Sequence[Table]:
    """Return accuracies and gains, and how far they are from what is known."""
    result, summary = reproduction.experiment.result, reproduction.summary
    accuracies = _first(reproduction)
    for arm in result.arms:
        accuracies[arm, "ours"] = _written(100 * summary[arm], "{:.2f}")
        accuracies[arm, "paper"] = _written(100 * result.published[arm], "{:.2f}")
    gains = _first(reproduction)
    for name, (arm, baseline) in result.gains.items():
        head = name if arm == "kd" else f"lead over {baseline}"
        low, high = (_written(summary[f"{name}_{end}"], "{:+.2f}") for end in ("low", "high"))
        gains[head, "ours"] = _written(summary[name], "{:+.2f}")
        gains[head, "95 % interval"] = ("[" + low + ", " + high + "]").where(low != "", "—")
        gains[head, "paper"] = _written(result.published[name], "{:+.2f}")
        if (collapsed := summary[f"{name}_collapsed"]).any():
            gains[head, "collapsed %"] = _written(100 * collapsed, "{:.1f}")
    if "share_kept" in summary:
        gains["found %", ""] = _written(100 * summary["share_kept"], "{:.1f}")
    tables = [Table(accuracies), Table(gains)]
    references = {"the paper's values, read off its figure (about ±0.2)": result.published}
    if reproduction.experiment.name == "released" and result.printed is not None:
        references["what the released script prints for seeds 0–9"] = result.printed
    if result.printed is not None:
        tables += [_far(reproduction, *each) for each in references.items()]
    return tables


def _far(reproduction: Reproduction, what: str, reference: pd.DataFrame) -> Table:
    far = differences(reproduction.summary, reference).round(2) + 0.0  # no negative zero
    columns = _first(reproduction)
    columns |= {(str(name), ""): far[name].map("{:+.2f}".format) for name in far}
    largest = ", ".join(f"{name} {value:.2f}" for name, value in far.abs().max().items())
    return Table(columns, f"Ours minus {what}, in points;\nat most {largest}:")


def _first(reproduction: Reproduction) -> dict[tuple[str, str], pd.Series[str]]:
    """Return what names a point: the share that grows, and what else varies."""
    result, summary = reproduction.experiment.result, reproduction.summary
    shares = {(result.axis, ""): summary[result.axis].map("{:.2f}".format)}
    return shares | {(axis, ""): summary[axis].map(str) for axis in result.axes}


def _written(values: pd.Series[float], form: str) -> pd.Series[str]:
    """Write numbers, and nothing for a missing one."""
    return values.map(lambda value: "" if math.isnan(value) else form.format(value))


def _notes(reproduction: Reproduction) -> list[str]:
    notes = [SHOWN.get(reproduction.experiment.result.name, HYPOTHESIS).note]
    if constant := int(reproduction.runs["constant"].sum()):
        of = f"{constant:,} of {len(reproduction.runs):,} networks"
        notes.append(f"{of} answer one class to every test row.")
    return [note for note in notes if note]


def _title(reproduction: Reproduction) -> str:
    experiment = reproduction.experiment
    count = len(experiment.seeds)
    seeds = "1 seed" if count == 1 else f"{count} seeds"
    return f"{experiment.result.title} ({experiment.name} protocol, {seeds})"
