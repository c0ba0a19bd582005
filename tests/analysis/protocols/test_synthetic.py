"""The synthetic protocol: what networks see, where they start, what is known of the label."""

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from analysis import (
    ARMS,
    PAPER_ARMS,
    PAPER_RESULTS,
    PROTOCOLS,
    Distillation,
    Optimiser,
    Plan,
    Synthetic,
    run,
)
from analysis.methods.arms import GENERAL_TEACHER, NO_KD, TEACHER, with_needs
from analysis.methods.fitting import fit
from analysis.training.optimiser import DECAY
from synth import (
    Hyperplane,
    InvertibleNetwork,
    Linear,
    ObservationNoise,
    Permutation,
    Rotation,
)
from tests.analysis.alone import right, rows_of, tasks_of
from venn import ArgumentError, VennDiagram, growing_gamma

DIAGRAM = VennDiagram({"a": 2, "b": 2, "a&b": 3}, hidden=1, noise={"a": 2, "b": 4})
SMALL = Synthetic(n_train=30, n_test=20, width=5)
VIEWS: dict[str, Any] = {
    "as it is": (),
    "noise": (ObservationNoise(0.7),),
    "permutation": (Permutation(1),),
    "rotation": (Rotation(2),),
    "noise, rotation, permutation": (ObservationNoise(0.7), Rotation(2), Permutation(1)),
}


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_what_every_sight_shows(view: Any) -> None:
    """Rows of `Population`, float32, training rows first; both is the teacher's, the student's."""
    protocol = replace(SMALL, teacher_view=view, student_view=(Rotation(5),))
    trial = protocol.trial(DIAGRAM, 4)
    rows, y, posterior = rows_of(protocol, DIAGRAM, 4)
    assert set(trial.train.views) == set(rows)
    for sight, expected in rows.items():
        whole = torch.cat([trial.train.views[sight], trial.test.views[sight]], 1)[0]
        assert whole.dtype == torch.float32
        torch.testing.assert_close(whole, expected, atol=1e-6, rtol=0)
    assert torch.equal(torch.cat([trial.train.y, trial.test.y], 1)[0], y)
    torch.testing.assert_close(trial.posterior()[0].exp(), posterior[:30])


def test_what_is_asked_first_changes_nothing() -> None:
    """Parts are drawn when they are asked for, each once, and the same in any order."""
    one, other = SMALL.trial(DIAGRAM, 1), SMALL.trial(DIAGRAM, 1)
    order, posterior = other.order(), other.posterior()
    for name in reversed(list(one.test.views)):
        assert torch.equal(other.test.views[name], one.test.views[name])
        assert other.test.views[name] is other.test.views[name]
        assert torch.equal(other.train.views[name], one.train.views[name])
    assert torch.equal(one.posterior(), posterior)
    assert torch.equal(one.order(), order)
    assert torch.equal(order.sort().values, torch.arange(30))
    assert one.kept is None
    drawn = SMALL.draw(DIAGRAM, 1, [TEACHER, NO_KD])
    assert drawn[TEACHER] is drawn[NO_KD]


def test_a_stream_of_a_purpose_is_the_trials_own() -> None:
    one, other = (SMALL.trial(DIAGRAM, seed).stream("mine", 3).random() for seed in (1, 2))
    assert SMALL.trial(DIAGRAM, 1).stream("mine", 3).random() == one != other
    assert SMALL.trial(DIAGRAM, 1).stream("mine", 4).random() != one


def test_teachers_are_as_students_unless_told_otherwise() -> None:
    as_they = Synthetic(width=3, depth=2, teacher_width=3, teacher_depth=2)
    assert Synthetic(width=3, depth=2) == as_they
    assert Synthetic(teacher_view=[Rotation(1)]) == Synthetic(teacher_view=(Rotation(1),))


PINNED = {
    ("figure2", 2): [(0.717, 0.697, 0.700), (0.704, 0.692, 0.694)],
    ("figure3", 3): [(0.791, 0.584, 0.583), (0.792, 0.559, 0.554)],
}


@pytest.mark.parametrize("case", PINNED, ids=str)
def test_the_readmes_protocol_gives_what_it_gave(case: tuple[str, int]) -> None:
    """Its streams are those of the first version; another processor may round a few rows away."""
    figure, point = case
    for seed, expected in enumerate(PINNED[case]):
        diagram = PAPER_RESULTS[figure].path[point]
        tasks = tasks_of(PROTOCOLS["synthetic"], diagram, seed, PAPER_ARMS)
        trained = fit(tasks)
        found = [right(trained[arm], tasks[arm].trial) for arm in PAPER_ARMS]
        assert found == pytest.approx(list(expected), abs=0.012)


