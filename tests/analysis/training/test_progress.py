"""One bar moves by trained networks, whatever trains them, wherever."""

from dataclasses import dataclass
from typing import Any

import pytest

from analysis import (
    ARMS,
    Agreeing,
    CrossFitted,
    Method,
    Plan,
    Tuned,
    Workers,
    networks,
    progress,
    run,
    stack,
)
from analysis.methods.fitting import fit
from analysis.training.progress import Tally, expecting, tallied, trained
from tests.analysis.alone import tasks_of
from tests.analysis.bars import Shown
from tests.analysis.methods.test_losses import divergence
from tests.analysis.small import FAST, small
from venn import VennDiagram

DIAGRAM = VennDiagram({"a": 4, "b": 2, "a&b": 3})
TUNED = Tuned(divergence(), {"weight": (0.0, 1.0, 2.0)}, rows=0.5)
TRAININGS: dict[str, tuple[Method, int]] = {
    "no_kd": (ARMS["no_kd"], 1),
    "with a teacher": (ARMS["kd"], 2),
    "tuned, with a teacher": (TUNED, 1 + 3 + 1),
    "folds": (CrossFitted(teacher=ARMS["teacher"], folds=4), 4),
    "a pair": (Agreeing(), 1),
}


@pytest.mark.parametrize(("method", "count"), TRAININGS.values(), ids=TRAININGS)
def test_every_network_of_a_method_counts(method: Method, count: int) -> None:
    fit(tasks_of(FAST, DIAGRAM, 0, {"mine": method}))  # what is not ours is fitted twice, once
    with progress(shown := Shown()):
        fit(tasks_of(FAST, DIAGRAM, 0, {"mine": method}))
    assert (shown.n, shown.total) == (count, None)


@dataclass(frozen=True)
class Untrained(Method):
    """Its models are where they started, and no training is heard of."""

    def fit(self, trials: Any, needed: Any, setup: Any) -> Any:  # noqa: ARG002  # it needs no one
        network = setup.network("student", trials[0].train.views["student"].shape[-1])
        return networks(stack([each.start("student", network) for each in trials]), "student")


@pytest.mark.parametrize("executor", [None, pytest.param(Workers(2), marks=pytest.mark.slow)])
def test_a_sweep_ends_at_its_total_however_many_networks_its_models_take(
    executor: Workers | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this process and in others; the total follows what the models before took."""
    monkeypatch.setattr("analysis.sweeps.shards.FLOPS", 0)
    arms = {"tuned": TUNED, "untrained": Untrained()}
    plan = Plan([DIAGRAM], FAST, arms, range(4))
    totals = set[float | None]()
    shown = Shown(lambda _: totals.add(shown.total))
    with progress(shown):
        run(plan, executor=executor, device="cpu")
    least = 4 * TRAININGS["tuned, with a teacher"][1]
    assert least <= shown.n <= least + 8  # the first of each that is not ours is fitted twice
    assert shown.n == shown.total
    assert plan.cells in totals
    assert shown.seen == sorted(shown.seen)


def test_the_outermost_knows_how_many_there_are_to_be_and_who_comes_next_adds_to_it() -> None:
    with progress(shown := Shown()):
        with expecting(lambda: 5) as stored:
            assert shown.total == 5
            with expecting(lambda: 1 // 0) as inner:
                trained(4, "road")
                inner(2)
            assert (shown.n, shown.total) == (4, 4 + 3 * 2)
            stored(3)
            assert (shown.n, shown.total) == (5, 5)
        with expecting(lambda: 2):
            assert shown.total == 7
    trained(100, "road")
    assert shown.n == 5


def test_nobody_is_asked_how_many_there_are_where_nobody_looks() -> None:
    with expecting(lambda: 1 // 0) as stored:
        stored(1)
        trained(1, "road")


def test_two_looks_do_not_disturb_each_other() -> None:
    with tallied(Tally()) as outer, tallied(Tally()) as inner:
        run(small(), device="cpu")
    assert outer.roads.total() == 0
    assert inner.roads.total() == small().cells
