"""Which road arms take, and how long a sweep will take, by a clock that is told."""

from collections import Counter
from dataclasses import replace

import pandas as pd
import pytest
import torch

from analysis import ARMS, Optimiser, Plan, Store, Synthetic, Tuned, Workers, estimate, run
from analysis.sweeps import estimate as module
from analysis.sweeps.shards import Shard
from analysis.training.kernel import kernel
from analysis.training.progress import MACHINE_CODE, OWN_CODE, TORCH
from tests.analysis.methods.test_losses import divergence
from tests.analysis.small import FAST, small
from tests.analysis.training.test_progress import DIAGRAM, Untrained

STEPS = 200
PLAN = small(
    protocol=Synthetic(n_train=10, n_test=20, width=2, optimiser=Optimiser("sgd", 0.1, STEPS)),
    axes={"n_train": (10, 40)},
    seeds=range(5),
)
START, AROUND, FIXED, RATE = 700.0, 0.5, 0.25, 1e-7
"""Seconds of a first training, of drawing and testing a family, of a model, of an operation."""


class Machine:
    """Fits in no time, and says how long it would have taken."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.steps: list[int] = []
        self.families = 0
        patch.setattr(module, "_fitted", self.fitted)

    def fitted(self, shard: Shard, steps: int, device: str) -> module._Spent:
        assert device == "cpu"
        first = not self.steps
        self.steps.append(steps)
        self.families += len(shard.families)
        recipes = zip(*(family.recipes for family in shard.families), strict=True)
        fitting = [
            sum(FIXED + RATE * each.flops for each in same) + START * (first and not i)
            for i, same in enumerate(recipes)
        ]
        roads = [Counter({MACHINE_CODE: len(shard.families)})] * len(fitting)
        return module._Spent(AROUND * len(shard.families), fitting, roads)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setattr("analysis.training.threads._WHOLE._threads", 1)
    monkeypatch.setattr(module, "at_once", lambda: 1)
    return Machine(monkeypatch)


def takes(plan: Plan) -> float:
    families = len(plan.families) * len(plan.seeds)
    return AROUND * families + FIXED * plan.cells + RATE * plan.flops


@pytest.mark.parametrize("probes", [1, 6])
def test_the_time_is_that_of_all_going_by_a_few(
    probes: int, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the second where each kind is probed; what only a first training needs is there once."""
    monkeypatch.setattr(module, "PROBES", probes)
    found = estimate(PLAN, device="cpu")
    expected = takes(PLAN)
    assert found["models"].sum() == PLAN.cells
    lasting = (found["models"] / found["a_second"]).sum()
    assert found["seconds"].sum() == pytest.approx(START + lasting)
    assert lasting == pytest.approx(expected, rel=0.5 if probes == 1 else 1e-6)
    assert machine.families < 3 * len(PLAN.families) * len(PLAN.seeds)
    assert set(machine.steps) <= {1, module.STEPS, *range(module.STEPS, STEPS + 1)}


@pytest.mark.usefixtures("machine")
def test_workers_share_the_work() -> None:
    before = torch.get_num_threads()
    alone, shared = (estimate(PLAN, executor=each, device="cpu") for each in (None, Workers(2)))
    pd.testing.assert_series_equal(shared["a_second"], 2 * alone["a_second"])
    assert torch.get_num_threads() == before


def test_what_is_stored_takes_no_time_and_nothing_is_stored() -> None:
    plan = small()
    store = run(plan, device="cpu")
    assert estimate(plan, store, device="cpu").empty
    more = replace(plan, seeds=range(100, 102))
    held = store.holdings()
    found = estimate(more, store, device="cpu")
    assert found["models"].sum() == more.cells
    assert (found["seconds"] > 0).all()
    assert store.holdings() == held


def test_arms_take_the_roads_that_they_take_in_a_sweep() -> None:
    tuned = Tuned(divergence(), {"weight": (0.0, 1.0, 2.0)}, rows=0.5)
    arms = {"plain": ARMS["no_kd"], "kd": ARMS["kd"], "own": divergence(), "tuned": tuned}
    plan = Plan([DIAGRAM], FAST, arms | {"untrained": Untrained()}, range(2))
    found = estimate(plan, Store(), device="cpu")
    compiled = kernel() is not None
    ours, own = (MACHINE_CODE, OWN_CODE) if compiled else (TORCH, TORCH)
    roads = {"plain": ours, "kd": ours, "own": own, "tuned": own, "untrained": module.OWN}
    assert dict(found["road"]) == roads | {"teacher": ours}
    networks = {"plain": 1, "kd": 1, "own": 1, "tuned": 4, "untrained": 0, "teacher": 1}
    assert dict(found["networks"]) == networks
    assert list(found.index) == ["teacher", *arms, "untrained"]
    assert set(found["models"]) == {2}
