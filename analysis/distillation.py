"""Arms: the ways to train one network on a batch of trials."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from analysis.networks import Parameters, accuracy, logits, stack
from analysis.objectives import Distillation, cross_entropy
from analysis.training import Loss, Optimiser, Progress, groups, minimise
from venn.checks import one_of

Role = Literal["teacher", "student"]


@dataclass(frozen=True)
class Arm:
    """One way to train a network.

    Parameters
    ----------
    sees : {"teacher", "student"}
        The modality that it is trained and tested on.
    imitates : str, optional
        The arm whose outputs it distils, beside the labels; without one it learns from labels.
    """

    sees: Role
    imitates: str | None = None

    def __post_init__(self) -> None:
        """Check the role."""
        one_of("sees", self.sees, get_args(Role))


ARMS: Mapping[str, Arm] = {
    "teacher": Arm("teacher"),
    "no_kd": Arm("student"),
    "kd": Arm("student", imitates="teacher"),
}
"""Every arm by its name; an arm comes after the one that it imitates."""


@dataclass(frozen=True)
class Split:
    """Rows to train or test on, with a leading model axis.

    Parameters
    ----------
    views : mapping of role to tensor (model, sample, channel)
        What the teacher's and the student's modality show.
    y : tensor (model, sample)
        Labels.
    """

    views: Mapping[Role, Float[Tensor, "model sample _"]]
    y: Int[Tensor, "model sample"]


@dataclass(frozen=True)
class Trials:
    """What chance gives: data, and the parameters that each arm starts from.

    Parameters
    ----------
    train, test : Split
        Rows to learn from and rows to be judged on.
    initial : mapping of arm to parameters
        Initial parameters.
    """

    train: Split
    test: Split
    initial: Mapping[str, Parameters]

    @staticmethod
    def join(trials: Sequence["Trials"]) -> "Trials":
        """Join trials along the model axis."""
        return Trials(
            train=_join([trial.train for trial in trials]),
            test=_join([trial.test for trial in trials]),
            initial={arm: stack([trial.initial[arm] for trial in trials]) for arm in ARMS},
        )


def _join(splits: Sequence[Split]) -> Split:
    views = {role: torch.cat([s.views[role] for s in splits]) for role in splits[0].views}
    return Split(views, torch.cat([split.y for split in splits]))


def train_arms(
    trials: Trials,
    optimiser: Optimiser,
    distillation: Distillation,
    *,
    device: str = "cpu",
    progress: Progress | None = None,
) -> dict[str, Parameters]:
    """Train every arm on every trial; each arm is one batch of models.

    Parameters
    ----------
    trials : Trials
        Data and initial parameters.
    optimiser : Optimiser
        How every arm is trained.
    distillation : Distillation
        The loss of the arms that imitate another; the others minimise the cross-entropy.
    device : {"cpu", "cuda"}
        Where to train.
    progress : callable, optional
        Called with the number of models that have just been trained.

    Returns
    -------
    dict of arm to parameters
        The trained networks.
    """
    trained: dict[str, Parameters] = {}
    for name, arm in ARMS.items():
        data: tuple[Tensor, ...] = (trials.train.views[arm.sees], trials.train.y)
        loss: Loss = _label_loss
        if arm.imitates is not None:
            source = trials.train.views[ARMS[arm.imitates].sees]
            outputs = _outputs(trained[arm.imitates], source, device)
            data = (*data, distillation.soften(outputs))
            loss = _distillation_loss(distillation)
        trained[name] = minimise(
            loss, trials.initial[name], data, optimiser, device=device, progress=progress
        )
    return trained


def score(
    trials: Trials, trained: Mapping[str, Parameters], *, device: str = "cpu"
) -> dict[str, Float[np.ndarray, " model"]]:
    """Return each arm's accuracy on the test rows of each trial, a fraction."""
    result = {}
    for name, parameters in trained.items():
        x, y = trials.test.views[ARMS[name].sees], trials.test.y
        parts = [
            accuracy(group[:-2], group[-2], group[-1]).cpu()
            for group in groups((*parameters, x, y), device)
        ]
        result[name] = torch.cat(parts).numpy()
    return result


def _label_loss(
    parameters: Parameters, x: Float[Tensor, "model sample channel"], y: Int[Tensor, "model sample"]
) -> Float[Tensor, " model"]:
    return cross_entropy(logits(parameters, x), y)


def _distillation_loss(distillation: Distillation) -> Loss:
    return lambda parameters, x, y, targets: distillation(logits(parameters, x), y, targets)


def _outputs(
    parameters: Parameters, x: Float[Tensor, "model sample channel"], device: str
) -> Float[Tensor, "model sample class_"]:
    parts = [logits(group[:-1], group[-1]).cpu() for group in groups((*parameters, x), device)]
    return torch.cat(parts)
