"""Reproduce a figure or table of the paper: the numbers behind it, and how they were made."""

import functools
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.methods.arms import named
from analysis.protocols import Protocol
from analysis.reproductions.figure2 import FIGURE2
from analysis.reproductions.figure3 import FIGURE3
from analysis.reproductions.paper import PaperResult
from analysis.reproductions.table2 import TABLE2
from analysis.statistics import summarise
from analysis.sweeps.plan import Plan
from analysis.sweeps.provenance import environment
from analysis.sweeps.runs import run
from analysis.sweeps.settings import Point, change
from analysis.training.device import resolve_device
from venn import ArgumentError, canonical
from venn.checks import instance, one_of, whole

PAPER_RESULTS = {result.name: result for result in (FIGURE2, FIGURE3, TABLE2)}
"""Every figure and table that can be reproduced, by its name."""


@dataclass(frozen=True)
class Experiment:
    """A figure or table of the paper under a protocol: everything that decides its numbers.

    Parameters
    ----------
    result : PaperResult
        The diagrams and arms, and the published values to compare with.
    name : str
        The protocol's name.
    protocol : Protocol
        How data are drawn and networks trained.
    seeds : range
        The seeds that are run at every point.
    """

    result: PaperResult
    name: str
    protocol: Protocol
    seeds: range

    @functools.cached_property
    def plan(self) -> Plan:
        """The sweep behind it."""
        result = self.result
        return Plan(
            result.path, self.protocol, result.arms, self.seeds, result.axes, result.measures
        )


def experiment(
    name: str, protocol: str = "synthetic", seeds: int | None = None, width: int | None = None
) -> Experiment:
    """Describe the reproduction of a figure or table.

    Parameters
    ----------
    name : str
        One of `PAPER_RESULTS`.
    protocol : str
        One of those that the result has.  ``"synthetic"``: our own data, small networks;
        ``"released"``: the streams of the paper's scripts; ``"published"``: the same with label
        weights of 1, as in the published curves; ``"corrected"``: the same without the swapped
        modalities of the script's KD student.
    seeds : int, optional
        Number of seeds, from the protocol's first on, at least 1; by default as many as it has.
    width : int, optional
        Hidden units of the synthetic protocol's networks; 0 means linear models, the default is 64.

    Returns
    -------
    Experiment
        What `reproduce` takes.

    Raises
    ------
    ArgumentError
        If an argument is not allowed.
    """
    result = PAPER_RESULTS[one_of("name", name, PAPER_RESULTS)]
    if protocol not in result.protocols:
        allowed = f"is not for {name}, which has {', '.join(result.protocols)}"
        raise ArgumentError("protocol", protocol, allowed)
    chosen = result.protocols[protocol]
    if width is not None:
        chosen = change(Point(result.path[0], chosen), {"width": width}).protocol
    known = chosen.seeds
    count = whole("seeds", len(known) if seeds is None else seeds, at_least=1)
    return Experiment(result, protocol, chosen, range(known.start, known.start + count))


@dataclass(frozen=True)
class Reproduction:
    """A reproduced figure or table.

    Parameters
    ----------
    experiment : Experiment
        What was run.
    runs : DataFrame
        One row a point, arm and seed, as `Store.frame` returns it.
    summary : DataFrame
        One row a point, as `analysis.summarise` returns it, and the means of the result's measures.
    configuration : dict
        Everything that made the numbers, as JSON data: protocol, path, arms, seeds, versions.
    """

    experiment: Experiment
    runs: pd.DataFrame
    summary: pd.DataFrame
    configuration: dict[str, Any]


def reproduce(experiment: Experiment, *, device: str = "auto") -> Reproduction:
    """Run the experiment of a figure or table.

    Parameters
    ----------
    experiment : Experiment
        From `analysis.experiment`.
    device : {"auto", "cpu", "cuda"}
        Where to train.

    Returns
    -------
    Reproduction
        Runs, their summary, and the configuration that made them.

    Raises
    ------
    ArgumentError
        If the device is not there.
    FloatingPointError
        If a network diverged.

    Examples
    --------
    >>> from analysis import experiment, reproduce
    >>> result = reproduce(experiment("figure2", "released", seeds=1))
    >>> list(result.summary["no_kd"].round(3))
    [0.776, 0.776, 0.776, 0.776, 0.776, 0.776]
    """
    instance("experiment", experiment, Experiment, "experiment('figure2')")
    device = resolve_device(device)
    result, plan = experiment.result, experiment.plan
    configuration = {
        "result": result.name,
        "protocol": experiment.name,
        "settings": canonical(experiment.protocol),
        "path": canonical(result.path),
        "axes": canonical(dict(result.axes)),
        "arms": canonical(named(result.arms)),
        "seeds": canonical(experiment.seeds),
        "environment": environment(device),
    }
    store = run(plan, device=device)
    runs = store.frame()
    failed = runs[runs["reason"].notna()]
    if len(failed):
        message = f"{len(failed)} of {len(runs)} trainings failed: {failed['reason'].iloc[0]}"
        raise FloatingPointError(message)
    settings = ("alpha", "gamma", *result.axes)
    summary = summarise(runs, by=settings, gains=result.gains)
    means = runs.groupby("point")[[*result.measures]].mean()
    summary = summary.join(means.reset_index(drop=True))
    return Reproduction(experiment, runs, summary, configuration)
