"""A reproduced figure as a table for the terminal and as files in a folder."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis import Reproduction, distances
from figures.paper import paper_figure
from figures.theme import FORMATS, save

POINT_COLUMNS = [
    *("alpha", "gamma", "teacher", "no_kd", "kd"),
    *("gain", "gain_sd", "gain_low", "gain_high", "seeds"),
]
RUN_COLUMNS = ["alpha", "gamma", "arm", "seed", "accuracy"]


def write(reproduction: Reproduction, folder: Path) -> list[str]:
    """Write a reproduced figure's numbers, pictures and configuration.

    Parameters
    ----------
    reproduction : Reproduction
        From `analysis.reproduce`.
    folder : pathlib.Path
        An existing folder; `venn.staged` makes one whose files appear whole or not at all.

    Returns
    -------
    list of str
        Names of the files: ``figure2.csv`` (one row a point, percent), ``figure2-runs.csv`` (one
        row a training, percent), ``figure2.json`` (all that made them), and the pictures.
    """
    figure = reproduction.experiment.figure
    name = figure.name
    reproduction.summary[POINT_COLUMNS].to_csv(
        folder / f"{name}.csv", index=False, float_format="%.6f"
    )
    runs = reproduction.runs.assign(accuracy=100 * reproduction.runs["accuracy"])
    runs[RUN_COLUMNS].to_csv(folder / f"{name}-runs.csv", index=False, float_format="%.6f")
    text = json.dumps(reproduction.configuration, indent=2, ensure_ascii=False)
    (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    picture = paper_figure(
        reproduction.summary,
        figure.path,
        figure.axis,
        published=figure.published,
        title=_title(reproduction),
    )
    for suffix in FORMATS:
        save(picture, folder / f"{name}.{suffix}")
    return sorted(file.name for file in folder.iterdir())


def table(reproduction: Reproduction) -> str:
    """Return our values beside the published ones, and how far apart they are, as text."""
    figure, summary = reproduction.experiment.figure, reproduction.summary
    published = figure.published
    columns: dict[str, Any] = {figure.axis: summary[figure.axis].map("{:.2f}".format)}
    for arm in ("teacher", "no_kd", "kd"):
        columns[arm] = summary[arm].map("{:.2f}".format)
        columns[f"{arm} paper"] = published[arm].map("{:.2f}".format)
    columns["gain"] = summary["gain"].map("{:+.2f}".format)
    columns["95 % interval"] = [
        "—" if np.isnan(low) else f"[{low:+.2f}, {high:+.2f}]"
        for low, high in zip(summary["gain_low"], summary["gain_high"], strict=True)
    ]
    columns["gain paper"] = published["gain"].map("{:+.2f}".format)
    lines = [_title(reproduction), "", pd.DataFrame(columns).to_string(index=False), ""]
    lines.append(_distance("the published values (read off, about ±0.2)", summary, published))
    if reproduction.experiment.name == "released":
        lines.append(_distance("what the released script prints", summary, figure.printed))
    return "\n".join(lines)


def _title(reproduction: Reproduction) -> str:
    experiment = reproduction.experiment
    count = len(experiment.seeds)
    seeds = "1 seed" if count == 1 else f"{count} seeds"
    return f"{experiment.figure.title} ({experiment.name} protocol, {seeds})"


def _distance(what: str, summary: pd.DataFrame, reference: pd.DataFrame) -> str:
    far = ", ".join(
        f"{column} {value:.2f}" for column, value in distances(summary, reference).items()
    )
    return f"largest distance from {what}: {far} points"
