"""The synthetic protocol: what networks see, where they start, what is known of the label."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from analysis import ARMS, PAPER_ARMS, PAPER_RESULTS, PROTOCOLS, Optimiser, Synthetic
from analysis.methods.fitting import train
from synth import (
    Hyperplane,
    InvertibleNetwork,
    Linear,
    ObservationNoise,
    Permutation,
    Population,
    RandomNetwork,
    Rotation,
    stream,
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


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_the_general_sight_is_the_projection_on_general_sources(view: Any) -> None:
    """P = M G Mᵀ: P² = P = Pᵀ, of the rank of the general features; x ↦ P x."""
    protocol = replace(SMALL, teacher_view=view, n_train=200)
    views = protocol.draw(DIAGRAM, 0).train.views
    x, seen = views["teacher"][0].double(), views["general"][0].double()
    projection = torch.linalg.lstsq(x, seen).solution
    torch.testing.assert_close(projection @ projection, projection, atol=1e-5, rtol=0)
    torch.testing.assert_close(projection, projection.T, atol=1e-5, rtol=0)
    assert torch.linalg.matrix_rank(projection, atol=1e-3) == 3
    if all(isinstance(step, Permutation | ObservationNoise) for step in view):
        roles = protocol.population(DIAGRAM).roles["a"]
        for channel, role in enumerate(roles):
            expected = x[:, channel] if role == "general" else torch.zeros(200).double()
            assert torch.equal(seen[:, channel], expected)


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


def test_the_order_of_shuffled_targets_has_a_stream_of_its_own() -> None:
    order = SMALL.draw(DIAGRAM, 6).order
    assert order is not None
    assert order[0].tolist() == stream(6, "shuffled").permutation(30).tolist()
    assert sorted(order[0].tolist()) == list(range(30))


@pytest.mark.parametrize("rule", [Hyperplane(flip=0.1), RandomNetwork()], ids=["exact", "drawn"])
def test_the_posterior_is_that_of_the_teachers_modality(rule: Any) -> None:
    """log P(y | x^a) of the training rows, its view and noise allowed for."""
    protocol = replace(SMALL, rule=rule, teacher_view=(ObservationNoise(0.5), Rotation(1)))
    trial = protocol.draw(DIAGRAM, 2)
    population = Population(DIAGRAM, rule, {"a": protocol.teacher_view})
    exact = population.posterior({"a": population.sample(30, 2).views["a"]})
    assert trial.posterior is not None
    np.testing.assert_allclose(trial.posterior[0].exp(), exact, atol=1e-6)


def test_teachers_are_as_students_unless_told_otherwise() -> None:
    assert (
        Synthetic(width=3, depth=2).teacher_width,
        Synthetic(width=3, depth=2).teacher_depth,
    ) == (
        3,
        2,
    )
    assert Synthetic(width=3) == Synthetic(width=3, teacher_width=3, teacher_depth=1)
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


def test_networks_have_a_logit_for_each_class() -> None:
    """Any rule with classes can be learned; accuracies of three classes beat a third."""
    rule = Hyperplane(classes=3)
    protocol = Synthetic(width=0, n_train=500, rule=rule, optimiser=Optimiser("adam", 0.02, 100))
    diagram = VennDiagram({"a": 2, "b": 2, "a&b": 2})
    assert protocol.network(diagram, "kd").classes == 3
    best = Population(diagram, rule).bayes_accuracy("a")
    for seed in range(2):
        trained = train(tasks_of(protocol, diagram, seed, ["teacher"]))
        assert 0.4 < trained["teacher"].accuracy < best + 0.06


BAD: dict[str, tuple[Any, str]] = {
    "no training rows": (
        lambda: Synthetic(n_train=0),
        "n_train = 0: must be a whole number of at le",
    ),
    "no layer": (lambda: Synthetic(depth=0), "depth = 0: must be a whole number of at least 1"),
    "deep and linear": (
        lambda: Synthetic(width=0, depth=2),
        "depth = 2: must be 1 for a linear model; give it a width",
    ),
    "real target": (
        lambda: Synthetic(rule=Linear()),
        "rule = Linear(): has a real target; networks here learn classes",
    ),
    "no rule": (
        lambda: Synthetic(rule="ones"),  # type: ignore[arg-type]
        "rule = 'ones': must be of kind Rule, such as Hyperplane()",
    ),
    "a view outside a sequence": (
        lambda: Synthetic(student_view=Rotation(1)),  # type: ignore[arg-type]
        "student_view = Rotation(seed=1): must be of kind tuple, such as (Rotation(seed=1),)",
    ),
    "no view": (
        lambda: Synthetic(teacher_view=("rotation",)).check(DIAGRAM, ["kd"]),  # type: ignore[arg-type]
        "views['a'] = ('rotation',): must be a view, such as Rotation(seed=1)",
    ),
    "general channels": (
        lambda: Synthetic(general_channels="best"),  # type: ignore[arg-type]
        "general_channels = 'best': is unknown; known: gt, alg1, random",
    ),
    "three modalities": (
        lambda: SMALL.check(VennDiagram({"a&b&c": 2}, modalities=("a", "b", "c")), ["kd"]),
        "must have two modalities, teacher and student",
    ),
    "a rule that does not fit": (
        lambda: replace(SMALL, rule=Hyperplane((1.0, 2.0))).check(DIAGRAM, ["kd"]),
        "weights = (1.0, 2.0): must be one weight per decisive feature",
    ),
}


@pytest.mark.parametrize(("call", "message"), BAD.values(), ids=BAD)
def test_bad_protocols(call: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        call()
    assert message in str(error.value)


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
