"""The gains of a sweep over its diagrams, as the page shows them: a path, or a map of the simplex."""

from __future__ import annotations  # pandas has generics for type checkers alone

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from _modality_venn.packages import check
from figures.sweeps.frame import FOLLOW, Sweep
from figures.sweeps.measured import BASELINE_ARM, measured
from figures.sweeps.simplex import SHARES
from venn import ArgumentError


def family(frame: pd.DataFrame, name: str, title: str = "") -> dict[str, Any]:
    """Return the gains of a sweep over its diagrams, as JSON data.

    Parameters
    ----------
    frame : DataFrame
        A sweep, as ``store.frame()`` returns it, with ``no_kd`` and at least one of
        `analysis.reproductions.lecture.KD_ARMS`.  Settings other than the diagram are constant, and no two diagrams
        have the same shares.
    name : str
        What to call it, such as the store's file.
    title : str
        What it shows; by default the name, and how many points and seeds there are.

    Returns
    -------
    dict
        ``kind``: "simplex" if the shares span an area, else "path", with ``axis``, the share that
        grows along it; ``name`` and ``title``; ``model``: "linear" or "hidden" where the page can
        train what the sweep did, else None; ``settings``: those that are known, and common to all
        points; ``points``, along the path, or by gamma and then alpha.

        A point has its counts ``a``, ``g``, ``b`` and ``h``, channels ``da`` and ``db``, shares,
        the accuracy of ``no_kd``, ``seeds``, the most that an arm has, and ``arms``: of each the
        mean ``gain``, its 95 % interval from ``low`` to ``high`` (`analysis.statistics.intervals`),
        the arm's ``accuracy`` and that of its ``teacher``.  Accuracies are in percent and gains in
        points, with 4 decimals; None where there is no number.  An arm without a gain at a point
        is not there, nor is a point without arms, which `title` then says.

    Raises
    ------
    ArgumentError
        If an arm is missing, a setting varies, so does a diagram of the same shares, or there is
        no gain.
    """
    check("analysis")
    # Here, because it brings torch with it, which a page of shipped gains does not need.
    from analysis.reproductions.lecture import KD_ARMS  # noqa: PLC0415

    sweep = Sweep(frame, ("protocol", *FOLLOW))
    sweep.check_diagrams(SHARES)
    arms = [arm for arm in KD_ARMS if arm in sweep.arms]
    if BASELINE_ARM not in sweep.arms or not arms:
        allowed = f"must hold {BASELINE_ARM} and at least one of {', '.join(KD_ARMS)}"
        what = f"arms {', '.join(sweep.arms)}"
        raise ArgumentError("frame", what, f"{allowed}: sweep with --arms")
    found = measured(sweep, "gain", ["point", "arm"], arms=arms)
    gains = found.table.dropna(subset="mean")
    if gains.empty:
        allowed = f"need a seed at which neither an arm nor {BASELINE_ARM} failed"
        raise ArgumentError("frame", f"0 of {found.rows} gains", allowed)
    points = frame.drop_duplicates("point")
    kept = points[points["point"].isin(gains["point"])]
    axis = _axis(kept)
    kept = kept.sort_values([axis] if axis else ["gamma", "alpha"])
    rows = {point: each.to_dict("records") for point, each in gains.groupby("point")}
    means = (100 * frame.groupby(["point", "arm"])["accuracy"].mean()).to_dict()
    common = _common(sweep)
    return {
        "kind": "path" if axis else "simplex",
        **({"axis": axis} if axis else {}),
        "name": name,
        "title": title or f"{name}: {_size(len(kept), len(points))}, {found.note}",
        "model": common["model"],
        "settings": common,
        "points": [_point(place, rows[place["point"]], means) for place in kept.to_dict("records")],
    }


def _size(kept: int, points: int) -> str:
    """Say how many points there are, and how many are left out."""
    if kept < points:
        return f"{kept} of {points} points, others without any gain"
    return f"{kept} point{'' if kept == 1 else 's'}"


