"""Verify claims: run their plans, weigh what they say, and decide."""

import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.methods.faults import in_one_line
from analysis.protocols import Protocol
from analysis.sweeps.executors import Workers
from analysis.sweeps.plan import Plan
from analysis.sweeps.provenance import environment, source
from analysis.sweeps.runs import run
from analysis.sweeps.store import Store
from analysis.training.progress import expecting
from analysis.training.surroundings import undisturbed
from analysis.verdicts.claim import Claim
from analysis.verdicts.judge import LEVEL, decide, describe_parts, weigh
from analysis.verdicts.reading import rows_of, unfit, values_of
from venn import canonical
from venn.checks import ArgumentError, instance, whole

BUDGETS: Mapping[str, int] = {"quick": 30, "paper": 300, "large": 1000}
"""Seeds of each budget."""


@dataclass(frozen=True)
class Finding:
    """What a claim's plan found in one world.

    Parameters
    ----------
    claim : Claim
        What is tested.
    world : str
        The name of where.
    rows : DataFrame
        What the claim reads; empty where a model or its functions failed.
    trainings : int
        Models behind the rows, whether they were there before or not.
    seconds : float
        Taken.
    failure : str, optional
        Why it did not run to its end.
    constant : int
        How many of these models answer one class to every test row.
    """

    claim: Claim
    world: str
    rows: pd.DataFrame
    trainings: int
    seconds: float
    failure: str | None = None
    constant: int = 0

    @property
    def protocol(self) -> Protocol:
        """How data are drawn and models fitted in the world."""
        return self.claim.worlds[self.world]


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
    stored, models : int
        How many of the models were in the store before, and how many there are.
    """

    findings: tuple[Finding, ...]
    verdicts: pd.DataFrame
    parts: pd.DataFrame
    configuration: dict[str, Any]
    stored: int = 0
    models: int = 0

    @property
    def failed(self) -> tuple[Finding, ...]:
        """What did not run to its end."""
        return tuple(finding for finding in self.findings if finding.failure is not None)


@undisturbed()
def verify(
    claims: Iterable[Claim],
    seeds: Sequence[int] = range(BUDGETS["paper"]),
    store: Store | None = None,
    executor: Executor | Workers | None = None,
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
    store : Store, optional
        Where cells are found and put; in memory unless told otherwise.  Claims share cells, and
        what is there is not trained again unless it failed.
    executor : concurrent.futures.Executor or Workers, optional
        What trains, as `run` takes it.

    Returns
    -------
    Verification
        Verdicts, parts and what was measured.

    Raises
    ------
    ArgumentError
        If there are no claims, too few seeds, or a plan cannot be made in a world.

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
    worlds = _worlds(chosen)
    plans = [
        (claim, world, planned(claim, world, asked)) for claim in chosen for world in claim.worlds
    ]
    kept = Store() if store is None else store
    stored, models = _counted([plan for *_, plan in plans], kept)
    own = executor.kept() if isinstance(executor, Workers) else nullcontext(executor)
    with own as trainer, expecting(lambda: models - stored):
        findings = tuple(_found(*each, kept, trainer) for each in plans)
    kept.check_place()
    return Verification(
        findings,
        _verdicts(findings),
        _parts(findings),
        _configuration(chosen, asked, worlds),
        stored,
        models,
    )


def planned(claim: Claim, world: str, seeds: Sequence[int]) -> Plan:
    """Return what a claim has fitted in one of its worlds, or fail if that is of other seeds."""
    with in_one_line(f"{claim.name}.plan", claim.plan):
        plan = claim.plan(claim.worlds[world], seeds)
    instance(f"{claim.name}.plan", plan, Plan, "Plan(growing_gamma(), protocol, ('kd',), seeds)")
    if tuple(plan.seeds) != tuple(seeds):
        allowed = "must be those that plan(protocol, seeds) is given"
        raise ArgumentError(f"{claim.name}.plan.seeds", plan.seeds, allowed)
    return plan


def measured(
    claim: Claim,
    plan: Plan,
    store: Store,
    executor: Executor | Workers | None = None,
) -> pd.DataFrame:
    """Return the rows of a claim, its plan's cells trained unless the store has them.

    Raises
    ------
    FloatingPointError
        If a model failed: a claim is not judged on what is left.
    """
    return rows_of(claim, _trained(plan, store, executor))


def _trained(
    plan: Plan,
    store: Store,
    executor: Executor | Workers | None,
) -> pd.DataFrame:
    """Return the frame of a plan, its cells trained unless the store has them."""
    run(plan, store, executor, device="cpu", retry=True)
    frame = store.frame(plan)
    failed = frame[frame["reason"].notna()]
    if len(failed):
        first = failed.iloc[0]
        where = f"{first['arm']}, seed {first['seed']}"
        raise FloatingPointError(f"{len(failed)} trainings failed ({where}: {first['reason']})")
    return frame.drop(columns="reason").astype({"constant": bool})


def _worlds(claims: Sequence[Claim]) -> dict[str, Protocol]:
    """Return the worlds of claims, or fail if two have one name."""
    found: dict[str, Protocol] = {}
    for claim in claims:
        for name, protocol in claim.worlds.items():
            if found.setdefault(name, protocol) != protocol:
                allowed = "is another world of another claim; give it another name"
                raise ArgumentError(f"{claim.name}.worlds", name, allowed)
    return found


def _counted(plans: Sequence[Plan], store: Store) -> tuple[int, int]:
    """Return how many of the models of plans are there, and how many there are."""
    recipes = {recipe.identity: recipe for plan in plans for recipe in plan.recipes}.values()
    seeds = {*plans[0].seeds}
    there = sum(seed in seeds for _, seed in store.done(recipes, failed=False))
    return there, len(recipes) * len(seeds)


def _found(
    claim: Claim,
    world: str,
    plan: Plan,
    store: Store,
    executor: Executor | Workers | None,
) -> Finding:
    started, failure, rows = time.perf_counter(), None, pd.DataFrame()
    try:
        frame = _trained(plan, store, executor)
    except FloatingPointError as error:
        failure = f"{type(error).__name__}: {error}"
    else:
        try:
            rows = rows_of(claim, frame)
            failure = unfit(claim, frame, rows)
        except ArgumentError as error:
            failure = str(error)
    constant = sum(seed in plan.seeds for _, seed in store.constant(plan.recipes))
    seconds = time.perf_counter() - started
    return Finding(claim, world, rows, plan.cells, seconds, failure, constant)


def _verdicts(findings: Sequence[Finding]) -> pd.DataFrame:
    weights = [
        None
        if finding.failure is not None
        else weigh(finding.claim.parts, values_of(finding.claim, finding.rows).to_numpy())
        for finding in findings
    ]
    table = pd.DataFrame(
        {
            "claim": [finding.claim.name for finding in findings],
            "world": [finding.world for finding in findings],
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


def _parts(findings: Sequence[Finding]) -> pd.DataFrame:
    tables = []
    for finding in findings:
        if finding.failure is None:
            values = values_of(finding.claim, finding.rows)
            found = describe_parts(finding.claim.parts, values)
            found.insert(0, "claim", finding.claim.name)
            found.insert(1, "world", finding.world)
            tables.append(found)
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _configuration(
    claims: Sequence[Claim], seeds: Sequence[int], worlds: Mapping[str, Protocol]
) -> dict[str, Any]:
    return {
        "claims": [claim.name for claim in claims],
        "seeds": list(seeds),
        "level": LEVEL,
        "worlds": {name: canonical(protocol) for name, protocol in worlds.items()},
        "source": source(),
        "environment": environment("cpu"),
    }
