"""Gains that were measured over many seeds, which the page shows: shipped as JSON data."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from _modality_venn.packages import check
from figures.lecture.family import family

FILE = Path(__file__).with_name("measured.json")
"""The gains that are shipped."""


def shipped() -> dict[str, Any]:
    """Return the gains that are shipped, as `gains` made them."""
    data: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return data


def as_text(measured: Mapping[str, Any]) -> str:
    """Write gains as JSON, a point a line."""
    families = ",\n".join(map(_lines, measured["families"]))
    return f'{{"made": {json.dumps(measured["made"])},\n"families": [\n{families}\n]}}\n'


def _lines(each: Mapping[str, Any]) -> str:
    head = json.dumps({name: value for name, value in each.items() if name != "points"})
    points = ",\n".join(json.dumps(point, allow_nan=False) for point in each["points"])
    return f'{head.removesuffix("}")}, "points": [\n{points}\n]}}'


def gains(frame: pd.DataFrame, seeds: range) -> dict[str, Any]:
    """Return the gains that a store's networks have.

    Parameters
    ----------
    frame : DataFrame
        Of the store of `analysis.reproductions.lecture.plans`; it may hold other rows too.
    seeds : range
        The seeds of the plans.

    Returns
    -------
    dict
        ``made``: the command, the seeds and what made it; ``families``: a `family` for each model
        and each of `analysis.reproductions.lecture.COURSES`.

    Raises
    ------
    FloatingPointError
        If a training failed or is missing.
    """
    check("analysis")
    # Here, because they bring torch with them, which a page of shipped gains does not need.
    from analysis.reproductions.lecture import COURSES, plans, rows_of  # noqa: PLC0415
    from analysis.sweeps.provenance import environment, source  # noqa: PLC0415

    planned = plans(seeds)
    families = []
    for plan in planned.values():
        rows = rows_of(plan, frame)
        without = plan.rows - int(rows["accuracy"].notna().sum())
        if without:
            reasons = ", ".join(rows["reason"].dropna().unique())
            message = f"{without} of {plan.rows} trainings have no result: {reasons}"
            raise FloatingPointError(message)
        for name, course in COURSES.items():
            here = rows["diagram"].isin([repr(diagram) for diagram in course.diagrams])
            families.append(family(rows[here], name, course.title))
    made = environment("cpu")
    return {
        "made": {
            "command": "mfh lecture --rebuild-data",
            "seeds": len(seeds),
            "first_seed": seeds[0],
            "trainings": sum(plan.cells for plan in planned.values()),
            "versions": {"python": made["python"], **made["versions"]},
            "engine": made["engine"],
            "source": source(),
        },
        "families": families,
    }
