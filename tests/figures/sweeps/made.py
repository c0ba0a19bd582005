"""Frames as sweeps return them, their numbers made up, and what is written in a picture."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.text import Text

EVERY_ARM = (
    *("teacher", "um_teacher", "multimodal_teacher", "general_teacher", "no_kd", "kd"),
    *("um_kd", "kd_multimodal", "kd_general", "kd_oracle", "kd_shuffled", "hard_label"),
)
STUDENTS = tuple(arm for arm in EVERY_ARM if not arm.endswith("teacher"))


def sweep(
    points: Iterable[Mapping[str, Any]], arms: Iterable[str] = ("no_kd", "kd"), seeds: int = 6
) -> pd.DataFrame:
    """Return a row a point, arm and seed; the gain of kd grows with gamma from −1.5 to 1.5."""
    noise = np.random.default_rng(0)
    rows = []
    for point, given in enumerate(points):
        settings: dict[str, Any] = {
            "n_train": 200,
            "temperature": 1.0,
            "rule": "hyperplane",
        } | dict(given)
        for arm in arms:
            tilt = 0.0 if arm == "no_kd" else 3 * settings.get("gamma", 0.5) - 1.5
            slope = 1.0 if arm == "kd" else (sum(map(ord, arm)) % 7) / 5 - 0.4
            for seed in range(seeds):
                accuracy = 0.68 + (slope * tilt + noise.normal(0, 0.3)) / 100
                cell = {"arm": arm, "seed": seed, "accuracy": accuracy, "reason": None}
                rows.append({"point": point, **settings, **cell})
    return pd.DataFrame(rows)


def shares(alpha: float, beta: float) -> dict[str, float]:
    """Return the three shares."""
    return {"alpha": alpha, "beta": beta, "gamma": round(1 - alpha - beta, 9)}


def path(points: int) -> list[dict[str, float]]:
    """Return shares along which gamma grows from 0 to 1."""
    return [shares((1 - g) / 2, (1 - g) / 2) for g in np.linspace(0, 1, points)]


def triangle(steps: int) -> list[dict[str, float]]:
    """Return shares all over the simplex."""
    counts = [(a, b) for a in range(steps + 1) for b in range(steps + 1 - a)]
    return [shares(a / steps, b / steps) for a, b in counts]


def mean_gain(frame: pd.DataFrame, arm: str, **settings: Any) -> float:
    """Return the mean gain in points, computed from the means of the two arms."""
    for name, value in settings.items():
        frame = frame[frame[name] == value]
    means = frame.groupby("arm")["accuracy"].mean()
    return float(100 * (means[arm] - means["no_kd"]))


def clashes(figure: Figure) -> list[str]:
    """Return the texts that lie off the page or on one another."""
    figure.draw_without_rendering()
    boxes = [(text.get_text(), text.get_window_extent()) for text in _visible(figure)]
    page = figure.bbox
    off = [
        text
        for text, box in boxes
        if not (page.x0 <= box.x0 <= box.x1 <= page.x1 and page.y0 <= box.y0 <= box.y1 <= page.y1)
    ]
    overlapping = [
        f"{one} / {other}"
        for i, (one, box) in enumerate(boxes)
        for other, rival in boxes[i + 1 :]
        if box.overlaps(rival)
    ]
    return off + overlapping


def texts(figure: Figure) -> list[str]:
    """Return all that is written in a figure."""
    return [text.get_text() for text in _visible(figure)]


def _visible(figure: Figure) -> list[Text]:
    found = list(figure.texts)
    if figure.get_suptitle():
        found += [text for text in figure.findobj(Text) if text.get_text() == figure.get_suptitle()]
    for ax in figure.axes:
        found += ax.texts
        legend = ax.get_legend()
        found += [*legend.get_texts(), legend.get_title()] if legend else []
        if ax.axison:
            found += [ax.xaxis.label, ax.yaxis.label]
            for axis in (ax.xaxis, ax.yaxis):
                low, high = sorted(axis.get_view_interval())
                ticks = [tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
                found += [tick.label1 for tick in ticks if tick.label1.get_visible()]
                found += [tick.label2 for tick in ticks if tick.label2.get_visible()]
        titles = (ax.title, ax._left_title, ax._right_title)  # type: ignore[attr-defined]  # none public
        found += titles
    return list({id(text): text for text in found if text.get_text()}.values())
