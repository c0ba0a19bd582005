"""How long a sweep will take, by a clock that is told."""

import pytest
import torch

from analysis import Optimiser, Plan, Store, Synthetic, Workers
from analysis.sweeps.estimate import PROBES, SHARE, estimate
from analysis.sweeps.plan import Recipe
from analysis.sweeps.runs import pending
from analysis.sweeps.shards import Shard
from analysis.sweeps.store import Outcome
from tests.analysis.small import small

STEPS = 200
PLAN = small(
    protocol=Synthetic(n_train=10, n_test=20, width=2, optimiser=Optimiser("sgd", 0.1, STEPS)),
    axes={"n_train": (10, 40)},
    seeds=range(5),
)
START, FIXED, RATE = 700.0, 0.25, 1e-6
"""Seconds of a first training, of what comes before and after a network's, of an operation."""


def recipes(shard: Shard) -> list[Recipe]:
    return [recipe for family in shard.families for recipe in family.recipes]


def takes(shard: Shard) -> float:
    return sum(FIXED + RATE * recipe.flops for recipe in recipes(shard))


class Machine:
    """Trains in no time, by a clock that says how long it would have taken."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        self.trained: list[Shard] = []
        patch.setattr("analysis.sweeps.estimate.train_shard", self.train)
        patch.setattr("time.perf_counter", lambda: self.now)

    def train(self, shard: Shard, device: str) -> list[Outcome]:
        assert device == "cpu"
        self.now += takes(shard) + (0.0 if self.trained else START)
        self.trained.append(shard)
        return []


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


def shards(plan: Plan, limit: float) -> list[Shard]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("analysis.sweeps.shards.FLOPS", limit)
        return list(pending(plan, Store()))


@pytest.mark.parametrize("limit", [0, 1e5, 1e12], ids=["many shards", "some shards", "one shard"])
def test_the_time_is_that_of_all_shards_going_by_few_of_few_steps(
    limit: float, machine: Machine
) -> None:
    """Within a factor of 1.5 of what training takes, without what only a first one needs."""
    made = shards(PLAN, limit)
    assert (len(made) == 1) is (limit == 1e12)
    expected = sum(map(takes, made))
    assert expected / 1.5 < estimate(made, "cpu") < 1.5 * expected
    assert len(machine.trained) == 1 + 2 * min(PROBES, len(made))
    steps = {r.point.protocol.optimiser.steps for each in machine.trained for r in recipes(each)}
    assert steps == {1, STEPS // SHARE}


@pytest.mark.usefixtures("machine")
def test_workers_share_the_work() -> None:
    """But there is no more than a shard for each."""
    before, made = torch.get_num_threads(), shards(PLAN, 0)
    alone = estimate(made, "cpu")
    assert estimate(made, "cpu", Workers(4)) == pytest.approx(alone / 4)
    assert estimate(made[:2], "cpu", Workers(4)) > sum(map(takes, made[:2])) / 3
    assert torch.get_num_threads() == before


def test_nothing_takes_no_time() -> None:
    assert estimate([], "cpu") == 0.0


def test_a_probe_of_real_training_gives_a_time() -> None:
    assert 0 < estimate(list(pending(small(), Store())), "cpu") < 600
