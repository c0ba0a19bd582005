"""Pruned teachers: what is gone is as if it were zero, in the order that is asked for."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from analysis import ARMS, Model, Optimiser, Plan, Synthetic, refit
from analysis.methods.agreeing import Agreeing
from analysis.methods.distilled import Distilled
from analysis.methods.network import Network
from analysis.methods.pruned import Order, Pruned
from analysis.methods.ranked import Ranked, RankedNetwork
from analysis.methods.trials import Trial
from synth import stream
from tests.analysis.claims.plain import says
from venn import VennDiagram

DIAGRAM = VennDiagram({"a": 3, "a&b": 4, "b": 2}, noise={"a": 5, "b": 3})
PROTOCOL = Synthetic(n_train=60, n_test=40, width=10, optimiser=Optimiser("sgd", 0.1, 20))
TEACHER, SEED = ARMS["teacher"], 7


def model_of(arm: str, protocol: Synthetic = PROTOCOL, **pruned: Any) -> tuple[Model, Trial]:
    """Return a model of a plan with a pruned teacher."""
    own = Pruned(**{"teacher": TEACHER, "ranked": Ranked(teacher=Agreeing()), **pruned})
    arms = {
        "teacher": TEACHER,
        "pruned": own,
        "ranked": own.ranked,
        "student": Distilled(teacher=own),
    }
    return refit(Plan([DIAGRAM], protocol, arms, [SEED]), arm, SEED, device="cpu")


@pytest.mark.parametrize("order", ["least", "most", "random"])
@pytest.mark.parametrize("units", [False, True], ids=["channels", "units"])
@pytest.mark.parametrize("width", [0, 10])
def test_what_is_gone_is_as_if_it_were_zero(order: Order, units: bool, width: int) -> None:
    protocol = replace(PROTOCOL, width=width, teacher_width=width)
    asked: dict[str, Any] = {"ranked": Ranked(teacher=Agreeing(), units=units), "share": 0.5}
    asked |= {"order": order, "draw": 2}
    pruned, trial = model_of("pruned", protocol, **asked)
    teacher, _ = model_of("teacher", protocol, **asked)
    ranked, _ = model_of("ranked", protocol, **asked)
    assert isinstance(ranked, RankedNetwork)
    assert isinstance(teacher, Network)
    first = np.argsort(ranked.saliency.numpy(), kind="stable")
    if order == "most":
        first = first[::-1]
    if order == "random":
        chance = stream(SEED, "removal")
        first = [chance.permutation(len(first)) for _ in range(3)][-1]
    gone = torch.zeros(len(first), dtype=torch.bool)
    gone[first[: len(first) // 2].copy()] = True
    network = [part[0] for part in teacher.parameters]
    x = trial.test.views["teacher"][0]
    expected = says(network, x, gone, units=units and width > 0)
    torch.testing.assert_close(pruned.outputs(trial.test)[0], expected, rtol=0, atol=1e-5)
    assert not torch.allclose(expected, says(network, x), atol=1e-2)


def test_chance_needs_no_ranking_and_nothing_removed_is_the_teacher() -> None:
    random = Pruned(teacher=TEACHER, ranked=Ranked(teacher=Agreeing()), share=0.5, order="random")
    assert list(random.needs) == ["teacher"]
    whole, trial = model_of("pruned", share=0.0)
    teacher, _ = model_of("teacher", share=0.0)
    assert torch.equal(whole.outputs(trial.test), teacher.outputs(trial.test))


def test_where_what_ranks_diverges_no_teacher_is_left_and_no_student() -> None:
    steep = Optimiser("sgd", 1e10, 50, weight_decay=1.0)
    asked: dict[str, Any] = {"share": 0.5, "ranked": Ranked(teacher=Agreeing(optimiser=steep))}
    assert model_of("teacher", **asked)[0].finite
    assert not model_of("pruned", **asked)[0].finite
    assert not model_of("student", **asked)[0].finite


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "a share": ({"share": 1.5}, "share = 1.5: must be at most 1"),
    "an order": ({"share": 0.5, "order": "best"}, "order = 'best': is unknown; known: least, most"),
    "a draw": ({"share": 0.5, "draw": -1}, "draw = -1"),
}


@pytest.mark.parametrize(("fields", "words"), BAD.values(), ids=BAD)
def test_bad_fields(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        model_of("pruned", **fields)
