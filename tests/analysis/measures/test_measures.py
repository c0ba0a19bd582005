"""Each measure against a library's, and what measures of one's own may ask for."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from sklearn import metrics
from torch import Tensor
from torch.nn.functional import cross_entropy

from analysis import (
    ARMS,
    MEASURES,
    Measure,
    Plan,
    Store,
    Synthetic,
    accuracy,
    measure,
    progress,
    refit,
    run,
)
from analysis.measures.agreement import agreement
from analysis.measures.measure import Answers
from analysis.methods.trials import Split, Trial
from analysis.training.networks import stack
from synth import RandomNetwork
from tests.analysis.bars import Shown
from tests.analysis.small import FAST
from tests.refusals import refusal
from venn import VennDiagram

DIAGRAM = VennDiagram({"a": 2, "b": 2, "a&b": 2}, noise={"a": 2})
PLAN = Plan([DIAGRAM], FAST, ("no_kd", "kd"), range(3))
ROWS = 37


def answers(logits: Tensor, y: Tensor) -> Answers:
    """Return what models of some logits say of rows of some labels."""
    trials: Any = [Trial(Split({}, own), Split({}, own), _none, _none) for own in y.split(1)]
    places: Any = [_Nowhere()] * len(trials)
    return Answers([_Nowhere()] * len(trials), logits, trials, {}, places)  # type: ignore[list-item]  # not asked for


class _Nowhere:
    """What these measures do not ask for."""

    @staticmethod
    def _asdict() -> dict[str, Any]:
        return {}


def _none(*_: Any) -> Any:
    raise AssertionError


def drawn(classes: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Return logits and labels of some models, odd ones among them."""
    chance = torch.Generator().manual_seed(seed)
    logits = 3 * torch.randn(5, ROWS, classes, generator=chance)
    y = torch.randint(0, classes, (5, ROWS), generator=chance)
    y[0, :-1] = y[0, :-1].clamp(max=1)
    y[2] = logits[2].argmax(-1)
    logits[3, :, 0] += 1e3  # one class to every row
    logits[4] = logits[4].round()  # of equal logits
    return logits, y


def _sure(logits: np.ndarray, y: np.ndarray) -> float:
    """Return the calibration error by a plain loop."""
    p = np.exp(logits - logits.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    sure, right, error = p.max(1), p.argmax(1) == y, 0.0
    for b in range(15):
        inside = (sure > b / 15) & (sure <= (b + 1) / 15)
        if inside.any():
            error += inside.mean() * abs(right[inside].mean() - sure[inside].mean())
    return error


def _area(logits: np.ndarray, y: np.ndarray) -> float:
    if len(np.unique(y)) < logits.shape[1]:
        return math.nan
    if logits.shape[1] == 2:
        return float(metrics.roc_auc_score(y, logits[:, 1] - logits[:, 0]))
    p = torch.tensor(logits).softmax(-1).numpy()  # whose rounding decides what is tied
    return float(metrics.roc_auc_score(y, p, multi_class="ovr"))


def _nll(logits: np.ndarray, y: np.ndarray) -> float:
    return cross_entropy(torch.tensor(logits), torch.tensor(y)).item() / math.log(2)


ORACLES: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "accuracy": lambda said, y: metrics.accuracy_score(y, said.argmax(1)),
    "balanced_accuracy": lambda said, y: metrics.balanced_accuracy_score(y, said.argmax(1)),
    "negative_log_likelihood": _nll,
    "calibration_error": _sure,
    "auroc": _area,
    "constant": lambda said, _: float(len(np.unique(said.argmax(1))) == 1),
}
REAL: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "squared_error": metrics.mean_squared_error,
    "r_squared": metrics.r2_score,
    "constant": lambda _, said: float(np.ptp(said) == 0),
}


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("name", ORACLES)
@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true:UserWarning")
def test_a_measure_of_classes_is_a_librarys(name: str, classes: int) -> None:
    logits, y = drawn(classes)
    found = torch.as_tensor(MEASURES[name].of(answers(logits, y)), dtype=torch.double)
    expected = [
        ORACLES[name](*each) for each in zip(logits.double().numpy(), y.numpy(), strict=True)
    ]
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("name", REAL)
def test_a_measure_of_a_real_target_is_a_librarys(name: str) -> None:
    y, said = torch.randn(2, 4, ROWS, generator=torch.Generator().manual_seed(1))
    said[2] = 0.5
    found = torch.as_tensor(MEASURES[name].of(answers(said[..., None], y)), dtype=torch.double)
    expected = [
        REAL[name](*each) for each in zip(y.double().numpy(), said.double().numpy(), strict=True)
    ]
    np.testing.assert_allclose(found, expected, atol=1e-12)
    unvaried = answers(said[..., None], torch.ones_like(y))
    assert name != "r_squared" or np.isnan(MEASURES[name].of(unvaried)).all()


