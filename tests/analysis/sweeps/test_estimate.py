import pytest
import torch

from analysis import Optimiser, Store, Synthetic, Workers
from analysis.sweeps.estimate import PROBES, SHARE, estimate
from analysis.sweeps.plan import flops
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


def operations(shard: Shard) -> float:
    return sum(flops(m.point, m.arm) for _, members, _ in shard.families for m in members)


def takes(shard: Shard) -> float:
    networks = sum(len(members) for _, members, _ in shard.families)
    return FIXED * networks + RATE * operations(shard)


class Machine:
    """Trains in no time, by a clock that says how long it would have taken."""

    def __init__(self) -> None:
        self.now = 0.0
        self.trained: list[Shard] = []

    def perf_counter(self) -> float:
        return self.now

    def train(self, shard: Shard, device: str) -> list[Outcome]:
        assert device == "cpu"
        self.now += takes(shard) + (0.0 if self.trained else START)
        self.trained.append(shard)
        return []


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine()
    monkeypatch.setattr("analysis.sweeps.estimate.train_shard", made.train)
    monkeypatch.setattr("time.perf_counter", made.perf_counter)
    return made


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize("limit", [0, 1e5, 1e12], ids=["many shards", "some shards", "one shard"])
def test_the_time_is_that_of_all_shards(limit: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within a factor of 1.5 of the sum over shards of what a training takes."""
    monkeypatch.setattr("analysis.sweeps.shards.FLOPS", limit)
    shards = list(pending(PLAN, Store()))
    assert (len(shards) == 1) is (limit == 1e12)
    expected = sum(map(takes, shards))
    assert expected / 1.5 < estimate(shards, "cpu") < 1.5 * expected


def test_a_probe_trains_few_shards_for_few_steps(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analysis.sweeps.shards.FLOPS", 0)
    estimate(list(pending(PLAN, Store())), "cpu")
    assert len(machine.trained) == 1 + 2 * PROBES
    steps = [
        member.point.protocol.optimiser.steps
        for shard in machine.trained
        for _, members, _ in shard.families
        for member in members
    ]
    assert set(steps) == {1, STEPS // SHARE}


@pytest.mark.usefixtures("machine")
def test_a_first_training_is_not_counted() -> None:
    assert estimate(list(pending(PLAN, Store())), "cpu") < START


@pytest.mark.usefixtures("machine")
def test_workers_share_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """But there is no more than a shard for each."""
    monkeypatch.setattr("analysis.sweeps.shards.FLOPS", 0)
    before = torch.get_num_threads()
    shards = list(pending(PLAN, Store()))
    alone = estimate(shards, "cpu")
    assert estimate(shards, "cpu", Workers(4)) == pytest.approx(alone / 4)
    assert estimate(shards[:2], "cpu", Workers(4)) > sum(map(takes, shards[:2])) / 3
    assert torch.get_num_threads() == before


def test_nothing_takes_no_time(machine: Machine) -> None:
    assert estimate([], "cpu") == 0.0
    assert machine.trained == []


def test_a_probe_of_real_training_gives_a_time() -> None:
    assert 0 < estimate(list(pending(small(), Store())), "cpu") < 600
