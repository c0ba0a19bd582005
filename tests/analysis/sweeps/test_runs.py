from typing import Any

import pytest
import torch
from pandas.testing import assert_frame_equal

from analysis import Optimiser, Plan, Store, run
from analysis.methods.fitting import train as distil
from analysis.sweeps.runs import pending
from analysis.sweeps.shards import DIVERGED, TEACHER_DIVERGED, Shard, train_shard
from analysis.sweeps.store import Outcome
from tests.analysis.small import DIAGRAMS, FAST, Cell, cells, content, small
from venn import ArgumentError


def test_every_cell_is_trained_once_and_every_row_found() -> None:
    plan = small(axes={"temperature": (1.0, 4.0)})
    store = run(plan, device="cpu")
    held = store.holdings()
    assert (held.rows, held.missing, held.results) == (plan.rows, 0, plan.cells)
    assert store.frame()["accuracy"].between(0, 1).all()


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[Cell]:
    """The cells whose results were asked of training, in order."""
    asked: list[Cell] = []

    def train(shard: Shard, device: str) -> list[Outcome]:
        asked.extend(shard.cells)
        return train_shard(shard, device)

    monkeypatch.setattr("analysis.sweeps.runs.train_shard", train)
    return asked


def test_asking_again_trains_nothing(trained: list[Cell]) -> None:
    store = run(small(), device="cpu")
    before = store.frame()
    assert sorted(trained) == sorted(cells(small()))
    trained.clear()
    run(small(), store, device="cpu")
    assert trained == []
    assert_frame_equal(store.frame(), before)


