"""Arms against a plain loop, and where the loss comes to an end."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from analysis import ARMS, Distillation, Optimiser, Synthetic, logits
from analysis.methods.fitting import Task, train
from analysis.methods.trials import Split, Trial
from synth import Hyperplane, ObservationNoise, Parity, Permutation, Rotation
from tests.analysis.alone import same, tasks_of, train_alone
from venn import ArgumentError, VennDiagram

DIAGRAM = VennDiagram({"a": 2, "b": 2, "a&b": 3}, noise={"a": 1, "b": 4})
PROTOCOL = Synthetic(n_train=60, n_test=50, width=5, optimiser=Optimiser("adam", 0.02, 60))
DISTILLING = [name for name, arm in ARMS.items() if arm.loss == "distillation"]
SOFT = Distillation(0.7, 1.5, temperature=3.0, reduction="batchmean")

CASES: dict[str, tuple[Synthetic, VennDiagram]] = {
    "as by default": (PROTOCOL, DIAGRAM),
    "linear": (
        replace(PROTOCOL, width=0, teacher_width=0, optimiser=Optimiser("sgd", 0.1, 100, 0.01)),
        DIAGRAM,
    ),
    "soft and weighted": (replace(PROTOCOL, distillation=SOFT), DIAGRAM),
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
        replace(PROTOCOL, rule=Hyperplane(classes=3, flip=0.1), distillation=SOFT),
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
    "other names": (PROTOCOL, VennDiagram({"v": 2, "u&v": 2}, modalities=("v", "u"))),
    "channels by chance": (replace(PROTOCOL, general_channels="random"), DIAGRAM),
    "channels by Algorithm 1": (replace(PROTOCOL, general_channels="alg1"), DIAGRAM),
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
    ours, plain = train(tasks_of(protocol, diagram, 3)), train_alone(protocol, diagram, 3)
    for arm in ARMS:
        for tensor, alone in zip(ours[arm].parameters, plain[arm].parameters, strict=True):
            expected = alone.reshape(tensor.shape)
            torch.testing.assert_close(tensor, expected, atol=2e-4, rtol=2e-4)
        assert ours[arm].accuracy == pytest.approx(plain[arm].accuracy, abs=0.021)  # one row


def test_where_the_posterior_is_certain_the_oracle_has_the_labels() -> None:
    """The teacher sees all: probabilities are 0 and 1, their logarithms -inf, networks finite."""
    tasks = tasks_of(*CASES["a certain posterior"], 3, ["kd_oracle"])
    trial = tasks["kd_oracle"].trial
    assert trial.posterior is not None
    assert trial.posterior.exp().max(-1).values.eq(1).all()
    assert trial.posterior.argmax(-1).equal(trial.train.y)
    assert all(tensor.isfinite().all() for tensor in train(tasks)["kd_oracle"].parameters)


@pytest.mark.parametrize("temperature", [1.0, 4.0])
def test_without_teacher_weight_all_students_are_the_no_kd_student(temperature: float) -> None:
    """Gain 0 to the last bit, hard labels too: all start at one point."""
    loss = Distillation(1, 0, temperature)
    trained = train(tasks_of(replace(PROTOCOL, distillation=loss), DIAGRAM, 0))
    for arm in (*DISTILLING, "hard_label"):
        assert same(trained[arm].parameters, trained["no_kd"].parameters)


@pytest.mark.parametrize("reduction", ["batchmean", "mean"])
@pytest.mark.parametrize("rule", [Hyperplane(), Hyperplane(classes=3)], ids=["2", "3 classes"])
def test_hard_labels_are_distillation_from_a_teacher_that_says_the_labels(
    reduction: Any, rule: Hyperplane
) -> None:
    """(w_y + w_t / k) CE(y) = w_y CE(y) + w_t KL(one-hot y || s) / k at temperature 1."""
    loss = Distillation(0.5, 1.5, reduction=reduction)
    protocol = replace(PROTOCOL, rule=rule, distillation=loss)
    tasks = tasks_of(protocol, DIAGRAM, 1, ["hard_label", "kd_oracle"])
    trial = tasks["kd_oracle"].trial
    one_hot = nn.functional.one_hot(trial.train.y, len(rule.prior)).float().log()
    tasks["kd_oracle"] = replace(tasks["kd_oracle"], trial=replace(trial, posterior=one_hot))
    trained = train(tasks)
    for one, two in zip(
        trained["hard_label"].parameters, trained["kd_oracle"].parameters, strict=True
    ):
        torch.testing.assert_close(one, two, atol=1e-4, rtol=1e-4)


def test_a_posterior_that_knows_nothing_smooths_the_labels() -> None:
    """Parity of a and b: the teacher's modality alone says one half, for every row and order."""
    protocol = replace(PROTOCOL, rule=Parity(), distillation=Distillation(1, 2))
    tasks = tasks_of(protocol, DIAGRAM, 0, ["kd_oracle", "no_kd"])
    trial = tasks["kd_oracle"].trial
    assert trial.posterior is not None
    torch.testing.assert_close(trial.posterior.exp(), torch.full((1, 60, 2), 0.5))
    trained, x = train(tasks), trial.train.views["student"]
    smooth, plain = (
        logits(trained[arm].parameters, x).diff(dim=-1).abs().mean()
        for arm in ("kd_oracle", "no_kd")
    )
    assert smooth < 0.7 * plain


