"""Run an experiment: every arm for every point of a path and every seed."""

import itertools
from collections.abc import Sequence

import pandas as pd

from analysis.distillation import Trials, score, train_arms
from analysis.protocols import Protocol
from analysis.training import Progress, resolve_device
from venn import ArgumentError, VennDiagram
from venn.checks import instance

BLOCK = 1024
"""Diagrams and seeds whose data are held at once: a figure of the paper is one block."""


def run(
    path: Sequence[VennDiagram],
    protocol: Protocol,
    seeds: Sequence[int],
    *,
    device: str = "auto",
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Train every arm for every diagram and seed, each arm as one batch of models a `BLOCK`.

    Parameters
    ----------
    path : sequence of VennDiagram
        The points; all with the same two dimensions.
    protocol : Protocol
        How data are drawn and networks trained.
    seeds : sequence of int
        Distinct seeds, at least one; used at every point, so that points are paired by seed.
    device : {"auto", "cpu", "cuda"}
        Where to train.
    progress : callable, optional
        Called with the number of networks that have just been trained; ``len(path) * len(seeds)``
        for each arm in all.

    Returns
    -------
    DataFrame
        One row a training: ``point`` (position in the path), ``alpha``, ``gamma``, ``arm``,
        ``seed`` and ``accuracy`` on the test rows, a fraction.

    Raises
    ------
    ArgumentError
        If an argument is of another kind, the path or the seeds are empty, the diagrams'
        dimensions differ, a seed repeats, or the device is not there.

    Examples
    --------
    >>> from analysis import PROTOCOLS, summarise
    >>> from venn import VennDiagram
    >>> diagram = VennDiagram(regions={"a": 10, "b": 10, "a&b": 5}, noise={"a": 15, "b": 35})
    >>> runs = run([diagram], PROTOCOLS["native"], seeds=range(4))
    >>> list(summarise(runs)["seeds"])
    [4]
    """
    device = resolve_device(device)
    _check(path, protocol, seeds)
    cells = ((point, seed) for point in range(len(path)) for seed in seeds)
    rows: list[dict[str, object]] = []
    while block := list(itertools.islice(cells, BLOCK)):
        trials = Trials.join([protocol.draw(path[point], seed) for point, seed in block])
        trained = train_arms(
            trials, protocol.optimiser, protocol.distillation, device=device, progress=progress
        )
        for arm, accuracies in score(trials, trained, device=device).items():
            rows += [
                {
                    "point": point,
                    "alpha": path[point].alpha,
                    "gamma": path[point].gamma,
                    "arm": arm,
                    "seed": seed,
                    "accuracy": accuracy,
                }
                for (point, seed), accuracy in zip(block, accuracies, strict=True)
            ]
    return pd.DataFrame(rows)


def _check(path: Sequence[VennDiagram], protocol: Protocol, seeds: Sequence[int]) -> None:
    instance("protocol", protocol, Protocol, "PROTOCOLS['native']")
    instance("path", path, Sequence, "[VennDiagram({'a': 10, 'b': 10, 'a&b': 5})]")
    instance("seeds", seeds, Sequence, "range(10)")
    if len(path) == 0:
        raise ArgumentError("path", path, "must hold at least one diagram")
    for diagram in path:
        instance("path", diagram, VennDiagram, "VennDiagram({'a': 10, 'b': 10, 'a&b': 5})")
        if len(diagram.modalities) != 2:
            raise ArgumentError("path", diagram, "must have two modalities, teacher and student")
    dims = [tuple(diagram.dim(name) for name in diagram.modalities) for diagram in path]
    if len(set(dims)) > 1:
        allowed = "all diagrams of a path must have the same dimensions; pad them with noise"
        raise ArgumentError("path", dims, allowed)
    distinct = len(seeds) if isinstance(seeds, range) else len(set(seeds))
    if len(seeds) == 0 or distinct < len(seeds):
        raise ArgumentError("seeds", seeds, "must hold at least one seed, and each once")
