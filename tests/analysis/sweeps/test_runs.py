"""Runs: each cell is trained once, and stored whatever happens to others."""

from typing import Any

import pytest
from pandas.testing import assert_frame_equal

from analysis import Plan, Store, progress, run
from analysis.methods.fitting import fit
from analysis.sweeps.runs import pending
from analysis.sweeps.shards import DIVERGED, TEACHER_DIVERGED, Shard, train_shard
from analysis.sweeps.store import Outcome
from tests.analysis.bars import Shown
from tests.analysis.small import Cell, cells, content, small
from venn import ArgumentError, canonical


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[Cell]:
    """The cells whose results were asked of training, in order."""
    asked: list[Cell] = []

    def train(shard: Shard, device: str) -> list[Outcome]:
        asked.extend(shard.cells)
        return train_shard(shard, device)

    monkeypatch.setattr("analysis.sweeps.runs.train_shard", train)
    return asked


def test_every_cell_is_trained_once_and_every_row_found(trained: list[Cell]) -> None:
    plan = small(axes={"temperature": (1.0, 4.0)})
    store = run(plan, device="cpu")
    held, frame = store.holdings(), store.frame()
    assert (held.rows, held.missing, held.results) == (plan.rows, 0, plan.cells)
    assert frame["accuracy"].between(0, 1).all()
    assert frame["balanced_accuracy"].between(0, 1).all()
    assert (frame["accuracy"] != frame["balanced_accuracy"]).any()
    assert sorted(trained) == sorted(cells(plan))
    run(plan, store, device="cpu")
    assert len(trained) == plan.cells
    (made,) = store.runs()
    assert made["plan"]["arms"] == canonical(plan.arms)
    assert made["environment"]["device"] == "cpu"
    assert made["environment"]["executor"] == "this process"
    assert {"modality-venn", "torch", "numpy"} <= set(made["environment"]["versions"])


MORE: dict[str, Plan] = {
    "seeds": small(seeds=range(5)),
    "arms": small(arms=("no_kd", "kd", "kd_shuffled")),
    "along an axis that some arms do not see": small(axes={"temperature": (1.0, 4.0)}),
}


@pytest.mark.parametrize("more", MORE.values(), ids=MORE)
def test_asking_for_more_trains_only_that(more: Plan, trained: list[Cell]) -> None:
    """And a cell's result is the same as when all is trained at once, to the last bit."""
    store = run(small(), device="cpu")
    trained.clear()
    run(more, store, device="cpu")
    assert sorted(trained) == sorted(set(cells(more)) - set(cells(small())))
    assert_frame_equal(content(store), content(run(more, device="cpu")))


def test_a_run_that_is_interrupted_goes_on_where_it_was(
    monkeypatch: pytest.MonkeyPatch, trained: list[Cell]
) -> None:
    monkeypatch.setattr("analysis.sweeps.shards.FLOPS", 0)
    store = Store()

    def interrupt(_: int) -> None:
        if store.holdings().results >= 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), progress(Shown(interrupt)):
        run(small(), store, device="cpu")
    there = store.holdings().results
    assert 7 <= there < small().cells
    with progress(shown := Shown()):
        run(small(), store, device="cpu")
    assert shown.n == shown.total == small().cells - there
    assert sorted(trained) == sorted(cells(small()))  # none of them twice
    assert_frame_equal(store.frame(), run(small(), device="cpu").frame())


# Cells that fail.


def test_what_diverges_stops_nothing_else_and_is_trained_again_when_asked(
    trained: list[Cell],
) -> None:
    arms = ("teacher", "no_kd", "kd", "kd_shuffled")
    rates = small(axes={"learning_rate": (0.05, 1e30)}, arms=arms)
    store = run(rates, device="cpu")
    frame = store.frame()
    lost = frame["learning_rate"] == 1e30
    assert set(frame.loc[lost, "reason"]) == {DIVERGED, TEACHER_DIVERGED}
    alone = run(small(arms=arms), device="cpu").frame()
    assert list(frame.loc[~lost, "accuracy"]) == list(alone["accuracy"])
    failed = set(store.reasons(rates.recipes))
    assert store.holdings().failed == len(failed) > 0
    trained.clear()
    run(rates, store, device="cpu")
    assert trained == []
    run(rates, store, device="cpu", retry=True)
    assert sorted(trained) == sorted(failed)
    assert {cell for each in pending(rates, store, retry=True) for cell in each.cells} == failed


ERRORS: dict[str, tuple[Exception, str]] = {
    "memory": (MemoryError("x"), "out of memory; use fewer rows or a smaller network"),
    "arithmetic": (FloatingPointError("0 / 0"), "FloatingPointError: 0 / 0"),
}


@pytest.mark.parametrize(("error", "reason"), ERRORS.values(), ids=ERRORS)
def test_cells_that_fail_are_found_among_those_beside_them(
    error: Exception, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their shards are cut in two until they are alone; the others keep their results."""
    plan = small(seeds=range(5))
    whole = run(plan, device="cpu").frame()
    bad = {(plan.uses[1, "no_kd"].identity, 3), (plan.uses[0, "kd"].identity, 0)}

    def failing(tasks: Any) -> Any:
        if bad & set(tasks):
            raise error
        return fit(tasks)

    monkeypatch.setattr("analysis.sweeps.shards.FLOPS", 3e4)
    monkeypatch.setattr("analysis.sweeps.shards.fit", failing)
    store = run(plan, device="cpu")
    assert store.reasons(plan.recipes) == dict.fromkeys(bad, reason)
    frame = store.frame()
    lost = frame["reason"].notna()
    assert_frame_equal(frame[~lost], whole[~lost])
    monkeypatch.setattr("analysis.sweeps.shards.fit", fit)
    assert_frame_equal(run(plan, store, device="cpu", retry=True).frame(), whole)


BAD: dict[str, dict[str, Any]] = {
    "plan = []: must be of kind Plan, such as Plan(growing_gamma()": {"plan": []},
    "store = 'sweep.db': must be of kind Store, such as": {"store": "sweep.db"},
    "executor = 2: must be of kind ": {"executor": 2},
    "part = -1: must be a whole number of at least 1": {"part": (-1, 2)},
    "part = 3: must be at most 2": {"part": (3, 2)},
    "part = 0: must be a whole number of at least 1": {"part": (1, 0)},
}


@pytest.mark.parametrize(("message", "arguments"), BAD.items(), ids=BAD)
def test_bad_runs_store_nothing(arguments: dict[str, Any], message: str) -> None:
    store = Store()
    with pytest.raises(ArgumentError) as error:
        run(**{"plan": small(), "store": store, **arguments})
    assert message in str(error.value)
    assert store.holdings().rows == 0