MORE: dict[str, Plan] = {
    "seeds": small(seeds=range(5)),
    "points": small(axes={"n_train": (10, 12)}),
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


@pytest.mark.parametrize("limit", [0, 1e4, 1e12], ids=["one by one", "by some", "all at once"])
@pytest.mark.parametrize("threads", [1, 2])
def test_neither_batches_nor_threads_change_a_result(
    limit: float, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = small(protocol=FAST, arms=("kd", "no_kd", "kd_multimodal", "kd_oracle"))
    whole = run(plan, device="cpu").frame()
    monkeypatch.setattr("analysis.sweeps.shards.FLOPS", limit)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        assert_frame_equal(run(plan, device="cpu").frame(), whole)
    finally:
        torch.set_num_threads(before)


def test_parts_are_disjoint_and_make_the_whole(trained: list[Cell]) -> None:
    parts = [run(small(), device="cpu", part=(i, 3)) for i in (1, 2, 3)]
    assert sorted(trained) == sorted(cells(small()))
    whole = Store()
    for part in parts:
        whole.merge(part)
    assert_frame_equal(whole.frame(), run(small(), device="cpu").frame())


def test_progress_counts_every_cell_as_it_is_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.sweeps.shards.FLOPS", 0)
    store, counts = Store(), list[int]()

    def progress(count: int) -> None:
        counts.append(count)
        assert store.holdings().results == sum(counts)

    run(small(), store, progress=progress, device="cpu")
    assert len(counts) > 1
    assert sum(counts) == small().cells


# Cells that fail.

RATES = small(
    axes={"learning_rate": (0.05, 1e30)},
    protocol=FAST,
    arms=("teacher", "no_kd", "kd", "kd_shuffled"),
)


def test_what_diverges_is_recorded_and_stops_nothing_else() -> None:
    store = run(RATES, device="cpu")
    frame = store.frame()
    lost = frame["learning_rate"] == 1e30
    assert lost.sum() == len(frame) / 2
    assert set(frame.loc[lost & frame["arm"].isin(["teacher", "no_kd"]), "reason"]) == {DIVERGED}
    imitating = frame["arm"].isin(["kd", "kd_shuffled"])
    assert set(frame.loc[lost & imitating, "reason"]) == {TEACHER_DIVERGED}
    assert frame.loc[lost, "accuracy"].isna().all()
    alone = run(small(arms=RATES.arms), device="cpu").frame()
    assert list(frame.loc[~lost, "accuracy"]) == list(alone["accuracy"])
    assert store.holdings().failed == len(store.reasons(dict.fromkeys(RATES.uses.values())))


def test_what_failed_is_trained_again_only_when_asked(trained: list[Cell]) -> None:
    store = run(RATES, device="cpu")
    failed = set(store.reasons(dict.fromkeys(RATES.uses.values())))
    trained.clear()
    run(RATES, store, device="cpu")
    assert trained == []
    assert sorted(cell for s in pending(RATES, store, retry=True) for cell in s.cells) == sorted(
        failed
    )
    run(RATES, store, device="cpu", retry=True)
    assert sorted(trained) == sorted(failed)
    assert store.holdings().failed == len(failed)


ERRORS: dict[str, tuple[Exception, str]] = {
    "memory": (MemoryError("x"), "out of memory; use fewer rows or a smaller network"),
    "torch's memory": (
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"),
        "out of memory; use fewer rows or a smaller network",
    ),
    "a GPU's memory": (
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
        "out of memory; use fewer rows or a smaller network",
    ),
    "arithmetic": (FloatingPointError("0 / 0"), "FloatingPointError: 0 / 0"),
}


@pytest.mark.parametrize(("error", "reason"), ERRORS.values(), ids=ERRORS)
def test_a_cell_that_fails_is_found_among_those_beside_it(
    error: Exception, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its shard is cut in two until it is alone; the others keep their results."""
    plan = small(seeds=range(5))
    whole = run(plan, device="cpu").frame()
    bad = plan.uses[1, "no_kd"].identity, 3

    def train(tasks: Any, device: str) -> Any:
        if bad in tasks:
            raise error
        return distil(tasks, device=device)

    monkeypatch.setattr("analysis.sweeps.shards.train", train)
    store = run(plan, device="cpu")
    frame = store.frame()
    lost = frame["reason"].notna()
    assert lost.sum() == 1
    (row,) = frame[lost].to_dict("records")
    assert (row["point"], row["arm"], row["seed"], row["reason"]) == (2, "no_kd", 3, reason)
    assert_frame_equal(frame[~lost], whole[~lost])
    monkeypatch.setattr("analysis.sweeps.shards.train", distil)
    assert_frame_equal(run(plan, store, device="cpu", retry=True).frame(), whole)


def test_an_error_that_is_no_fault_of_a_cell_stops_the_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def train(*_: Any) -> list[Outcome]:
        raise RuntimeError("a bug")

    monkeypatch.setattr("analysis.sweeps.runs.train_shard", train)
    store = Store()
    with pytest.raises(RuntimeError, match="a bug"):
        run(small(), store, device="cpu")
    assert store.holdings().results == 0


def test_a_run_that_is_interrupted_goes_on_where_it_was(
    monkeypatch: pytest.MonkeyPatch, trained: list[Cell]
) -> None:
    monkeypatch.setattr("analysis.sweeps.shards.FLOPS", 0)
    store = Store()

    def interrupt(_: int) -> None:
        if store.holdings().results >= 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(small(), store, progress=interrupt, device="cpu")
    assert store.holdings().results >= 7
    run(small(), store, device="cpu")
    assert sorted(trained) == sorted(cells(small()))  # none of them twice
    assert_frame_equal(store.frame(), run(small(), device="cpu").frame())


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "plan a list": ({"plan": list(DIAGRAMS)}, "must be of kind Plan, such as Plan(growing_gamma()"),
    "store a path": ({"store": "sweep.db"}, "store = 'sweep.db': must be of kind Store, such as"),
    "executor a number": ({"executor": 2}, "executor = 2: must be of kind "),
    "unknown device": ({"device": "tpu"}, "device = 'tpu': is unknown; known: auto, cpu, cuda"),
    "part 0": ({"part": (0, 2)}, "part = 0: must be a whole number of at least 1"),
    "part beyond the last": ({"part": (3, 2)}, "part = 3: must be at most 2"),
    "no parts": ({"part": (1, 0)}, "part = 0: must be a whole number of at least 1"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD.values(), ids=BAD)
def test_bad_runs_store_nothing(arguments: dict[str, Any], message: str) -> None:
    store = Store()
    with pytest.raises(ArgumentError) as error:
        run(**{"plan": small(), "store": store, **arguments})
    assert message in str(error.value)
    assert store.holdings().rows == 0


def test_the_store_says_how_its_results_were_made() -> None:
    (made,) = run(small(), device="cpu").runs()
    assert made["environment"]["device"] == "cpu"
    assert {"modality-venn", "torch", "numpy"} <= set(made["environment"]["versions"])
    assert made["plan"]["arms"] == ["teacher", "no_kd", "kd"]
    assert isinstance(FAST.optimiser, Optimiser)
