"""Fields that are chosen by validation rows: each trial for itself, and all of it again by hand."""

from dataclasses import replace

import pytest
import torch

from analysis import ARMS, Optimiser, Plan, Synthetic, run
from analysis.methods.distilled import Distilled
from analysis.methods.fitting import fit
from analysis.methods.tuned import Tuned
from tests.analysis.alone import crowd_of, parameters_of, same, tasks_of
from tests.analysis.methods.test_losses import divergence, labels
from tests.refusals import refusal
from venn import VennDiagram

DIAGRAM = VennDiagram({"a": 4, "b": 2, "a&b": 3}, noise={"a": 1, "b": 8})
PROTOCOL = Synthetic(n_train=40, n_test=30, width=5, optimiser=Optimiser("adam", 0.05, 40))
WEIGHTS = (0.0, 5.0, 50.0)
TUNED = Tuned(divergence(), {"weight": WEIGHTS}, rows=0.5)


@pytest.mark.parametrize("seed", range(4))
def test_the_best_setting_on_rows_held_out_is_fitted_on_all(seed: int) -> None:
    tasks = tasks_of(PROTOCOL, DIAGRAM, seed, {"tuned": TUNED, "kd": ARMS["kd"]})
    found = fit(tasks)
    trial, teacher = tasks["tuned"].trial, found["teacher"]
    first, held = trial.parted(20)
    accuracies, whole = [], []
    for weight in WEIGHTS:
        method = divergence(weight=weight)
        needed = {"teacher": [teacher]}
        (model,) = method.fit([first], needed, PROTOCOL.setup)
        accuracies.append((model.outputs(held).argmax(-1) == held.y).double().mean().item())
        whole.append(method.fit([trial], needed, PROTOCOL.setup)[0])
    best = accuracies.index(max(accuracies))
    assert same(parameters_of(found["tuned"]), whole[best].parameters)


def test_trials_choose_for_themselves_in_any_company() -> None:
    tuned = {"tuned": TUNED}
    together = fit(crowd_of({s: tasks_of(PROTOCOL, DIAGRAM, s, tuned) for s in range(6)}))
    for seed in range(6):
        alone = fit(tasks_of(PROTOCOL, DIAGRAM, seed, tuned))["tuned"]
        assert same(parameters_of(together[seed, "tuned"]), parameters_of(alone))
    fixed = [
        fit(tasks_of(PROTOCOL, DIAGRAM, s, {"x": divergence(weight=WEIGHTS[0])})) for s in range(6)
    ]
    chosen = [
        same(parameters_of(together[s, "tuned"]), parameters_of(fixed[s]["x"])) for s in range(6)
    ]
    assert len(set(chosen)) == 2  # not all the same


def test_rows_are_parted_with_all_that_belongs_to_them() -> None:
    trial = PROTOCOL.trial(DIAGRAM, 3)
    first, held = trial.parted(30)
    assert torch.equal(torch.cat([first.train.y, held.y], 1), trial.train.y)
    views = [part.views["student"] for part in (first.train, held)]
    assert torch.equal(torch.cat(views, 1), trial.train.views["student"])
    assert torch.equal(first.order().sort().values, torch.arange(30))
    assert torch.equal(first.posterior(), trial.posterior()[:, :30])
    assert first.test is trial.test


def test_it_is_a_method_like_others() -> None:
    """In a plan, over teachers too, and known by its settings and the rows held out."""
    teachers = {"teacher": (ARMS["teacher"], ARMS["um_teacher"])}
    over = Tuned(Distilled(teacher=ARMS["teacher"], shuffled=True), teachers)
    assert set(over.needs.values()) == {ARMS["teacher"], ARMS["um_teacher"]}
    arms = {"no_kd": ARMS["no_kd"], "tuned": TUNED, "over": over}
    plan = Plan([DIAGRAM], PROTOCOL, arms, range(3), {"tuned.rows": (0.25, 0.5)})
    frame = run(plan, device="cpu").frame()
    assert frame["reason"].isna().all()
    assert set(frame["arm"]) == {"teacher", "um_teacher", "no_kd", "tuned", "over"}
    assert plan.cells == 3 * 6
    assert Tuned(labels(), {}).settings == (labels(),)


BAD = {
    "grid['beta'] = 1.0: is no field of divergence, which has": lambda: Tuned(
        divergence(), {"beta": (1.0,)}
    ),
    "grid['weight'] = (): must hold at least one value": lambda: Tuned(
        divergence(), {"weight": ()}
    ),
    "rows = 0: must be a finite number above 0": lambda: Tuned(labels(), {}, rows=0),
    "rows = 1.0: must be a share of rows below 1": lambda: Tuned(labels(), {}, rows=1.0),
    "method = 'kd': must be of kind Method": lambda: Tuned("kd", {}),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("words", BAD)
def test_bad_grids(words: str) -> None:
    assert refusal(BAD[words]).startswith(words)


def test_rows_that_leave_none_are_refused() -> None:
    few = replace(PROTOCOL, n_train=4)
    tasks = tasks_of(few, DIAGRAM, 0, {"tuned": Tuned(labels(), {}, rows=0.9)})
    assert refusal(fit, tasks).startswith("rows = 0.9: leaves 0 of 4 training rows")
