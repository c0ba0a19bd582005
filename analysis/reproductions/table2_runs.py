"""The networks of the script behind Table 2, trained on its replayed draws."""

import itertools
from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from analysis.methods.saliency import saliency, train_together
from analysis.reproductions.kept import Found, Kept, Run
from analysis.reproductions.picks import WAYS, Way, checked_ways
from analysis.reproductions.released_table2 import Draws, ReleasedTable2, Rows
from analysis.training.device import resolve_device
from analysis.training.groups import Models
from analysis.training.minimise import Progress, minimise
from analysis.training.networks import Parameters, finite, stack
from analysis.training.objectives import Distillation
from analysis.training.outputs import accuracy, outputs
from venn import VennDiagram
from venn.checks import instance

LABELS = Distillation(teacher_weight=0.0)
LOSS = Distillation(average="samples and classes")

TOGETHER = 10
"""Seeds that are trained side by side; each brings some megabytes of permutations."""

Picked = Int[np.ndarray, " kept"]
"""Channels of the teacher's modality, in the order in which the general teacher sees them."""


def replay_table2(
    protocol: ReleasedTable2,
    diagrams: Sequence[VennDiagram],
    seeds: Sequence[int],
    ways: Sequence[Way] = WAYS,
    *,
    device: str = "auto",
    progress: Progress | None = None,
) -> Kept:
    """Replay the runs of the script behind Table 2.

    Parameters
    ----------
    protocol : ReleasedTable2
        The draws, and whether the regular KD student's modalities are swapped.
    diagrams : sequence of VennDiagram
        The points.
    seeds : sequence of int
        The seeds of each point.
    ways : sequence of {"gt", "alg1", "random"}
        How channels are picked.  As in the script, each is a run of its own from the first draw on.
    device : {"auto", "cpu", "cuda"}
        Where to train.
    progress : callable, optional
        Called with the number of networks that have just been trained; for each diagram and seed
        they are ``replayed(ways)``.

    Returns
    -------
    Kept
        Runs of five arms in each way, and the share of the general channels that was picked.

    Raises
    ------
    ArgumentError
        If an argument is not allowed, or the script cannot draw a diagram.
    FloatingPointError
        If a network diverged.
    """
    instance("protocol", protocol, ReleasedTable2, "ReleasedTable2(swapped=False)")
    ways, device = checked_ways(ways), resolve_device(device)
    for diagram in diagrams:
        protocol.check(diagram)
    runs: list[Run] = []
    found: list[Found] = []
    for (point, diagram), way in itertools.product(enumerate(diagrams), ways):
        general = len(diagram.sees(diagram.modalities[1]))
        for start in range(0, len(seeds), TOGETHER):
            batch = seeds[start : start + TOGETHER]
            draws = [protocol.draw(diagram, seed, way) for seed in batch]
            picked = _picked(protocol, draws, general, device)
            scores = _scores(protocol, draws, picked, device)
            for seed, channels, by_arm in zip(batch, picked, scores, strict=True):
                at = point, diagram.gamma, seed
                runs += [(*at, arm, way, score) for arm, score in by_arm.items()]
                if way != "gt":
                    share = np.intersect1d(channels, np.arange(general)).size / general
                    found.append((*at, way, share))
            if progress is not None:
                progress(replayed([way]) * len(batch))
    return Kept.of(runs, found)


def replayed(ways: Sequence[Way] = WAYS) -> int:
    """Return how many networks `replay_table2` trains for a diagram and a seed."""
    return 5 * len(ways) + (2 if "alg1" in ways else 0)


def _picked(
    protocol: ReleasedTable2, draws: Sequence[Draws], count: int, device: str
) -> list[Picked]:
    """Return the channels that each run's general teacher keeps: those drawn, or most salient."""
    drawn = [draw.picked for draw in draws if draw.picked is not None]
    if drawn:
        return drawn
    x, x_student, y = (torch.cat(parts) for parts in zip(*(d.first for d in draws), strict=True))
    start, start_student = (_initial(draws, name) for name in ("pair", "pair_student"))
    pair = train_together(start, start_student, x, x_student, y, protocol.joint, device=device)
    if not all(finite(network).all() for network in pair):
        message = "a network of Algorithm 1 diverged; lower the learning rate of its pair"
        raise FloatingPointError(message)
    orders = torch.stack([draw.orders for draw in draws if draw.orders is not None])
    found = saliency(pair[0], x, outputs(pair[1], x_student, device), orders)
    return [(-each).argsort()[:count] for each in found.numpy()]


def _scores(
    protocol: ReleasedTable2, draws: Sequence[Draws], picked: Sequence[Picked], device: str
) -> list[dict[str, float]]:
    """Train five networks of each run; return their accuracies on test rows, NaN if it diverged."""

    def general(part: Sequence[Rows]) -> list[Tensor]:
        return [rows.teacher[..., kept] for rows, kept in zip(part, picked, strict=True)]

    def fit(arm: str, x: Models, y: Models, said: Tensor | None = None) -> Parameters:
        loss = LABELS if said is None else LOSS
        targets = () if said is None else (loss.soften(said),)
        initial = _initial(draws, arm)
        return minimise(loss, initial, (x, y, *targets), protocol.optimiser, device=device)

    first, test = [draw.first for draw in draws], [draw.test for draw in draws]
    second = [draw.second for draw in draws]
    x_test, y_test = [rows.student for rows in test], [rows.y for rows in test]
    teacher = fit("teacher", [rows.teacher for rows in first], [rows.y for rows in first])
    other, own, y = map(list, zip(*second, strict=True))
    no_kd = fit("no_kd", own, y)
    sees, shows = (other, own) if protocol.swapped else (own, other)
    kd = fit("kd", sees, y, outputs(teacher, shows, device))
    restricted = fit("general_teacher", general(second), y)
    kd_general = fit("kd_general", own, y, outputs(restricted, general(second), device))
    networks = {
        "teacher": (teacher, [rows.teacher for rows in test]),
        "no_kd": (no_kd, x_test),
        "kd": (kd, x_test),
        "general_teacher": (restricted, general(test)),
        "kd_general": (kd_general, x_test),
    }
    scores = {
        arm: accuracy(trained, x, y_test, device).where(finite(trained), torch.nan).tolist()
        for arm, (trained, x) in networks.items()
    }
    return [dict(zip(scores, of_run, strict=True)) for of_run in zip(*scores.values(), strict=True)]


def _initial(draws: Sequence[Draws], name: str) -> Parameters:
    return stack([draw.initial[name] for draw in draws])
