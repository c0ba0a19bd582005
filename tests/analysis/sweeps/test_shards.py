"""Shards: a partition of what is to be trained, whatever the cuts."""

import itertools
import pickle
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import analysis.sweeps.shards
from analysis import ARMS, Optimiser, Plan, Store
from analysis.methods.arms import named
from analysis.methods.distilled import Distilled
from analysis.methods.fitting import fit
from analysis.sweeps.runs import pending
from analysis.sweeps.shards import (
    DIVERGED,
    LARGER,
    TEACHER_DIVERGED,
    Cell,
    Shard,
    numbers_of,
    shards,
    train_shard,
)
from analysis.sweeps.store import Outcome
from tests.analysis.alone import right, tasks_of
from tests.analysis.small import DIAGRAMS, FAST, cells

SMALL = Plan(DIAGRAMS, FAST, tuple(ARMS), range(3), {"temperature": (1.0, 2.0)})
METHODS = {recipe.identity: recipe.method for recipe in SMALL.recipes}
EVERY = cells(SMALL)


def cells_of(made: Iterable[Shard]) -> list[Cell]:
    return [cell for shard in made for cell in shard.cells]


def cut(
    done: set[Cell], part: tuple[int, int] = (1, 1), limit: float = 1e5, numbers: float = 2**25
) -> list[Shard]:
    """Return the shards of the small plan under other limits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(analysis.sweeps.shards, "FLOPS", limit)
        patch.setattr(analysis.sweeps.shards, "NUMBERS", numbers)
        return list(shards(SMALL, done, part))


limits = st.sampled_from([0.0, 1e4, 1e5, 1e6, 3e11])
sizes = st.sampled_from([0, 500, 10_000, 2**25])
some = st.sets(st.sampled_from(EVERY))


@st.composite
def parts(draw: st.DrawFn) -> tuple[int, int]:
    count = draw(st.integers(1, 7))
    return draw(st.integers(1, count)), count


@given(limits, sizes, st.integers(1, 7), some)
def test_shards_of_all_parts_are_a_partition_of_what_is_not_done(
    limit: float, numbers: float, count: int, done: set[Cell]
) -> None:
    """Each cell that is not done in one shard, once, with its teacher and no one else."""
    made = [cut(done, (i, count), limit, numbers) for i in range(1, count + 1)]
    found = [cell for part in made for cell in cells_of(part)]
    assert len(found) == len(set(found))
    assert set(found) == set(EVERY) - done
    for shard in (shard for part in made for shard in part):
        assert shard.cells
        for family in shard.families:
            there = [recipe.identity for recipe in family.recipes]
            needed = {
                each
                for recipe in family.recipes
                if recipe.identity in family.wanted
                for each in recipe.needs.values()
            }
            assert len(there) == len(set(there))
            assert set(there) == family.wanted | needed


@given(some, parts())
def test_halves_are_a_partition_down_to_single_cells(
    done: set[Cell], part: tuple[int, int]
) -> None:
    """A shard of one cell has no halves; its teacher stays with it."""
    for shard in cut(done, part, limit=1e6):
        waiting, single = [shard], []
        while waiting:
            halves = waiting[-1].halves()
            assert len(halves) == (2 if len(waiting[-1].cells) > 1 else 0)
            single += [] if halves else [waiting[-1]]
            waiting[-1:] = halves
        assert sorted(cells_of(single)) == sorted(shard.cells)
        for each in single:
            (family,), ((identity, _),) = each.families, each.cells
            (needs,) = (r.needs for r in family.recipes if r.identity == identity)
            assert {r.identity for r in family.recipes} == {identity, *needs.values()}


def test_who_is_needed_stays_with_who_needs_it_however_far() -> None:
    """Of a student of a student of a teacher, the last alone is trained with both, one without."""
    arms = named({"two": Distilled(teacher=ARMS["kd"]), "shuffled": ARMS["kd_shuffled"]})
    plan = Plan(DIAGRAMS[:1], FAST, arms, [0])
    (shard,) = shards(plan, set())
    (family,) = shard.families
    identities = {arm: plan.uses[0, arm].identity for arm in plan.arms}
    assert len(family.recipes) == len(arms) == 4
    for arm, there in {
        "two": ["teacher", "kd", "two"],
        "kd": ["teacher", "kd"],
        "shuffled": ["teacher", "shuffled"],
        "teacher": ["teacher"],
    }.items():
        only = family.only([(identities[arm], 0)])
        assert {recipe.identity for recipe in only.recipes} == {identities[each] for each in there}
        assert only.cells == ((identities[arm], 0),)


def test_a_shard_holds_what_the_limits_allow_and_one_family_at_least() -> None:
    """Of operations and of numbers in the rows of its trials."""
    assert len(cut(set(), limit=0)) == len(list(SMALL))
    (whole,) = cut(set(), limit=1e12)
    assert len(whole.cells) == SMALL.cells
    few, many = (cut(set(), limit=limit) for limit in (2e4, 6e4))
    assert len(few) > len(many) > 1
    for shard in many[:-1]:
        spent = [sum(recipe.flops for recipe in family.recipes) for family in shard.families]
        assert sum(spent[:-1]) <= 6e4 < sum(spent)
    largest = max(map(numbers_of, SMALL.families))
    for room in (largest, 3 * largest):
        found = list(pending(SMALL, Store(), room=room))
        assert len(found) > 1
        for shard in found:
            assert sum(numbers_of(family.recipes) for family in shard.families) <= room
    (family,) = Plan(DIAGRAMS[:1], FAST, ("kd",), axes={"temperature": (1.0, 2.0)}).families
    assert numbers_of(family) == 2 * numbers_of(family[:2])  # rows of two points


def test_shards_for_a_gpu_are_larger_and_for_workers_smaller() -> None:
    plan = Plan(SMALL.diagrams, SMALL.protocol, SMALL.arms, range(400))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(analysis.sweeps.shards, "FLOPS", plan.flops / 200)
        counts = {device: len(list(shards(plan, set(), device=device))) for device in LARGER}
    assert counts["cpu"] > 30 * counts["cuda"] > 0
    assert len(list(shards(SMALL, set(), pieces=8))) >= 8 > len(list(shards(SMALL, set())))


@pytest.mark.parametrize("arms", [("no_kd",), ("kd", "hard_label"), ("kd_shuffled", "um_kd")])
@pytest.mark.parametrize("seeds", [(2, 0), range(9)])
def test_a_cells_part_does_not_depend_on_what_else_is_asked(
    arms: tuple[str, ...], seeds: Sequence[int]
) -> None:
    """Jobs that share a sweep, and then a larger one, do not train a cell twice."""
    asked = Plan(DIAGRAMS[1:], FAST, arms, seeds, {"temperature": (2.0,)})
    common = set(EVERY) & set(cells(asked))
    assert common
    for part in ((1, 2), (2, 2), (2, 3)):
        alone = set(cells_of(shards(asked, set(), part)))
        assert alone & common == set(cells_of(cut(set(), part))) & common


# Training.


@pytest.mark.parametrize("limit", [0, 3e4, 1e12])
def test_outcomes_are_those_of_each_cell_alone(
    limit: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From its own point's draws, one arm at a time; in few shards or many, sent elsewhere too."""
    monkeypatch.setattr(analysis.sweeps.shards, "FLOPS", limit)
    axes = {"temperature": (1.0, 4.0), "steps": (2, 3)}
    plan = Plan(DIAGRAMS[:1], FAST, tuple(ARMS), [3, 5], axes)
    found: dict[Cell, Outcome] = {}
    for shard in shards(plan, set()):
        sent = pickle.loads(pickle.dumps(shard))
        found |= {each[:2]: each for each in train_shard(sent, "cpu")}
    for ((i, arm), recipe), seed in itertools.product(plan.uses.items(), plan.seeds):
        point = plan.points[i]
        tasks = tasks_of(point.protocol, point.diagram, seed, [arm])
        alone, outcome = fit(tasks)[arm], found[recipe.identity, seed]
        accuracy = outcome.measured[plan.columns[i, arm]["accuracy"]]
        assert (accuracy, outcome.reason) == (right(alone, tasks[arm].trial), None), arm