@pytest.mark.parametrize("k", [1, 2])
def test_agreement_is_what_the_likeliest_classes_share(k: int) -> None:
    plan = Plan(
        [DIAGRAM],
        Synthetic(n_test=50, width=3, rule=RandomNetwork(classes=3), optimiser=FAST.optimiser),
        ("no_kd", "kd", "kd_multimodal"),
        range(2),
        measures={"shared": agreement(k=k)},
    )
    frame = run(plan, Store()).frame(plan).set_index(["arm", "seed"])["shared"]
    assert frame["no_kd"].isna().all()
    for arm, teacher in (("kd", "teacher"), ("kd_multimodal", "multimodal_teacher")):
        for seed in plan.seeds:
            both = [refit(plan, each, seed) for each in (arm, teacher)]
            likeliest = [model.outputs(trial.test)[0].topk(k).indices for model, trial in both]
            shared = [
                len({*one.tolist()} & {*two.tolist()}) / k
                for one, two in zip(*likeliest, strict=True)
            ]
            assert frame[arm, seed] == pytest.approx(np.mean(shared))


@measure(unit="fraction")
def unsure(logits: Tensor, *, below: float = 0.9) -> Tensor:
    return (logits.softmax(-1).amax(-1) < below).double().mean()


@measure
def of_everything(
    logits: Tensor,
    y: Tensor,
    hidden: Any,
    model: Any,
    rows: Any,
    trial: Any,
    protocol: Any,
    diagram: Any,
    seed: Any,
    teacher: Tensor,
) -> list[float]:
    """Each part is what its name says."""
    assert torch.equal(model.outputs(rows)[0], logits)
    assert torch.equal(rows.y[0], y)
    assert torch.equal(hidden[0], model.hidden(trial.test)[0][0])
    assert teacher.shape == logits.shape
    assert not torch.equal(teacher, logits)
    return [seed, diagram.gamma, protocol.n_test, hidden[0].shape[-1]]


def test_a_measure_of_ones_own_is_a_column_with_settings_and_several_numbers() -> None:
    asked = {"unsure": unsure, "few": unsure(below=0.6), "all": of_everything}
    plan = Plan([DIAGRAM], FAST, ("kd",), range(2), measures=asked)
    store = run(plan, Store())
    frame = store.frame(plan)
    kd = frame[frame["arm"] == "kd"]
    assert list(kd["all"]) == [(seed, DIAGRAM.gamma, 20.0, 2.0) for seed in range(2)]
    assert frame[frame["arm"] == "teacher"]["all"].isna().all()
    for below, name in ((0.9, "unsure"), (0.6, "few")):
        for arm, seed, value in zip(frame["arm"], frame["seed"], frame[name], strict=True):
            model, trial = refit(plan, arm, seed)
            share = (model.outputs(trial.test).softmax(-1).amax(-1) < below).double().mean().item()
            assert value == share
    assert list(store.frame().columns) == list(frame.columns)


def test_a_measure_that_is_asked_later_is_taken_of_the_same_models() -> None:
    store = run(PLAN, Store())
    shown = Shown()
    more = Plan([DIAGRAM], FAST, ("no_kd", "kd"), range(3), measures=["agreement"])
    before = store.frame(PLAN)
    assert len(store.done(more.recipes)) == 6  # all but the students of a teacher
    with progress(shown):
        run(more, store)
    assert shown.n == shown.total == 6  # with the teachers, whom they need
    after = store.frame(more)
    assert after.drop(columns="agreement").equals(before)
    assert after["agreement"].notna().sum() == 3
    with progress(nothing := Shown()):
        run(more, store)
    assert nothing.n == 0


def test_what_a_measure_reads_of_a_point_makes_it_another_value_there() -> None:
    """One No-KD student for all points; what it is held against differs."""

    @measure
    def gamma(diagram: VennDiagram) -> float:
        return diagram.gamma

    diagrams = [VennDiagram({"a": 2 - n, "b": 2, "a&b": n}) for n in (0, 1)]
    plan = Plan(diagrams, FAST, ("no_kd",), range(2), measures={"g": gamma, "sure": unsure})
    one, other = (plan.columns[i, "no_kd"] for i in (0, 1))
    assert plan.uses[0, "no_kd"] is not plan.uses[1, "no_kd"] or one["g"] != other["g"]
    assert one["sure"] == other["sure"]
    frame = run(plan, Store()).frame(plan)
    assert (frame["g"] == frame["gamma"]).all()


