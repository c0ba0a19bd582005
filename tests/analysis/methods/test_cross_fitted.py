"""A teacher that says of each row what it learned from others."""

from dataclasses import replace

import pytest
import torch

from analysis import ARMS, PROTOCOLS, Optimiser, Synthetic
from analysis.methods.cross_fitted import CrossFitted, CrossFittedModel
from analysis.methods.distilled import Distilled
from analysis.methods.fitting import fit
from analysis.methods.labels import Labels
from tests.analysis.alone import crowd_of, parameters_of, same, tasks_of
from tests.refusals import refusal
from venn import VennDiagram, growing_gamma

DIAGRAM = VennDiagram({"a": 2, "b": 2, "a&b": 3}, noise={"a": 1, "b": 4})
PROTOCOL = Synthetic(n_train=23, n_test=20, width=3, optimiser=Optimiser("adam", 0.05, 30))
TEACHER = CrossFitted(teacher=ARMS["teacher"], folds=4)
ARMS_ASKED = {"cross": TEACHER, "taught": Distilled(teacher=TEACHER)}


def test_what_is_said_of_a_row_is_of_the_fold_without_it() -> None:
    """Each fold's model is the teacher of the other rows; of new rows the mean is said."""
    tasks = tasks_of(PROTOCOL, DIAGRAM, 2, ARMS_ASKED)
    trial, model = tasks["cross"].trial, fit(tasks)["cross"]
    assert isinstance(model, CrossFittedModel)
    assert sorted(model.fold.bincount().tolist()) == [5, 6, 6, 6]
    alone = []
    for fold in range(4):
        rows = (model.fold != fold).nonzero()[:, 0]
        (own,) = ARMS["teacher"].fit([trial.only(rows)], {}, PROTOCOL.setup)
        assert torch.equal(own.outputs(trial.test), model.models[fold].outputs(trial.test))
        alone.append(own)
    for i, fold in enumerate(model.fold.tolist()):
        row = trial.train.part(slice(i, i + 1))
        expected = alone[fold].outputs(trial.train)[:, i : i + 1]
        assert torch.equal(model.outputs(row), expected)
        assert torch.equal(model.outputs(trial.train)[:, i : i + 1], expected)
    mean = torch.stack([each.outputs(trial.test) for each in alone]).mean(0)
    torch.testing.assert_close(model.outputs(trial.test), mean)


@pytest.mark.parametrize("i", [0, 11, 22])
def test_the_label_of_a_row_changes_nothing_that_is_said_of_it(i: int) -> None:
    tasks = tasks_of(PROTOCOL, DIAGRAM, 2, ARMS_ASKED)
    trial = tasks["cross"].trial
    y = trial.train.y.clone()
    y[0, i] = 1 - y[0, i]
    other = replace(trial, train=replace(trial.train, y=y))
    before = fit({"cross": tasks["cross"]})["cross"].outputs(trial.train)
    after = fit({"cross": replace(tasks["cross"], trial=other)})["cross"].outputs(other.train)
    changed = (before != after).any(-1)[0]
    assert not changed[i]
    assert changed.any()


def test_students_imitate_it_in_any_company() -> None:
    together = fit(crowd_of({s: tasks_of(PROTOCOL, DIAGRAM, s, ARMS_ASKED) for s in range(3)}))
    alone = fit(tasks_of(PROTOCOL, DIAGRAM, 1, ARMS_ASKED))
    assert same(parameters_of(together[1, "taught"]), parameters_of(alone["taught"]))
    plain = fit(tasks_of(PROTOCOL, DIAGRAM, 1, ["kd"]))["kd"]
    assert not same(parameters_of(alone["taught"]), parameters_of(plain))


def test_it_is_refused_where_it_cannot_be() -> None:
    few = replace(PROTOCOL, n_train=3)
    assert "folds = 4: must be at most 3" in refusal(fit, tasks_of(few, DIAGRAM, 0, ARMS_ASKED))
    assert refusal(CrossFitted, teacher=ARMS["teacher"], folds=1).startswith("folds = 1: must")
    task = tasks_of(PROTOCOLS["released"], growing_gamma()[0], 0, ["teacher"])["teacher"]
    replayed = replace(task, method=CrossFitted(teacher=Labels(input="teacher", role="teacher")))
    assert "CrossFitted = 'a replay': must know" in refusal(fit, {"x": replayed})