def test_a_stored_teacher_is_trained_again_for_its_students_and_not_told_of() -> None:
    teachers = {cell for cell in EVERY if METHODS[cell[0]].role == "teacher"}
    for shard in cut(teachers):
        assert tuple(each[:2] for each in train_shard(shard, "cpu")) == shard.cells
        assert teachers.isdisjoint(shard.cells)


def test_a_network_that_diverges_is_an_outcome_with_a_reason() -> None:
    optimiser = Optimiser("sgd", 1e10, 10, weight_decay=1.0)
    steep = replace(FAST, optimiser=optimiser, width=0, teacher_width=0)
    plan = Plan(DIAGRAMS[1:], steep, tuple(ARMS), [0])
    found = {
        outcome.recipe: outcome for each in shards(plan, set()) for outcome in train_shard(each)
    }
    for (_, arm), recipe in plan.uses.items():
        reason = TEACHER_DIVERGED if ARMS[arm].needs else DIVERGED
        assert found[recipe.identity][2:] == ({}, reason), arm


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("CUDA out of memory. Tried to allocate", MemoryError),
        ("DefaultCPUAllocator: can't allocate memory: you tried", MemoryError),
        ("something else", RuntimeError),
    ],
)
def test_memory_that_does_not_suffice_is_an_error_of_its_own(
    words: str, kind: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Torch says it in words; what is no such error stays what it is."""

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError(words)

    monkeypatch.setattr(analysis.sweeps.shards, "fit", fail)
    with pytest.raises(kind, match=words[:20]):
        train_shard(cut(set())[0], "cpu")
