"""Rows as claims read them, their numbers made up."""

from collections.abc import Callable, Sequence

import pandas as pd

from analysis.claims.mfh import accuracy_misleads, failure
from analysis.claims.mfh.linear import AGREEMENTS
from analysis.verdicts.judge import FEWEST
from synth import stream
from venn import VennDiagram

SEEDS = tuple(range(2 * FEWEST, 0, -2))
"""As many as a verdict needs."""

Gain = Callable[[VennDiagram], float]
"""What an arm gains over No-KD on a diagram, in points."""


def accuracy(points: float, *key: str | int) -> float:
    """Return an accuracy of about 70 % and some points, on a thousand rows."""
    return round(0.7 + points / 100 + 0.004 * stream(0, *key).standard_normal(), 3)


def over_diagrams(
    diagrams: Sequence[VennDiagram], gains: dict[str, Gain], seeds: Sequence[int] = SEEDS
) -> pd.DataFrame:
    """Return one row a diagram, arm and seed, as sweeps do."""
    rows = [
        {
            "point": point,
            "alpha": diagram.alpha,
            "beta": diagram.beta,
            "gamma": diagram.gamma,
            "arm": arm,
            "seed": seed,
            "accuracy": accuracy(gain(diagram), arm, point, seed),
        }
        for point, diagram in enumerate(diagrams)
        for arm, gain in gains.items()
        for seed in seeds
    ]
    return pd.DataFrame(rows)


def misleading(gain: Gain, seeds: Sequence[int] = SEEDS) -> pd.DataFrame:
    """Return rows of `mfh-accuracy-misleads` with a gain; teachers know less the larger beta is."""
    gains: dict[str, Gain] = {
        "teacher": lambda diagram: -30 * diagram.beta,
        "no_kd": lambda _: 0.0,
        "kd": gain,
        "kd_shuffled": lambda _: -1.0,
    }
    rows = over_diagrams(accuracy_misleads.DIAGRAMS, gains, seeds)
    hidden = {i: each.hidden for i, each in enumerate(accuracy_misleads.DIAGRAMS)}
    return rows.assign(hidden=rows["point"].map(hidden))


def failing(teacher: Gain, student: Gain, found: int = 3) -> pd.DataFrame:
    """Return rows of `mfh-failure` with the leads of the multimodal teacher and of its student."""
    gains: dict[str, Gain] = {
        "um_teacher": lambda _: 0.0,
        "multimodal_teacher": teacher,
        "no_kd": lambda _: 0.0,
        "um_kd": lambda _: 1.0,
        "kd_multimodal": lambda diagram: 1.0 + student(diagram),
        "kd_multimodal_shuffled": lambda _: -1.0,
    }
    rows = over_diagrams(failure.GRID, gains)
    return rows.assign(found=rows["point"] == found)


def linear(seeds: Sequence[int] = SEEDS, slope: float = 4.0) -> pd.DataFrame:
    """Return rows of `mfh-linear` whose gain grows with the share that is preserved."""
    rows = []
    for i, agreement in enumerate(AGREEMENTS):
        for seed in seeds:
            preserved = (i + 4 + stream(seed, "preserved", i).random()) / 12
            gains = {"teacher": 10 - i, "no_kd": 0.0, "kd": slope * preserved}
            gains |= {"kd_scaled": 2 * slope * preserved, "kd_shuffled": -1.0}
            scores = {arm: accuracy(gain, arm, i, seed) for arm, gain in gains.items()}
            no_kd = accuracy(0.0, "no_kd", seed)  # of a seed, whatever the teacher
            error = 1 - preserved + 0.001 * stream(seed, "error", i).standard_normal()
            row = {"seed": seed, "agreement": agreement} | scores | {"no_kd": no_kd}
            rows.append(row | {"preserved": preserved, "error": error})
    return pd.DataFrame(rows)
