"""A real target: every arm against a plain loop, least squares and closed forms."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn.functional import mse_loss

from analysis import (
    ARMS,
    Distillation,
    Method,
    Model,
    Optimiser,
    Plan,
    Synthetic,
    Tuned,
    method,
    refit,
    run,
)
from analysis.methods.arms import NO_KD, Arms
from analysis.methods.fitting import fit
from synth import Linear, ObservationNoise, Rotation
from tests.analysis.alone import crowd_of, parameters_of, same, tasks_of, train_alone
from venn import VennDiagram

DIAGRAM = VennDiagram({"a": 2, "b": 2, "a&b": 3}, hidden=1, noise={"a": 1, "b": 1})
THREE = VennDiagram({"a": 1, "b&c": 2, "a&b&c": 1}, noise={"c": 2}, modalities=("a", "b", "c"))
SGD = Optimiser("sgd", 0.02, 30, 0.01)
PROTOCOL = Synthetic(n_train=60, n_test=50, width=5, rule=Linear(noise=0.5), optimiser=SGD)
LEAST_SQUARES = replace(PROTOCOL, width=0, teacher_width=0, optimiser=Optimiser("sgd", 0.1, 200))


def fitted(
    protocol: Synthetic, diagram: VennDiagram, seeds: Sequence[int], arms: Arms = tuple(ARMS)
) -> dict[str, list[Model]]:
    """Return the models of every arm, one a seed."""
    tasks = {seed: tasks_of(protocol, diagram, seed, arms) for seed in seeds}
    models = fit(crowd_of(tasks))
    return {arm: [models[seed, arm] for seed in seeds] for arm in tasks[seeds[0]]}


CASES: dict[str, tuple[Synthetic, VennDiagram]] = {
    "as by default": (replace(PROTOCOL, optimiser=Optimiser("adam", 0.02, 30)), DIAGRAM),
    "weighted, linear": (
        replace(PROTOCOL, width=0, teacher_width=0, distillation=Distillation(0.3, 0.9)),
        DIAGRAM,
    ),
    "noisy, by Algorithm 1": (
        replace(PROTOCOL, general_channels="alg1", teacher_view=(ObservationNoise(0.5),)),
        DIAGRAM,
    ),
    "turned, two teach": (
        replace(PROTOCOL, teacher=("a", "b"), student="c", teacher_view=(Rotation(1),)),
        THREE,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_every_arm_equals_a_plain_loop(case: str) -> None:
    protocol, diagram = CASES[case]
    ours = fitted(protocol, diagram, [3])
    for arm, alone in train_alone(protocol, diagram, 3).items():
        for tensor, plain in zip(parameters_of(ours[arm][0]), alone.parameters, strict=True):
            torch.testing.assert_close(tensor, plain.reshape(tensor.shape), atol=2e-4, rtol=2e-4)


def test_outputs_have_one_number_a_row_whoever_computes_them() -> None:
    trial = PROTOCOL.trial(DIAGRAM, 0)
    (model,) = fitted(PROTOCOL, DIAGRAM, [0], ["no_kd"])["no_kd"]
    x = trial.test.views["student"][0].double()
    first, bias, second, last = (part[0].double() for part in parameters_of(model))
    expected = second @ (first @ x.T + bias).relu() + last
    torch.testing.assert_close(model.outputs(trial.test)[0].double(), expected.T, atol=1e-5, rtol=0)
    assert model.hidden(trial.test)[0].shape == (1, 50, 5)


def test_a_linear_student_is_that_of_least_squares() -> None:
    """Of (w_y y + w_t t) / (w_y + w_t), with an intercept."""
    protocol = replace(LEAST_SQUARES, distillation=Distillation(1.0, 3.0))
    arms = ("no_kd", "hard_label", "kd", "kd_shuffled", "kd_oracle")
    trial, models = protocol.trial(DIAGRAM, 1), fitted(protocol, DIAGRAM, [1], arms)
    rows = {
        name: np.hstack([view[0].double(), np.ones((60, 1))])
        for name, view in trial.train.views.items()
    }
    y = trial.train.y[0].double().numpy()
    teacher = rows["teacher"] @ np.linalg.lstsq(rows["teacher"], y)[0]
    exact = trial.posterior()[0, :, 0].double().numpy()
    wanted = {
        "no_kd": y,
        "hard_label": y,
        "kd": (y + 3 * teacher) / 4,
        "kd_shuffled": (y + 3 * teacher[trial.order()]) / 4,
        "kd_oracle": (y + 3 * exact) / 4,
    }
    for arm, target in wanted.items():
        weight, bias = parameters_of(models[arm][0])
        found = np.append(weight.numpy().ravel(), bias.numpy().ravel())
        solved = np.linalg.lstsq(rows["student"], target)[0]
        np.testing.assert_allclose(found, solved, atol=2e-3)


def test_the_best_teacher_is_the_mean_of_the_target() -> None:
    protocol = replace(PROTOCOL, teacher_view=(ObservationNoise(0.7), Rotation(2)))
    trial, population = protocol.trial(DIAGRAM, 2), protocol.population(DIAGRAM)
    views = population.sample(110, 2).views
    exact = population.posterior({"a": views["a"]})[:60, 0]
    assert trial.posterior().shape == (1, 60, 1)
    np.testing.assert_allclose(trial.posterior()[0, :, 0], exact, atol=1e-6)


@pytest.mark.parametrize("mixing", [0.0, 0.6])
def test_the_risk_of_linear_students_is_that_of_the_closed_form(mixing: float) -> None:
    r"""λ² B + κ (A + (1 - λ)² N), with κ = (n + 1)(n - 2) / (n (n - d - 2)) - 1 for an intercept."""
    protocol = replace(LEAST_SQUARES, n_train=40, distillation=Distillation(1 - mixing, mixing))
    population = protocol.population(DIAGRAM)
    exact = population.distillation(40)
    d, n = exact.channels, exact.rows
    kappa = (n + 1) * (n - 2) / (n * (n - d - 2)) - 1
    risk = mixing**2 * exact.student_specific + kappa * (
        exact.teacher_specific + (1 - mixing) ** 2 * exact.unseen
    )
    models = fitted(protocol, DIAGRAM, range(200), ["kd_oracle"])["kd_oracle"]
    weights = torch.cat([parameters_of(model)[0][:, 0] for model in models]).double()
    biases = torch.cat([parameters_of(model)[1] for model in models]).double().flatten()
    own = torch.zeros(d, dtype=torch.double)
    own[: len(DIAGRAM.sees("b"))] = 1
    excess = (weights - own).square().sum(1) + biases**2
    assert excess.mean().item() == pytest.approx(risk, abs=4 * excess.std().item() / 200**0.5)


def test_with_many_rows_a_network_explains_what_can_be() -> None:
    """In a sweep, whose measures are the squared error and R²; each of its models can be had back."""
    protocol = replace(LEAST_SQUARES, n_train=3000, n_test=5000)
    arms = {"teacher": "a", "no_kd": "b", "multimodal_teacher": ("a", "b")}
    plan = Plan([DIAGRAM], protocol, tuple(arms), range(1))
    frame = run(plan, device="cpu").frame().set_index("arm")
    assert "accuracy" not in frame
    for arm, seen in arms.items():
        best = protocol.population(DIAGRAM).r_squared(seen)
        assert frame["r_squared"][arm] == pytest.approx(best, abs=0.02)
        model, trial = refit(plan, arm, 0, device="cpu")
        apart = model.outputs(trial.test)[0, :, 0] - trial.test.y[0]
        assert frame["squared_error"][arm] == pytest.approx(apart.square().mean().item(), rel=1e-5)


def test_a_model_does_not_depend_on_what_is_beside_it() -> None:
    protocol = replace(PROTOCOL, general_channels="alg1")
    together, alone = (fitted(protocol, DIAGRAM, seeds) for seeds in (range(3), [1]))
    for arm in ARMS:
        assert same(parameters_of(together[arm][1]), parameters_of(alone[arm][0]))


@method
def shifted(student, y, *, by=0.0):  # type: ignore[no-untyped-def]  # as a user writes it
    """Squared error from labels that are moved."""
    return mse_loss(student.logits[:, 0], y + by)


def test_losses_and_settings_of_ones_own() -> None:
    """Labels are floats; what is tuned is chosen by its squared error on rows held out."""
    arms: dict[str, Method] = {
        "no_kd": NO_KD,
        "mine": shifted(),
        "moved": shifted(by=4.0),
        "tuned": Tuned(shifted(), {"by": (9.0, 0.0, 4.0)}),
        "tuned_kd": Tuned(ARMS["kd"], {"init_stream": ("student", "other")}),
    }
    found = fitted(PROTOCOL, DIAGRAM, range(3), arms)
    for i in range(3):
        mine, no_kd, moved, tuned = (
            parameters_of(found[arm][i]) for arm in ("mine", "no_kd", "moved", "tuned")
        )
        for one, other in zip(mine, no_kd, strict=True):
            torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-5)
        assert same(tuned, mine)
        assert not same(moved, mine)
