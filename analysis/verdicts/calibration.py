"""Judge the judge: how often it errs where there is no effect, and finds one that is there."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float
from scipy import stats

from analysis.sweeps.provenance import environment
from analysis.sweeps.store import Store
from analysis.training.surroundings import undisturbed
from analysis.verdicts.claim import Claim, Part
from analysis.verdicts.judge import FEWEST, LEVEL, Weight, weigh
from analysis.verdicts.reading import null_of, values_of
from analysis.verdicts.verification import BUDGETS, measured, planned
from synth import stream
from venn.checks import ArgumentError, instance, whole

FIRST_SEED = 2_000_000
"""Of the seeds that calibration trains; no verdict uses them."""

LOOKS = 10
"""Someone who watches looks each time that so many seeds have come in, from the first number that
decides anything on, up to `PATIENCE` times the plan."""

PATIENCE = 5

PASSES = 25
"""How often chance makes a null world of the whole pool."""

Progress = Callable[[int], object]
"""Called with the number of cases that have just been judged."""

Draws = Float[np.ndarray, "draw repeat part"]


@dataclass(frozen=True)
class Calibration:
    """How often each claim's rule errs and finds.

    Parameters
    ----------
    table : DataFrame
        One row a claim, world and case: ``claim``, ``world``, ``kind``, ``case``, ``repeats``, how
        many of them were ``supported`` and ``refuted``, and the share that was supported, ``rate``,
        with its 95 % Clopper-Pearson limits ``low`` and ``high``.
    configuration : dict
        All that made it, as JSON data.
    """

    table: pd.DataFrame
    configuration: dict[str, Any]


@undisturbed()
def calibrate(
    claims: Iterable[Claim],
    *,
    seeds: int = BUDGETS["paper"],
    repeats: int = 1000,
    pool: int = 400,
    progress: Progress | None = None,
) -> Calibration:
    r"""Apply each claim's rule many times to worlds of which it is known whether the claim holds.

    Each claim's plan is run for `pool` seeds in the paper's world and, where the claim has one, in
    the first whose networks are others, such as MLPs.  A repeat draws `seeds` of them with replacement and judges.  The kinds:

    - ``"null"``: the claim's null worlds, in which effects are absent by construction; each seed of
      the pool is there `PASSES` times, as chance makes it a null anew.
    - ``"margin"``: one part alone, its values in a null world (the first in which they vary)
      shifted so that their mean is its margin: the hardest world in which it is false.  A claim of
      several parts is supported more rarely than any part alone.
    - ``"watched"``: the same, looked at after each `LOOKS` seeds from `FEWEST` on, up to `PATIENCE`
      times `seeds`, and counted if it is supported at any look.
    - ``"effect"``: every part is shifted to have the paper's own effect as its mean: the published
      value where there is one; else, on the side that the claim states, a mean as far from the
      margin as was measured in the paper's world.  The share that is supported is the power.

    Wrong support is counted at the level of a claim tested alone, where it is most frequent; power
    at the level that Holm's method asks of the first of all rows of a report, where it is least.

    Parameters
    ----------
    claims : iterable of Claim
        Such as ``CLAIMS.values()``.
    seeds : int
        Of a verdict.
    repeats : int
        Worlds of each case.
    pool : int
        Seeds that are trained.
    progress : callable, optional
        Called with the number of cases just judged, `cases(claims)` in all.

    Returns
    -------
    Calibration
        A table, and what made it.

    Raises
    ------
    ArgumentError
        If there are no claims, or a number is too small.
    """
    chosen = tuple(claims)
    for claim in chosen:
        instance("claims", claim, Claim, "CLAIMS['mfh-gamma']")
    if not chosen:
        raise ArgumentError("claims", [], "must be at least one claim")
    whole("seeds", seeds, at_least=FEWEST)
    whole("repeats", repeats, at_least=1)
    whole("pool", pool, at_least=2)
    rows = sum(len(claim.worlds) for claim in chosen)
    found = []
    store = Store()
    for claim in chosen:
        pools = {world: pool_of(claim, world, pool, store) for world in typical(claim)}
        effect = _effect(claim, pools[next(iter(claim.worlds))])
        for world, known in pools.items():
            for kind, case, weights in _cases(claim, known, effect, seeds, repeats):
                level = LEVEL / 2 / (rows if kind == "effect" else 1)
                counts = {"claim": claim.name, "world": world, "kind": kind, "case": case}
                found.append(counts | _counted(weights, level))
                if progress is not None:
                    progress(1)
    configuration = {
        "claims": [claim.name for claim in chosen],
        "seeds": seeds,
        "repeats": repeats,
        "pool": [FIRST_SEED, FIRST_SEED + pool - 1],
        "level": LEVEL,
        "rows": rows,
        "environment": environment("cpu"),
    }
    return Calibration(pd.DataFrame(found), configuration)


def typical(claim: Claim) -> tuple[str, ...]:
    """Return the worlds in which a claim's rule is calibrated: the paper's, and one of MLPs."""
    first, *others = claim.worlds
    shapes = {name: world.setup.student for name, world in claim.worlds.items()}
    return (first, *[name for name in others if shapes[name] != shapes[first]][:1])


def cases(claims: Iterable[Claim]) -> int:
    """Return the number of cases that `calibrate` judges."""
    return sum(
        len(typical(claim)) * (len(claim.nulls) + 2 * len(claim.parts) + 1) for claim in claims
    )


def pool_of(claim: Claim, world: str, count: int, store: Store) -> pd.DataFrame:
    """Return the rows of a claim's plan for `count` seeds, numbered from 0."""
    seeds = range(FIRST_SEED, FIRST_SEED + count)
    rows = measured(claim, planned(claim, world, seeds), store)
    return rows.assign(seed=rows["seed"] - FIRST_SEED)


