"""Frames as sweeps return them, their numbers made up."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis import ARMS, PaperResult

STUDENTS = tuple(arm for arm in ARMS if not arm.endswith("teacher"))


def sweep(
    points: Iterable[Mapping[str, Any]], arms: Iterable[str] = ("no_kd", "kd"), seeds: int = 6
) -> pd.DataFrame:
    """Return a row a point, arm and seed; the gain of kd grows with gamma from −1.5 to 1.5."""
    noise = np.random.default_rng(0)
    rows = []
    for point, given in enumerate(points):
        settings: dict[str, Any] = {"n_train": 200, "temperature": 1.0, "rule": "hyperplane"}
        settings |= given
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


def along(result: PaperResult, seeds: int = 6) -> pd.DataFrame:
    """Return runs of the paper's arms along its path, near what it has published."""
    noise = np.random.default_rng(0)
    rows = []
    for point, diagram in enumerate(result.path):
        shares = {share: getattr(diagram, share) for share in ("alpha", "beta", "gamma")}
        for arm in ("teacher", "no_kd", "kd"):
            for seed in range(seeds):
                accuracy = result.published[arm][point] + noise.normal(0, 0.01)
                cell = {"arm": arm, "seed": seed, "accuracy": accuracy}
                rows.append({"point": point, **shares, **cell})
    return pd.DataFrame(rows)


def axes() -> Axes:
    """Return axes of a figure of their own."""
    return Figure().subplots()
