"""The synthetic protocol: what networks see, where they start, what is known of the label."""

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from analysis import ARMS, PAPER_ARMS, PAPER_RESULTS, PROTOCOLS, Synthetic
from analysis.methods.fitting import train
from synth import (
    Hyperplane,
    InvertibleNetwork,
    Linear,
    ObservationNoise,
    Permutation,
    Rotation,
)
from tests.analysis.alone import rows_of, tasks_of
from venn import ArgumentError, VennDiagram

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
    trial = protocol.draw(DIAGRAM, 4)
    rows, y, posterior = rows_of(protocol, DIAGRAM, 4)
    assert set(trial.train.views) == set(rows)
    for sight, expected in rows.items():
        whole = torch.cat([trial.train.views[sight], trial.test.views[sight]], 1)[0]  # type: ignore[index]
        assert whole.dtype == torch.float32
        torch.testing.assert_close(whole, expected, atol=1e-6, rtol=0)
    assert torch.equal(torch.cat([trial.train.y, trial.test.y], 1)[0], y)
    assert trial.posterior is not None
    torch.testing.assert_close(trial.posterior[0].exp(), posterior[:30])


def test_a_draw_holds_what_the_arms_need_and_nothing_else_changes_it() -> None:
    whole = SMALL.draw(DIAGRAM, 1)
    bare = SMALL.draw(DIAGRAM, 1, ["teacher", "kd"])
    assert set(bare.train.views) == {"teacher", "student"}
    assert set(bare.initial) == {"teacher", "kd"}
    assert bare.posterior is None
    assert bare.order is None
    assert SMALL.draw(DIAGRAM, 1, ["kd_oracle"]).posterior is not None
    assert SMALL.draw(DIAGRAM, 1, ["kd_shuffled"]).order is not None
    for name, view in bare.train.views.items():
        assert torch.equal(view, whole.train.views[name])


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
        trained = train(tasks_of(PROTOCOLS["synthetic"], diagram, seed, PAPER_ARMS))
        found = [trained[arm].accuracy for arm in PAPER_ARMS]
        assert found == pytest.approx(list(expected), abs=0.012)


THREE = VennDiagram({"a&b&c": 2}, modalities=("a", "b", "c"))
BAD: dict[str, dict[str, Any]] = {
    "n_train = 0: must be a whole number of at le": {"n_train": 0},
    "depth = 2: must be 1 for a linear model; give it a width": {"width": 0, "depth": 2},
    "rule = Linear(): has a real target; networks here learn classes": {"rule": Linear()},
    "rule = 'ones': must be of kind Rule, such as Hyperplane()": {"rule": "ones"},
    "student_view = Rotation(seed=1): must be of kind tuple": {"student_view": Rotation(1)},
    "views['a'] = ('rotation',): must be a view, such as Rota": {"teacher_view": ("rotation",)},
    "general_channels = 'best': is unknown; known: gt, alg1": {"general_channels": "best"},
    "must have two modalities, teacher and student": {"diagram": THREE},
    "weights = (1.0, 2.0): must be one weight per dec": {"rule": Hyperplane((1.0, 2.0))},
}


@pytest.mark.parametrize(("message", "changes"), BAD.items(), ids=BAD)
def test_bad_protocols(message: str, changes: dict[str, Any]) -> None:
    fields = {"diagram": DIAGRAM, "teacher_width": None} | changes
    diagram = fields.pop("diagram")
    with pytest.raises(ArgumentError, match=re.escape(message)):
        replace(SMALL, **fields).check(diagram, ["kd"])


@pytest.mark.parametrize("arm", ["general_teacher", "kd_general"])
def test_what_is_general_cannot_be_told_through_a_network(arm: str) -> None:
    """All other arms can be trained on such a view."""
    hidden = replace(SMALL, teacher_view=(Permutation(1), InvertibleNetwork(1)))
    with pytest.raises(ArgumentError) as error:
        hidden.check(DIAGRAM, [arm])
    assert str(error.value).startswith("teacher_view = (Permutation(seed=1), InvertibleNetwork(")
    assert "cannot be undone part by part: leave kd_general" in str(error.value)
    with pytest.raises(ArgumentError, match="is not linear in its sources"):
        hidden.draw(DIAGRAM, 0, ["general_teacher"])
    others = [other for other in ARMS if ARMS[other].input != "general" and other != "kd_general"]
    hidden.check(DIAGRAM, others)
    replace(SMALL, student_view=(InvertibleNetwork(1),)).check(DIAGRAM, ["kd_general"])
    assert set(hidden.draw(DIAGRAM, 0, others).initial) == set(others)


SHARES: dict[str, Any] = {"as it is": (), "noisy, mixed": (ObservationNoise(0.5), Rotation(1))}


@pytest.mark.parametrize("view", SHARES.values(), ids=SHARES)
def test_the_share_kept_is_that_of_the_general_variance(view: Any) -> None:
    """Of Var(x_j) what general sources bring, summed over kept channels, measured on many rows."""
    protocol = replace(SMALL, n_train=20_000, teacher_view=view)
    general = protocol.draw(DIAGRAM, 0, ["general_teacher"]).train.views["general"][0]
    variance = general.double().var(0)
    for seed in range(4):
        kept = torch.from_numpy(np.random.default_rng(seed).permutation(7)[:3])
        share = protocol.share_kept(DIAGRAM, kept)
        assert share == pytest.approx((variance[kept].sum() / variance.sum()).item(), abs=0.02)
    assert np.isnan(protocol.share_kept(VennDiagram({"a": 2, "b": 2}), kept[:0]))
    hidden = replace(SMALL, teacher_view=(InvertibleNetwork(1),))
    with pytest.raises(ArgumentError, match="is not linear in its sources"):
        hidden.share_kept(DIAGRAM, kept)