def _effect(claim: Claim, rows: pd.DataFrame) -> Float[np.ndarray, " part"]:
    """Return the published mean of each part, or where there is none one as in these rows."""
    measured = _values(claim, rows).mean(axis=0)
    return np.array(
        [
            p.margin + abs(mean - p.margin) * (1 if p.side == "above" else -1)
            if p.published is None
            else p.published
            for p, mean in zip(claim.parts, measured, strict=True)
        ]
    )


def _cases(
    claim: Claim,
    pool: pd.DataFrame,
    effect: Float[np.ndarray, " part"],
    seeds: int,
    repeats: int,
) -> Iterator[tuple[str, str, Weight]]:
    """Yield the kind and the name of each case, and what its repeats say."""
    parts = claim.parts
    values = _values(claim, pool)
    absent = []
    for name in claim.nulls:
        streams = (stream(k, "null", claim.name, name) for k in range(PASSES))
        passes = [null_of(claim, name, pool, generator) for generator in streams]
        absent.append(np.concatenate([_values(claim, rows) for rows in passes]))
        generator = stream(PASSES, "null", claim.name, name)
        yield "null", name, weigh(parts, _resampled(absent[-1], seeds, repeats, generator))
    for j, part in enumerate(parts):
        generator = stream(j, "margin", claim.name)
        own = next((null[:, [j]] for null in absent if np.ptp(null[:, j]) > 0), values[:, [j]])
        false = own - own.mean() + part.margin
        yield "margin", part.name, weigh([part], _resampled(false, seeds, repeats, generator))
        watched = _resampled(false, PATIENCE * seeds, repeats, generator)
        yield "watched", part.name, _watched(part, watched)
    true = values - values.mean(axis=0) + effect
    generator = stream(0, "effect", claim.name)
    yield "effect", "the paper's effect", weigh(parts, _resampled(true, seeds, repeats, generator))


def _values(claim: Claim, rows: pd.DataFrame) -> Float[np.ndarray, "seed part"]:
    return values_of(claim, rows).to_numpy()


def _resampled(
    values: Float[np.ndarray, "seed part"],
    seeds: int,
    repeats: int,
    generator: np.random.Generator,
) -> Draws:
    return values[generator.integers(len(values), size=(seeds, repeats))]


def _watched(part: Part, values: Draws) -> Weight:
    """Return the strongest weights at any look."""
    looks = [weigh([part], values[:n]) for n in range(FEWEST, len(values) + 1, LOOKS)]
    support, refute = (np.min(each, axis=0) for each in zip(*looks, strict=True))
    return Weight(support, refute)


def _counted(weights: Weight, level: float) -> dict[str, Any]:
    supported, refuted = (int((p <= level).sum()) for p in weights)
    repeats = len(weights.support)
    limits = stats.binomtest(supported, repeats).proportion_ci(method="exact")
    return {
        "repeats": repeats,
        "supported": supported,
        "refuted": refuted,
        "rate": supported / repeats,
        "low": float(limits.low),
        "high": float(limits.high),
    }


def worst(calibration: Calibration) -> pd.DataFrame:
    """Return the case of each claim, world and kind that was supported most often, a row each."""
    table = calibration.table
    groups = table.groupby(["claim", "world", "kind"], sort=False)
    return table.loc[groups["rate"].idxmax()].reset_index(drop=True)
