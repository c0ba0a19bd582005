"""Reproduce a figure of the paper: the numbers behind it, and how they were made."""

import functools
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.methods.arms import ARMS, PAPER_ARMS
from analysis.protocols import DEFAULT_SEEDS, PROTOCOLS, with_width
from analysis.protocols.protocol import Protocol
from analysis.reproductions.figures import FIGURES, PaperFigure
from analysis.statistics import summarise
from analysis.sweeps.plan import Plan
from analysis.sweeps.provenance import environment
from analysis.sweeps.runs import Progress, run
from analysis.training.device import resolve_device
from venn import canonical
from venn.checks import instance, one_of, whole


@dataclass(frozen=True)
class Experiment:
    """A figure of the paper under a protocol: everything that decides its numbers.

    Parameters
    ----------
    figure : PaperFigure
        The path, and the published values to compare with.
    name : str
        The protocol's name.
    protocol : Protocol
        How data are drawn and networks trained.
    seeds : range
        The seeds that are run at every point.
    """

    figure: PaperFigure
    name: str
    protocol: Protocol
    seeds: range

    @functools.cached_property
    def plan(self) -> Plan:
        """The sweep behind the figure."""
        return Plan(self.figure.path, self.protocol, PAPER_ARMS, self.seeds)


def experiment(
    figure: str, protocol: str = "native", seeds: int | None = None, width: int | None = None
) -> Experiment:
    """Describe the reproduction of a figure.

    Parameters
    ----------
    figure : str
        One of `FIGURES`.
    protocol : str
        One of `PROTOCOLS`.
    seeds : int, optional
        Number of seeds, from 0 on, at least 1; by default what `DEFAULT_SEEDS` says.
    width : int, optional
        Hidden units of the native protocol's networks; 0 means linear models, the default is 64.

    Returns
    -------
    Experiment
        What `reproduce` takes.

    Raises
    ------
    ArgumentError
        If an argument is not allowed.
    """
    one_of("figure", figure, FIGURES)
    chosen = PROTOCOLS[one_of("protocol", protocol, PROTOCOLS)]
    if width is not None:
        chosen = with_width(chosen, width)
    count = whole("seeds", DEFAULT_SEEDS[protocol] if seeds is None else seeds, at_least=1)
    return Experiment(FIGURES[figure], protocol, chosen, range(count))


@dataclass(frozen=True)
class Reproduction:
    """A reproduced figure.

    Parameters
    ----------
    experiment : Experiment
        What was run.
    runs : DataFrame
        One row a point, arm and seed, as `Store.frame` returns it.
    summary : DataFrame
        One row a point, as `analysis.summarise` returns it.
    configuration : dict
        Everything that made the numbers, as JSON data: protocol, path, arms, seeds, versions.
    """

    experiment: Experiment
    runs: pd.DataFrame
    summary: pd.DataFrame
    configuration: dict[str, Any]


def reproduce(
    experiment: Experiment, *, device: str = "auto", progress: Progress | None = None
) -> Reproduction:
    """Run the experiment of a figure.

    Parameters
    ----------
    experiment : Experiment
        From `analysis.experiment`.
    device : {"auto", "cpu", "cuda"}
        Where to train.
    progress : callable, optional
        Called with the number of networks that have just been trained,
        ``experiment.plan.cells`` in all.

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
    >>> list(result.summary["no_kd"].round(1))
    [77.6, 77.6, 77.6, 77.6, 77.6, 77.6]
    """
    instance("experiment", experiment, Experiment, "experiment('figure2')")
    device = resolve_device(device)
    figure = experiment.figure
    configuration = {
        "figure": figure.name,
        "protocol": experiment.name,
        "settings": canonical(experiment.protocol),
        "path": canonical(figure.path),
        "arms": canonical({arm: ARMS[arm] for arm in PAPER_ARMS}),
        "seeds": canonical(experiment.seeds),
        "environment": environment(device),
    }
    store = run(experiment.plan, progress=progress, device=device)
    runs = store.frame()
    failed = runs[runs["reason"].notna()]
    if len(failed):
        message = f"{len(failed)} of {len(runs)} trainings failed: {failed['reason'].iloc[0]}"
        raise FloatingPointError(message)
    return Reproduction(experiment, runs, summarise(runs), configuration)