def with_teacher_rows(tasks: Mapping[str, Task], x: Tensor) -> dict[str, Task]:
    """Return the tasks with other rows for the teacher to learn from."""
    trial = tasks["teacher"].trial
    views = {**trial.train.views, "teacher": x}
    changed = replace(trial, train=Split(views, trial.train.y))
    return {arm: replace(task, trial=changed) for arm, task in tasks.items()}


def test_to_shuffle_what_is_constant_changes_nothing() -> None:
    """A teacher that sees nothing says the same of every row: kd_shuffled = kd."""
    tasks = tasks_of(PROTOCOL, DIAGRAM, 0, ["kd", "kd_shuffled", "no_kd"])
    blind = with_teacher_rows(tasks, torch.zeros(1, 60, 6))
    trained = train(blind)
    assert same(trained["kd_shuffled"].parameters, trained["kd"].parameters)
    assert not same(trained["kd"].parameters, trained["no_kd"].parameters)


def test_shuffled_is_kd_in_another_order() -> None:
    """With the rows in their own order kd_shuffled = kd, with any other it is another network."""
    tasks = tasks_of(PROTOCOL, DIAGRAM, 0, ["kd", "kd_shuffled"])
    trial = replace(tasks["kd"].trial, order=torch.arange(60)[None])
    in_order = train({arm: replace(task, trial=trial) for arm, task in tasks.items()})
    assert same(in_order["kd_shuffled"].parameters, in_order["kd"].parameters)
    permuted = train(tasks)
    assert same(permuted["kd"].parameters, in_order["kd"].parameters)
    assert not same(permuted["kd_shuffled"].parameters, permuted["kd"].parameters)


def test_where_all_is_general_the_general_teacher_is_the_teacher() -> None:
    """gamma = 1 without noise: to the last bit, teachers and their students."""
    trained = train(tasks_of(PROTOCOL, VennDiagram({"a&b": 4}, noise={"b": 3}), 0))
    assert same(trained["general_teacher"].parameters, trained["teacher"].parameters)
    assert same(trained["kd_general"].parameters, trained["kd"].parameters)
    noisy = train(tasks_of(PROTOCOL, VennDiagram({"a&b": 4}, noise={"a": 1, "b": 3}), 0))
    assert not same(noisy["kd_general"].parameters, noisy["kd"].parameters)


def test_where_nothing_is_general_the_general_teacher_learns_the_prior() -> None:
    """gamma = 0: it sees zeros alone, and so says the same of every row."""
    tasks = tasks_of(PROTOCOL, VennDiagram({"a": 4, "b": 4}), 0, ["general_teacher"])
    trial = tasks["general_teacher"].trial
    said = logits(train(tasks)["general_teacher"].parameters, trial.train.views["general"])
    assert said.softmax(-1).std(1).max() == 0
    share = trial.train.y.double().mean().item()
    assert said.softmax(-1)[0, 0, 1].item() == pytest.approx(share, abs=0.05)


LOSS = Distillation(1.0, 1.0, 2.0, "batchmean")
OTHER_LOSSES = {
    "label weight": replace(LOSS, label_weight=1.2),
    "no label weight": replace(LOSS, label_weight=0),
    "teacher weight": replace(LOSS, teacher_weight=1.2),
    "temperature": replace(LOSS, temperature=3.0),
    "reduction": replace(LOSS, reduction="mean"),
}


