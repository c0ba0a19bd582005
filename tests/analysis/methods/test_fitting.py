"""Arms against a plain loop, and where the loss comes to an end."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
import torch

from analysis import ARMS, PROTOCOLS, Distillation, Model, Optimiser, Synthetic
from analysis.methods.distilled import Distilled
from analysis.methods.fitting import Task, fit
from analysis.methods.labels import Labels
from analysis.methods.trials import Split
from synth import Hyperplane, ObservationNoise, Permutation, Rotation
from tests.analysis.alone import parameters_of, right, same, tasks_of, train_alone
from venn import ArgumentError, VennDiagram, growing_gamma

DIAGRAM = VennDiagram({"a": 2, "b": 2, "a&b": 3}, noise={"a": 1, "b": 4})
PROTOCOL = Synthetic(n_train=60, n_test=50, width=5, optimiser=Optimiser("adam", 0.02, 60))
THREE = VennDiagram(
    {"a": 1, "b": 1, "c": 1, "a&b": 1, "b&c": 2, "a&b&c": 1, "a&c": 1},
    noise={"a": 1, "b": 2, "c": 1},
    modalities=("a", "b", "c"),
)
DISTILLING = [name for name, arm in ARMS.items() if isinstance(arm, Distilled)]
SOFT = Distillation(0.7, 1.5, temperature=3.0, reduction="batchmean")
SGD = Optimiser("sgd", 0.1, 100, 0.01)
"""Unlike Adam's, its steps are as large as the weights of a loss."""

