"""Beyond Figures 2 and 3: over all diagrams, what orders the gains, γ or the teacher's accuracy."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float

from analysis.protocols import Protocol
from analysis.statistics.bootstrap import resampled_weights
from analysis.statistics.rank_correlation import rank_correlation
from analysis.sweeps.plan import Plan
from analysis.verdicts.claim import Claim, Part
from analysis.verdicts.experiments import accuracies, leads, permuted, taught_by_noise
from analysis.verdicts.worlds import WORLDS
from venn import simplex
from venn.paths import FIGURE3_DIMS

VISIBLE, STEP = 30, 10
WHERE = {0: "nothing hidden", VISIBLE: "half hidden"}
"""The grids by their hidden features: the diagram as it is drawn, and as the figures have it."""

DIAGRAMS = tuple(
    diagram
    for hidden in WHERE
    for diagram in simplex(decisive=VISIBLE + hidden, hidden=hidden, step=STEP, dims=FIGURE3_DIMS)
)
SWEPT = ("no_kd", "kd", "kd_shuffled")
RESAMPLES = 2000
CORRELATION, VARIANCE = "of rank correlation, bootstrap", "of the variance, bootstrap"


class Grid(NamedTuple):
    """What was measured over the diagrams of a grid, in percent and points.

    Parameters
    ----------
    gamma, beta : array (diagram,)
        Their shares.
    teacher : array (seed, diagram)
        Accuracies.
    gain, lead : array (seed, diagram)
        Of the KD student over the No-KD student, and over the student of a shuffled teacher.
    """

    gamma: Float[np.ndarray, " diagram"]
    beta: Float[np.ndarray, " diagram"]
    teacher: Float[np.ndarray, "seed diagram"]
    gain: Float[np.ndarray, "seed diagram"]
    lead: Float[np.ndarray, "seed diagram"]


def grid_of(rows: pd.DataFrame, hidden: int) -> Grid:
    """Return what the rows say of the grid with so many hidden features."""
    own = rows[rows["hidden"] == hidden]
    teachers = own[own["arm"] == "teacher"].drop_duplicates("point").sort_values("point")
    # Rounded, because what is equal must be equal: 70.1 - 69.9 is not 60.3 - 60.1.
    gain, lead = (
        leads(own, "point", "kd", arm).to_numpy().round(9) for arm in ("no_kd", "kd_shuffled")
    )
    return Grid(
        gamma=teachers["gamma"].to_numpy(dtype=float),
        beta=teachers["beta"].to_numpy(dtype=float),
        teacher=accuracies(own, "point", "teacher").to_numpy(),
        gain=gain,
        lead=lead,
    )


def _plan(protocol: Protocol, seeds: Sequence[int]) -> Plan:
    return Plan(DIAGRAMS, protocol, SWEPT, seeds)


def _values(rows: pd.DataFrame) -> pd.DataFrame:
    values = {}
    for hidden, where in WHERE.items():
        grid = grid_of(rows, hidden)
        gamma = np.broadcast_to(grid.gamma, grid.gain.shape)
        by_gamma = rank_correlation(gamma, grid.gain)
        values[f"γ over accuracy, {where}"] = by_gamma - rank_correlation(grid.teacher, grid.gain)
        values[f"γ, {where}"] = by_gamma
        values[f"γ over accuracy beyond shuffled, {where}"] = rank_correlation(
            gamma, grid.lead
        ) - rank_correlation(grid.teacher, grid.lead)
    return pd.DataFrame(values, index=pd.Index(np.unique(rows["seed"]), name="seed"))


def _parts(where: str) -> tuple[Part, ...]:
    unit = "of rank correlation"
    return (
        Part(
            f"γ over accuracy, {where}",
            f"the gains rise with γ more than with the teacher's accuracy, {where}",
            unit=unit,
        ),
        Part(f"γ, {where}", f"the gains rise with γ, {where}", unit=unit),
        Part(
            f"γ over accuracy beyond shuffled, {where}",
            f"so do the leads over a shuffled teacher's student, {where}",
            unit=unit,
        ),
    )


def of_means(grid: Grid, resamples: int = RESAMPLES) -> pd.DataFrame:
    """Return what orders the mean gains, with 95 % bootstrap intervals.

    A resample draws seeds with all their diagrams, so that differences are paired.

    Parameters
    ----------
    grid : Grid
        Of at least two seeds.
    resamples : int
        Of the seeds.

    Returns
    -------
    DataFrame
        ``name``, ``value``, ``low``, ``high``, ``unit``: rank correlations of γ and of the mean
        teacher's accuracy with the mean gain, and the first less the second; the shares of the
        variance of mean gains that a linear function of γ explains, and one of γ and β.
    """
    seeds = len(grid.gain)
    own = np.ones((1, seeds))  # before the resamples: each seed once
    weights = np.concatenate([own, resampled_weights(seeds, resamples, 0)]) / seeds
    # (resample, diagram); rounded, because a product may round what is equal by its place
    gain, teacher = ((weights @ own).round(9) for own in (grid.gain, grid.teacher))
    by_gamma = rank_correlation(np.broadcast_to(grid.gamma, gain.shape), gain)
    by_accuracy = rank_correlation(teacher, gain)
    numbers = {
        "γ and mean gain": (by_gamma, CORRELATION),
        "teacher's accuracy and mean gain": (by_accuracy, CORRELATION),
        "γ over accuracy, mean gains": (by_gamma - by_accuracy, CORRELATION),
        "explained by γ": (_explained(gain, grid.gamma), VARIANCE),
        "explained by γ and β": (_explained(gain, grid.gamma, grid.beta), VARIANCE),
    }
    rows = [
        (name, each[0], *np.quantile(each[1:], (0.025, 0.975)), unit)
        for name, (each, unit) in numbers.items()
    ]
    return pd.DataFrame(rows, columns=["name", "value", "low", "high", "unit"])


def _explained(
    gain: Float[np.ndarray, "resample diagram"], *shares: Float[np.ndarray, " diagram"]
) -> Float[np.ndarray, " resample"]:
    """Return R² of the best linear function of shares, row by row."""
    design = np.stack([np.ones(gain.shape[-1]), *shares], axis=1)
    left = gain - gain @ design @ np.linalg.pinv(design)
    return np.asarray(1 - (left**2).sum(axis=1) / (len(design) * gain.var(axis=1)))


def _further(rows: pd.DataFrame) -> pd.DataFrame:
    tables = []
    for hidden, where in WHERE.items():
        table = of_means(grid_of(rows, hidden))
        tables.append(table.assign(name=table["name"] + f", {where}"))
    return pd.concat(tables, ignore_index=True)


def _gains_permuted(rows: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
    """Return rows whose students are permuted over the diagrams of a grid within each seed."""
    taught = rows["arm"] != "teacher"
    grids = (rows[taught & (rows["hidden"] == hidden)] for hidden in WHERE)
    moved = [permuted(grid, generator, along="point") for grid in grids]
    return pd.concat([rows[~taught], *moved], ignore_index=True)


CLAIM = Claim(
    name="mfh-accuracy-misleads",
    title="Overlap predicts the gain, accuracy misleads",
    words="Over all diagrams, what a student gains rises with γ, what its teacher shares with it, more "
    "than with the teacher's accuracy.",
    source="Xue et al. (ICLR 2023), Figures 2 and 3",
    method="Two grids of 10 diagrams run over all shares α + β + γ = 1 of 30 visible features, with "
    "nothing hidden and with as many hidden ones. Seed by seed, the rank correlation of the gain over "
    "a grid with γ is held against that with the teacher's accuracy; likewise for the lead over the "
    "student of a shuffled teacher.",
    plan=_plan,
    values=_values,
    parts=tuple(part for where in WHERE.values() for part in _parts(where)),
    nulls={
        "gains permuted over diagrams within each seed": _gains_permuted,
        "the teacher's outputs shuffled": taught_by_noise,
    },
    worlds=WORLDS,
    further=_further,
)
