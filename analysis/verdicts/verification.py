"""Verify claims: run their experiments, weigh what they say, and decide."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.sweeps.executors import OF_A_CELL
from analysis.sweeps.provenance import environment, source
from analysis.training.surroundings import undisturbed
from analysis.verdicts.claim import Claim
from analysis.verdicts.judge import LEVEL, decide, describe_parts, weigh
from analysis.verdicts.measurements import Measurements
from analysis.verdicts.worlds import World
from venn import canonical
from venn.checks import ArgumentError, instance, whole

BUDGETS: Mapping[str, int] = {"quick": 30, "paper": 300, "large": 1000}
"""Seeds of each budget."""

BLOCK = 30
"""Seeds that an experiment is run for at once."""

Progress = Callable[[int], object]
"""Called with the number of seeds that have just been measured, in one world of one claim."""


@dataclass(frozen=True)
class Finding:
    """What a claim's experiment found in one world.

    Parameters
    ----------
    claim : Claim
        What is tested.
    world : World
        Where.
    rows : DataFrame
        What the experiment measured; where it failed, until then.
    trainings : int
        Networks behind the rows.
    seconds : float
        Taken.
    failure : str, optional
        Why it did not run to its end.
    """

    claim: Claim
    world: World
    rows: pd.DataFrame
    trainings: int
    seconds: float
    failure: str | None = None


@dataclass(frozen=True)
class Verification:
    """Verdicts on claims, and all that they rest on.

    Parameters
    ----------
    findings : tuple of Finding
        One a claim and world, in the order of claims and of their worlds.
    verdicts : DataFrame
        One row a finding: ``claim``, ``world``, ``verdict`` (``"failed"`` where there is none),
        ``support``, ``refute``, ``p``, ``p_holm``, ``trainings``, ``seconds`` and ``failure``.
    parts : DataFrame
        One row a finding's part: ``claim``, ``world``, and the columns of `describe_parts`.
    configuration : dict
        All that made them, as JSON data.
    """

    findings: tuple[Finding, ...]
    verdicts: pd.DataFrame
    parts: pd.DataFrame
    configuration: dict[str, Any]

    @property
    def failed(self) -> tuple[Finding, ...]:
        """What did not run to its end."""
        return tuple(finding for finding in self.findings if finding.failure is not None)


@undisturbed()
def verify(
    claims: Iterable[Claim],
    seeds: Sequence[int] = range(BUDGETS["paper"]),
    progress: Progress | None = None,
    measurements: Measurements | None = None,
) -> Verification:
    """Test claims, each in all of its worlds, and decide on them.

    The verdicts of a report are corrected together, so that the probability that any of them is
    wrong is at most `LEVEL`.  They stay valid if seeds are added after looking.

    Parameters
    ----------
    claims : iterable of Claim
        Such as ``CLAIMS.values()``.
    seeds : sequence of int
        At least two, each once; all claims use the same.  Fewer than `FEWEST` decide nothing.
    progress : callable, optional
        Called with the number of seeds just measured, in one world of one claim.
    measurements : Measurements, optional
        Where what is measured is found and put; what is there is not measured again.

    Returns
    -------
    Verification
        Verdicts, parts and what was measured.

    Raises
    ------
    ArgumentError
        If there are no claims, or too few seeds.

    Examples
    --------
    >>> from analysis.claims import CLAIMS
    >>> from analysis.verdicts import verify
    >>> found = verify([CLAIMS["mfh-alpha"]], range(2))
    >>> list(found.verdicts["verdict"].unique())  # of two seeds
    ['inconclusive']
    """
    chosen = tuple(claims)
    for claim in chosen:
        instance("claims", claim, Claim, "CLAIMS['mfh-gamma']")
    if not chosen or len({claim.name for claim in chosen}) < len(chosen):
        names = [claim.name for claim in chosen]
        raise ArgumentError("claims", names, "must be at least one claim, each once")
    asked = tuple(whole("seeds", seed) for seed in seeds)
    if len(set(asked)) < max(len(asked), 2):
        raise ArgumentError("seeds", seeds, "must be at least two, each once")
    with ExitStack() as stack:
        kept = measurements or stack.enter_context(Measurements())
        findings = tuple(
            _measured(claim, world, asked, progress or (lambda _: None), kept)
            for claim in chosen
            for world in claim.worlds
        )
    return Verification(
        findings, _verdicts(findings), _parts(findings), _configuration(chosen, asked)
    )


def _measured(
    claim: Claim,
    world: World,
    seeds: tuple[int, ...],
    progress: Progress,
    measurements: Measurements,
) -> Finding:
    started = time.perf_counter()
    failure = None
    known = measurements.get(claim, world, seeds)
    progress(len(known))
    missing = [seed for seed in seeds if seed not in known]
    try:
        for first in range(0, len(missing), BLOCK):
            block = missing[first : first + BLOCK]
            counted: list[int] = []
            rows = claim.experiment(world, block, counted.append)
            measurements.put(claim, world, rows, sum(counted))
            progress(len(block))
    except OF_A_CELL as error:
        failure = f"{type(error).__name__}: {error}"
    found = measurements.get(claim, world, seeds)
    blocks = [pd.DataFrame(found[seed].rows) for seed in seeds if seed in found]
    rows = pd.concat(blocks, ignore_index=True) if blocks else pd.DataFrame()
    if failure is None:
        values = claim.values(rows).reindex(seeds)
        bad = [part.name for part in claim.parts if not np.isfinite(values[part.name]).all()]
        failure = f"{', '.join(bad)}: not a finite number for every seed" if bad else None
    trainings = round(sum(measured.trainings for measured in found.values()))
    seconds = time.perf_counter() - started
    return Finding(claim, world, rows, trainings, seconds, failure)


def _verdicts(findings: Sequence[Finding]) -> pd.DataFrame:
    weights = [
        weigh(finding.claim.parts, _values(finding).to_numpy()) if finding.failure is None else None
        for finding in findings
    ]
    table = pd.DataFrame(
        {
            "claim": [finding.claim.name for finding in findings],
            "world": [str(finding.world) for finding in findings],
            "support": [np.nan if w is None else float(w.support) for w in weights],
            "refute": [np.nan if w is None else float(w.refute) for w in weights],
            "trainings": [finding.trainings for finding in findings],
            "seconds": [finding.seconds for finding in findings],
            "failure": [finding.failure for finding in findings],
        }
    )
    decided = decide(table[table["failure"].isna()])
    columns = decided[["p", "p_holm", "verdict"]]
    return table.join(columns).fillna({"verdict": "failed"})


def _values(finding: Finding) -> pd.DataFrame:
    values = finding.claim.values(finding.rows)
    return values[[part.name for part in finding.claim.parts]].astype(float)


def _parts(findings: Sequence[Finding]) -> pd.DataFrame:
    tables = []
    for finding in findings:
        if finding.failure is None:
            found = describe_parts(finding.claim.parts, _values(finding))
            found.insert(0, "claim", finding.claim.name)
            found.insert(1, "world", str(finding.world))
            tables.append(found)
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _configuration(claims: Sequence[Claim], seeds: Sequence[int]) -> dict[str, Any]:
    return {
        "claims": [claim.name for claim in claims],
        "seeds": list(seeds),
        "level": LEVEL,
        "worlds": {
            str(world): canonical(world.protocol)
            for world in dict.fromkeys(world for claim in claims for world in claim.worlds)
        },
        "source": source(),
        "environment": environment("cpu"),
    }