def _teacher(arm: str) -> str | None:
    """Return the arm that an arm imitates."""
    from analysis.methods.arms import ARMS, NAMES  # noqa: PLC0415  # as in `family`

    teacher = ARMS[arm].needs.get("teacher")
    return None if teacher is None else NAMES[teacher]


def _point(
    place: Mapping[Any, Any], gains: Iterable[Mapping[Any, Any]], means: Mapping[Any, float]
) -> dict[str, Any]:
    """Return what the page knows of one diagram."""
    point, visible = place["point"], place["decisive"] - place["hidden"]
    arms = {
        row["arm"]: {
            "gain": _number(row["mean"]),
            "low": _number(row["low"]),
            "high": _number(row["high"]),
            "accuracy": _number(means[point, row["arm"]]),
            "teacher": _number(means.get((point, _teacher(row["arm"])), math.nan)),
        }
        for row in gains
    }
    return {
        "a": round(place["alpha"] * visible),
        "g": round(place["gamma"] * visible),
        "b": round(place["beta"] * visible),
        "h": int(place["hidden"]),
        "da": int(place["teacher_channels"]),
        "db": int(place["student_channels"]),
        **{share: float(place[share]) for share in SHARES},
        "seeds": max(int(row["seeds"]) for row in gains),
        "no_kd": _number(means[point, BASELINE_ARM]),
        "arms": arms,
    }


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(float(value), 4) + 0.0  # no negative zero


def _axis(points: pd.DataFrame) -> str:
    """Return the share that grows along a path; none if the shares span an area."""
    places = points[list(SHARES)].to_numpy(dtype=float)
    if np.linalg.matrix_rank(places - places[0], tol=1e-6) > 1:
        return ""
    growing = [share for share in SHARES if _varies(points[share])]
    return growing[0] if len(growing) == 2 else "gamma"  # the third of three that sum to 1


def _common(sweep: Sweep) -> dict[str, Any]:
    """Return what is known of the settings that all points share, as the page names them."""
    from analysis.reproductions.lecture import CONTROLS  # noqa: PLC0415  # as in `family`

    first = sweep.frame[sweep.settings].iloc[[0]].dropna(axis="columns")
    known = {str(name): values.tolist()[0] for name, values in first.items()}
    common = {name: known.get(setting) for setting, name in CONTROLS.items()}
    common["weight"] = _weight(known)
    common["hidden"] = None if _varies(sweep.frame["hidden"]) else known["hidden"]
    named = {name: value for name, value in common.items() if value is not None}
    return {"model": _model(known), **named}


def _weight(known: Mapping[str, Any]) -> float | None:
    r"""Return w of :math:`\mathrm{CE} + w T^2 \mathrm{KL}`, where the loss has this form.

    The divergence is a mean over rows; where the sweep's was one over K classes too, its weight was
    K times as large.
    """
    if known.get("label_weight") != 1:
        return None
    weight: float = known["teacher_weight"]
    if known["reduction"] == "batchmean":
        return weight
    classes = known.get("classes", 2)  # a replay of the paper's script has no such setting
    return weight / classes if isinstance(classes, int) else None


def _model(known: Mapping[str, Any]) -> str | None:
    """Return which of the page's models a sweep trained, if it is one of them."""
    from analysis.reproductions.lecture import (  # noqa: PLC0415  # as in `family`
        CONTROLS,
        COURSES,
        MODELS,
        RULES,
    )
    from analysis.sweeps.settings import Point, change, describe  # noqa: PLC0415

    if known["protocol"] != "synthetic" or known["rule"] not in RULES:
        return None
    controls = {name: known[name] for name in (*CONTROLS, "teacher_weight", "reduction")}
    for name, protocol in MODELS.items():
        live = describe(change(Point(COURSES["gamma"].diagrams[0], protocol), controls))
        if all(known.get(each) == live.get(each) for each in {*known, *live} - {*FOLLOW}):
            return name
    return None


def _varies(values: pd.Series[Any]) -> bool:
    return len(values.drop_duplicates()) > 1