@pytest.mark.parametrize("name", [name for name, each in MEASURES.items() if each.target != "real"])
def test_a_measure_does_not_depend_on_company(name: str) -> None:
    arms = ("no_kd", "kd", "kd_general", "kd_shuffled")
    kept = replace(FAST, optimiser=replace(FAST.optimiser, snapshots=2))
    plan = Plan([DIAGRAM], kept, arms, range(3), measures=[name])
    whole = run(plan, Store()).frame(plan).set_index(["arm", "seed"])[name]
    assert whole.notna().any()
    alone = Plan([DIAGRAM], kept, ("kd_general",), [1], measures=[name])
    lone = run(alone, Store()).frame(alone).set_index(["arm", "seed"])[name]
    assert whole[lone.index].equals(lone)


def test_accuracy_along_the_steps_is_that_of_shorter_trainings() -> None:
    """Of a student without a teacher; the last state is the model."""
    kept = replace(FAST, optimiser=replace(FAST.optimiser, steps=6, snapshots=3))
    plan = Plan([DIAGRAM], kept, ("no_kd",), range(3), measures=["accuracy_along"])
    along = run(plan, Store()).frame(plan)
    shorter = Plan([DIAGRAM], FAST, ("no_kd",), range(3), {"steps": (2, 4, 6)})
    frame = run(shorter, Store()).frame(shorter)
    for seed, own in frame.groupby("seed"):
        found = along.set_index("seed")["accuracy_along"][seed]
        assert found == tuple(own.sort_values("steps")["accuracy"])


def test_accuracy_of_parameters_is_the_measure() -> None:
    found = [refit(PLAN, "no_kd", seed) for seed in range(3)]
    parameters: Any = stack([each.model.parameters for each in found])  # type: ignore[attr-defined]  # a network
    x = torch.cat([each.trial.test.views["student"] for each in found])
    y = torch.cat([each.trial.test.y for each in found])
    stored = run(PLAN, Store()).frame(PLAN).set_index(["arm", "seed"])["accuracy"]["no_kd"]
    assert accuracy(parameters, x, y).tolist() == list(stored)


@measure
def broken(logits: Tensor) -> float:
    return float(logits[0, 0]) / 0


@measure
def square(logits: Tensor) -> Tensor:
    return logits


class Short(Measure):
    def of(self, answers: Answers) -> Any:
        return answers.y[:0]


def _run(**measures: Any) -> Any:
    return run(Plan([DIAGRAM], FAST, ("no_kd",), [0], measures=measures), Store())


@measure
def nothing(logits: Tensor) -> list[float]:
    return logits[:0, 0].tolist()


@measure
def mistyped(logits: Tensor, labels: Tensor) -> Tensor:
    return logits[0, 0] + labels[0]


REFUSED: dict[str, Callable[[], Any]] = {
    "measures = 'nll': is unknown; known: accuracy, ": lambda: Plan([DIAGRAM], measures=["nll"]),
    "measures = 'auroc': must be several": lambda: Plan([DIAGRAM], measures="auroc"),
    "measures = 'agreement': asks for teacher, which no arm here needs": lambda: Plan(
        [DIAGRAM], FAST, ("no_kd",), measures=["agreement"]
    ),
    "measures = 'r_squared': is for no arm here": lambda: Plan([DIAGRAM], measures=["r_squared"]),
    "measures['gamma'] = unsure(below=0.9): has the name of another column": lambda: _run(
        gamma=unsure
    ),
    "measures['accuracy'] = unsure(below=0.9): has the name of": lambda: _run(accuracy=unsure),
    "measures['x'] = 3: must be a measure: @measure makes one": lambda: _run(x=3),
    "measures['x'] = 'Short': must be a frozen dataclass": lambda: _run(x=Short()),
    "broken(…) = ": lambda: _run(x=broken),
    "square(…) = (20, 2): must return a number": lambda: _run(x=square),
    "nothing(…) = []: must return a number": lambda: _run(x=nothing),
    "measures = 'x': asks for labels, which no arm here needs; a measure may ask for logits, y,": (
        lambda: _run(x=mistyped)
    ),
    "function = '<lambda>()': must take (logits, y, …": lambda: measure(lambda: 1),
    "<lambda>(…, y) = 'y': has a meaning of its own here": lambda: measure(
        lambda seed, *, y=1: seed + y
    ),
    "<lambda>(…, k) = 'k': must have a default": lambda: measure(lambda seed, *, k: seed + k),
}


@pytest.mark.parametrize("message", REFUSED)
def test_a_bad_measure_is_refused(message: str) -> None:
    assert refusal(REFUSED[message]).startswith(message)


def test_every_measure_has_a_unit_that_a_reader_knows() -> None:
    assert {each.unit for each in MEASURES.values()} <= {"fraction", "bits", ""}
    assert {*ARMS}.isdisjoint(MEASURES)
