import dataclasses

import pytest
import torch

from analysis import (
    ARMS,
    Distillation,
    Native,
    Optimiser,
    Parameters,
    Trials,
    accuracy,
    cross_entropy,
    logits,
    score,
    train_arms,
)
from venn import VennDiagram

DIAGRAM = VennDiagram({"a": 2, "b": 2, "a&b": 3}, noise={"a": 1, "b": 4})
PROTOCOL = Native(n_train=60, n_test=50, width=5, optimiser=Optimiser("adam", 0.05, 60))


def trials() -> Trials:
    return Trials.join([PROTOCOL.draw(DIAGRAM, seed) for seed in range(3)])


@pytest.fixture(scope="module")
def trained() -> dict[str, Parameters]:
    return train_arms(trials(), PROTOCOL.optimiser, Distillation())


@pytest.mark.parametrize("name", ARMS)
def test_contract_of_every_arm(name: str, trained: dict[str, Parameters]) -> None:
    """An arm imitates one that comes before it, sees its own modality, learns, and is scored."""
    arm, names = ARMS[name], list(ARMS)
    assert arm.imitates is None or names.index(arm.imitates) < names.index(name)
    batch = trials()
    channels = DIAGRAM.dim({"teacher": "a", "student": "b"}[arm.sees])
    assert trained[name][0].shape == (3, 5, channels)
    x, y = batch.train.views[arm.sees], batch.train.y
    before = cross_entropy(logits(batch.initial[name], x), y)
    assert (cross_entropy(logits(trained[name], x), y) < before).all()
    measured = score(batch, trained)[name]
    assert measured.shape == (3,)
    assert (measured > 0.5).all()


def test_each_trial_is_trained_as_if_alone(trained: dict[str, Parameters]) -> None:
    alone = train_arms(PROTOCOL.draw(DIAGRAM, 1), PROTOCOL.optimiser, Distillation())
    for name in ARMS:
        for ours, single in zip(trained[name], alone[name], strict=True):
            torch.testing.assert_close(ours[1:2], single, atol=1e-4, rtol=1e-4)


def test_a_student_without_teacher_weight_is_the_no_kd_student() -> None:
    """The native protocol starts both students of a seed at the same point: gain 0 exactly."""
    trained = train_arms(trials(), PROTOCOL.optimiser, Distillation(teacher_weight=0))
    for kd, no_kd in zip(trained["kd"], trained["no_kd"], strict=True):
        torch.testing.assert_close(kd, no_kd, atol=1e-6, rtol=0)


def test_a_student_without_label_weight_imitates_its_own_teacher() -> None:
    """Where the student sees what the teacher sees, the imitation becomes close, row by row."""
    diagram = VennDiagram({"a&b": 4})
    batch = Trials.join([PROTOCOL.draw(diagram, seed) for seed in range(2)])
    optimiser = Optimiser("adam", 0.05, steps=400)
    trained = train_arms(batch, optimiser, Distillation(label_weight=0))
    x = batch.train.views["student"]
    torch.testing.assert_close(x, batch.train.views["teacher"])
    for rival in (0, 1):
        student = logits(trained["kd"], x)[rival].softmax(-1)
        own = logits(trained["teacher"], x)[rival].softmax(-1)
        assert (student - own).abs().mean() < 0.02
    other = logits(trained["teacher"], x).flip(0).softmax(-1)
    assert (logits(trained["kd"], x).softmax(-1) - other).abs().mean() > 0.05


def test_scores_are_on_test_rows(trained: dict[str, Parameters]) -> None:
    batch = trials()
    flipped = dataclasses.replace(batch, test=dataclasses.replace(batch.test, y=1 - batch.test.y))
    for name, right in score(batch, trained).items():
        torch.testing.assert_close(
            1 - torch.tensor(right), torch.tensor(score(flipped, trained)[name])
        )
        x = batch.test.views[ARMS[name].sees]
        torch.testing.assert_close(
            torch.tensor(right), accuracy(trained[name], x, batch.test.y), atol=0, rtol=0
        )