CASES: dict[str, tuple[Synthetic, VennDiagram]] = {
    "as by default": (PROTOCOL, DIAGRAM),
    "linear": (replace(PROTOCOL, width=0, teacher_width=0, optimiser=SGD), DIAGRAM),
    "soft and weighted": (replace(PROTOCOL, distillation=SOFT, optimiser=SGD), DIAGRAM),
    "deep, and unlike its teacher": (
        replace(
            PROTOCOL,
            width=4,
            depth=3,
            teacher_width=6,
            teacher_depth=2,
            optimiser=Optimiser("adam", 0.01, 40, weight_decay=0.05),
        ),
        DIAGRAM,
    ),
    "three classes, flipped": (
        replace(
            PROTOCOL,
            rule=Hyperplane(classes=3, flip=0.1),
            distillation=replace(SOFT, reduction="mean"),
            optimiser=SGD,
        ),
        DIAGRAM,
    ),
    "noisy and turned": (
        replace(
            PROTOCOL,
            teacher_view=(ObservationNoise(0.5), Rotation(1), Permutation(2)),
            student_view=(Rotation(3),),
        ),
        DIAGRAM,
    ),
    "permuted": (replace(PROTOCOL, teacher_view=(Permutation(4),)), DIAGRAM),
    "a certain posterior": (
        replace(PROTOCOL, distillation=SOFT),
        VennDiagram({"a": 3, "a&b": 2}, noise={"a": 1, "b": 1}),
    ),
    "nothing general": (PROTOCOL, VennDiagram({"a": 4, "b": 4})),
    "other names": (PROTOCOL, VennDiagram({"v": 2, "u&v": 2}, modalities=("v", "u"))),
    "channels by chance": (replace(PROTOCOL, general_channels="random"), DIAGRAM),
    "channels by Algorithm 1": (replace(PROTOCOL, general_channels="alg1"), DIAGRAM),
    "two teach": (
        replace(PROTOCOL, teacher=("b", "a"), student="c", teacher_view=(Rotation(1),)),
        THREE,
    ),
    "the student's modality teaches too": (
        replace(PROTOCOL, teacher=("a", "c"), student="c", general_channels="random"),
        THREE,
    ),
    "two teach by Algorithm 1, two learn": (
        replace(PROTOCOL, teacher=("a", "c"), student=("b", "c"), general_channels="alg1"),
        THREE,
    ),
    "mixed channels by Algorithm 1": (
        replace(
            PROTOCOL,
            width=0,
            teacher_width=0,
            general_channels="alg1",
            teacher_view=(Rotation(1),),
            rule=Hyperplane(classes=3),
        ),
        DIAGRAM,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_every_arm_equals_a_plain_loop(case: str) -> None:
    """Torch's own modules, losses and optimisers give the same network, one at a time."""
    protocol, diagram = CASES[case]
    tasks, plain = tasks_of(protocol, diagram, 3), train_alone(protocol, diagram, 3)
    ours = fit(tasks)
    for arm in ARMS:
        for tensor, alone in zip(parameters_of(ours[arm]), plain[arm].parameters, strict=True):
            expected = alone.reshape(tensor.shape)
            torch.testing.assert_close(tensor, expected, atol=2e-4, rtol=2e-4)
        accuracy = right(ours[arm], tasks[arm].trial)
        assert accuracy == pytest.approx(plain[arm].accuracy, abs=0.021)  # one row


@pytest.mark.parametrize("temperature", [1.0, 4.0])
def test_without_teacher_weight_all_students_are_the_no_kd_student(temperature: float) -> None:
    """Gain 0 to the last bit, hard labels too: all start at one point."""
    loss = Distillation(1, 0, temperature)
    fitted = fit(tasks_of(replace(PROTOCOL, distillation=loss), DIAGRAM, 0))
    no_kd = parameters_of(fitted["no_kd"])
    for arm in (*DISTILLING, "hard_label"):
        assert same(parameters_of(fitted[arm]), no_kd)


def test_a_network_that_diverges_leaves_the_others_as_they_are() -> None:
    """It is not finite, nor are those who imitate it; no one else's bits change."""
    tasks = tasks_of(PROTOCOL, DIAGRAM, 0, ["kd", "kd_shuffled", "um_kd", "hard_label"])
    whole = fit(tasks)
    trial = tasks["teacher"].trial
    rows = trial.train.views["teacher"].clone()
    rows[0, 7] = torch.inf
    changed = replace(trial, train=Split({**trial.train.views, "teacher": rows}, trial.train.y))
    fitted = fit({arm: replace(task, trial=changed) for arm, task in tasks.items()})
    for arm, network in fitted.items():
        lost = arm in ("teacher", "kd", "kd_shuffled")
        assert network.finite != lost, arm
        assert lost or same(parameters_of(network), parameters_of(whole[arm]))


def test_no_task_is_no_model() -> None:
    assert fit({}) == {}


@dataclass(frozen=True)
class Fewer(Labels):
    """Gives back a model less than there are trials."""

    def fit(self, *arguments: Any) -> Sequence[Model]:
        return super().fit(*arguments)[1:]


TASKS = tasks_of(PROTOCOL, DIAGRAM, 0)
REPLAYED = tasks_of(PROTOCOLS["published"], growing_gamma()[0], 0, ["no_kd"])["no_kd"]
BAD: dict[str, dict[str, Task]] = {
    "tasks = 'kd': needs 'teacher', which is not there": {"kd": TASKS["kd"]},
    "tasks = ['kd']: need each other in a circle": {
        "kd": replace(TASKS["kd"], needs={"teacher": "kd"})
    },
    "Fewer.fit = '0 models': must return a list with a Model for each of 1 trials": {
        "mine": replace(TASKS["no_kd"], method=Fewer())
    },
    "protocol = 'a replay': draws no posterior and no permutation; the synthetic": {
        "kd_oracle": replace(REPLAYED, method=ARMS["kd_oracle"])
    },
}


@pytest.mark.parametrize(("message", "tasks"), BAD.items(), ids=BAD)
def test_bad_tasks(tasks: dict[str, Task], message: str) -> None:
    with pytest.raises(ArgumentError, match=f"^{re.escape(message)}"):
        fit(tasks)