THREE = VennDiagram({"a&b&c": 2}, modalities=("a", "b", "c"))
BAD: dict[str, dict[str, Any]] = {
    "n_train = 0: must be a whole number of at le": {"n_train": 0},
    "depth = 2: must be at most 1 for a linear model; give it a width": {"width": 0, "depth": 2},
    "temperature = 2.0: must be 1 for a real target": {
        "rule": Linear(),
        "distillation": Distillation(temperature=2.0),
    },
    "rule = 'ones': must be of kind Rule, such as Hyperplane()": {"rule": "ones"},
    "student_view = Rotation(seed=1): must be of kind tuple": {"student_view": Rotation(1)},
    "views['a'] = ('rotation',): must be a view, such as Rota": {"teacher_view": ("rotation",)},
    "general_channels = 'best': is unknown; known: gt, alg1": {"general_channels": "best"},
    "has more than two modalities; say which teach and which learn, such as teacher='a&b', "
    "student='c'": {"diagram": THREE, "teacher": "a"},
    "teacher = 'd': is unknown; known: a, b, c": {"diagram": THREE, "teacher": "d", "student": "c"},
    "student = 'b&c': must not have just the teacher's modalities": {
        "diagram": THREE,
        "teacher": "c&b",
        "student": ("b", "c"),
    },
    "teacher = (): must be a modality or several, each once": {"teacher": ()},
    "student = 'b&b': must be a modality or several, each once": {"student": "b&b"},
    "teacher = 3: must be a modality or several, each once": {"teacher": 3},
    "student_view = (Rotation(seed=1),): must be the teacher_view too: 'b' teaches and learns": {
        "teacher": ("a", "b"),
        "student_view": (Rotation(1),),
    },
    "student = 'b': sees no decisive feature, nor does 'c'": {
        "diagram": VennDiagram({"a": 2}, 0, {"b": 1, "c": 1}, ("a", "b", "c")),
        "teacher": "c",
        "student": "b",
    },
    "weights = (1.0, 2.0): must be one weight per dec": {"rule": Hyperplane((1.0, 2.0))},
}


@pytest.mark.parametrize(("message", "changes"), BAD.items(), ids=BAD)
def test_bad_protocols(message: str, changes: dict[str, Any]) -> None:
    fields = {"diagram": DIAGRAM, "teacher_width": None} | changes
    diagram = fields.pop("diagram")
    with pytest.raises(ArgumentError, match=re.escape(message)):
        replace(SMALL, **fields).check(diagram, [ARMS["kd"]])


@pytest.mark.parametrize("arm", ["general_teacher", "kd_general"])
def test_what_is_general_cannot_be_told_through_a_network(arm: str) -> None:
    """All other arms can be trained on such a view."""
    hidden = replace(SMALL, teacher_view=(Permutation(1), InvertibleNetwork(1)))
    with pytest.raises(ArgumentError) as error:
        hidden.check(DIAGRAM, with_needs([ARMS[arm]]))
    assert str(error.value).startswith("teacher_view = (Permutation(seed=1), InvertibleNetwork(")
    assert "cannot be undone part by part: leave kd_general" in str(error.value)
    with pytest.raises(ArgumentError, match="is not linear in its sources"):
        _ = hidden.trial(DIAGRAM, 0).train.views["general"]
    others = [other for other in ARMS if other not in {"general_teacher", "kd_general"}]
    hidden.check(DIAGRAM, [ARMS[other] for other in others])
    fit(tasks_of(replace(hidden, optimiser=Optimiser("sgd", 0.1, 1)), DIAGRAM, 0, others))
    replace(SMALL, student_view=(InvertibleNetwork(1),)).check(DIAGRAM, [GENERAL_TEACHER])


SHARES: dict[str, Any] = {"as it is": (), "noisy, mixed": (ObservationNoise(0.5), Rotation(1))}


@pytest.mark.parametrize("view", SHARES.values(), ids=SHARES)
def test_the_share_kept_is_that_of_the_general_variance(view: Any) -> None:
    """Of Var(x_j) what general sources bring, summed over kept channels, measured on many rows."""
    protocol = replace(SMALL, n_train=20_000, teacher_view=view)
    general = protocol.trial(DIAGRAM, 0).train.views["general"][0]
    variance = general.double().var(0)
    for seed in range(4):
        kept = torch.from_numpy(np.random.default_rng(seed).permutation(7)[:3])
        share = protocol.share_kept(DIAGRAM, kept)
        assert share == pytest.approx((variance[kept].sum() / variance.sum()).item(), abs=0.02)
    assert np.isnan(protocol.share_kept(VennDiagram({"a": 2, "b": 2}), kept[:0]))
    hidden = replace(SMALL, teacher_view=(InvertibleNetwork(1),))
    with pytest.raises(ArgumentError, match="is not linear in its sources"):
        hidden.share_kept(DIAGRAM, kept)


@pytest.mark.parametrize("depth", range(1, len(DECAY) + 2))
def test_by_default_no_depth_answers_one_class_to_everything(depth: int) -> None:
    """Students and teachers have the weight decay of their own depth; a given one stays."""
    protocol = Synthetic(depth=depth, teacher_depth=1)
    decay = DECAY[min(depth, len(DECAY)) - 1]
    assert (protocol.setup.optimiser.decay, protocol.setup.teacher_optimiser.decay) == (decay, 0.1)
    given = replace(protocol.optimiser, weight_decay=0.5)
    assert replace(protocol, optimiser=given).setup.optimiser.decay == 0.5
    plan = Plan(growing_gamma((0, 10)), Synthetic(depth=depth, width=32), ("no_kd", "kd"), range(2))
    assert not run(plan, device="cpu").frame()["constant"].any()
