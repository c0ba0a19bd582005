"""A reproduced figure as a table for the terminal and as files in a folder."""

from __future__ import annotations  # pandas has generics for type checkers alone

import json
from pathlib import Path

import numpy as np
import pandas as pd

from _modality_venn.packages import check

check("analysis")

from analysis import Reproduction, differences
from figures.reproductions.paper import paper_figure
from figures.style.theme import FORMATS, save

POINT_COLUMNS = [
    *("alpha", "gamma", "teacher", "no_kd", "kd"),
    *("gain", "gain_sd", "gain_low", "gain_high", "seeds"),
]
RUN_COLUMNS = ["alpha", "gamma", "arm", "seed", "accuracy", "balanced_accuracy", "constant"]


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
    measures = ["accuracy", "balanced_accuracy"]
    runs = reproduction.runs.assign(**100 * reproduction.runs[measures])
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
        save(picture, folder / f"{name}.{suffix}", f"made as {name}.json says")
    return sorted(file.name for file in folder.iterdir())


def table(reproduction: Reproduction) -> str:
    """Return our values beside the published ones, and how far each is from them, as text."""
    figure, summary = reproduction.experiment.figure, reproduction.summary
    share = summary[figure.axis].map("{:.2f}".format)
    columns: list[tuple[str, pd.Series[str]]] = [(figure.axis, share)]
    for arm in ("teacher", "no_kd", "kd"):
        columns.append((arm, summary[arm].map("{:.2f}".format)))
        columns.append(("paper", figure.published[arm].map("{:.2f}".format)))
    columns.append(("gain", summary["gain"].map("{:+.2f}".format)))
    columns.append(("95 % interval", summary.apply(_interval, axis=1)))
    columns.append(("paper", figure.published["gain"].map("{:+.2f}".format)))
    parts = [_title(reproduction), _aligned(columns)]
    if constant := int(reproduction.runs["constant"].sum()):
        of = f"{constant:,} of {len(reproduction.runs):,} networks"
        parts.append(f"{of} answer one class to every test row.")
    references = {"the paper's values, read off its figure (about ±0.2)": figure.published}
    if reproduction.experiment.name == "released":
        references["what the released script prints for seeds 0–9"] = figure.printed
    for what, reference in references.items():
        far = differences(summary, reference).round(2) + 0.0  # no negative zero
        signed = [(name, far[name].map("{:+.2f}".format)) for name in reference.columns]
        largest = ", ".join(f"{name} {value:.2f}" for name, value in far.abs().max().items())
        parts.append(f"Ours minus {what}, in points;\nat most {largest}:")
        parts.append(_aligned([(figure.axis, share), *signed]))
    return "\n\n".join(parts)


def _aligned(columns: list[tuple[str, pd.Series[str]]]) -> str:
    frame = pd.concat([column for _, column in columns], axis=1)
    return frame.to_string(index=False, header=[name for name, _ in columns], col_space=6)


def _interval(point: pd.Series[float]) -> str:
    if np.isnan(point["gain_low"]):
        return "—"
    return f"[{point['gain_low']:+.2f}, {point['gain_high']:+.2f}]"


def _title(reproduction: Reproduction) -> str:
    experiment = reproduction.experiment
    count = len(experiment.seeds)
    seeds = "1 seed" if count == 1 else f"{count} seeds"
    return f"{experiment.figure.title} ({experiment.name} protocol, {seeds})"