@pytest.mark.parametrize("loss", OTHER_LOSSES.values(), ids=OTHER_LOSSES)
def test_each_term_of_the_loss_changes_who_imitates_and_no_one_else(loss: Distillation) -> None:
    """Hard labels have the total weight, into which the temperature does not enter."""
    ours, others = (
        train(tasks_of(replace(PROTOCOL, distillation=each), DIAGRAM, 0)) for each in (LOSS, loss)
    )
    changed = {arm for arm in ARMS if not same(ours[arm].parameters, others[arm].parameters)}
    weights = sum(loss.weights(2)) != sum(LOSS.weights(2))
    assert changed == {*DISTILLING, *(["hard_label"] if weights else [])}


def test_a_student_without_label_weight_imitates_its_own_teacher() -> None:
    """Where the student sees what the teacher sees, the imitation becomes close, row by row."""
    diagram = VennDiagram({"a&b": 4})
    protocol = replace(
        PROTOCOL, optimiser=Optimiser("adam", 0.05, 400), distillation=Distillation(0, 1)
    )
    said, other = [], []
    for seed in (0, 1):
        tasks = tasks_of(protocol, diagram, seed, ["kd"])
        trained, views = train(tasks), tasks["kd"].trial.train.views
        torch.testing.assert_close(views["student"], views["teacher"])
        student, teacher = (
            logits(trained[arm].parameters, views["student"]).softmax(-1)
            for arm in ("kd", "teacher")
        )
        assert (student - teacher).abs().mean() < 0.02
        said.append(student)
        other.append(teacher)
    assert (said[0] - other[1]).abs().mean() > 0.05


def test_teachers_of_several_shapes_are_told_apart() -> None:
    """Students of one batch whose teachers differ in shape each imitate their own."""
    protocols = {
        width: replace(PROTOCOL, teacher_width=width, teacher_depth=depth)
        for width, depth in ((3, 1), (0, 1), (6, 2))
    }
    together: dict[tuple[int, str], Task] = {}
    for width, protocol in protocols.items():
        for arm, task in tasks_of(protocol, DIAGRAM, 0, ["kd", "kd_multimodal"]).items():
            teacher = None if task.teacher is None else (width, task.teacher)
            together[width, arm] = replace(task, teacher=teacher)
    trained = train(together)
    for width, protocol in protocols.items():
        for arm, own in train(tasks_of(protocol, DIAGRAM, 0, ["kd", "kd_multimodal"])).items():
            assert same(trained[width, arm].parameters, own.parameters)


def test_a_network_that_diverges_leaves_the_others_as_they_are() -> None:
    """Its accuracy is nan, and that of those who imitate it; no one else's bits change."""
    tasks = tasks_of(PROTOCOL, DIAGRAM, 0, ["kd", "kd_shuffled", "um_kd", "hard_label"])
    whole = train(tasks)
    rows = tasks["teacher"].trial.train.views["teacher"].clone()
    rows[0, 7] = torch.inf
    trained = train(with_teacher_rows(tasks, rows))
    for arm, network in trained.items():
        lost = arm in ("teacher", "kd", "kd_shuffled")
        assert (network.accuracy != network.accuracy) == lost, arm
        assert lost or same(network.parameters, whole[arm].parameters)


def test_no_task_is_no_network() -> None:
    assert train({}) == {}


def stripped(arm: str, **missing: None) -> dict[str, Task]:
    tasks = tasks_of(PROTOCOL, DIAGRAM, 0, [arm])
    trial: Trial = replace(tasks[arm].trial, **missing)  # type: ignore[arg-type]
    return {name: replace(task, trial=trial) for name, task in tasks.items()}


BAD: dict[str, tuple[dict[str, Task], str]] = {
    "a teacher that is not there": (
        {"kd": tasks_of(PROTOCOL, DIAGRAM, 0, ["kd"])["kd"]},
        "tasks = 'kd': imitates 'teacher', which is not there",
    ),
    "no posterior": (
        stripped("kd_oracle", posterior=None),
        "tasks = 'kd_oracle': imitates the posterior; its trial has none",
    ),
    "no order": (
        stripped("kd_shuffled", order=None),
        "tasks = 'kd_shuffled': permutes its targets; its trial has no order",
    ),
}


@pytest.mark.parametrize(("tasks", "message"), BAD.values(), ids=BAD)
def test_bad_tasks(tasks: dict[str, Task], message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        train(tasks)
    assert str(error.value) == message
