"""General teachers that keep channels picked in three ways, and the students who imitate them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd
import torch
from torch import Tensor

from analysis.methods.arms import ARMS, with_teachers
from analysis.methods.distillation import Split, Task, Trial, train
from analysis.protocols.synthetic import Native
from analysis.reproductions.picks import REPEATS, WAYS, Pick, Way, checked_ways, picks, share
from analysis.sweeps.plan import Plan
from analysis.training.device import resolve_device
from analysis.training.minimise import Progress
from venn import VennDiagram
from venn.checks import instance

REGULAR = ("teacher", "no_kd", "kd", "kd_shuffled", "hard_label", "um_kd")
GENERAL = ("general_teacher", "kd_general")
"""Arms that do not depend on what is picked, and arms of each way."""

NUMBERS = 2**24
"""How many numbers the rows and permutations of a batch of seeds are at most, or of one seed."""

Run = tuple[int, float, int, str, str, float]
Found = tuple[int, float, int, str, float]
"""A row of each of the tables of `Kept`."""


@dataclass(frozen=True)
class Kept:
    """How networks do beside general teachers, and what those were given to see.

    Parameters
    ----------
    runs : DataFrame
        One row a network: ``point``, the place of its diagram; ``gamma``; ``seed``; ``arm``;
        ``way``, empty where nothing depends on it; ``accuracy``, a fraction.
    found : DataFrame
        One row a pick by chance or by Algorithm 1: ``point``, ``gamma``, ``seed``, ``way``, and
        ``share``, how much of what is general the kept channels hold, a fraction.
    """

    runs: pd.DataFrame
    found: pd.DataFrame

    @classmethod
    def of(cls, runs: Sequence[Run], found: Sequence[Found]) -> "Kept":
        """Return rows as tables, or fail if a network diverged, whose accuracy is NaN."""
        frame = pd.DataFrame(runs, columns=["point", "gamma", "seed", "arm", "way", "accuracy"])
        lost = frame[frame["accuracy"].isna()]
        if len(lost):
            first = lost.iloc[0]
            where = f"{first['arm']}, point {first['point']}, seed {first['seed']}"
            message = f"{len(lost)} of {len(frame)} trainings diverged (the first: {where}); "
            raise FloatingPointError(f"{message}lower the learning rate")
        return cls(frame, pd.DataFrame(found, columns=["point", "gamma", "seed", "way", "share"]))


def train_kept(
    protocol: Native,
    diagrams: Sequence[VennDiagram],
    seeds: Sequence[int],
    ways: Sequence[Way] = WAYS,
    *,
    device: str = "auto",
    progress: Progress | None = None,
) -> Kept:
    r"""Train general teachers that keep channels picked in some ways, their students, and controls.

    .. math:: x^{\text{general}}_j = x^a_j \text{ if } j \in K, \text{ else } 0

    where, for g general features, K is

    - ``"gt"``: the general channels.  Where channels mix sources there are none; the view then is
      :math:`x^a M^{-\top} G M^\top`, what the channels would be if only general sources were not 0;
    - ``"random"``: g channels by chance, each at most once;
    - ``"alg1"``: the g channels of the largest saliency, by Algorithm 1 on the training rows.

    The last two act on the channels as they are, mixed or not.

    Parameters
    ----------
    protocol : Native
        How data are drawn and networks trained, those of Algorithm 1 too.
    diagrams : sequence of VennDiagram
        The points.
    seeds : sequence of int
        The seeds of each point.
    ways : sequence of {"gt", "alg1", "random"}
        How channels are picked.
    device : {"auto", "cpu", "cuda"}
        Where to train.
    progress : callable, optional
        Called with the number of networks that have just been trained; for each diagram and seed
        they are ``networks(ways)``.

    Returns
    -------
    Kept
        Runs of the arms `REGULAR` and, for each way, `GENERAL`; shares as `picks.share` has them.
        On a CPU no row depends on which others are there.

    Raises
    ------
    ArgumentError
        If an argument is not allowed, or a diagram does not fit the protocol.
    FloatingPointError
        If a network diverged.

    Notes
    -----
    The pair of networks of Algorithm 1 starts where the teachers of the two modalities start.
    Source: Xue et al. (ICLR 2023), Table 2 and Algorithm 1.
    """
    instance("protocol", protocol, Native, "Native(width=0)")
    plan = Plan(diagrams, protocol, [*REGULAR, *GENERAL], seeds)  # it checks what it is given
    ways = checked_ways(ways)
    device = resolve_device(device)
    runs: list[Run] = []
    found: list[Found] = []
    for point, diagram in enumerate(plan.diagrams):
        at = point, diagram.gamma
        size = max(1, NUMBERS // _numbers(protocol, diagram, ways))
        for start in range(0, len(plan.seeds), size):
            seeds = plan.seeds[start : start + size]
            trials = {seed: protocol.draw(diagram, seed, plan.arms) for seed in seeds}
            kept = {way: picks(way, protocol, diagram, trials, device) for way in ways}
            tasks = _tasks(protocol, trials, kept)
            trained = train(tasks, device=device)
            runs += [
                (*at, *key, trained[key].accuracy) for key in tasks if key[1] in REGULAR + GENERAL
            ]
            found += [
                (*at, seed, way, share(protocol, diagram, pick))
                for seed in seeds
                for way in ways
                if (pick := kept[way][seed]) is not None
            ]
            if progress is not None:
                progress(networks(ways) * len(seeds))
    return Kept.of(runs, found)


def networks(ways: Sequence[Way] = WAYS) -> int:
    """Return how many networks `train_kept` trains for a diagram and a seed."""
    pair = 2 if "alg1" in ways else 0
    return len(with_teachers(REGULAR)) + len(GENERAL) * len(ways) + pair


def _numbers(protocol: Native, diagram: VennDiagram, ways: Sequence[Way]) -> int:
    """Return how many numbers the rows and permutations of one seed are."""
    teacher, student = (diagram.dim(modality) for modality in diagram.modalities)
    rows = (protocol.n_train + protocol.n_test) * (teacher * (2 + len(ways)) + student)
    return rows + 2 * protocol.n_train * teacher * REPEATS  # an index is as long as two numbers


def _tasks(
    protocol: Native, trials: Mapping[int, Trial], kept: Mapping[Way, Mapping[int, Pick]]
) -> dict[tuple[int, str, str], Task]:
    """Return what is trained, by seed, arm and way."""

    def task(seed: int, arm: str, way: str, trial: Trial) -> Task:
        teacher = ARMS[arm].teacher
        key = None if teacher is None else (seed, teacher, way)
        return Task(arm, trial, protocol.optimiser, protocol.distillation, key)

    tasks = {}
    for seed, trial in trials.items():
        for arm in with_teachers(REGULAR):
            tasks[seed, arm, ""] = task(seed, arm, "", trial)
        for way, by_seed in kept.items():
            pick = by_seed[seed]
            seen = trial if pick is None else _keeping(trial, torch.from_numpy(pick))
            for arm in GENERAL:
                tasks[seed, arm, way] = task(seed, arm, way, seen)
    return tasks


def _keeping(trial: Trial, pick: Tensor) -> Trial:
    """Return a trial whose general view is what some of the teacher's channels show."""

    def keep(split: Split) -> Split:
        kept = split.views["teacher"].where(pick, 0.0)
        return replace(split, views={**split.views, "general": kept})

    return replace(trial, train=keep(trial.train), test=keep(trial.test))
