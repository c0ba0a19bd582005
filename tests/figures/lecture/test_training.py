"""The page's training against the library's in double precision, and against it as it is run."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
from jaxtyping import Float
from playwright.sync_api import Page
from torch import Tensor

from analysis import ARMS, Distillation
from analysis.methods.trials import Trial
from analysis.training.minimise import trajectory
from analysis.training.networks import logits
from tests.analysis.alone import start_of
from tests.figures.lecture.worlds import STUDENTS, Settings, diagram, protocol, settings

ALL = "([settings, what, ...rest]) => new Experiment(settings)[what](...rest)"


class Run(NamedTuple):
    """A network trained in double precision: its losses, step by step, and what it says."""

    losses: list[float]
    train: Float[Tensor, "model sample class_"]
    accuracy: float


def run(
    world: Settings, trial: Trial, arm: str, loss: Distillation, targets: tuple[Tensor, ...] = ()
) -> Run:
    method = ARMS[arm]
    sees = method.inputs[0]
    data = (trial.train.views[sees].double(), trial.train.y, *targets)
    initial = tuple(
        tensor.double() for tensor in start_of(protocol(world), diagram(world), method, trial)
    )
    optimiser = protocol(world).setup.optimiser
    every = replace(optimiser, snapshots=optimiser.steps)
    path = initial, *trajectory(loss, initial, data, every)
    losses = [loss(logits(each, data[0]), *data[1:]).item() for each in path]
    trained = path[-1]
    right = logits(trained, trial.test.views[sees].double()).argmax(-1) == trial.test.y
    return Run(losses, logits(trained, data[0]), right.double().mean().item())


def runs(world: Settings) -> dict[str, Run]:
    teacher, arm = world["teacher"], STUDENTS[world["teacher"]]
    synthetic = protocol(world)
    trial = synthetic.trial(diagram(world), world["seed"])
    labels = Distillation(1.0, 0.0)
    imitated = run(world, trial, teacher, labels)
    distillation = synthetic.distillation
    targets = (distillation.soften(imitated.train),) if world["weight"] > 0 else ()
    return {
        "teacher": imitated,
        "no_kd": run(world, trial, "no_kd", labels),
        "kd": run(world, trial, arm, distillation, targets),
    }


WORLDS = {
    "as it opens": settings(),
    "linear, all general": settings(a=0, g=10, b=0, h=10, seed=1),
    "linear, general, warm": settings(
        teacher="general_teacher", temperature=4.0, weight=2.0, rule="parity", flip=0.1, n=100
    ),
    "hidden, no weight": settings(model="hidden", weight=0.0, seed=1, n=100),
    "hidden, both, warm": settings(
        model="hidden", teacher="multimodal_teacher", temperature=4.0, rule="quadratic"
    ),
    "hidden, own modality, heavy": settings(
        model="hidden", teacher="um_teacher", temperature=0.5, weight=4.0, flip=0.2, n=100
    ),
}


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_losses_are_the_librarys_step_by_step(maths: Page, world: Settings) -> None:
    """In double precision, from the same rows and initial parameters; so is the accuracy."""
    expected = runs(world)
    steps = protocol(world).setup.optimiser.steps
    losses = maths.evaluate(ALL, [world, "losses", steps])
    scores = maths.evaluate(ALL, [world, "scores"])
    for arm, each in expected.items():
        assert len(each.losses) == steps + 1
        np.testing.assert_allclose(losses[arm], each.losses, rtol=1e-9, err_msg=arm)
        assert scores[arm] == pytest.approx(each.accuracy, abs=1e-12)
    assert expected["kd"].losses != expected["no_kd"].losses or world["weight"] == 0
