"""What a store holds, and what is added to it; `test_database` is about its file."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from analysis import PROTOCOLS, SETTINGS, Store
from analysis.sweeps.settings import BOTH
from tests.analysis.small import MEASURED, Cell, cells, content, fill, outcome, small, sql
from venn import ArgumentError

# What is asked for, and what is found.


def constant(cell: Cell) -> bool:
    """Return whether a made-up network answers one class to every row."""
    return outcome(cell).measured[MEASURED["constant"]] == 1


def test_a_row_for_each_point_arm_and_seed_in_their_order() -> None:
    plan = small(arms=("kd", "no_kd"), seeds=(7, 3))
    frame = fill(Store(), plan).frame()
    assert tuple(frame.columns[-6:]) == ("arm", "seed", *MEASURED, "reason")
    assert frame.columns[0] == "point"
    assert set(frame.columns[1:-6]) <= {*SETTINGS, *BOTH}
    expected = [(p, a, s) for p in (1, 2) for a in ("teacher", "no_kd", "kd") for s in (3, 7)]
    assert list(frame[["point", "arm", "seed"]].itertuples(index=False, name=None)) == expected
    assert list(frame["gamma"]) == [0.0] * 6 + [0.25] * 6
    found = [outcome((plan.uses[p - 1, arm].identity, seed)).measured for p, arm, seed in expected]
    wanted = [tuple(each.values()) for each in found]
    assert list(frame[[*MEASURED]].itertuples(index=False, name=None)) == wanted
    assert frame["reason"].isna().all()
    failed = fill(Store(), plan, failed=True).frame()
    assert list(failed.dtypes) == list(frame.dtypes)
    for store in (Store(), fill(Store(), plan, [])):
        empty = store.frame()
        assert len(empty) == 0
        assert {"point", "arm", "seed", *MEASURED} <= set(empty.columns)


def test_settings_that_only_some_points_have_are_missing_elsewhere() -> None:
    store = fill(Store(), small(seeds=[0], protocol=PROTOCOLS["released"]))
    frame = fill(store, small(seeds=[0])).frame()
    assert len(frame) == 2 * 6
    assert list(frame["rule"].isna()) == [True] * 6 + [False] * 6


def test_cells_are_stored_once_however_many_rows_show_them() -> None:
    plan = small(axes={"temperature": (1.0, 4.0)})
    store = fill(Store(), plan)
    frame, held = store.frame(), store.holdings()
    assert plan.rows == len(frame) == 36
    (results,) = sql(store, "SELECT count(*) FROM results").fetchone()
    assert plan.cells == results < plan.rows
    alike = frame[frame["arm"] == "no_kd"].groupby(["gamma", "seed"])["accuracy"].nunique()
    assert (alike == 1).all()
    assert_frame_equal(fill(store, plan).frame(), frame)
    assert store.holdings() == held


@given(st.lists(st.sets(st.integers(0, 12), min_size=1), min_size=1, max_size=3))
def test_seeds_are_asked_once_and_kept_as_runs_of_neighbours(asked: list[set[int]]) -> None:
    store = Store()
    for seeds in asked:
        store.ask(small(seeds=sorted(seeds, reverse=True), arms=("no_kd",)))
    wanted = sorted(set().union(*asked))
    runs = sql(store, "SELECT first, last FROM asked WHERE point = 1 ORDER BY first").fetchall()
    assert [seed for first, last in runs for seed in range(first, last + 1)] == wanted
    assert all(last + 1 < first for (_, last), (first, _) in itertools.pairwise(runs))


def test_what_is_asked_for_and_not_found_is_counted_as_missing() -> None:
    plan = small()
    some = cells(plan)[:5]
    store = fill(Store(), plan, some)
    held = store.holdings()
    assert (held.points, held.rows, held.results, held.failed) == (2, plan.rows, 5, 0)
    assert held.missing == plan.rows - len(store.frame())
    assert (held.recipes, held.size) == (len(plan.recipes), 0)
    assert store.done(plan.recipes) == set(some)
    assert store.constant(plan.recipes) == {cell for cell in some if constant(cell)}


def test_the_same_seeds_by_a_newer_recipe_show_its_results() -> None:
    """A version that trains a network otherwise gives it another identity; the rows follow it."""
    store = fill(Store(), small())
    sql(store, "UPDATE recipes SET identity = randomblob(16)")  # as if long ago
    plan = small()
    store.ask(plan)
    assert len(store.frame()) == 0
    fill(store, plan)
    assert_frame_equal(content(store), content(fill(Store(), plan)))


def test_a_failure_is_kept_with_its_reason_until_there_is_a_result() -> None:
    plan = small()
    failed, *rest = cells(plan)
    store = fill(fill(Store(), plan, rest), plan, failed=True)
    assert store.reasons(plan.recipes) == {failed: "made to fail"}
    assert store.done(plan.recipes) == set(cells(plan))
    assert store.done(plan.recipes, failed=False) == set(rest)
    assert set(store.failures()["reason"]) == {"made to fail"}
    assert store.holdings().failed == 1
    assert store.holdings().constant == sum(map(constant, rest))
    assert_frame_equal(content(fill(store, plan, [failed])), content(fill(Store(), plan)))


def test_an_outcome_is_stored_with_all_of_its_shard_or_not_at_all() -> None:
    plan = small()
    store = Store()
    store.ask(plan)
    first, second, *_ = cells(plan)
    no_number: Any = {MEASURED["accuracy"]: "no number"}
    torn = [outcome(first), outcome(second)._replace(measured=no_number)]
    with pytest.raises(TypeError):
        store.add(store.begin(plan, {}), torn)
    assert store.holdings().results == 0


# Merging.


def test_parts_make_the_whole_and_merging_again_changes_nothing() -> None:
    plan = small()
    parts = [fill(Store(), plan, cells(plan)[i::3]) for i in range(3)]
    whole = Store()
    runs = []
    for _ in range(2):
        assert [whole.merge(part) for part in parts] == [0, 0, 0]
        runs.append(whole.runs())
        assert_frame_equal(whole.frame(), fill(Store(), plan).frame())
        assert whole.holdings() == fill(Store(), plan).holdings()
    assert runs[0] == runs[1] != []
    assert whole.problems() == []


def test_the_first_of_two_values_is_kept_and_counted() -> None:
    plan = small()
    store, other = fill(Store(), plan), Store()
    before = content(store)
    found = [outcome(cell) for cell in cells(plan)]
    other_value = {MEASURED["balanced_accuracy"]: 0.9}
    changed = [each._replace(measured={**each.measured, **other_value}) for each in found[:4]]
    other.ask(plan)
    other.add(other.begin(plan, {}), [*changed, *found[4:]])
    assert store.merge(other) == 4
    assert_frame_equal(content(store), before)


def test_points_of_other_sweeps_are_added() -> None:
    store = fill(Store(), small(diagrams=small().diagrams[1:]))
    other = fill(Store(), small(axes={"n_train": (10, 12)}))
    store.merge(other)
    assert_frame_equal(content(store), content(other))


def test_a_store_whose_recipes_are_others_is_not_merged() -> None:
    store, other = fill(Store(), small()), fill(Store(), small())
    sql(other, "UPDATE recipes SET identity = randomblob(16)")
    before = store.holdings()
    with pytest.raises(
        ArgumentError, match="was made by another version of mfh, or of your own code"
    ):
        store.merge(other)
    assert store.holdings() == before


PLANS = (small(seeds=range(2)), small(seeds=(1, 3), arms=("kd", "kd_shuffled")))
ALL: list[Cell] = sorted({cell for plan in PLANS for cell in cells(plan)})


@given(data=st.data())
def test_any_order_of_asking_adding_and_merging_gives_the_same_rows(data: st.DataObject) -> None:
    """frame(merge(parts)) = frame(whole), however results are spread, doubled, failed and ordered."""
    stores = [Store() for _ in range(3)]
    numbers = []
    for store in stores:
        for plan in data.draw(st.permutations(PLANS)):
            store.ask(plan)
        numbers.append(store.begin(plan, {}))
    where = st.lists(st.integers(0, 2), min_size=1, max_size=3)
    homes = {cell: data.draw(where, label="where") for cell in ALL}
    lost = data.draw(st.sets(st.sampled_from(ALL)), label="failed at first")
    adds = [(home, cell, i) for cell in ALL for i, home in enumerate(homes[cell])]
    for home, cell, i in data.draw(st.permutations(adds)):
        failed = cell in lost and i < len(homes[cell]) - 1
        stores[home].add(numbers[home], [outcome(cell, failed=failed)])
    into, *others = data.draw(st.permutations(stores))
    for other in others:
        assert into.merge(other) == 0
    whole: Any = Store()
    for plan in PLANS:
        fill(whole, plan)
    assert_frame_equal(content(into), content(whole))
    assert into.problems() == []
